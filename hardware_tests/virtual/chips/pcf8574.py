"""A simulated PCF8574 with a matrix keypad of 4 x 4 keys on its pins, at the bytes of its wire.

Every byte written sets the eight pins (1: weak pull-up, 0: driven low), every byte read tells their levels
as they are then. All pins are high after power-on. Rows are P0..P3, columns P4..P7, without diodes: keys
that are down join their row and column, and a pin is low where anything that it is joined to is driven low,
so three keys at corners of a rectangle show the fourth (ghosting). A contact bounces when it closes and when
it opens. Without a chip on the bus nothing is acknowledged.
"""

from collections.abc import Callable

ADDRESS = 0x20
LAYOUT = "123A456B789C*0#D"
BOUNCE_MS = 8  # of membrane keys 5 to 20 (data sheets); it closes and opens each millisecond
ROW_PINS = (0, 1, 2, 3)
COLUMN_PINS = (4, 5, 6, 7)
ALL_HIGH = 0xFF


class KeypadChip:
    """One keypad and its expander. `fitted` False: there is none on the bus. `reads` and `writes` count."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self.fitted = True
        self.reads = self.writes = 0
        self._now_ms = now_ms
        self._latch = ALL_HIGH
        self._moved: dict[str, tuple[bool, int]] = {}  # key -> whether it goes down, since when

    def power_cycle(self) -> None:
        """What was written is forgotten; keys stay as fingers hold them."""
        self._latch = ALL_HIGH

    def press(self, key: str) -> None:
        """A finger goes down on this key; raises ValueError for none of LAYOUT."""
        LAYOUT.index(key)
        self._moved[key] = (True, self._now_ms())

    def release(self, key: str) -> None:
        """It goes up again."""
        self._moved[key] = (False, self._now_ms())

    def i2c_write(self, data: bytes) -> bool:
        """Whether it acknowledged."""
        if not self.fitted:
            return False
        self.writes += 1
        if data:
            self._latch = data[-1]
        return True

    def i2c_read(self, length: int) -> bytes:
        """The pins, once for each byte; nothing where it is not fitted."""
        if not self.fitted:
            return b""
        self.reads += 1
        return bytes(self._levels() for _ in range(length))

    def _closed(self, key: str) -> bool:
        """Whether this contact is closed just now; while it bounces, in every other millisecond."""
        down, since_ms = self._moved.get(key, (False, -BOUNCE_MS))
        moved_ms = self._now_ms() - since_ms
        return down if moved_ms >= BOUNCE_MS else bool(moved_ms % 2) != down

    def _levels(self) -> int:
        """Bit by bit: 0 where the pin, or anything joined to it, is driven low."""
        low = {pin for pin in (*ROW_PINS, *COLUMN_PINS) if not self._latch >> pin & 1}
        joined = [
            (ROW_PINS[place // 4], COLUMN_PINS[place % 4])
            for place, key in enumerate(LAYOUT)
            if self._closed(key)
        ]
        for _ in joined:  # each round may carry a low one key further
            for pins in joined:
                if low & set(pins):
                    low.update(pins)
        return ALL_HIGH & ~sum(1 << pin for pin in low)
