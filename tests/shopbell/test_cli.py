"""The command: tidy help, one clear line for what a person can put right, small imports."""

import subprocess
import sys
from pathlib import Path

import pytest

from shopbell import cli, processes

VERBS = ["run", "gateway", "bridge", "hq", "device", "member", "pki"]


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.call(list(arguments))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "shopbell.toml"
    path.write_text(f'[pki]\nfolder = "{tmp_path}/pki"\n[broker]\nfolder = "{tmp_path}/broker"\n', "utf-8")
    return str(path)


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "--help")
    assert status == 0
    for verb in VERBS:
        assert f"  {verb} " in out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    status, out, _ = call(capsys, verb, "--help")
    assert status == 0
    assert "Usage: shopbell" in out


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["gatway"], "gatway"),
        (["gateway", "--colour"], "--colour"),
        (["pki", "sing"], "sing"),
        (["pki", "sign"], "CSR"),
        (["gateway", "--config", "/no/such/file.toml"], "/no/such/file.toml"),
        (["member", "import"], "FILE"),
        (["pki"], "shopbell pki --help"),
    ],
)
def test_what_is_unknown_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], part: str
) -> None:
    status, out, err = call(capsys, *arguments)
    assert status == cli.USAGE_STATUS
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("shopbell: ")
    assert part in err


SERVICES = ["gateway", "bridge", "hq", "netd", "portal"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_started_without_what_reads_command_lines(name: str) -> None:
    text = (
        "import sys; from shopbell import cli, processes\n"
        f"processes.SERVICES[{name!r}] = lambda config: print(config, 'typer' in sys.modules) or 7\n"
        f"for line in ([{name!r}], [{name!r}, '--config', 'a.toml']): print(cli.call(line))"
    )
    found = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["None", "False", "7", "a.toml", "False", "7"]


@pytest.mark.parametrize(
    "arguments", [[], ["run"], ["gateway", "--help"], ["gateway", "--config", "--help"], ["gateway", "x"]]
)
def test_whatever_else_is_typed_is_read_as_a_line(arguments: list[str]) -> None:
    assert processes.service_of(arguments) is None


def test_whoever_is_interrupted_says_so_by_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(config: Path | None) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(processes.SERVICES, "bridge", interrupt)
    assert cli.call(["bridge"]) == cli.INTERRUPTED_STATUS


def test_keys_from_first_to_last(capsys: pytest.CaptureFixture[str], config: str, tmp_path: Path) -> None:
    from shopbell.pki import authority
    from tests.shopbell.broker.rig import request_of

    csr, out = tmp_path / "csr", tmp_path / "cert.der"
    csr.write_bytes(request_of("counter-1", authority.make_key()))
    with_config = ["--config", config]
    assert call(capsys, "pki", "init", *with_config)[0] == 0
    assert call(capsys, "pki", "init", *with_config)[0] == cli.USAGE_STATUS
    sign = ["pki", "sign", str(csr), "--device", "counter-1", "--out", str(out), *with_config]
    assert call(capsys, *sign)[0] == 0
    assert out.stat().st_size > 100
    assert "is there already" in call(capsys, *sign)[2]
    assert "counter-1" in call(capsys, "pki", "show", *with_config)[1]
    assert "1 certificate(s) revoked" in call(capsys, "pki", "revoke", "counter-1", *with_config)[1]
    assert "1 revoked" in call(capsys, "pki", "show", *with_config)[1]


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        (
            "shopbell.verbs",
            ["cryptography", "paho", "fastapi", "rich", "gateway", "cloud_bridge"],
        ),
        ("shopbell.cli", ["typer", "pydantic", "click", "gateway", "cloud_bridge"]),
        ("gateway.app", ["cryptography", "sqlalchemy", "cloud_bridge", "httpx", "hardware_tests"]),
    ],
)
def test_a_small_process_stays_small(module: str, absent: list[str]) -> None:
    text = f"import sys, {module}; print(*[name for name in {absent!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
