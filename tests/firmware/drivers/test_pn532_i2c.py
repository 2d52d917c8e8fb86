"""The PN532's I2C link on a scripted bus, on both Pythons: sizes, sleep, silence."""

import asyncio

from firmware.drivers.pn532_frames import ACK, NACK
from firmware.drivers.pn532_i2c import Pn532I2c, frame_bytes
from firmware.drivers.pn532_talk import ReaderError

VERSION = bytes.fromhex("0000ff06fad50332010607e800")
LONG = bytes.fromhex("0000ffffff0105fad5") + bytes(260) + b"\x2b\x00"
BUSY = b"\x00"


class Bus:
    """Gives `answers` in turn: bytes = ready and this frame, BUSY, or None = not acknowledged."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sizes = []
        self.written = []
        self.refusals = 0

    def writeto(self, address, data):
        assert address == 0x24
        if self.refusals:
            self.refusals -= 1
            raise OSError(5)
        self.written.append(bytes(data))

    def readfrom_into(self, address, buffer):
        assert address == 0x24
        self.sizes.append(len(buffer))
        answer = self.answers[0] if len(buffer) == 1 and self.answers[0] != BUSY else self.answers.pop(0)
        if answer is None:
            raise OSError(5)
        data = bytes(1) if answer == BUSY else b"\x01" + answer
        for index in range(len(buffer)):
            buffer[index] = data[index] if index < len(data) else 0xFF


def read(bus, size, wait_ms=20):
    return bytes(asyncio.run(Pn532I2c(bus).read(wait_ms, size)))


def test_the_size_of_a_frame_is_told_by_its_beginning():
    assert frame_bytes(VERSION[:8]) == len(VERSION)
    assert frame_bytes(LONG[:8]) == len(LONG)
    for begin in (ACK, NACK, LONG[:6], b"", b"\x00\x00\xff\x05\x05\x00\x00\x00", b"\x01\x02\xff\x06\xfa\x00"):
        assert frame_bytes(begin) == 0, begin


def test_a_frame_is_read_once_the_status_byte_says_so():
    bus = Bus(BUSY, BUSY, VERSION)
    assert read(bus, 48)[: len(VERSION)] == VERSION
    assert bus.sizes == [1, 1, 1, 49]
    assert bus.written == []


def test_a_longer_frame_is_asked_for_again_and_read_whole():
    bus = Bus(LONG, BUSY, LONG)
    assert read(bus, 48) == LONG
    assert bus.written == [NACK]
    assert max(bus.sizes) == 1 + len(LONG)


def test_bytes_left_of_an_earlier_frame_are_not_taken_for_this_one():
    bus = Bus(LONG, LONG, LONG[:6])
    link = Pn532I2c(bus)

    async def two():
        await link.read(20, 48)
        return bytes(await link.read(20, 6))

    assert asyncio.run(two()) == LONG[:6]
    assert bus.written == [NACK]


def test_a_busy_chip_is_waited_for_no_longer_than_said():
    assert read(Bus(*[BUSY] * 100), 48) == b""
    assert read(Bus(*[None] * 100), 48) == b""


def test_a_sleeping_chip_is_written_to_until_it_acknowledges():
    bus = Bus()
    bus.refusals = 2
    asyncio.run(Pn532I2c(bus).write(VERSION))
    assert bus.written == [VERSION]


def test_a_chip_that_never_acknowledges_is_told_of():
    bus = Bus()
    bus.refusals = 1000
    try:
        asyncio.run(Pn532I2c(bus).write(VERSION))
    except ReaderError as error:
        assert error.reason == "link"
        return
    raise AssertionError("no error")


class Irq:
    """`falls`: what each wait tells; remembers how long it was asked to wait."""

    def __init__(self, falls):
        self.falls = falls
        self.waits = []

    async def wait(self, timeout_ms):
        self.waits.append(timeout_ms)
        return self.falls.pop(0)


def test_the_irq_line_is_waited_for_in_slices_and_one_stuck_low_is_not_believed():
    bus = Bus(*[BUSY] * 7)
    irq = Irq([True, True, False, False])
    link = Pn532I2c(bus, irq)
    assert link.uses_irq
    assert asyncio.run(link.read(80, 48)) == b""
    assert irq.waits == [50, 50, 50, 22]
