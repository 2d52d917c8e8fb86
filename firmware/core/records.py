"""Who, when and in which order: the Record of each happening, and the clock that dates it.

A record is (boot, nonce, number): `boot` counts the starts, the nonce keeps a wiped flash from repeating one,
the number counts what happened since the start. It is used once; a gap is a record that the outbox refused.
"""

from firmware.protocol.messages import CLOCK_SET, CLOCK_UNKNOWN, Record


class Clock:
    """Civil time as an offset to the milliseconds since boot; unknown until the gateway said it.

    `floor_ms` (unix time of the build) is a lower bound: an earlier time is refused and counted, so that a
    gateway that lost its own clock cannot send us back.
    """

    def __init__(self, floor_ms: int) -> None:
        self.refused = 0
        self._floor_ms = floor_ms
        self._offset_ms: "int | None" = None

    def learn(self, unix_ms: int, quality: int, now_ms: int) -> bool:
        """Take the gateway's time; False when it does not know it or it is before our floor."""
        if quality != CLOCK_SET:
            return False
        if unix_ms < self._floor_ms:
            self.refused += 1
            return False
        self._offset_ms = unix_ms - now_ms
        return True

    def read(self, now_ms: int) -> "tuple[int, int]":
        """(unix_ms, CLOCK_SET) or (0, CLOCK_UNKNOWN)."""
        if self._offset_ms is None:
            return 0, CLOCK_UNKNOWN
        return self._offset_ms + now_ms, CLOCK_SET


class Recorder:
    """Makes the records of this boot."""

    def __init__(self, boot: int, nonce: bytes, clock: Clock) -> None:
        self.boot = boot
        self.nonce = nonce
        self._clock = clock
        self._number = 0

    def record(self, now_ms: int, deadline_ms: int) -> Record:
        """The record of something that happens now and may be answered to a person for `deadline_ms`."""
        self._number += 1
        unix_ms, clock = self._clock.read(now_ms)
        return Record(self.boot, self.nonce, self._number, now_ms, unix_ms, clock, deadline_ms)
