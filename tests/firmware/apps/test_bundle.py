"""The bundle: the right modules, reproducible, within budget; its shortened names mean what they meant."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from firmware import boards, bundle, shorten
from firmware.bundle import BUDGETS, BundleError, Entry
from firmware.core.outbox import Outbox
from hardware_tests.virtual.firmware_process import SHIMS

TESTS = Path(__file__).resolve().parents[1]
RUNNER = TESTS / "on_micropython.py"
MICROPYTHON = Path(sys.executable).parent / "micropython"
CORE_TESTS = sorted(path for path in (TESTS / "core").glob("test_*.py") if not path.stem.endswith("_cpython"))
ESP32 = boards.load("esp32_devkit")
CORE_BUNDLES = {
    board: set(bundle.modules(boards.load(board), app))
    for app in bundle.APPS.values()
    for board in app.boards
    if board != ESP32.name
}


@pytest.mark.parametrize("board", boards.BOARDS)
def test_a_bundle_has_what_it_lists_and_nothing_else(bundles: dict[str, Path], board: str) -> None:
    folder = bundles[board]
    manifest = json.loads((folder / "manifest.json").read_text())
    listed = {entry["path"]: entry for entry in manifest["files"]}
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert present == {*listed, "manifest.json"}
    for path, entry in listed.items():
        assert (folder / path).stat().st_size == entry["size"]
    assert (manifest["board"], manifest["v"]) == (board, 1)


def test_each_board_has_its_own_modules_only() -> None:
    esp32, pico = bundle.modules(ESP32), bundle.modules(boards.load("pico_w"))
    assert "firmware.drivers.pn532_uart" in esp32 and "firmware.drivers.pn532_i2c" not in esp32
    assert "firmware.drivers.pn532_i2c" in pico and "firmware.drivers.pn532_uart" not in pico
    assert "firmware.boards.pico_w.board" not in esp32
    for modules in (esp32, pico):
        assert "firmware.core.aio_cpython" not in modules
        assert not [name for name in modules if "make_pictures" in name or name == "firmware.bundle"]


def test_resident_is_what_a_running_terminal_holds() -> None:
    modules = bundle.modules(ESP32)
    for name in ("apps.terminal", "apps.uplink", "core.outbox", "protocol.cbor", "drivers.pn532"):
        assert modules["firmware." + name], name
    for name in ("apps.provision", "core.p256", "ports.parts", "ports.settings", "core.pictures.full"):
        assert not modules["firmware." + name], name


def test_a_beacon_and_a_tag_have_what_they_need_only() -> None:
    beacon = bundle.modules(boards.load("esp32_beacon"), bundle.APPS["beacon"])
    tag = bundle.modules(boards.load("esp32_tag"), bundle.APPS["tag"])
    for modules in (beacon, tag):
        assert not [name for name in modules if name.startswith(("firmware.drivers", "firmware.core.face"))]
        assert modules["firmware.ports.radio"] and not modules["firmware.ports.beacon_settings"]
    assert beacon["firmware.core.outpost"] and beacon["firmware.apps.keeper"]
    assert not beacon["firmware.apps.provision"], "for its certificate, over the cable"
    for name in ("apps.provision", "core.outbox", "ports.net", "core.mqtt", "apps.uplink"):
        assert "firmware." + name not in tag, name


def test_the_command_builds_another_application(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bundle.main(["--app", "tag", "--board", "esp32_tag", "--out", str(tmp_path)]) == 0
    resident, every = bundle.APPS["tag"].budgets
    last = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(rf" *\d+ of {resident} resident, \d+ of {every} in all: esp32_tag", last)
    assert json.loads((tmp_path / "manifest.json").read_text())["app"] == "tag"
    assert "import firmware.apps.tag as app" in (tmp_path / "main.py").read_text()


def test_an_application_runs_on_its_own_boards_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        bundle.main(["--app", "beacon", "--board", "pico_w", "--out", str(tmp_path)])
    assert "a beacon runs on esp32_beacon" in capsys.readouterr().err


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    first = bundle.build(ESP32, tmp_path / "a", 1800000000)
    second = bundle.build(ESP32, tmp_path / "a", 1800000000)
    assert first == second
    later = bundle.build(ESP32, tmp_path / "a", 1800000001)
    changed = [new.path for old, new in zip(first, later, strict=True) if old != new]
    assert changed == ["firmware/release.mpy"]


def test_files_of_an_earlier_build_go(tmp_path: Path) -> None:
    stale = tmp_path / "firmware" / "core" / "stale.mpy"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"M")
    bundle.build(ESP32, tmp_path, 1800000000)
    assert not stale.exists()


def test_a_bundle_over_its_budget_is_refused() -> None:
    entries = [Entry("a.mpy", BUDGETS[0], "", True)]
    bundle.check(entries)
    with pytest.raises(BundleError, match="resident: 57345 bytes, over its 57344"):
        bundle.check([*entries, Entry("b.mpy", 1, "", True)])
    with pytest.raises(BundleError, match="bundle: 98305 bytes"):
        bundle.check([*entries, Entry("b.mpy", BUDGETS[1] - BUDGETS[0] + 1, "", False)])


def test_the_command_prints_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bundle.main(["--board", "pico_w", "--out", str(tmp_path)]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(r" *\d+ of 57344 resident, \d+ of 98304 in all: pico_w", last)


SOURCE = """
LIMIT = 5

def grown(amount, by=LIMIT, *, factor=1, LIMIT2=2):
    def inner(amount2):
        nonlocal by
        by += amount2
        return amount + by + LIMIT
    return inner(factor) + sum([amount for amount in (1, 2)]) + LIMIT2

class Box:
    _SHARED = 3

    def __init__(self, content, size):
        self._content = content
        self._size = self._begun = size
        self._SHARED2 = 1
        self.public = 2

    def _count(self):
        return self._size + self._SHARED + self._begun

    def total(self, others):
        return self._count() + len(self._content) + sum(map(lambda content: content, others)) + self.public

RESULT = (grown(1), grown(2, by=3, factor=4), Box("abc", 7).total((1, 2)))
"""


def result_of(source: str) -> object:
    names: dict[str, object] = {}
    exec(compile(source, "source", "exec"), names)  # noqa: S102 - our own text above
    return names["RESULT"]


def test_shortened_names_mean_what_they_meant() -> None:
    tree = ast.parse(SOURCE)
    kept = shorten.keywords([tree])
    assert kept == {"by", "factor"}
    names = shorten.attributes({"source": tree})["source"]
    short = ast.unparse(shorten.shorten(tree, kept, names))
    assert result_of(short) == result_of(SOURCE)
    for name in ("amount", "_content", "_size", "content", "others", "self"):
        assert not re.search(rf"\b{name}\b", short), name
    for name in ("grown", "by", "factor", "_SHARED", "_count", "public", "LIMIT"):
        assert re.search(rf"\b{name}\b", short), name


def test_a_private_attribute_of_another_module_is_refused() -> None:
    trees = {
        "a": ast.parse("class A:\n def f(self):\n  self._x = 1"),
        "b": ast.parse("def g(a): return a._x"),
    }
    with pytest.raises(shorten.PrivateTouched, match="b uses _x of a"):
        shorten.check(trees)
    shorten.check({"a": trees["a"], "c": ast.parse("def g(core): return core._io_queue")})


def test_a_class_built_on_one_of_another_module_keeps_its_own_attributes() -> None:
    trees = {
        "sub": ast.parse(
            "from base import Base\nclass Sub(Base):\n def f(self):\n  self._first = self._second = 1"
        ),
        "base": ast.parse("from root import Root\nclass Base(Root):\n def g(self):\n  self._third = 1"),
        "root": ast.parse("class Root:\n def h(self):\n  self._fourth = self._a = 1"),
        "other": ast.parse("class Other:\n def i(self):\n  self._fifth = 1"),
    }
    short = shorten.attributes(trees)
    family = [name for module in ("sub", "base", "root") for name in short[module].values()]
    assert len(family) == len(set(family)) == 5
    assert short["other"]["_fifth"] == "_a"


def test_classes_really_change() -> None:
    source = bundle.shortened(["firmware.core.outbox"], 0)["firmware.core.outbox"]
    assert "_items" not in source and "class Outbox" in source and "def put(" in source
    assert hasattr(Outbox(1, b"", lambda below: 0), "_items")


COUNT_NAMES = """
import time, machine, micropython
import firmware.apps.terminal, firmware.apps.assembly
micropython.qstr_info()
"""
NAMES_MAX = 1180  # beyond 1,260 the table doubles, 15 KiB at once; a running terminal makes some 60 more


def test_the_names_of_a_terminal_leave_their_table_as_it_is(bundles: dict[str, Path], tmp_path: Path) -> None:
    done = subprocess.run(
        [str(MICROPYTHON), "-X", "heapsize=400k", "-c", COUNT_NAMES],
        cwd=tmp_path,
        env={"MICROPYPATH": f"{SHIMS}:{bundles['pico_w']}:.frozen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    counted = re.search(r"n_qstr=(\d+)", done.stdout)
    assert counted, done.stdout + done.stderr
    assert 1000 < int(counted[1]) <= NAMES_MAX


@pytest.mark.parametrize("file", CORE_TESTS, ids=lambda path: path.stem)
def test_the_tests_of_core_pass_from_the_bundle(bundles: dict[str, Path], file: Path) -> None:
    """Each from the first bundle that has all it imports."""
    imported = bundle.imported(f"tests.firmware.core.{file.stem}")
    wanted = {name for name in imported if not bundle.is_empty(name)}
    folder = next(bundles[board] for board, modules in CORE_BUNDLES.items() if wanted <= modules)
    done = subprocess.run(
        [str(MICROPYTHON), str(RUNNER), str(file)],
        cwd=file.parent,
        env={"MICROPYPATH": f"{folder}:.frozen"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
