"""The simulated expander and keypad: the bytes of the data sheet, contacts that bounce, keys that ghost."""

from firmware.drivers.keypad import KEYS, Keypad
from hardware_tests.virtual.chips.pcf8574 import ADDRESS, BOUNCE_MS, LAYOUT, KeypadChip

STEP_MS = 20


class Bench:
    """The real driver on the simulated chip, with a clock that is set by hand."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.chip = KeypadChip(lambda: self.now_ms)
        self.driver = Keypad(self)

    def writeto(self, address: int, data: bytes) -> None:
        """As machine.I2C."""
        if address != ADDRESS or not self.chip.i2c_write(bytes(data)):
            raise OSError(5)

    def readfrom_into(self, address: int, buffer: bytearray) -> None:
        """As machine.I2C."""
        answer = self.chip.i2c_read(len(buffer))
        if not answer:
            raise OSError(5)
        buffer[:] = answer

    def polls(self, ms: int) -> list[str]:
        """What the driver makes of so long."""
        found = []
        for _ in range(0, ms, STEP_MS):
            found.append(self.driver.poll())
            self.now_ms += STEP_MS
        return [key for key in found if key is not None]


def read(chip: KeypadChip, written: int) -> int:
    assert chip.i2c_write(bytes([written]))
    return chip.i2c_read(1)[0]


def test_pins_are_high_after_power_on_and_low_where_written_low() -> None:
    chip = KeypadChip(lambda: 0)
    assert chip.i2c_read(2) == b"\xff\xff"
    assert read(chip, 0xA5) == 0xA5
    chip.power_cycle()
    assert chip.i2c_read(1) == b"\xff"


def test_of_several_bytes_the_last_one_stays() -> None:
    chip = KeypadChip(lambda: 0)
    assert chip.i2c_write(b"\x00\x0f\xf0")
    assert chip.i2c_read(1) == b"\xf0"


def test_a_key_joins_its_row_and_its_column() -> None:
    now_ms = [0]
    chip = KeypadChip(lambda: now_ms[0])
    chip.press("6")  # second row, third column
    now_ms[0] = BOUNCE_MS
    assert read(chip, 0xFD) == 0xFD & ~0x40
    assert read(chip, 0xFE) == 0xFE
    assert read(chip, 0xBF) == 0xBF & ~0x02


def test_three_corners_show_the_fourth() -> None:
    now_ms = [0]
    chip = KeypadChip(lambda: now_ms[0])
    for key in "124":
        chip.press(key)
    now_ms[0] = BOUNCE_MS
    assert read(chip, 0xFD) >> 4 == 0b1100  # only 4 is down in this row


def test_a_contact_bounces_when_it_closes_and_when_it_opens() -> None:
    now_ms = [100]
    chip = KeypadChip(lambda: now_ms[0])
    levels = []
    chip.press("1")
    for _ in range(BOUNCE_MS + 2):
        levels.append(read(chip, 0xFE) >> 4 & 1)
        now_ms[0] += 1
    assert levels == [0, 1] * (BOUNCE_MS // 2) + [0, 0]
    chip.release("1")
    levels = []
    for _ in range(BOUNCE_MS + 2):
        levels.append(read(chip, 0xFE) >> 4 & 1)
        now_ms[0] += 1
    assert levels == [1, 0] * (BOUNCE_MS // 2) + [1, 1]


def test_without_a_chip_nothing_is_acknowledged() -> None:
    chip = KeypadChip(lambda: 0)
    chip.fitted = False
    assert not chip.i2c_write(b"\xf0") and chip.i2c_read(1) == b""


def test_the_driver_reads_every_key_once_through_its_bounces() -> None:
    bench = Bench()
    for key in KEYS:
        bench.chip.press(key)
        assert bench.polls(100) == [key]
        bench.chip.release(key)
        assert bench.polls(100) == []
    assert LAYOUT == KEYS


def test_the_driver_takes_no_ghost_for_a_key() -> None:
    bench = Bench()
    for key in "124":
        bench.chip.press(key)
    assert bench.polls(400) == []


def test_the_driver_knows_a_keypad_that_is_not_fitted() -> None:
    bench = Bench()
    bench.chip.fitted = False
    assert bench.polls(100) == [] and bench.driver.dead
