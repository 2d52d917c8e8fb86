"""Boards with a radio in a room of their own: programs for the shim of `bluetooth`, and the real tag."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from firmware import boards
from hardware_tests.virtual.beacon import Beacon
from hardware_tests.virtual.board import Wiring
from hardware_tests.virtual.firmware_process import Firmware
from hardware_tests.virtual.radio.air import Air, Model
from hardware_tests.virtual.radio.hci_server import HciServer
from hardware_tests.virtual.radio.link import AirLink
from tests.hardware_tests.conftest import until

PROGRAMS = Path(__file__).parent / "programs"


class AirRoom:
    """An air with an HCI server; leaving it pulls every plug."""

    def __init__(self, folder: Path, model: Model, seed: int = 1) -> None:
        self.link = AirLink(Air(seed, model))
        self.server = HciServer(self.link)
        self.boards: list[Beacon] = []
        self._folder = folder

    async def __aenter__(self) -> "AirRoom":
        await self.server.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            await asyncio.gather(*(board.close() for board in self.boards))
        await self.server.close()

    def add(self, name: str, firmware: Firmware, kind: str = "esp32_tag", **settings: object) -> Beacon:
        """A board, its power off; `settings` become its device.json."""
        flash = self._folder / name
        flash.mkdir()
        if settings:
            text = json.dumps({"device": name, "role": kind[6:], "board": kind, **settings})
            (flash / "device.json").write_text(text)
        wiring = Wiring(boards.load(kind), "", flash, self._folder / f"{name}.log", firmware, {})
        self.boards.append(Beacon(name, wiring, self.server.address))
        return self.boards[-1]


def play(
    folder: Path, program: str, scenario: Callable[[AirRoom, Beacon], Awaitable[None]], model: Model
) -> None:
    """One board "board" that runs this program, beside a scenario; what it printed is added to a failure."""

    async def run() -> None:
        async with AirRoom(folder, model) as room:
            source = (PROGRAMS / f"{program}.py").read_text("utf-8")
            board = room.add("board", Firmware(folder, boards.load("esp32_tag").bench_heap_kib, source))
            try:
                await board.power_on()
                await scenario(room, board)
            except BaseException as error:
                error.add_note("the program printed:\n" + "\n".join(board.output))
                raise

    asyncio.run(run())


async def printed(board: Beacon, line: str) -> None:
    """Until the program has printed this line."""
    await until(lambda: line in board.output or board.state == "stopped", line)
    assert line in board.output, f"never printed: {line}"
