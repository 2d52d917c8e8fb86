"""What members bought in the last so many days, from orders and returns one after the other. Pure.

As a gateway counts (gateway/till_facts.py): an order counts by what is left of its price after its returns,
and not at all where nothing is left.
"""

from collections import deque
from collections.abc import Iterable

from gateway.core.event import Event
from gateway.core.orders.model import OrderRecord, ReturnRecord
from gateway.core.programs.because import leaves
from gateway.core.programs.model import CounterIs, Program

DAY_MS = 86_400_000


class Windows:
    """Purchases by member, as long as any program asks back."""

    def __init__(self, programs: Iterable[Program]) -> None:
        found = (leaf for program in programs for leaf in leaves(program.when) if isinstance(leaf, CounterIs))
        self._asked = sorted({(leaf.of, leaf.days) for leaf in found})
        self.days = max((days for _, days in self._asked), default=0)
        self._bought: dict[str, deque[tuple[int, str]]] = {}  # (at, order), oldest first
        self._left: dict[str, int] = {}  # by order, what was not returned of it

    def see(self, event: Event) -> None:
        """One more event."""
        settled = event.settled
        if not self._asked:
            return
        if isinstance(settled, OrderRecord) and settled.member is not None:
            self._bought.setdefault(settled.member, deque()).append((event.at, event.random))
            self._left[event.random] = settled.total
        elif isinstance(settled, ReturnRecord) and settled.order in self._left:
            self._left[settled.order] = max(0, self._left[settled.order] - settled.total)

    def counters(self, event: Event) -> dict[str, int]:
        """What programs ask of the member of an event, just before it."""
        if not self._asked or event.facts.member is None:
            return {}
        bought = self._bought.get(event.facts.member.id, deque())
        while bought and bought[0][0] <= event.at - self.days * DAY_MS:
            self._left.pop(bought.popleft()[1], None)
        found = {}
        for of, days in self._asked:
            recent = [self._left[order] for at, order in bought if at > event.at - days * DAY_MS]
            kept = [amount for amount in recent if amount]
            found[f"{of}:{days}"] = len(kept) if of == "orders" else sum(kept)
        return found
