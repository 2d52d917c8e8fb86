"""`shopbell program publish` against a real HQ: what is put in force, and what is said of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from samples.brand import BUNDLE_JSON
from shopbell import cli
from shopbell.imports import TOKEN_VARIABLE
from tests.cloud_bridge.rig import STAFF, RunningHq

TEA = {
    "id": "tea",
    "version": 1,
    "name": {"zh-CN": "茶减", "en": "Off tea"},
    "because": {"zh-CN": "茶减{off}", "en": "{off} off tea"},
    "trigger": "order.quoted",
    "then": [{"do": "fixed", "off": 200, "lines": {"skus": ["tea-black"]}}],
}


@pytest.fixture
def hq(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningHq]:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "en_GB.UTF-8")
    monkeypatch.setenv(TOKEN_VARIABLE, STAFF)
    running = RunningHq(tmp_path)
    yield running
    running.stop()


def publish(capsys: pytest.CaptureFixture[str], hq: RunningHq, *arguments: str) -> tuple[int, str, str]:
    status = cli.call(["program", "publish", *arguments, "--hq", hq.url])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def written(folder: Path, body: Any, name: str = "it.json") -> str:
    path = folder / name
    path.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
    return str(path)


def in_force(hq: RunningHq) -> Any:
    return hq.staff("GET", "/v1/bundle").json()


def test_a_bundle_then_a_program_then_a_changed_one(
    capsys: pytest.CaptureFixture[str], hq: RunningHq, tmp_path: Path
) -> None:
    status, out, err = publish(capsys, hq, str(BUNDLE_JSON))
    assert (status, err) == (0, "")
    assert "+ new: program buns-3-1" in out
    assert "Published as bundle " in out
    assert in_force(hq) == json.loads(BUNDLE_JSON.read_bytes())

    file = written(tmp_path, TEA)
    status, out, _ = publish(capsys, hq, file)
    assert (status, out.splitlines()[0]) == (0, "+ new: program tea")
    assert len(out.splitlines()) == 2
    assert publish(capsys, hq, file)[1] == "Nothing differs from what is in force\n"

    cheaper = {**TEA, "version": 2, "then": [{**TEA["then"][0], "off": 300}]}  # type: ignore[index]
    assert "~ changed: program tea" in publish(capsys, hq, written(tmp_path, cheaper))[1]
    (tea,) = (one for one in in_force(hq)["programs"] if one["id"] == "tea")
    assert tea["version"] == 2


def test_a_version_is_never_edited(capsys: pytest.CaptureFixture[str], hq: RunningHq, tmp_path: Path) -> None:
    publish(capsys, hq, str(BUNDLE_JSON))
    publish(capsys, hq, written(tmp_path, TEA))
    status, out, _ = publish(capsys, hq, written(tmp_path, {**TEA, "priority": 7}))
    assert status == 1
    assert "/version" in out
    assert all(one.get("priority") != 7 for one in in_force(hq)["programs"])


def test_what_is_filled_in_is_published_with_its_coupon(
    capsys: pytest.CaptureFixture[str], hq: RunningHq, tmp_path: Path
) -> None:
    publish(capsys, hq, str(BUNDLE_JSON))
    cli.call(["program", "fill", "full-off", "threshold=200", "off=20"])
    file = tmp_path / "full.json"
    file.write_text(capsys.readouterr().out, "utf-8")
    status, out, _ = publish(capsys, hq, str(file))
    assert status == 0
    assert "+ new: program full-200-20\n+ new: template full-200-20\n" in out
    assert "full-200-20" in {one["code"] for one in in_force(hq)["templates"]}


def test_a_dry_run_publishes_nothing(
    capsys: pytest.CaptureFixture[str], hq: RunningHq, tmp_path: Path
) -> None:
    before = in_force(hq)
    status, out, _ = publish(capsys, hq, str(BUNDLE_JSON), "--dry-run")
    assert status == 0
    assert "+ new: program buns-3-1" in out
    assert "Published" not in out
    assert in_force(hq) == before


def test_faults_are_said_before_anything_is_sent(
    capsys: pytest.CaptureFixture[str], hq: RunningHq, tmp_path: Path
) -> None:
    before = in_force(hq)
    status, out, _ = publish(capsys, hq, written(tmp_path, {**TEA, "coupon": "no-such"}))
    assert status == 1
    assert "/coupon" in out
    assert in_force(hq) == before


def test_an_hq_that_is_absent_is_one_line(capsys: pytest.CaptureFixture[str], hq: RunningHq) -> None:
    hq.stop()
    status, out, err = publish(capsys, hq, str(BUNDLE_JSON))
    hq.start()
    assert (status, out, err.count("\n")) == (cli.USAGE_STATUS, "", 1)
    assert "does not answer" in err
