"""What really happened in the shops, whoever knows of it: all events ever committed, of lost branches too.

Owns the sums over all logs that no log can see alone (invariants 3 and 4): of no lot is more used than was
ever made, but for what a gateway gave away out of an old image before anybody could tell it so. That is
counted apart, as `window`; what was given at risk never comes out of a lot's own parts, so it is not in here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from gateway.core.book import NOTHING, LotKey, Part, add
from gateway.core.event import Event
from gateway.core.promises import COUPON, MEMBER, Change
from tests.simulation.hq_tree import part_moves
from tests.simulation.verdict import Violation


class Truth:
    """Sums over every log."""

    def __init__(self) -> None:
        self.committed: set[str] = set()
        self.made: Counter[LotKey] = Counter()
        self.used: Counter[LotKey] = Counter()
        self.window: Counter[LotKey] = Counter()
        self.by_gateway: defaultdict[tuple[str, LotKey], Part] = defaultdict(lambda: NOTHING)
        self.reopened: set[str] = set()  # instruments that anybody ever set active again
        self._touched: set[LotKey] = set()

    def add(self, gateway: str, name: str, event: Event, unwarned: bool) -> None:
        """An event that was committed, by hash; `unwarned`: by a gateway that came from an old image."""
        self.committed.add(name)
        if isinstance(event.act, Change) and event.act.status == "active":
            self.reopened.add(event.act.instrument)
        for key, change in part_moves(event).items():
            self.by_gateway[gateway, key] = add(self.by_gateway[gateway, key], change)
            if not key.owner.startswith(MEMBER):
                continue
            self._count(key, change)
            if unwarned:
                self.window[key] += change.spent + change.returned

    def add_hq(self, events: Iterable[Event]) -> None:
        """Events of HQ's own log."""
        for event in events:
            for key, change in part_moves(event).items():
                if key.owner.startswith(MEMBER):
                    self._count(key, change)

    def judge(self) -> None:
        """Raise Violation where more was used of a lot than was ever made of it."""
        for key in sorted(self._touched):
            used, made, window = self.used[key], self.made[key], self.window[key]
            if used > made + window:
                number = 3 if key.unit.startswith(COUPON) else 4
                raise Violation(number, f"{key}: used {used}, made {made}, from an old image {window}")
        self._touched.clear()

    def _count(self, key: LotKey, change: Part) -> None:
        self.made[key] += change.minted
        self.used[key] += change.spent
        self._touched.add(key)
