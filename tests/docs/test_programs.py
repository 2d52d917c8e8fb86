"""docs/programs.md: its examples are right, its commands do what they say, its tables leave nothing out."""

import json
import shlex
from pathlib import Path
from typing import Any, get_args

import pytest

from gateway.core.event import open_bundle
from gateway.core.programs.check import problems
from gateway.core.programs.model import Condition, Effect, Trigger
from samples.brand import BUNDLE_JSON
from samples.build import PROGRAMS
from samples.orders import main as make_orders
from shopbell import cli
from shopbell.program_basket import read_document
from tests.docs import pages

PAGE = pages.ROOT / "docs/programs.md"
NEEDS_HQ = "publish"


def blocks(language: str) -> list[str]:
    found = [block.splitlines() for block in pages.FENCE.findall(pages.text(PAGE))]
    return ["\n".join(lines[1:-1]) for lines in found if lines[0] == f"```{language}"]


def program() -> Any:
    return next(value for block in blocks("json") if "trigger" in (value := json.loads(block)))


def baskets() -> list[str]:
    return [block for block in blocks("json") if "trigger" not in json.loads(block)]


def commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines()]


def test_the_example_is_a_program_without_fault() -> None:
    body = json.dumps(program()).encode()
    assert problems(body, open_bundle(BUNDLE_JSON.read_bytes())) == []


def test_the_baskets_can_be_read() -> None:
    assert [read_document(block.encode()).happens for block in baskets()] == ["order", "coupon.claimed"]


def test_every_trigger_condition_and_effect_is_in_a_table() -> None:
    cells = {
        cell for line in pages.text(PAGE).splitlines() if line.startswith("| `") for cell in line.split("`")
    }
    tags = {one.__struct_config__.tag for union in (Condition, Effect) for one in get_args(union)}
    assert {*get_args(Trigger), *tags} <= cells


def test_every_sample_is_named_and_no_other() -> None:
    section = pages.text(PAGE).partition("## The bakery's programs")[2].partition("\n## ")[0]
    rows = [line.split("|")[2] for line in section.splitlines() if line.startswith("|")][2:]
    named = {name for row in rows for name in row.replace("`", "").split()}
    assert named == {path.stem for path in PROGRAMS.glob("*.json")}


def test_the_commands_do_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "samples").symlink_to(pages.ROOT / "samples")
    (tmp_path / "cakes.json").write_text(baskets()[0], "utf-8")
    (tmp_path / "tea.json").write_text(json.dumps(program()), "utf-8")
    make_orders(["store", "--days", "8", "--orders", "6", "--last", "2026-11-02"])
    ledger = ["--orders", "store/ledger.db", "--bundle", "samples/bundle.json"]  # what a store has of itself
    capsys.readouterr()
    for line in commands():
        arguments, _, file = line.partition(" > ")
        words = shlex.split(arguments)[1:]
        if NEEDS_HQ in words:
            continue
        status = cli.call([*words, *(ledger if "--month" in words else [])])
        out = capsys.readouterr().out
        assert status == 0, line
        if file:
            Path(file).write_text(out, "utf-8")


def test_the_basket_comes_out_as_worked_out_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """112 + 12 - 2 (tea in the evening) - 50 (coupon) = 72; 500 points pay 5: 67 to pay."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "en_GB.UTF-8")
    (tmp_path / "cakes.json").write_text(baskets()[0], "utf-8")
    (tmp_path / "tea.json").write_text(json.dumps(program()), "utf-8")
    around = ["--bundle", str(BUNDLE_JSON), "--goods", str(BUNDLE_JSON.parent / "goods.csv")]
    cli.call(
        ["program", "try", str(tmp_path / "cakes.json"), "--program", str(tmp_path / "tea.json"), *around]
    )
    out = capsys.readouterr().out
    assert "*+ tea-evening: 2 off" in out
    assert "points pay 5.00" in out
    assert "to pay 67.00" in out
