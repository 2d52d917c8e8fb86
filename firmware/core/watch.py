"""Whether the watchdog deserves to be fed: each duty proves its work, none is fed by a timer.

Being offline is healthy: the link task proves that it tries. A dead reader is not: after RECOVERIES_MAX
failed recoveries the terminal stops feeding, because a reset is the only remedy left.
"""

RECOVERIES_MAX = (
    5  # each pulses the reset line and sets the chip up again; what five cannot mend, a restart may
)


class Watch:
    """`limits_ms`: name of a duty -> how long it may go without a proof of work."""

    def __init__(self, limits_ms: "dict[str, int]", now_ms: int) -> None:
        self._limits_ms = limits_ms
        self._done_ms = dict.fromkeys(limits_ms, now_ms)
        self._failures = 0

    def done(self, name: str, now_ms: int) -> None:
        """The duty did its work."""
        assert name in self._limits_ms, name
        self._done_ms[name] = now_ms

    def recovered(self, worked: bool) -> None:
        """A recovery of the reader ended so."""
        self._failures = 0 if worked else self._failures + 1

    @property
    def given_up(self) -> bool:
        """The reader will not come back without a reset."""
        return self._failures >= RECOVERIES_MAX

    def overdue(self, now_ms: int) -> "list[str]":
        """Duties that must not be fed for; empty = feed."""
        late = [name for name, limit in self._limits_ms.items() if now_ms - self._done_ms[name] > limit]
        return late + (["recovery"] if self.given_up else [])
