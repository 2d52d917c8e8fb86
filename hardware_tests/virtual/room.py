"""The machine room: the virtual terminals of one bench, in one asyncio loop.

    async with Room() as room:
        terminal = room.add("counter-1", "esp32_devkit", flash=folder, bundle=checkout)
        await terminal.power_on()
        await terminal.tap(parse_card("UID=04A1B2C3"))

Leaving the block pulls every plug.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from firmware import boards
from hardware_tests.virtual.board import Wiring
from hardware_tests.virtual.firmware_process import TERMINAL, Firmware
from hardware_tests.virtual.terminal import Terminal


class Room:
    """`terminals`: by name."""

    def __init__(self) -> None:
        self.terminals: dict[str, Terminal] = {}

    async def __aenter__(self) -> "Room":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def add(
        self,
        name: str,
        board: str,
        flash: Path,
        bundle: Path,
        *,
        role: str = "",
        program: str = TERMINAL,
        extra: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> Terminal:
        """A terminal, its power off. `bundle` holds the folder `firmware`; `extra` goes into the environment
        of its process. Raises boards.UnknownBoard, and ValueError for a name in use."""
        if name in self.terminals:
            raise ValueError(f"there is a terminal {name} already")
        facts = boards.load(board)
        wiring = Wiring(
            facts=facts,
            role=role,
            flash=flash,
            log=log or flash.parent / f"{name}.log",
            firmware=Firmware(bundle, facts.bench_heap_kib, program),
            extra=extra or {},
        )
        self.terminals[name] = Terminal(name, wiring)
        return self.terminals[name]

    async def start(self) -> None:
        """Put every plug in."""
        await asyncio.gather(*(terminal.power_on() for terminal in self.terminals.values()))

    async def close(self) -> None:
        """Pull every plug."""
        await asyncio.gather(*(terminal.close() for terminal in self.terminals.values()))
        self.terminals.clear()

    async def set_power(self, name: str, on: bool) -> None:
        """Put one terminal's plug in or pull it; KeyError for a name nobody has."""
        terminal = self.terminals[name]
        await (terminal.power_on() if on else terminal.power_off())

    def powered(self, name: str) -> bool:
        """Whether the plug is in."""
        return self.terminals[name].powered
