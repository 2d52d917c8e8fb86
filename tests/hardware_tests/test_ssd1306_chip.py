"""The simulated display: what a person sees, command by command."""

import pytest

from firmware.drivers.ssd1306 import Ssd1306
from firmware.protocol.messages import Strip
from hardware_tests.virtual.chips.ssd1306 import ADDRESS, Ssd1306Chip

DARK = bytes(1024)


class Bus:
    def __init__(self, chip: Ssd1306Chip) -> None:
        self.chip = chip

    def writeto(self, address: int, data: bytes) -> None:
        assert address == ADDRESS
        assert self.chip.i2c_write(bytes(data))


def commands(chip: Ssd1306Chip, *codes: int) -> None:
    chip.i2c_write(bytes([0x00, *codes]))


def picture(chip: Ssd1306Chip, data: bytes) -> None:
    chip.i2c_write(b"\x40" + data)


@pytest.fixture
def chip() -> Ssd1306Chip:
    """On, upright, horizontal addressing, black."""
    chip = Ssd1306Chip()
    commands(chip, 0x8D, 0x14, 0x20, 0x00, 0xA1, 0xC8, 0xAF)
    picture(chip, DARK)
    assert chip.pixels() == DARK
    return chip


def test_nothing_is_seen_before_on_and_the_charge_pump() -> None:
    chip = Ssd1306Chip()
    assert chip.pixels() == DARK
    commands(chip, 0xAF)
    assert chip.pixels() == DARK
    commands(chip, 0x8D, 0x14)
    assert chip.pixels() != DARK  # memory is random at power-on


def test_pages_and_columns(chip: Ssd1306Chip) -> None:
    commands(chip, 0x21, 5, 6, 0x22, 1, 2)
    picture(chip, b"abcde")
    assert chip.pixels()[133:135] == b"eb" and chip.pixels()[261:263] == b"cd"


def test_vertical_addressing(chip: Ssd1306Chip) -> None:
    commands(chip, 0x20, 0x01, 0x21, 5, 6, 0x22, 1, 2)
    picture(chip, b"abcde")
    assert chip.pixels()[133:135] == b"ec" and chip.pixels()[261:263] == b"bd"


def test_page_addressing_as_after_reset(chip: Ssd1306Chip) -> None:
    commands(chip, 0x20, 0x02, 0xB3, 0x0E, 0x17)
    picture(chip, b"abc")  # column 126, round the page
    assert chip.pixels()[510:512] == b"ab" and chip.pixels()[384:385] == b"c"


def test_single_control_bytes(chip: Ssd1306Chip) -> None:
    chip.i2c_write(bytes([0x80, 0xA7, 0xC0, 0x01, 0x80, 0xA6]))
    assert chip.pixels()[0] == 1


def test_off_all_on_and_inverted(chip: Ssd1306Chip) -> None:
    commands(chip, 0xA7)
    assert chip.pixels() == b"\xff" * 1024
    commands(chip, 0xA6, 0xA5)
    assert chip.pixels() == b"\xff" * 1024
    commands(chip, 0xA4, 0xAE)
    assert chip.pixels() == DARK and chip.i2c_read(1) == b"\x40"


def test_a_display_not_turned_round_is_seen_upside_down(chip: Ssd1306Chip) -> None:
    picture(chip, b"\x01")
    commands(chip, 0xA0, 0xC0)
    assert chip.pixels() == DARK[:-1] + b"\x80"
    commands(chip, 0xA1)
    assert chip.pixels()[896] == 0x80
    commands(chip, 0xC8, 0x40 + 1)
    assert chip.pixels()[896] == 0x80  # row 0 is the last of a picture that starts at row 1


def test_what_it_does_not_know_is_a_fault(chip: Ssd1306Chip) -> None:
    commands(chip, 0x82)
    commands(chip, 0x21, 0)
    chip.i2c_write(b"\x01\x00")
    assert chip.faults == ["command 82", "command 21 cut short", "control byte 01"]


def test_a_frame_is_announced_once_per_write_that_changed_it(chip: Ssd1306Chip) -> None:
    frames: list[bytes] = []
    chip.on_frame = frames.append
    picture(chip, b"\x01\x02")
    picture(chip, b"\x00")
    commands(chip, 0xAE)
    commands(chip, 0xAE)
    assert [frame[:3] for frame in frames] == [b"\x01\x02\x00", bytes(3)]
    assert chip.power_cycle() is None and len(frames) == 2


def test_the_driver_draws_what_was_asked() -> None:
    chip = Ssd1306Chip()
    display = Ssd1306(Bus(chip))
    expected = bytearray(DARK)
    for x, y, width, height in ((0, 0, 128, 64), (7, 8, 1, 8), (100, 40, 28, 24), (3, 16, 60, 17)):
        data = bytes((x + at * 3) & 0xFF for at in range(width * ((height + 7) // 8)))
        assert display.show([Strip(x, y, width, height, data)])
        expected[:] = DARK
        for row in range((height + 7) // 8):
            at = (y // 8 + row) * 128 + x
            expected[at : at + width] = data[row * width : (row + 1) * width]
        assert chip.pixels() == expected
    assert chip.faults == [] and chip.contrast == 0xCF


def test_an_unchanged_picture_is_not_sent_again() -> None:
    chip = Ssd1306Chip()
    display = Ssd1306(Bus(chip))
    strips = [Strip(0, 0, 128, 64, b"\x5a" * 1024)]
    assert display.show(strips)
    writes = chip.writes
    assert display.show(strips)
    assert chip.writes == writes
