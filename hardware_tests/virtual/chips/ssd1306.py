"""A simulated SSD1306 display of 128 x 64 on I2C, at the level of its commands.

A write is a control byte (00 commands follow, 40 picture bytes follow, 80 / C0 the same for one byte, then
another control byte). Modelled because a driver can fail on it: memory is random at power-on, page
addressing until told otherwise, nothing visible before "on" and the charge pump, both directions mirrored
until reversed, windows that wrap. A command it does not know, or one cut short, is a fault, kept in `faults`
for a test to find.
"""

import hashlib
from collections.abc import Callable

WIDTH, HEIGHT, PAGES = 128, 64, 8
ADDRESS = 0x3C
HORIZONTAL, VERTICAL, PAGE = 0, 1, 2

# First command byte -> bytes that follow it. Ranges of one-byte commands are in _one_byte().
ARGUMENTS = {
    0x20: 1,
    0x21: 2,
    0x22: 2,
    0x26: 6,
    0x27: 6,
    0x29: 5,
    0x2A: 5,
    0x81: 1,
    0x8D: 1,
    0xA3: 2,
    0xA8: 1,
    0xD3: 1,
    0xD5: 1,
    0xD9: 1,
    0xDA: 1,
    0xDB: 1,
}


def _one_byte(command: int) -> bool:
    return (
        command <= 0x1F
        or 0x40 <= command <= 0x7F
        or 0xB0 <= command <= 0xB7
        or command in (0x2E, 0x2F, 0xA0, 0xA1, 0xA4, 0xA5, 0xA6, 0xA7, 0xAE, 0xAF, 0xC0, 0xC8, 0xE3)
    )


class Ssd1306Chip:
    """One display. `on_frame(pixels)` is called after each write that changed what a person sees."""

    def __init__(self, on_frame: Callable[[bytes], None] | None = None) -> None:
        self.on_frame = on_frame
        self.writes = 0
        self.faults: list[str] = []
        self._seen = bytes(WIDTH * PAGES)
        self.power_cycle()

    def power_cycle(self) -> None:
        """Reset values of the data sheet; memory as random as real memory, and the same each time."""
        self.memory = bytearray(hashlib.shake_128(b"ssd1306").digest(WIDTH * PAGES))
        self.contrast = 0x7F
        self._registers = {0x20: PAGE, 0x8D: 0x10, 0xA8: 0x3F, 0xD3: 0, 0xDA: 0x12}
        self._on = self._all_on = self._inverted = False
        self._columns_reversed = self._rows_reversed = False
        self._start_row = 0
        self._columns, self._pages = (0, WIDTH - 1), (0, PAGES - 1)
        self._column = self._page = 0
        self._announce()

    def i2c_write(self, data: bytes) -> bool:
        """One write to its address; it always acknowledges."""
        self.writes += 1
        at = 0
        while at < len(data):
            control = data[at]
            rest = data[at + 1 : at + 2] if control & 0x80 else data[at + 1 :]
            if control & 0x3F:
                self.faults.append(f"control byte {control:02x}")
            elif control & 0x40:
                self._store(rest)
            else:
                self._commands(rest)
            at += 1 + len(rest)
        self._announce()
        return True

    def i2c_read(self, length: int) -> bytes:
        """Its status byte: bit 6 = switched off."""
        return bytes([0x00 if self._on else 0x40]) * length

    def pixels(self) -> bytes:
        """What a person sees, 1024 bytes MONO_VLSB: nothing while it is off or its charge pump is."""
        if not self._on or not self._registers[0x8D] & 4:
            return bytes(WIDTH * PAGES)
        if self._all_on:
            return b"\xff" * (WIDTH * PAGES)
        lit = bytes(self.memory) if self._upright() else self._mapped()
        return bytes(byte ^ 0xFF for byte in lit) if self._inverted else lit

    def _upright(self) -> bool:
        shifted = self._start_row or self._registers[0xD3]
        return self._columns_reversed and self._rows_reversed and not shifted

    def _mapped(self) -> bytes:
        """The memory as the glass shows it when directions or first row are not the upright ones."""
        seen = bytearray(WIDTH * PAGES)
        first = self._start_row + self._registers[0xD3]
        for y in range(HEIGHT):
            row = (y + first if self._rows_reversed else HEIGHT - 1 - y + first) % HEIGHT
            for x in range(WIDTH):
                column = x if self._columns_reversed else WIDTH - 1 - x
                if self.memory[row // 8 * WIDTH + column] >> row % 8 & 1:
                    seen[y // 8 * WIDTH + x] |= 1 << y % 8
        return bytes(seen)

    def _announce(self) -> None:
        pixels = self.pixels()
        if pixels != self._seen:
            self._seen = pixels
            if self.on_frame:
                self.on_frame(pixels)

    def _commands(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            command = data[at]
            count = ARGUMENTS.get(command, 0)
            arguments = data[at + 1 : at + 1 + count]
            if len(arguments) < count:
                self.faults.append(f"command {command:02x} cut short")
            elif count:
                self._set(command, arguments)
            elif _one_byte(command):
                self._switch(command)
            else:
                self.faults.append(f"command {command:02x}")
            at += 1 + count

    def _set(self, command: int, arguments: bytes) -> None:
        if command == 0x21:
            self._columns = (arguments[0] & 0x7F, arguments[1] & 0x7F)
            self._column = self._columns[0]
        elif command == 0x22:
            self._pages = (arguments[0] & 7, arguments[1] & 7)
            self._page = self._pages[0]
        elif command == 0x81:
            self.contrast = arguments[0]
        else:
            self._registers[command] = arguments[0]

    def _switch(self, command: int) -> None:
        if command in (0xAE, 0xAF):
            self._on = command == 0xAF
        elif command in (0xA0, 0xA1):
            self._columns_reversed = command == 0xA1
        elif command in (0xC0, 0xC8):
            self._rows_reversed = command == 0xC8
        elif command in (0xA4, 0xA5):
            self._all_on = command == 0xA5
        elif command in (0xA6, 0xA7):
            self._inverted = command == 0xA7
        elif 0x40 <= command <= 0x7F:
            self._start_row = command & 0x3F
        else:
            self._address_page_mode(command)

    def _address_page_mode(self, command: int) -> None:
        if command <= 0x0F:
            self._column = self._column & 0x70 | command
        elif command <= 0x1F:
            self._column = self._column & 0x0F | (command & 7) << 4
        elif 0xB0 <= command <= 0xB7:
            self._page = command & 7

    def _store(self, data: bytes) -> None:
        for byte in data:
            self.memory[self._page * WIDTH + self._column] = byte
            self._advance()

    def _advance(self) -> None:
        """Where the next byte goes: along the window, or round the page."""
        mode = self._registers[0x20] & 3
        if mode == PAGE:
            self._column = (self._column + 1) % WIDTH
            return
        self._column, column_wrapped = self._next(self._column, self._columns, mode == HORIZONTAL)
        if mode == HORIZONTAL:
            self._page = self._next(self._page, self._pages, column_wrapped)[0]
        else:
            self._page, page_wrapped = self._next(self._page, self._pages, True)
            self._column = self._next(self._column, self._columns, page_wrapped)[0]

    @staticmethod
    def _next(at: int, window: tuple[int, int], move: bool) -> tuple[int, bool]:
        if not move:
            return at, False
        return (window[0], True) if at == window[1] else (at + 1, False)
