"""Who may import whom: the arrows of the architecture, read from the source with ast.

A row of ARROWS says what the modules below a name may import of ours; the longest matching row counts. What
is not ours is free, but for two rules: gateway/core is pure (no clock, no I/O, no library but msgspec), and
only firmware/ports touches the modules of a board.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("firmware", "gateway", "cloud_bridge", "hardware_tests", "shopbell", "samples")
ANYTHING = OURS

ARROWS: dict[str, tuple[str, ...]] = {
    "firmware": ("firmware", "shopbell.look"),
    "firmware.protocol": ("firmware.protocol",),
    "firmware.core": ("firmware.core", "firmware.protocol"),
    "firmware.drivers": ("firmware.drivers", "firmware.core", "firmware.protocol"),
    "firmware.boards": ("firmware.boards",),
    "firmware.ports": (
        "firmware.ports",
        "firmware.boards",
        "firmware.drivers",
        "firmware.core",
        "firmware.protocol",
    ),
    "firmware.apps": ("firmware",),
    "gateway": ("gateway", "firmware.protocol", "shopbell.look"),
    "gateway.core": ("gateway.core", "firmware.protocol"),
    "gateway.storage.layout": (),
    # Guests' pages and netd know nothing of what decides and books: they ask, over sockets.
    "gateway.portal": (
        "gateway.portal",
        "gateway.counters",
        "gateway.errors",
        "gateway.keyfile",
        "gateway.lines",
        "gateway.log",
        "shopbell.look",
    ),
    "cloud_bridge": (
        "cloud_bridge",
        "gateway.core",
        "gateway.storage.layout",
        "firmware.protocol",
        "shopbell.look",
    ),
    "hardware_tests": ANYTHING,
    "hardware_tests.virtual": (
        "hardware_tests.virtual",
        "firmware.protocol",
        "firmware.boards",
        "shopbell.look",
    ),
    "shopbell": ANYTHING,
    "shopbell.look": ("shopbell.look",),
    "samples": ("samples", "gateway.core", "gateway.storage.layout"),
    # The demo's past is made by the gateway's own middle.
    **dict.fromkeys(
        ("samples.counter", "samples.orders", "samples.trading", "samples.wallet"),
        ("samples", "gateway", "firmware.protocol"),
    ),
}

BOARD_MODULES = {"machine", "network", "bluetooth", "esp32", "rp2", "neopixel"}
PURE = "gateway.core"
PURE_LIBRARIES = {"msgspec"}
IMPURE = {
    "asyncio", "concurrent", "ctypes", "fcntl", "io", "locale", "logging", "mmap", "multiprocessing", "os",
    "pathlib", "random", "secrets", "select", "selectors", "shutil", "signal", "socket", "sqlite3", "ssl",
    "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip


def sources(root: Path) -> Iterator[tuple[str, Path]]:
    """Every module of ours as (dotted name, file)."""
    for top in OURS:
        for path in sorted((root / top).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imported(root: Path, module: str, path: Path) -> Iterator[str]:
    """The full names a file imports; a name taken from a package counts as a module where it is one."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, module, path)
            yield from (member(root, base, alias.name) for alias in node.names)


def absolute(node: ast.ImportFrom, module: str, path: Path) -> str:
    """The module of a `from`, with a relative one resolved."""
    if not node.level:
        return node.module or ""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    kept = package[: len(package) - node.level + 1]
    return ".".join([*kept, node.module] if node.module else kept)


def member(root: Path, base: str, name: str) -> str:
    """`base.name` if that is a module of ours, else `base`."""
    path = root.joinpath(*base.split("."), name)
    return f"{base}.{name}" if path.with_suffix(".py").exists() or path.is_dir() else base


def below(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(prefix + ".")


def allowed(module: str) -> tuple[str, ...]:
    """The row for a module: the longest name it lies below."""
    return ARROWS[max((name for name in ARROWS if below(module, name)), key=len)]


def objection(module: str, target: str) -> str | None:
    """Why `module` may not import `target`; None if it may."""
    top = target.split(".")[0]
    if top in OURS:
        return None if any(below(target, name) for name in allowed(module)) else "against the arrows"
    if top in BOARD_MODULES and below(module, "firmware") and not below(module, "firmware.ports"):
        return "only firmware.ports touches a board"
    if below(module, PURE):
        if top in IMPURE:
            return "gateway.core has no clock and no I/O"
        if top not in sys.stdlib_module_names | PURE_LIBRARIES:
            return "gateway.core uses msgspec alone"
    return None


def violations(root: Path) -> list[str]:
    """Every forbidden import below root, as `module imports target: why`."""
    return [
        f"{module} imports {target}: {why}"
        for module, path in sources(root)
        for target in imported(root, module, path)
        if (why := objection(module, target))
    ]


def test_every_import_follows_the_arrows() -> None:
    assert violations(ROOT) == []


def test_the_whole_tree_was_read() -> None:
    assert {name.split(".")[0] for name, _ in sources(ROOT)} == set(OURS)


PLANTED = [
    ("gateway/core/decide.py", "import time", "no clock"),
    ("gateway/core/decide.py", "def f():\n    from sqlite3 import connect", "no I/O"),
    ("gateway/core/decide.py", "import httpx", "msgspec alone"),
    ("gateway/core/decide.py", "from gateway.storage import layout", "arrows"),
    ("gateway/core/decide.py", "from ..adapters import mqtt", "arrows"),
    ("gateway/app.py", "from cloud_bridge.hq import app", "arrows"),
    ("gateway/app.py", "from firmware.core import outbox", "arrows"),
    ("gateway/app.py", "from shopbell.settings import load", "arrows"),
    ("gateway/storage/layout.py", "from gateway.core import model", "arrows"),
    ("cloud_bridge/bridge/follow.py", "from gateway.storage import ledger", "arrows"),
    ("cloud_bridge/hq/app.py", "import gateway.app", "arrows"),
    ("firmware/protocol/cbor.py", "from ..core import aio", "arrows"),
    ("firmware/core/link.py", "from firmware.drivers import pn532", "arrows"),
    ("firmware/apps/terminal.py", "import machine", "touches a board"),
    ("firmware/drivers/pn532.py", "from machine import Pin", "touches a board"),
    ("shopbell/look/words.py", "from shopbell import settings", "arrows"),
    ("hardware_tests/virtual/pn532.py", "from firmware.drivers import pn532", "arrows"),
    ("samples/seeded.py", "from shopbell import settings", "arrows"),
]


@pytest.mark.parametrize(("file", "line", "why"), PLANTED)
def test_a_planted_violation_is_found(tmp_path: Path, file: str, line: str, why: str) -> None:
    plant(tmp_path, file, line)
    plant(tmp_path, "gateway/storage/layout.py", "" if file != "gateway/storage/layout.py" else line)
    found = violations(tmp_path)
    assert len(found) == 1
    assert why in found[0]


ALLOWED = [
    ("gateway/core/decide.py", "import hashlib\nimport msgspec\nfrom firmware.protocol import cbor"),
    ("gateway/app.py", "import time\nfrom shopbell.look import words\nfrom gateway.core import decide"),
    ("cloud_bridge/bridge/follow.py", "from gateway.storage import layout\nfrom gateway.core import decide"),
    ("firmware/ports/pins.py", "import machine\nfrom ..boards import pico_w"),
    ("shopbell/run/app.py", "import samples\nfrom hardware_tests.virtual import room\nimport gateway.app"),
]


@pytest.mark.parametrize(("file", "lines"), ALLOWED)
def test_what_the_arrows_allow_is_left_alone(tmp_path: Path, file: str, lines: str) -> None:
    plant(tmp_path, "gateway/storage/layout.py", "")
    plant(tmp_path, file, lines)
    assert violations(tmp_path) == []


def plant(root: Path, file: str, lines: str) -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(lines + "\n")
