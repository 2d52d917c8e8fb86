"""How often one phone may try a thing, and how often all phones of the store together may.

A phone is the hash of its lease's MAC: a guest who changes it needs a new lease each time, and the store's
budget holds all of them. Refusals are counted; nothing here waits.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from gateway.portal.grants import Try

HOUR_MS: Final = 3_600_000
PHONES_MAX: Final = 10_000  # remembered; the one not seen longest goes


class Rule(NamedTuple):
    """each: tries of one phone in span_ms. all_at_once: of the store, refilled by all_per_s each second."""

    each: int
    span_ms: int
    all_at_once: int
    all_per_s: float


RULES: Final[Mapping[str, Rule]] = {
    # A family shares a phone; a crowd of a full store joins within a minute.
    "join": Rule(3, 24 * HOUR_MS, 1_000, 1.0),
    # Forty bits of a member's code: at this rate a hit takes centuries.
    "code": Rule(10, HOUR_MS, 300, 0.2),
    # A name or a number that the gateway does not take is no enrolment, but it has to look.
    "typo": Rule(20, HOUR_MS, 1_000, 1.0),
    # Connecting costs a commit and a transaction of the kernel.
    "connect": Rule(60, HOUR_MS, 2_000, 10.0),
    # A shake is some lookups and a commit; the gateway lets a member do it each 20 seconds at most.
    "shake": Rule(60, HOUR_MS, 2_000, 10.0),
    "claim": Rule(120, HOUR_MS, 2_000, 10.0),
}


class Limits:
    """Counts tries by phone and by store."""

    def __init__(self, now_ms: Callable[[], int], kept: Iterable[Try] = ()) -> None:
        self._now_ms = now_ms
        self._phones: OrderedDict[tuple[str, bytes], deque[int]] = OrderedDict()
        self._left = {kind: float(rule.all_at_once) for kind, rule in RULES.items()}
        self._filled_ms = now_ms()
        for each in sorted(kept, key=lambda each: each.at_ms):
            if each.kind in RULES:
                self._remember(each)

    def take(self, kind: str, hashes: tuple[bytes, ...]) -> Try | None:
        """One try of a phone known by these hashes, the first of which is today's; None: not now."""
        rule, now_ms = RULES[kind], self._now_ms()
        self._refill(now_ms)
        if self._left[kind] < 1 or self._count(kind, hashes, now_ms - rule.span_ms) >= rule.each:
            return None
        self._left[kind] -= 1
        tried = Try(hashes[0], kind, now_ms)
        self._remember(tried)
        return tried

    def give_back(self, tried: Try) -> None:
        """It came to nothing through no fault of the phone: as if it had not been tried."""
        times = self._phones.get((tried.kind, tried.hash))
        if times and tried.at_ms in times:
            times.remove(tried.at_ms)
            self._left[tried.kind] += 1

    def _count(self, kind: str, hashes: tuple[bytes, ...], since_ms: int) -> int:
        return sum(at > since_ms for one in hashes for at in self._phones.get((kind, one), ()))

    def _remember(self, tried: Try) -> None:
        key = tried.kind, tried.hash
        self._phones.setdefault(key, deque(maxlen=RULES[tried.kind].each)).append(tried.at_ms)
        self._phones.move_to_end(key)
        if len(self._phones) > PHONES_MAX:
            self._phones.popitem(last=False)

    def _refill(self, now_ms: int) -> None:
        passed_s = max(0, now_ms - self._filled_ms) / 1000
        self._filled_ms = now_ms
        for kind, rule in RULES.items():
            self._left[kind] = min(rule.all_at_once, self._left[kind] + passed_s * rule.all_per_s)
