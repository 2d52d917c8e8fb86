"""The counter: answers what a till asks before and after it sells; nothing here is booked.

Each answer comes from one state of ledger and cache, by the very facts and rules by which an act would be
decided (gateway/acting.py), so that a quote shown now is the one committed next unless something changed.
Values are gateway/sales.py's.

One thing is booked all the same: that a rotating code was shown, or it could be shown again elsewhere. A
till that asks again for the code it has taken gets the same answer, as long as that is fresh.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from msgspec import UNSET
from msgspec.structs import replace

from gateway.acting import UNDECIDABLE, Acting, Refused, Request
from gateway.batch import Batch
from gateway.booking import Shown
from gateway.codes import Code, read_code
from gateway.core.draft import Refusal
from gateway.core.errors import EventError
from gateway.core.evidence import FRESH
from gateway.core.model import CODE_STALE, GREETED, UNKNOWN, Facts
from gateway.core.orders.model import Basket, Good, OrderRecord, Park, ReturnRecord, ShiftRecord
from gateway.core.programs.model import Program
from gateway.core.programs.quoting import digest, quote
from gateway.core.promises import MEMBER, STAFF
from gateway.enquiry import Consulted
from gateway.errors import LedgerRefused
from gateway.member_view import MemberView
from gateway.sales import (
    BLOCKED,
    STALE,
    Found,
    OrderFound,
    OrderRow,
    ParkedFound,
    Preview,
    Quoted,
    ReturnFound,
    ShiftFound,
    StaffFound,
    WithoutPin,
)
from gateway.sales import UNKNOWN as NOBODY
from gateway.scanned import Scanned, staff_found
from gateway.storage.till_book import ShiftRow
from gateway.till_facts import order_named

GOODS_SHOWN_MAX = 500  # of one answer; a till shows some dozens and searches for the rest
ORDERS_SHOWN_MAX = 500
TAKEN_MAX = 64  # rotating codes that tills took and may ask for again: far more than tills take in 90 s

Done = TypeVar("Done")


class Shop(Consulted, Protocol):
    """Who also books that a code was shown: the desk."""

    def show(self, place: str, text: str) -> Shown | None:
        """What it proves, durable; None where nothing could be written."""
        ...


class Counter:
    """Answers tills, in the loop of the desk that it consults; raises as the ledger does."""

    def __init__(self, desk: Shop) -> None:
        self._desk = desk
        self._taken: OrderedDict[tuple[str, str], str] = OrderedDict()  # (till, code) to member

    def quote(self, basket: Basket, till: str, actor: str) -> Quoted | Refused:
        """A basket priced; Refused.code is a reason of the core's, or UNDECIDABLE."""
        return self._desk.consult(lambda batch, acting: _quoted(batch, acting, basket, till))

    def preview(self, request: Request) -> Preview | Refused:
        """What an act would lead to if it were asked for now; its key is not used up."""

        def foresee(batch: Batch, acting: Acting) -> Preview | Refused:
            verdict = acting.ask(request._replace(key=None))
            if isinstance(verdict, Refused):
                return verdict
            settled = verdict.event.settled
            return Preview(verdict.event.outcome, None if settled is UNSET else settled)

        return self._desk.consult(foresee)

    def goods(self, query: str | None, limit: int) -> tuple[Good, ...]:
        """At most so many articles whose words hold every word of the query; None: all, by sku."""
        wanted = min(limit, GOODS_SHOWN_MAX)
        return self._look(lambda batch: tuple(batch.cache.catalogue.search(query or "", wanted)))

    def lookup(self, code: str, till: str = "") -> Found:
        """What a text is that was scanned or typed at a till."""
        found = self._known(code, till)
        if found.member is None or not till:
            return found
        member = found.member["member"]
        free = self._desk.consult(lambda batch, acting: _without_pin(acting, member, till))
        return found._replace(without_pin=free)

    def _known(self, code: str, till: str) -> Found:
        rotating = self._look(lambda batch: read_code(batch, code.strip()))
        if rotating.step is not UNSET:
            return self._rotating(code.strip(), till, rotating)
        return self._scanned(lambda scanned: scanned.find(code, _order))

    def _rotating(self, text: str, till: str, code: Code) -> Found:
        member = self._taken.get((till, text)) if code.level == FRESH else None
        if member is None:
            shown = self._desk.show(till, text)
            if shown is None:
                raise LedgerRefused("the code was not booked")
            if shown.outcome.name != GREETED or shown.member is None:
                return _closed(shown)
            member = self._taken[till, text] = shown.member
            if len(self._taken) > TAKEN_MAX:
                self._taken.popitem(last=False)
        taken = member
        return self._scanned(lambda scanned: scanned.member(taken))

    def _scanned(self, find: Callable[[Scanned], Found]) -> Found:
        return self._desk.consult(
            lambda batch, acting: find(Scanned(batch, acting.facts.finder, acting.rights.frozen))
        )

    def offers(self) -> tuple[Program, ...]:
        """Programs that only happen when they are chosen, as the bundle in force has them."""
        return self._look(lambda batch: tuple(_offers(batch)))

    def orders(self, member: str | None, since_ms: int, limit: int) -> tuple[OrderRow, ...]:
        """The newest orders first, of everybody or of one member under every name."""

        def listed(batch: Batch) -> Iterator[OrderRow]:
            tills = batch.page.tills
            names = None if member is None else batch.lookup.names(member)
            for row in tills.orders(names, since_ms, min(limit, ORDERS_SHOWN_MAX)):
                yield OrderRow(*row, len(tills.order_returns(row.id)))

        return self._look(lambda batch: tuple(listed(batch)))

    def order(self, name: str) -> OrderFound | None:
        """An order by its id or its receipt's code; None where this store has no such order."""
        return self._look(lambda batch: _order(batch, name))

    def parked(self) -> tuple[ParkedFound, ...]:
        """Every basket that is put aside, the oldest first."""
        return self._look(lambda batch: tuple(_parked(batch)))

    def shift(self, till: str) -> ShiftFound | None:
        """The open shift of a till."""
        return self._look(lambda batch: _shift(batch, batch.page.tills.open_shift(till)))

    def shift_by_id(self, shift: str) -> ShiftFound | None:
        """A shift, open or closed."""
        return self._look(lambda batch: _shift(batch, batch.page.tills.shift(shift)))

    def staff(self, id_: str) -> StaffFound | None:
        """Who has this id, also one who left."""
        return self._look(lambda batch: staff_found(batch, batch.cache.catalogue.staff(id_)))

    def staff_by_badge(self, badge: str) -> StaffFound | None:
        """Whose badge says this; never found by an id."""
        return self._desk.consult(
            lambda batch, acting: Scanned(batch, acting.facts.finder, acting.rights.frozen).staff(badge)
        )

    def _look(self, find: Callable[[Batch], Done]) -> Done:
        return self._desk.consult(lambda batch, acting: find(batch))


def _quoted(batch: Batch, acting: Acting, basket: Basket, till: str) -> Quoted | Refused:
    if basket.member is not None:
        basket = replace(basket, member=batch.lookup.survivor(basket.member))
    facts = acting.facts.of_quote(basket, acting.rights)
    try:
        priced = quote(batch.cache.bundle, facts, batch.setting, basket)
        warnings = acting.warnings(facts, priced.earns)
    except Refusal as no:
        return Refused(no.reason)
    except EventError:
        return Refused(UNDECIDABLE)
    view = MemberView(batch, acting.rights.frozen)
    member = None if facts.member is None else view.at_till(facts.member.id)
    return Quoted(
        priced,
        digest(priced),
        member,
        batch.cache.synced_at_ms,
        tuple(_elsewhere(facts)),
        warnings,
        None if facts.member is None or not till else _without_pin(acting, facts.member.id, till),
    )


def _without_pin(acting: Acting, member: str, till: str) -> WithoutPin | None:
    """What a code that this member showed at a till may spend there now."""
    found = acting.facts.code_at(till, member)
    return None if found is None or not found[1] else WithoutPin(found[0].at, found[1])


def _closed(shown: Shown) -> Found:
    """What a rotating code is that opened nothing."""
    if shown.outcome.name != UNKNOWN:
        return BLOCKED
    return STALE if shown.outcome.reason == CODE_STALE else NOBODY


def _offers(batch: Batch) -> Iterator[Program]:
    programs = batch.cache.bundle.programs
    return (each for each in (() if programs is UNSET else programs) if each.opt_in and not each.paused)


def _elsewhere(facts: Facts) -> list[str]:
    """Units of the member, of those that bear on this basket, of which a part is with HQ or other stores."""
    owner = "" if facts.member is None else MEMBER + facts.member.id
    aliases = {} if facts.aliases is UNSET else facts.aliases
    lots = () if facts.lots is UNSET else facts.lots
    mine = [fact for fact in lots if aliases.get(fact.nature.owner, fact.nature.owner) == owner]
    return sorted({fact.nature.unit for fact in mine if fact.elsewhere > fact.owed})


def _order(batch: Batch, name: str) -> OrderFound | None:
    name = order_named(batch, name)
    row = batch.page.tills.order(name)
    event = None if row is None else batch.page.event(row.seq)
    if event is None or not isinstance(event.settled, OrderRecord):
        return None
    returns = tuple(_returns(batch, name))
    return OrderFound(name, event.seq, event.at, str(event.actor), event.settled, returns)


def _returns(batch: Batch, order: str) -> Iterator[ReturnFound]:
    for seq in batch.page.tills.order_returns(order):
        event = batch.page.event(seq)
        if isinstance(event.settled, ReturnRecord):
            yield ReturnFound(seq, event.at, event.settled)


def _parked(batch: Batch) -> Iterator[ParkedFound]:
    for name, seq in batch.page.tills.all_parked():
        event = batch.page.event(seq)
        act = event.act
        if isinstance(act, Park) and act.basket is not None:
            yield ParkedFound(name, seq, event.at, act.till, str(event.actor), act.note, act.basket)


def _shift(batch: Batch, row: ShiftRow | None) -> ShiftFound | None:
    if row is None:
        return None
    opened = batch.page.event(row.seq)
    found = ShiftFound(row.id, row.till, row.staff.removeprefix(STAFF), row.seq, opened.at, row.sums)
    if row.closed is None:
        return found
    closed = batch.page.event(row.closed)
    record = closed.settled if isinstance(closed.settled, ShiftRecord) else None
    return found._replace(closed=row.closed, closed_at=closed.at, record=record)
