"""What a beacon says on the air, and when it becomes another: the set of frames, and the turn of identity.

    EID 500 ms, iBeacon 500 ms, EID 500 ms, ...   and every TELEMETRY_EVERY_MS an encrypted telemetry, 300 ms

All under one address, which changes with the identity: at a random instant in the first quarter of the
quantum, so that several beacons do not turn at once and nobody can tell from the instant who turned.

Invariant: the quantum never goes back by one, which a clock set a little late would make it do at a border:
to the gateway that is a repeated identity. A clock that is set by more is followed.
"""

from firmware.protocol import adverts
from firmware.protocol.compat import const

FRAMES = (adverts.EID, adverts.IBEACON)  # in turn
FRAME_MS = 500  # five adverts: a phone that listens for a tenth of each second hears both within some seconds
TELEMETRY_MS = 300  # three adverts
TELEMETRY_EVERY_MS = 10000  # a battery or a temperature is no news sooner
TURN_SHARE = 4  # a turn comes in the first quarter: the gateway looks one quantum each way
_WRAP = const(0x100000000)  # of a beacon's seconds


class Turn:
    """Which quantum to advertise. `below(n)` gives a random integer 0..n-1."""

    def __init__(self, rotation: int, below) -> None:
        self.quantum: "int | None" = None
        self._length_ms = 1000 << rotation
        self._count = _WRAP >> rotation
        self._below = below
        self._late_ms = 0  # how far into a quantum the next turn comes

    def at(self, t_ms: int) -> bool:
        """Look at the clock (the beacon's own ms, below 2^32 s); True if `quantum` is another now."""
        due, into_ms = divmod(t_ms, self._length_ms)
        if self.quantum is not None:
            ahead = (due - self.quantum) % self._count
            if ahead == 0 or ahead == self._count - 1 or (ahead == 1 and into_ms < self._late_ms):
                return False
        self.quantum = due
        self._late_ms = self._below(self._length_ms // TURN_SHARE)
        return True

    def t(self) -> int:
        """The second at which the quantum began."""
        assert self.quantum is not None
        return self.quantum * self._length_ms // 1000


class FrameSet:
    """Which frame is next, and for how long."""

    def __init__(self) -> None:
        self._next = 0
        self._new = True
        self._telemetry_at_ms = 0

    def turned(self) -> None:
        """Another identity: it says itself first."""
        self._next = 0
        self._new = True

    def following(self, now_ms: int) -> "tuple[int, int]":
        """(kind of frame, how long it is on the air)."""
        if now_ms >= self._telemetry_at_ms and not self._new:
            self._telemetry_at_ms = now_ms + TELEMETRY_EVERY_MS
            return adverts.ETLM, TELEMETRY_MS
        self._new = False
        kind = FRAMES[self._next]
        self._next = (self._next + 1) % len(FRAMES)
        return kind, FRAME_MS


def t_ms(unix_ms: int, epoch_s: int) -> int:
    """The beacon's own milliseconds, of seconds that wrap at 2^32."""
    return (unix_ms - epoch_s * 1000) % (_WRAP * 1000)
