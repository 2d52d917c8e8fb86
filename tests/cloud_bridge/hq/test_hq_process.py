"""The real HQ process: starts, says why it cannot, is killed amid an import, ends with 0."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.cloud_bridge.rig import HEADER, STAFF, wait_for, write_tokens

ROOT = Path(__file__).parents[3]
MAIN = """
import sys, json
from cloud_bridge.hq.app import main
from cloud_bridge.hq.settings import HqSettings
sys.exit(main(HqSettings.from_table(json.loads(sys.argv[1]))))
"""


def start(folder: Path, **more: object) -> subprocess.Popen[str]:
    table = {
        "port": 0,
        "database_url": f"sqlite:///{folder}/hq.db",
        "token_file": str(write_tokens(folder)),
        **more,
    }
    arguments = [sys.executable, "-c", MAIN, json.dumps(table)]
    return subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def line(process: subprocess.Popen[str], event: str) -> dict[str, Any]:
    assert process.stderr is not None
    for text in process.stderr:
        found: dict[str, Any] = json.loads(text)
        if found["event"] == event:
            return found
    raise AssertionError(f"it ended without saying {event!r}")


def client(process: subprocess.Popen[str]) -> httpx.Client:
    port = line(process, "serving")["port"]
    return httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        headers={"authorization": f"Bearer {STAFF}"},
        timeout=30,
        trust_env=False,
    )


def refusal(process: subprocess.Popen[str]) -> dict[str, Any]:
    found = line(process, "cannot start")
    assert process.wait(20) == 1
    assert found["hint"]
    return found


def test_it_serves_and_a_signal_ends_it_with_0(tmp_path: Path) -> None:
    process = start(tmp_path)
    with client(process) as asked, asked.stream("GET", "/v1/stream") as stream:
        assert asked.get("/health").json() == {"status": "ok"}
        next(stream.iter_lines())
        process.terminate()
        assert process.wait(20) == 0
    assert process.stderr is not None
    assert [json.loads(text)["event"] for text in process.stderr] == ["stopped"]


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = refusal(start(tmp_path, port=taken.getsockname()[1]))
    assert str(taken and found["problem"]).startswith("[hq] 127.0.0.1:")
    assert "port" in found["hint"]


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    assert "token_file" in refusal(start(tmp_path, token_file=str(tmp_path / "none.json")))["problem"]
    assert (
        "database_url" in refusal(start(tmp_path, database_url=f"sqlite:///{tmp_path}/none/hq.db"))["problem"]
    )
    bundle = tmp_path / "bundle.json"
    bundle.write_text(
        '{"v":1,"tiers":[{"code":"a","threshold":5,"name":{}},{"code":"b","threshold":1,"name":{}}]}'
    )
    assert "bundle_file" in refusal(start(tmp_path, bundle_file=str(bundle)))["problem"]
    (tmp_path / "text.db").write_text("this is no database" * 1_000)
    assert "database_url" in refusal(start(tmp_path, database_url=f"sqlite:///{tmp_path}/text.db"))["problem"]


def test_killed_amid_an_import_it_goes_on_at_the_next_start(tmp_path: Path) -> None:
    text = HEADER + "".join(f"A{n},林,,en,active,,{n},river,{n:014X},,active\n" for n in range(6_000))
    process = start(tmp_path)
    with client(process) as asked:
        id_ = asked.post("/v1/imports", content=text.encode()).json()["id"]
        wait_for(lambda: asked.get(f"/v1/imports/{id_}").json()["done"] > 0, "some of it is in")
        done = asked.get(f"/v1/imports/{id_}").json()["done"]
        process.kill()
        process.wait(20)
    assert done < 6_000, "the kill came too late"
    process = start(tmp_path)
    with client(process) as asked:
        wait_for(lambda: asked.get(f"/v1/imports/{id_}").json()["state"] == "done", "it goes on")
        report = asked.get(f"/v1/imports/{id_}").json()
        assert (report["created"], report["unchanged"], report["refused"]) == (6_000, 0, 0)
        assert asked.get("/v1/members").json()["count"] == 6_000
    process.terminate()
    assert process.wait(20) == 0
