"""What somebody's coming in leads to: what lies elsewhere of theirs is asked for before the till wants it.

The questions are those that a spend would ask, booked in the commit of the Here, once for a visit: not again
while the member was told to be here within VISIT_MS and HQ could be asked then. Nobody waits for the answers;
where none comes, the till asks again. What HQ grants is taken when it is used.
"""

from collections.abc import Iterator

from msgspec import UNSET

from gateway.batch import Batch
from gateway.core.lots import order, usable
from gateway.core.model import RightsFact
from gateway.core.promises import COUPON, MEMBER, POINTS, Ask, LotFact
from gateway.core.spending import PART_MAX
from gateway.lot_finder import LotFinder
from gateway.till_facts import MONEY_UNITS

VISIT_MS = 900_000  # as long as a tag may be unheard without its visit being over
# Each is an event and a request to HQ of some 0.1 s; a till that asks meanwhile waits for one at most.
QUESTIONS_MAX = 8
BALANCES = (*MONEY_UNITS, POINTS)


def questions(batch: Batch, finder: LotFinder, rights: RightsFact, seq: int, member: str) -> list[Ask]:
    """What to ask of HQ after the Here of event `seq`: balances first, then the coupons that expire first."""
    if not _may_ask(rights) or _asked_before(batch, seq, member):
        return []
    owner = MEMBER + member
    lots = finder.lots(owner, None)
    dates = finder.dates(lots)
    missing = [fact for fact in lots if _missing(fact) and usable(fact, batch.setting, dates) is None]
    return [*_balances(owner, missing), *_coupons(owner, missing)][:QUESTIONS_MAX]


def _may_ask(rights: RightsFact) -> bool:
    return rights.online and not rights.frozen


def _asked_before(batch: Batch, seq: int, member: str) -> bool:
    """Whether an earlier Here of the same visit could ask."""
    earlier = [found for found in batch.page.visits.of(member, 2) if found < seq]
    if not earlier:
        return False
    event = batch.page.event(earlier[0])
    rights = event.facts.rights
    return batch.setting.at - event.at < VISIT_MS and rights is not UNSET and _may_ask(rights)


def _missing(fact: LotFact) -> int:
    """How much of a lot other logs hold, as far as is known here."""
    return max(0, fact.elsewhere - fact.owed)


def _balances(owner: str, lots: list[LotFact]) -> Iterator[Ask]:
    for unit in BALANCES:
        amount = sum(_missing(fact) for fact in lots if fact.nature.unit == unit)
        if amount:
            yield Ask(min(amount, PART_MAX), owner, unit)


def _coupons(owner: str, lots: list[LotFact]) -> Iterator[Ask]:
    for fact in sorted(lots, key=order):
        if fact.nature.unit.startswith(COUPON):
            yield Ask(min(_missing(fact), PART_MAX), owner, fact.nature.unit, fact.lot)
