"""What a greeting says besides, by the role of the terminal: a check-in, coupons that wait.

At the entrance a member checks in, once a civil day: an act of the gateway's own under a key of member and
day, in the same batch as the tap, answered by the offline policy at once. At a counter or desk the clerk is
to know that coupons wait. Nothing is looked up where the bundle has nothing to give.
"""

from collections.abc import Callable

from gateway.acting import Acting, Refused, Request
from gateway.batch import Batch
from gateway.core import model
from gateway.core.event import Event
from gateway.core.lots import usable
from gateway.core.orders.model import Run, RunRecord
from gateway.core.programs.book import book_of
from gateway.core.promises import COUPON, MEMBER
from gateway.displays import earned
from gateway.lot_finder import LotFinder, takeable
from gateway.ports import Told
from gateway.screens import COUNTER, DESK, ENTRANCE

POINTS_WORDS = (("zh-CN", "积分"), ("en", "points"))
ISSUE = "issue"


class Greeting:
    """For one batch; `acting` makes its acts when one is needed, `actor` says who asks at a terminal."""

    def __init__(
        self, batch: Batch, acting: Callable[[], Acting] | None, actor: Callable[[str], str]
    ) -> None:
        self._batch = batch
        self._bundle = batch.cache.bundle
        self._acting = acting
        self._actor = actor
        self._made: Acting | None = None
        self._without: set[str] = set()  # of who was met when it was looked up, those without any coupon
        self._looked_up = False

    def told(self, role: str, device: str, member: str, seq: int) -> Told | None:
        """What the terminal of this role says besides to a member whose tap is the event `seq`; None for
        nothing."""
        if self._acting is None:
            return None
        if role == ENTRANCE:
            return self._check_in(self._acts(self._acting), device, member, seq)
        if role in (COUNTER, DESK) and self._bundle.templates:
            return self._coupons(member)
        return None

    def _acts(self, make: Callable[[], Acting]) -> Acting:
        if self._made is None:
            self._made = make()
        return self._made

    def _check_in(self, acting: Acting, device: str, member: str, seq: int) -> Told | None:
        if not book_of(self._bundle).of(model.CHECKED_IN):
            return None
        key = f"check-in:{member}:{self._batch.setting.date}"
        verdict = acting.ask(Request(key, self._actor(device), model.CHECKED_IN, Run(member), final=True))
        if isinstance(verdict, Refused) or verdict.seq < seq:
            return None  # not now, or by an earlier tap of today
        return _given(verdict.event)

    def _coupons(self, member: str) -> Told | None:
        finder, setting = LotFinder(self._batch), self._batch.setting
        if self._has_none(finder, member):
            return None
        lots = [fact for fact in finder.lots(MEMBER + member, None) if fact.nature.unit.startswith(COUPON)]
        free = [fact for fact in lots if fact.left - fact.held + takeable(fact, setting.at) > 0]
        ready = [fact for fact in free if usable(fact, setting, finder.dates((fact,))) is None]
        return Told("coupons_waiting", (("count", len(ready)),)) if ready else None

    def _has_none(self, finder: LotFinder, member: str) -> bool:
        """Whether a member is known to have no coupon: looked up for all of a batch together, and not what
        counts where the batch itself gave something."""
        if not self._looked_up:
            self._looked_up = True
            self._without = finder.without(sorted(self._batch.lookup.people), COUPON)
        return member in self._without and not self._batch.page.moved


def _given(event: Event) -> Told | None:
    if event.outcome.name != model.DONE or not isinstance(event.settled, RunRecord):
        return None
    applied = event.settled.applied
    points = earned(applied)
    if points:
        return Told("checked_in", (("count", points), ("what", POINTS_WORDS)))
    return Told("checked_in.gift") if any(each.does == ISSUE for each in applied) else None
