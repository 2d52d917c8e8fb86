"""Driver of an SSD1306 display, 128 x 64, over I2C.

It is given a bus (`writeto(address, data)`, as machine.I2C has it; OSError when nobody answers), never a
pin. A write is one control byte and then commands (00) or picture bytes (40). The picture is eight pages of
128 bytes, a byte being eight pixels below one another, the lowest bit on top: MONO_VLSB, as strips come from
the gateway.

Invariant: `_shown` is what the display's memory holds while `_ready`. Only the columns of a page that differ
are sent: a full picture takes some 25 ms of the loop at 400 kHz, a changed line of text a tenth of that.
"""

from firmware.protocol.compat import const

WIDTH = const(128)
PAGES = const(8)
CONTRAST = const(0xCF)

_COMMANDS = const(0x00)
_PICTURE = const(0x40)

_SET_UP = (
    b"\xae"  # off while we set up
    b"\xd5\x80"  # clock, as the data sheet sets it
    b"\xa8\x3f"  # 64 rows
    b"\xd3\x00\x40"  # no offset, start at row 0
    b"\x8d\x14"  # charge pump on: the modules have no other supply
    b"\x20\x00"  # columns first, then pages, inside the window
    b"\xa1\xc8"  # the modules' glass is upright with both directions reversed
    b"\xda\x12"  # pins alternate, as 64 rows need
    b"\xd9\xf1\xdb\x40"  # pre-charge and VCOMH for the charge pump
    b"\xa4\xa6\x2e"  # picture from memory, not inverted, no scrolling
)
_ON = b"\xaf"
_BLACK = bytes(WIDTH)


class Ssd1306:
    """One display. `faults` counts the times it did not answer."""

    def __init__(self, bus, address: int = 0x3C, contrast: int = CONTRAST) -> None:
        self._bus = bus
        self._address = address
        self._contrast = contrast
        self._line = bytearray(WIDTH)  # the page being composed
        self._out = bytearray(WIDTH + 1)  # control byte and picture bytes of one write
        self._shown = [bytearray(WIDTH) for _ in range(PAGES)]
        self._ready = False
        self.faults = 0

    def show(self, strips) -> bool:
        """Show these Strips on black. False: the display did not answer; the next call sets it up anew."""
        try:
            if not self._ready:
                self._start()
            for page in range(PAGES):
                self._compose(page, strips)
                self._send_changes(page)
        except OSError:
            self._ready = False
            self.faults += 1
        return self._ready

    def contrast(self, level: int) -> bool:
        """Brightness 0..255, kept over a new start. False: the display did not answer."""
        self._contrast = level
        try:
            self._command(bytes((0x81, level)))
        except OSError:
            self._ready = False
            self.faults += 1
            return False
        return True

    def _start(self) -> None:
        """Set up, blacken the memory (random after power-on), switch on."""
        self._command(_SET_UP + bytes((0x81, self._contrast)))
        for page in range(PAGES):
            shown = self._shown[page]
            shown[:] = _BLACK
            self._send(page, 0, shown)
        self._command(_ON)
        self._ready = True

    def _compose(self, page: int, strips) -> None:
        """Copy what the strips say about this page; where they overlap the later one counts."""
        line = self._line
        line[:] = _BLACK
        for strip in strips:
            row = page - strip.y // 8
            width = strip.width
            if 0 <= row < (strip.height + 7) // 8:
                line[strip.x : strip.x + width] = strip.pixels[row * width : (row + 1) * width]

    def _send_changes(self, page: int) -> None:
        line, shown = self._line, self._shown[page]
        if line == shown:
            return
        first, last = 0, WIDTH - 1
        while line[first] == shown[first]:
            first += 1
        while line[last] == shown[last]:
            last -= 1
        self._send(page, first, line[first : last + 1])
        shown[:] = line

    def _send(self, page: int, column: int, data) -> None:
        self._command(bytes((0x21, column, column + len(data) - 1, 0x22, page, page)))
        out = self._out
        out[0] = _PICTURE
        out[1 : 1 + len(data)] = data
        self._bus.writeto(self._address, memoryview(out)[: 1 + len(data)])

    def _command(self, commands: bytes) -> None:
        self._bus.writeto(self._address, bytes((_COMMANDS,)) + commands)
