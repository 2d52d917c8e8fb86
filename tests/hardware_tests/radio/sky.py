"""What the tests of the radio share: a loop whose time jumps to whatever is due, and a host of bare bytes."""

import asyncio
import selectors
import struct
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from hardware_tests.virtual.radio.air import SILENT, Air, Model
from hardware_tests.virtual.radio.controller import AirController
from hardware_tests.virtual.radio.link import AirLink

RESET, EVENT_MASK = 0x0C03, 0x0C01
RANDOM_ADDRESS, ADVERTISE_HOW, ADVERTISE_WHAT, ANSWER_WHAT, ADVERTISE = 0x2005, 0x2006, 0x2008, 0x2009, 0x200A
SCAN_HOW, SCAN = 0x200B, 0x200C
ALL_EVENTS = b"\xff" * 7 + b"\x3f"
OK, UNKNOWN, DISALLOWED, INVALID = 0, 0x01, 0x0C, 0x12


class JumpSelector(selectors.DefaultSelector):
    """Does not wait: the clock jumps instead."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("every task waits for something that never happens")
        self.now_s += max(0.0, timeout)
        return super().select(0)


class JumpLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        selector = JumpSelector()
        super().__init__(selector)
        self.time = lambda: selector.now_s  # type: ignore[method-assign]


def fly(coming: Coroutine[Any, Any, Any]) -> Any:
    """Run it on a loop whose time costs nothing."""
    with asyncio.Runner(loop_factory=JumpLoop) as runner:
        return runner.run(coming)


class Report(NamedTuple):
    """An advertising report, as the bytes say; `at_s` when it came."""

    kind: int
    address_type: int
    address: bytes
    data: bytes
    rssi_dbm: int
    at_s: float


class Host:
    """Speaks HCI to a controller by bytes, and reads what it answers by the specification's offsets."""

    def __init__(self, name: str, link: AirLink) -> None:
        self.controller = AirController(name, link)
        self.controller.host = self
        self.reports: list[Report] = []
        self._answers: dict[int, bytes] = {}

    def on_packet(self, packet: bytes) -> None:
        assert packet[0] == 4 and packet[2] == len(packet) - 3
        if packet[1] == 0x0E:
            self._answers[int.from_bytes(packet[4:6], "little")] = packet[6:]
        else:
            assert packet[1] == 0x3E and packet[3] == 2 and packet[4] == 1
            size = packet[13]
            assert len(packet) == 15 + size
            (rssi,) = struct.unpack("b", packet[-1:])
            now_s = asyncio.get_running_loop().time()
            self.reports.append(
                Report(packet[5], packet[6], packet[7:13], packet[14 : 14 + size], rssi, now_s)
            )

    async def tell(self, opcode: int, parameters: bytes = b"") -> int:
        """The status of its answer."""
        command = struct.pack("<BHB", 1, opcode, len(parameters)) + parameters
        self._answers.pop(opcode, None)
        self.controller.on_packet(command)
        for _ in range(3):
            await asyncio.sleep(0)
        return self._answers[opcode][0]

    async def advertise(
        self,
        data: bytes = b"\x02\x01\x06",
        kind: int = 3,
        interval: int = 160,
        own: int = 0,
        answer: bytes = b"",
    ) -> int:
        """The status of the last command, or of the first that was refused."""
        how = struct.pack("<HHBBB6sBB", interval, interval, kind, own, 0, bytes(6), 7, 0)
        what = bytes((len(data),)) + data.ljust(31, b"\0")
        answered = bytes((len(answer),)) + answer.ljust(31, b"\0")
        for opcode, parameters in (
            (ADVERTISE_HOW, how),
            (ADVERTISE_WHAT, what),
            (ANSWER_WHAT, answered),
            (ADVERTISE, b"\x01"),
        ):
            status = await self.tell(opcode, parameters)
            if status:
                return status
        return OK

    async def scan(
        self,
        active: int = 0,
        interval: int = 48,
        window: int = 48,
        filtered: int = 0,
        masked: bytes = ALL_EVENTS,
    ) -> int:
        """The status of the last command, or of the first that was refused."""
        how = struct.pack("<BHHBB", active, interval, window, 0, 0)
        for opcode, parameters in ((EVENT_MASK, masked), (SCAN_HOW, how), (SCAN, bytes((1, filtered)))):
            status = await self.tell(opcode, parameters)
            if status:
                return status
        return OK


def pair(
    play: Callable[[Host, Host], Coroutine[Any, Any, None]], model: Model = SILENT, seed: int = 1
) -> AirLink:
    """Two hosts, "far" and "near", a metre apart; what the link carried."""

    async def both() -> AirLink:
        link = AirLink(Air(seed, model))
        link.air.place("near", 100, 0)
        await play(Host("far", link), Host("near", link))
        return link

    link: AirLink = fly(both())
    return link
