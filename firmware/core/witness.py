"""The highest (epoch, seq) this device saw in a `booked`: it convicts a gateway restored from an old image.

It goes into every upward message. Flash keeps it rarely: a power cut costs at most SAVE_EVERY_MS of it, and
the other devices of the store still have theirs.
"""

from firmware.protocol.messages import Witness

_DIGITS_MAX = 15  # keeps both below the contract's 2**53
SAVE_EVERY_MS = 600000  # 144 small writes a day at most: LittleFS spreads them over the whole area


def encode(witness: Witness) -> bytes:
    """The content of the file in flash: epoch and seq in decimal."""
    return b"%d %d\n" % witness


def parse(data: "bytes | None") -> Witness:
    """What the file says; (0, 0) where there is none or it is damaged: the next `booked` tells again."""
    words = (data or b"").split()
    if len(words) != 2 or not all(word.isdigit() and len(word) <= _DIGITS_MAX for word in words):
        return Witness(0, 0)
    return Witness(int(words[0]), int(words[1]))


class HighestSeen:
    """What was seen, and when it should be saved."""

    def __init__(self, saved: Witness) -> None:
        self.highest = saved
        self._saved = saved
        self._saved_at_ms: "int | None" = None

    def saw(self, epoch: int, seq: int) -> None:
        """A `booked` carried this position."""
        self.highest = max(self.highest, Witness(epoch, seq))

    def worth_saving(self, now_ms: int) -> bool:
        """A new epoch at once, a new seq every SAVE_EVERY_MS."""
        if self.highest.epoch != self._saved.epoch:
            return True
        if self.highest.seq == self._saved.seq:
            return False
        return self._saved_at_ms is None or now_ms - self._saved_at_ms >= SAVE_EVERY_MS

    def saved(self, now_ms: int) -> None:
        """`highest` is in flash now."""
        self._saved = self.highest
        self._saved_at_ms = now_ms
