"""The keypad's driver against an expander that is no more than its data sheet, on both Pythons."""

from firmware.drivers.keypad import DEAD_AFTER, KEYS, Keypad


class Bus:
    """An expander whose pins are joined by the keys that are down; `plugged` False: nobody answers."""

    def __init__(self):
        self.down = ""
        self.plugged = True
        self.latch = 0xFF
        self.transfers = 0

    def writeto(self, address, data):
        self.answer(address)
        self.latch = data[-1]

    def readfrom_into(self, address, buffer):
        self.answer(address)
        low = 0xFF & ~self.latch
        for _ in range(len(self.down)):
            for key in self.down:
                row, column = divmod(KEYS.index(key), 4)
                pins = 1 << row | 0x10 << column
                if low & pins:
                    low |= pins
        buffer[0] = 0xFF & ~low

    def answer(self, address):
        self.transfers += 1
        if not self.plugged:
            raise OSError(5)
        assert address == 0x20


def made():
    bus = Bus()
    return Keypad(bus), bus


def polled(keypad, bus, down, times=2):
    """What so many polls with these keys down gave."""
    bus.down = down
    return [key for key in [keypad.poll() for _ in range(times)] if key is not None]


def test_every_key_is_known_by_its_row_and_column():
    keypad, bus = made()
    for key in KEYS:
        assert polled(keypad, bus, key) == [key]
        assert polled(keypad, bus, "") == []


def test_a_key_counts_at_the_second_poll_and_once():
    keypad, bus = made()
    bus.down = "5"
    assert [keypad.poll() for _ in range(50)] == [None, "5"] + [None] * 48


def test_a_contact_that_bounces_counts_once():
    keypad, bus = made()
    seen = []
    for down in ("5", "", "5", "", "5", "5", "5", "", "5", "5", "", "", "5", "5"):
        seen += polled(keypad, bus, down, 1)
    assert seen == ["5", "5"]


def test_two_keys_at_once_are_none_until_all_are_up():
    keypad, bus = made()
    assert polled(keypad, bus, "12") == []
    assert polled(keypad, bus, "1") == []
    assert polled(keypad, bus, "") == []
    assert polled(keypad, bus, "1") == ["1"]


def test_a_second_key_before_the_first_is_up_is_none():
    keypad, bus = made()
    assert polled(keypad, bus, "1") == ["1"]
    assert polled(keypad, bus, "15") == []
    assert polled(keypad, bus, "5") == []
    assert polled(keypad, bus, "") == []
    assert polled(keypad, bus, "5") == ["5"]


def test_three_corners_of_a_rectangle_do_not_make_the_fourth_key():
    keypad, bus = made()
    bus.down = "124"  # through them the row of 4 also pulls the column of 2: a ghost of 5
    keypad._bus.writeto(0x20, b"\xfd")
    ghost = bytearray(1)
    keypad._bus.readfrom_into(0x20, ghost)
    assert ~ghost[0] >> 4 & 0x0F == 0b0011
    assert polled(keypad, bus, "124", 10) == []


def test_two_keys_of_one_row_and_of_one_column_are_none():
    for down in ("12", "14", "1D", "AD"):
        keypad, bus = made()
        assert polled(keypad, bus, down, 5) == []


def test_at_rest_a_poll_is_two_transfers():
    keypad, bus = made()
    keypad.poll()
    assert bus.transfers == 2


def test_a_missing_expander_is_dead_after_some_polls_and_alive_at_the_first_answer():
    keypad, bus = made()
    bus.plugged = False
    for count in range(DEAD_AFTER):
        assert not keypad.dead
        assert keypad.poll() is None
        assert keypad.faults == count + 1
    assert keypad.dead
    bus.plugged = True
    assert polled(keypad, bus, "8") == ["8"] and not keypad.dead


def test_an_expander_that_lost_its_pins_at_a_brown_out_is_written_again():
    keypad, bus = made()
    keypad.poll()
    bus.latch = 0xFF
    assert polled(keypad, bus, "0") == ["0"]


def test_a_key_that_is_down_while_the_bus_fails_counts_once():
    keypad, bus = made()
    assert polled(keypad, bus, "3") == ["3"]
    bus.plugged = False
    keypad.poll()
    bus.plugged = True
    assert polled(keypad, bus, "3", 5) == []
