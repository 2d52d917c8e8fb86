"""The simulated scanner: the published exchanges byte for byte, and everything a driver could trip over."""

import asyncio
import json
from pathlib import Path

import pytest

from firmware.drivers import gm65, gm65_frames
from firmware.drivers.gm65_models import GM65, GM805
from hardware_tests.virtual.chips.gm65 import Gm65Chip, baud_zones, crc_xmodem, garbled

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/vectors.json").read_text())["grow_scanner"]
FRAMES = {row["id"]: bytes.fromhex(row["frame"]) for row in VECTORS["frames"]}
OK = FRAMES["reply-ok"]
ANSWERS = {
    "save-to-flash": OK,
    "factory-reset": OK,
    "set-baud-9600": OK,
    "read-baud": bytes.fromhex("02000002") + bytes.fromhex("3901") + crc_xmodem(bytes.fromhex("00023901")),
    "read-000a": FRAMES["read-000a-reply"],
    "write-000a": OK,
    "baud-9600-short": OK,
    "trigger-skip-crc": OK,
    "trigger": OK,
    "heartbeat": FRAMES["heartbeat-reply"],
}


class Clock:
    def __init__(self) -> None:
        self.now = 1000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def chip(clock: Clock) -> Gm65Chip:
    return Gm65Chip(clock)


def asked(chip: Gm65Chip, frame: bytes) -> bytes:
    chip.uart_in(frame)
    return chip.uart_out()


def write(chip: Gm65Chip, zone: int, data: bytes) -> None:
    assert asked(chip, gm65_frames.write_frame(zone, data)) == OK


def test_every_vector_is_an_exchange_or_a_reply() -> None:
    assert set(FRAMES) == set(ANSWERS) | {"reply-ok", "read-000a-reply", "heartbeat-reply"}


@pytest.mark.parametrize("name", ANSWERS)
def test_published_exchanges_in_any_pieces(name: str, clock: Clock) -> None:
    frame = FRAMES[name]
    for size in range(1, len(frame) + 1):
        chip = Gm65Chip(clock)
        said = b""
        for at in range(0, len(frame), size):
            assert said == b""
            chip.uart_in(frame[at : at + size])
            said = chip.uart_out()
        assert said == ANSWERS[name]


@pytest.mark.parametrize("row", VECTORS["frames"], ids=lambda row: str(row["id"]))
def test_crc_of_the_vectors(row: dict[str, str]) -> None:
    if row["crc_over"]:
        assert crc_xmodem(bytes.fromhex(row["crc_over"])).hex() == row["crc"]


@pytest.mark.parametrize("row", VECTORS["baud_zone_002a"], ids=lambda row: str(row["baud"]))
def test_baud_zones_of_the_vectors(row: dict[str, object]) -> None:
    assert baud_zones(int(str(row["baud"]))).hex() == row["bytes"]


@pytest.mark.parametrize("row", VECTORS["no_answer"], ids=lambda row: str(row["id"]))
def test_what_gets_no_answer(row: dict[str, str], chip: Gm65Chip, clock: Clock) -> None:
    before = bytes(chip.zones)
    assert asked(chip, bytes.fromhex(row["frame"])) == b""
    clock.now += 401
    assert asked(chip, FRAMES["read-000a"]) == FRAMES["read-000a-reply"]
    assert bytes(chip.zones) == before and chip.refused == 1


def test_a_frame_that_is_complete_in_time_is_answered(chip: Gm65Chip, clock: Clock) -> None:
    frame = FRAMES["read-000a"]
    assert asked(chip, frame[:5]) == b""
    clock.now += 400
    assert asked(chip, frame[5:]) == FRAMES["read-000a-reply"]


def test_noise_before_a_frame_is_skipped(chip: Gm65Chip) -> None:
    assert asked(chip, b"\x00\x7e\x7eab" + FRAMES["read-000a"]) == FRAMES["read-000a-reply"]


def test_zones_are_lost_without_saving_and_kept_with_it(chip: Gm65Chip) -> None:
    write(chip, 0x0060, b"\x01")
    chip.power_cycle()
    assert chip.zones[0x0060] == 0
    write(chip, 0x0060, b"\x01")
    assert asked(chip, FRAMES["save-to-flash"]) == OK
    chip.power_cycle()
    assert chip.zones[0x0060] == 1
    assert asked(chip, FRAMES["factory-reset"]) == OK
    chip.power_cycle()
    assert chip.zones[0x0060] == 0


def test_another_rate_is_garbage_both_ways(chip: Gm65Chip) -> None:
    chip.host_baud(115200)
    assert asked(chip, FRAMES["read-000a"]) == b""
    chip.host_baud(9600)
    assert asked(chip, gm65_frames.write_frame(0x002A, b"\x1a\x00")) == OK  # said at the old rate
    assert chip.baud == 115200
    assert asked(chip, FRAMES["read-000a"]) == b""
    chip.host_baud(115200)
    assert asked(chip, FRAMES["read-000a"]) == FRAMES["read-000a-reply"]


def test_no_garbage_looks_like_a_frame() -> None:
    for heard in (9600, 38400):
        assert b"\x7e\x00" not in garbled(bytes(range(256)), 115200, heard)
    assert garbled(b"", 9600, 115200) == b""


def test_the_erase_command_kills(chip: Gm65Chip) -> None:
    frame = b"\x7e\x00\x05\x01\x00\x00\x00\xab\xcd"
    assert asked(chip, frame) == b""
    assert asked(chip, FRAMES["read-000a"]) == b"" and chip.dead


def seen(chip: Gm65Chip, clock: Clock, code: bytes, ms: int = 200) -> bytes:
    """What it says while the code is shown for `ms`."""
    chip.show(code)
    said = b""
    for _ in range(ms):
        clock.now += 1
        if chip.next_due_ms() == 0:
            said += chip.uart_out()
    chip.hide()
    return said


def test_a_factory_scanner_reads_and_sends_gbk_without_a_tail(chip: Gm65Chip, clock: Clock) -> None:
    assert seen(chip, clock, "券".encode()) == "券".encode("gbk")


def test_utf8_and_tails(chip: Gm65Chip, clock: Clock) -> None:
    write(chip, 0x000D, b"\x0c")
    for setting, tail in ((0x01, b"\r"), (0x21, b"\r\n"), (0x41, b"\t"), (0x61, b""), (0x00, b"")):
        write(chip, 0x0060, bytes([setting]))
        assert seen(chip, clock, "券".encode()) == "券".encode() + tail


def test_it_repeats_what_it_sees_unless_told_otherwise(chip: Gm65Chip, clock: Clock) -> None:
    assert seen(chip, clock, b"A", 1500) == b"AAA"
    write(chip, 0x0013, b"\x8a")  # once a second
    assert seen(chip, clock, b"B", 2500) == b"BBB"
    write(chip, 0x0013, b"\x80")  # never again
    assert seen(chip, clock, b"C", 2500) == b"C"
    assert seen(chip, clock, b"D", 300) == b"D"


@pytest.mark.parametrize("mode", [0, 1])
def test_manual_and_command_mode_do_not_read(mode: int, chip: Gm65Chip, clock: Clock) -> None:
    write(chip, 0x0000, bytes([0xD4 | mode]))
    write(chip, 0x0002, b"\x01")
    assert seen(chip, clock, b"A") == b""
    assert chip.zones[0x0002] == 0


def test_no_output_to_a_port_that_is_not_serial(chip: Gm65Chip, clock: Clock) -> None:
    write(chip, 0x000D, b"\x01")
    assert seen(chip, clock, b"A") == b""


def test_setup_codes_are_obeyed_until_switched_off(chip: Gm65Chip, clock: Clock) -> None:
    assert seen(chip, clock, b"_ZONE:000001") == b"" and chip.zones[0] == 0x01
    chip.power_cycle()
    assert seen(chip, clock, b"_SET_CODE_OFF") == b"" and chip.zones[3] == 0x02
    assert seen(chip, clock, b"_ZONE:000001") == b"_ZONE:000001" and chip.zones[0] == 0xD6
    assert seen(chip, clock, b"_SET_CODE_ON") == b"_SET_CODE_ON" and chip.zones[3] == 0x02
    assert chip.obeyed == 2


class Line:
    """A driver's line straight to the chip, in the chip's own time."""

    def __init__(self, chip: Gm65Chip, clock: Clock) -> None:
        self.chip = chip
        self.clock = clock
        self.sent: list[bytes] = []

    async def read(self, wait_ms: int) -> bytes:
        end = self.clock.now + wait_ms
        while True:
            due_ms = self.chip.next_due_ms()
            if due_ms is None or self.clock.now + due_ms > end:
                self.clock.now = end
                return b""
            self.clock.now += due_ms
            data = self.chip.uart_out()
            if data:
                return data

    async def write(self, data: bytes) -> None:
        self.sent.append(data)
        self.chip.uart_in(data)

    def set_baud(self, baud: int) -> None:
        self.chip.uart_out()
        self.chip.host_baud(baud)


@pytest.mark.parametrize("model", [GM65, GM805], ids=lambda model: str(model.name))
def test_the_driver_tames_a_factory_scanner(model: object, chip: Gm65Chip, clock: Clock) -> None:
    line = Line(chip, clock)
    driver = gm65.Gm65(line, model, clock)

    async def main() -> None:
        await driver.start()
        assert chip.zones[3] & 2 and chip.baud == 115200 and chip.saves == 1
        chip.show(b"_ZONE:002a3901")
        assert await driver.read_code() == b"_ZONE:002a3901"
        chip.show(OK)
        assert await driver.read_code() == OK
        assert chip.obeyed == 0 and chip.baud == 115200

    asyncio.run(main())
    sent = b"".join(line.sent)
    assert FRAMES["save-to-flash"] in sent
    assert (FRAMES["heartbeat"] in sent) is False


@pytest.mark.parametrize("shown", [b"A", b"_ZONE:000001", b"_ZONE:00000100000000"])
def test_the_driver_starts_with_a_code_held_to_the_glass(shown: bytes, chip: Gm65Chip, clock: Clock) -> None:
    """A factory scanner reads it, or obeys it, while it is being set up; in the end it is locked."""
    chip.show(shown)
    driver = gm65.Gm65(Line(chip, clock), GM65, clock)
    for _ in range(3):
        try:
            asyncio.run(driver.start())
        except gm65.ScannerError:
            assert not driver.healthy
        else:
            break
    assert driver.healthy and chip.zones[3] & 2
