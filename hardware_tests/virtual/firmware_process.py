"""The firmware as a process: the real MicroPython interpreter, the shims first on its path, a small heap.

What it prints is kept twice: the last OUTPUT_LINES_MAX lines here, everything in a file.
"""

import asyncio
import contextlib
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

SHIMS = Path(__file__).parent / "shims"
MICROPYTHON = Path(sys.executable).parent / "micropython"
# The shims live in the heap, a board's machine module in flash: 18 KiB, measured with the firmware loaded.
# (Beyond 1,260 names the interpreter's table of them doubles, 15 KiB at once; the shims have 147 of them.)
SHIMS_HEAP_KIB = 18
OUTPUT_LINES_MAX = 200
LINE_BYTES_MAX = 4096
TERMINAL = "import main"  # main.py of a bundle, as a board starts it
# `time` before everything else: shims/time.py says why. `machine` makes asyncio's flag free of polling.
PRELUDE = "import time\nimport machine\n"


class Firmware(NamedTuple):
    """What to run: Python source `program`, with `bundle` (the folder that holds `firmware`) on its path and
    `heap_kib` for itself."""

    bundle: Path
    heap_kib: int
    program: str = TERMINAL
    micropython: Path = MICROPYTHON


def command(firmware: Firmware) -> list[str]:
    """The interpreter's command line."""
    heap = f"heapsize={firmware.heap_kib + SHIMS_HEAP_KIB}k"
    return [str(firmware.micropython), "-X", heap, "-c", PRELUDE + firmware.program]


def environment(firmware: Firmware, parts_port: int, extra: Mapping[str, str]) -> dict[str, str]:
    """All of its environment; .frozen holds asyncio."""
    return {
        "MICROPYPATH": f"{SHIMS}:{firmware.bundle}:.frozen",
        "SHOPBELL_PARTS": f"127.0.0.1:{parts_port}",
        **extra,
    }


class FirmwareProcess:
    """One run of the firmware in its flash folder. `on_exit(code)` is called unless kill() ended it."""

    def __init__(self, output_file: Path, on_exit: Callable[[int], None] | None = None) -> None:
        self.output: deque[str] = deque(maxlen=OUTPUT_LINES_MAX)
        self._output_file = output_file
        self._on_exit = on_exit
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._killed = False

    @property
    def pid(self) -> int | None:
        """Of the running process; None when there is none."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    async def start(self, firmware: Firmware, flash: Path, parts_port: int, extra: Mapping[str, str]) -> None:
        """Run it, its working folder the flash."""
        assert self._process is None, "one run per object"
        self._process = await asyncio.create_subprocess_exec(
            *command(firmware),
            cwd=flash,
            env=environment(firmware, parts_port, extra),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LINE_BYTES_MAX,
        )
        self._watcher = asyncio.create_task(self._watch(self._process))

    async def kill(self) -> None:
        """SIGKILL, as pulling the plug: the firmware gets no word of it."""
        self._killed = True
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
        if self._watcher is not None:
            await self._watcher

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with self._output_file.open("ab", buffering=0) as file:
            while data := await process.stdout.read(LINE_BYTES_MAX):
                file.write(data)
                self._keep(data)
        code = await process.wait()
        if not self._killed and self._on_exit is not None:
            self._on_exit(code)

    def _keep(self, data: bytes) -> None:
        """Whole lines into the ring; a line that comes in pieces grows in its place."""
        first, *others = data.decode("utf-8", "replace").split("\n")
        if self.output:
            first = (self.output.pop() + first)[:LINE_BYTES_MAX]
        self.output.append(first)
        self.output.extend(others)
