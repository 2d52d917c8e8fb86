"""The display's driver against a bus that records, on both Pythons."""

from firmware.drivers.ssd1306 import Ssd1306
from firmware.protocol.messages import Strip


class Bus:
    """Keeps every write; `plugged` False: nobody answers."""

    def __init__(self):
        self.writes = []
        self.plugged = True

    def writeto(self, address, data):
        if not self.plugged:
            raise OSError(5)
        assert address == 0x3C
        self.writes.append(bytes(data))

    def take(self):
        """The (first column, page, bytes) of every picture write since the last call."""
        pictures = []
        for at, data in enumerate(self.writes):
            if data[0] == 0x40:
                window = self.writes[at - 1]
                assert window[0] == 0 and window[1] == 0x21 and window[4] == 0x22 and window[5] == window[6]
                assert window[3] - window[2] + 1 == len(data) - 1
                pictures.append((window[2], window[5], data[1:]))
        self.writes = []
        return pictures


def shown(bus=None):
    bus = bus or Bus()
    display = Ssd1306(bus)
    assert display.show(())
    return display, bus


def test_the_first_show_sets_up_and_blackens():
    _, bus = shown()
    assert bus.writes[0][:2] == b"\x00\xae" and bus.writes[-1] == b"\x00\xaf"
    assert bus.take() == [(0, page, bytes(128)) for page in range(8)]


def test_only_what_changed_is_sent():
    display, bus = shown()
    bus.take()
    strip = Strip(10, 16, 4, 8, b"\x00\x81\x7e\x00")
    assert display.show([strip])
    assert bus.take() == [(11, 2, b"\x81\x7e")]
    assert display.show([strip])
    assert bus.take() == []
    assert display.show([Strip(11, 16, 1, 8, b"\x81")])
    assert bus.take() == [(12, 2, b"\x00")]


def test_a_new_picture_replaces_the_old_one():
    display, bus = shown()
    display.show([Strip(0, 0, 1, 8, b"\x01")])
    bus.take()
    display.show([Strip(127, 56, 1, 8, b"\x80")])
    assert bus.take() == [(0, 0, b"\x00"), (127, 7, b"\x80")]


def test_a_strip_of_several_pages():
    display, bus = shown()
    bus.take()
    display.show([Strip(5, 8, 3, 20, b"abcdefghi")])
    assert bus.take() == [(5, 1, b"abc"), (5, 2, b"def"), (5, 3, b"ghi")]


def test_the_later_strip_covers_the_earlier():
    display, bus = shown()
    bus.take()
    display.show([Strip(0, 0, 4, 8, b"aaaa"), Strip(1, 0, 2, 8, b"\x00b")])
    assert bus.take() == [(0, 0, b"a\x00ba")]


def test_a_full_picture():
    display, bus = shown()
    bus.take()
    pixels = bytes(range(1, 129)) * 8
    display.show([Strip(0, 0, 128, 64, pixels)])
    assert b"".join(data for _, _, data in bus.take()) == pixels


def test_a_display_that_comes_back_is_set_up_and_drawn_anew():
    display, bus = shown()
    strip = Strip(0, 0, 1, 8, b"\x01")
    bus.plugged = False
    assert not display.show([strip])
    assert not display.show([strip])
    assert display.faults == 2
    bus.plugged = True
    bus.take()
    assert display.show([strip])
    assert bus.writes[0][:2] == b"\x00\xae"
    assert bus.take()[-1] == (0, 0, b"\x01")


def test_contrast_is_kept_over_a_new_start():
    display, bus = shown()
    assert display.contrast(7)
    bus.plugged = False
    assert not display.contrast(9)
    bus.plugged = True
    bus.writes = []
    assert display.show(())
    assert bus.writes[0][-2:] == b"\x81\x09"
