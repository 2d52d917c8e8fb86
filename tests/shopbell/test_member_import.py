"""`shopbell member import`: what it asks HQ, and how it reports; HQ is a small stand-in on a socket."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cloud_bridge.hq.client import ImportReport, RefusedLine
from shopbell import cli, imports

TOKEN = "staff-token-of-the-test"
REFUSAL = {
    "line": 3,
    "column": "tier",
    "code": "unknown_tier",
    "value": "platinum",
    "what": "There is no tier platinum",
    "do": "Use a tier's code",
}
REPORT = {
    "id": "i1",
    "state": "done",
    "lines": 2,
    "done": 2,
    "created": 1,
    "changed": 0,
    "unchanged": 0,
    "refused": 1,
    "fault": None,
    "refusals": [REFUSAL],
    "next": None,
}


class Hq(BaseHTTPRequestHandler):
    """Takes one file, reports one refused line, and refuses a wrong token as HQ does."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers["authorization"] != f"Bearer {TOKEN}":
            self._answer(401, {"what": "This token is not the staff's", "do": "Use the staff's token"})
            return
        self.server.received = body  # type: ignore[attr-defined]
        self._answer(202, {"id": "i1"})

    def do_GET(self) -> None:
        self._answer(200, REPORT)

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def hq() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hq)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def config(tmp_path: Path, hq: ThreadingHTTPServer) -> Path:
    (tmp_path / "hq.json").write_text(json.dumps({"gateways": {}, "staff": TOKEN}))
    path = tmp_path / "shopbell.toml"
    path.write_text(f'[hq]\nport = {hq.server_address[1]}\ntoken_file = "{tmp_path}/hq.json"\n')
    return path


@pytest.fixture
def members(tmp_path: Path) -> Path:
    path = tmp_path / "members.csv"
    path.write_text("member_no,...\n")
    return path


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = cli.call([str(argument) for argument in ("member", "import", *arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_file_is_sent_and_every_refused_line_said(
    capsys: pytest.CaptureFixture[str], hq: ThreadingHTTPServer, config: Path, members: Path
) -> None:
    status, out, _ = call(capsys, members, "--config", config)
    assert status == 1, "lines were refused"
    assert hq.received == members.read_bytes()  # type: ignore[attr-defined]
    assert "2 lines: 1 new, 0 changed, 0 unchanged members; 1 lines refused" in out
    assert "line 3, tier 'platinum': There is no tier platinum. Use a tier's code." in out


def test_a_token_can_be_given_for_another_hq(
    capsys: pytest.CaptureFixture[str],
    hq: ThreadingHTTPServer,
    members: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"http://127.0.0.1:{hq.server_address[1]}"
    monkeypatch.delenv(imports.TOKEN_VARIABLE, raising=False)
    assert imports.TOKEN_VARIABLE in call(capsys, members, "--hq", url)[2]
    monkeypatch.setenv(imports.TOKEN_VARIABLE, TOKEN)
    assert call(capsys, members, "--hq", url)[0] == 1


def test_a_wrong_token_is_one_line_with_what_to_do(
    capsys: pytest.CaptureFixture[str],
    hq: ThreadingHTTPServer,
    members: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(imports.TOKEN_VARIABLE, "wrong")
    status, _, err = call(capsys, members, "--hq", f"http://127.0.0.1:{hq.server_address[1]}")
    assert (status, err) == (2, "shopbell: This token is not the staff's: Use the staff's token\n")


@pytest.mark.parametrize("name", ["none.csv", "."])
def test_a_file_that_is_not_there_is_one_line(
    capsys: pytest.CaptureFixture[str], config: Path, tmp_path: Path, name: str
) -> None:
    status, _, err = call(capsys, tmp_path / name, "--config", config)
    assert status == 2
    assert err.count("\n") == 1
    assert "no file" in err


def test_an_hq_that_is_away_is_one_line(
    capsys: pytest.CaptureFixture[str], config: Path, members: Path
) -> None:
    config.write_text(config.read_text().replace("port = ", "port = 1 # "))
    status, _, err = call(capsys, members, "--config", config)
    assert status == 2
    assert err.count("\n") == 1
    assert "does not answer" in err


def test_a_long_report_is_cut_and_says_where_the_rest_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "REFUSALS_SHOWN_MAX", 2)
    refusals = tuple(RefusedLine(line, "name", "missing", "", "No name", "Write one") for line in range(5))
    lines = list(imports.report_lines(ImportReport("i9", 5, 0, 0, 0, 5, refusals)))
    assert len(lines) == 4
    assert lines[-1] == "  and 3 more: all of them are at HQ, import i9"


@pytest.mark.parametrize(("value", "language"), [("zh_CN.UTF-8", "zh-CN"), ("de_DE.UTF-8", "en"), ("", "en")])
def test_the_sentences_are_in_the_terminals_language(
    monkeypatch: pytest.MonkeyPatch, value: str, language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", value)
    assert imports.language() == language
