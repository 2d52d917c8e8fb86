"""Many beacons at once, without a firmware process each: what they put on the air, command by command.

Each has its own controller on the link and says what a beacon of ours says: EID and rotating iBeacon in turn,
half a second each, under one address; another identity and another address in the first quarter of each
quantum, at an instant of its own.
"""

import asyncio
import struct
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from bumble import hci

from firmware.protocol import adverts, eid
from hardware_tests.virtual.radio.controller import AirController
from hardware_tests.virtual.radio.link import ADV_SCAN_IND, AirLink

FRAME_S: Final = 0.5
TURN_SHARE: Final = 4
UNITS_A_MS: Final = 1.6
ADDRESS_BYTES: Final = 6


class Member(NamedTuple):
    """One beacon: `epoch_s` is the unix second at which its own time was 0."""

    name: str
    key: bytes
    rotation: int = 5
    epoch_s: int = 0


class _Sender:
    def __init__(self, member: Member, uuid: bytes, link: AirLink, interval_ms: int) -> None:
        self._member = member
        self._uuid = uuid
        self._identity = eid.Identity(member.key, member.rotation)
        self._random = link.air.random
        self._controller = AirController(member.name, link)
        self._interval = round(interval_ms * UNITS_A_MS)
        self._quantum = -1  # none yet
        self._late_s = 0.0
        self._said = b""
        self._frames: tuple[bytes, ...] = ()

    def begin(self) -> None:
        units = struct.pack("<HH", self._interval, self._interval)
        self._tell(0x2006, units + bytes((ADV_SCAN_IND, 1, 0)) + bytes(ADDRESS_BYTES) + bytes((7, 0)))

    def move_on(self, unix_s: float) -> None:
        """Say what is due now."""
        t = unix_s - self._member.epoch_s
        quantum = eid.quantum(int(t), self._member.rotation)
        length_s = 1 << self._member.rotation
        if quantum != self._quantum and (self._quantum < 0 or t % length_s >= self._late_s):
            self._turn(quantum)
            self._late_s = self._random.uniform(0, length_s / TURN_SHARE)
        self._say(self._frames[int(t / FRAME_S) % len(self._frames)])

    def end(self) -> None:
        self._controller.leave()

    def _turn(self, quantum: int) -> None:
        self._quantum = quantum
        identity = self._identity.at(quantum << self._member.rotation & 0xFFFFFFFF)
        self._frames = (
            adverts.eid_frame(identity, -59),
            adverts.ibeacon(self._uuid, eid.short(identity), -59),
        )
        address = bytearray(self._random.randbytes(ADDRESS_BYTES))
        address[-1] &= 0x3F  # non-resolvable; little endian
        self._tell(0x200A, b"\x00")
        self._tell(0x2005, bytes(address))
        self._say(self._frames[0])
        self._tell(0x200A, b"\x01")

    def _say(self, payload: bytes) -> None:
        if payload != self._said:
            self._said = payload
            self._tell(0x2008, bytes((len(payload),)) + payload.ljust(adverts.ADVERT_BYTES_MAX, b"\0"))

    def _tell(self, opcode: int, parameters: bytes) -> None:
        command = struct.pack("<BHB", hci.HCI_COMMAND_PACKET, opcode, len(parameters)) + parameters
        self._controller.on_packet(command)


async def crowd(
    link: AirLink, members: Sequence[Member], uuid: bytes, interval_ms: int, unix_s: Callable[[], float]
) -> None:
    """All of them on the air, one advert every `interval_ms`, until cancelled. They begin spread over it."""
    senders = [_Sender(member, uuid, link, interval_ms) for member in members]
    try:
        for sender in senders:
            sender.begin()
            sender.move_on(unix_s())
            await asyncio.sleep(interval_ms / 1000 / len(senders))
        while True:
            await asyncio.sleep(FRAME_S / 2)
            now_s = unix_s()
            for sender in senders:
                sender.move_on(now_s)
    finally:
        for sender in senders:
            sender.end()
