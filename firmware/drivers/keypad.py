"""Driver of a matrix keypad of 4 x 4 keys behind a PCF8574 (or PCA8574) on I2C.

The expander has one byte: written, it sets the eight pins; read, it tells their levels. A pin written 1 is a
weak pull-up and may be pulled low from outside, a pin written 0 is driven low. P0..P3 are the rows, P4..P7
the columns. With all rows low a column reads low where any of its keys is down; then each row alone tells
which. (NXP PCF8574 data sheet: quasi-bidirectional ports, all high after power-on.)

There are no diodes: with three keys down at corners of a rectangle the fourth seems down too, so two keys at
once are none, and nothing counts until all are up again. A contact bounces for up to 20 ms: a key counts when
two polls in a row agree, and once for each time it is pressed.

It is given a bus (`writeto`, `readfrom_into` as machine.I2C has them; OSError when nobody answers).
"""

from firmware.protocol.compat import const

KEYS = "123A456B789C*0#D"  # row by row, as printed on the usual membrane keypads
ADDRESS = 0x20  # A0..A2 low; a PCF8574A or PCA8574A begins at 0x38
DEAD_AFTER = const(3)  # polls in a row without an answer

_ROWS = const(4)
_NONE = const(-1)
_SEVERAL = const(-2)
_ALL_ROWS_LOW = b"\xf0"
_ROW_LOW = (b"\xfe", b"\xfd", b"\xfb", b"\xf7")


class Keypad:
    """One keypad, polled every 10 to 30 ms. `faults` counts polls that the expander did not answer."""

    def __init__(self, bus, address: int = ADDRESS) -> None:
        self._bus = bus
        self._address = address
        self._read = bytearray(1)
        self._seen = _NONE  # by the last poll
        self._down = _NONE  # what counts as down: nothing is new until it is _NONE again
        self._silent = 0
        self.faults = 0

    @property
    def dead(self) -> bool:
        """Whether it does not answer: none is fitted, or it is broken."""
        return self._silent >= DEAD_AFTER

    def poll(self) -> "str | None":
        """The key that was pressed since the last poll; None for none."""
        try:
            seen = self._scan()
            self._silent = 0
        except OSError:
            self.faults += 1
            self._silent += 1
            self._seen = _NONE
            return None
        steady, self._seen = seen == self._seen, seen
        if not steady or seen == self._down:
            return None
        if self._down != _NONE and seen != _NONE:
            self._down = _SEVERAL  # another key before all were up
            return None
        self._down = seen
        return KEYS[seen] if seen >= 0 else None

    def _scan(self) -> int:
        """The place in KEYS of the one key that is down; _NONE or _SEVERAL."""
        if not self._columns(_ALL_ROWS_LOW):
            return _NONE
        found = _NONE
        for row in range(_ROWS):
            columns = self._columns(_ROW_LOW[row])
            if columns:
                if found != _NONE or columns & columns - 1:
                    found = _SEVERAL
                    break
                found = row * 4 + (columns >> 1) - (columns >> 3)
        return found

    def _columns(self, rows: bytes) -> int:
        """With these pins driven low: a bit for each column that is low, P4 the lowest."""
        self._bus.writeto(self._address, rows)
        self._bus.readfrom_into(self._address, self._read)
        return ~self._read[0] >> 4 & 0x0F
