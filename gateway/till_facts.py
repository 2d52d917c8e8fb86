"""The facts of what tills do: goods, lots, counts, who asks in which shift, and the order that comes back.

Every article stands there once, and of lots only those that may matter: the coupons that were shown, what
pays, what a program of the trigger reads or counts, and what lapses soon enough for the receipt to say so. Of
an order that comes back: the lots that the pieces which come back have moved, and what is left of each line.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from gateway.batch import Batch
from gateway.clock import time_in
from gateway.core import model
from gateway.core.evidence import CodeShown
from gateway.core.model import Facts, Input, Member, RightsFact
from gateway.core.orders import spender
from gateway.core.orders.model import (
    BALANCE,
    Basket,
    CloseShift,
    GoBack,
    OrderRecord,
    Park,
    ReturnRecord,
    Run,
    Sell,
    SetPin,
    ShiftFact,
    SignIn,
    Staff,
    TillAct,
)
from gateway.core.orders.receipt import LAPSE_DAYS
from gateway.core.orders.staff import CONSOLE, DEVICE
from gateway.core.programs.needs import Needs, needs
from gateway.core.promises import COUPON, MEMBER, ORDER, POINTS, STAFF, LotFact, Spend, Transfer
from gateway.core.tiers import LADDER, QUALIFYING
from gateway.lot_finder import LotFinder, Lots, sides
from gateway.sales import parse_receipt_code
from gateway.showings import Turn
from gateway.storage.till_book import OrderRow

MONEY_UNITS = ("CNY.bonus", "CNY")  # in the order in which a balance pays
SALE = (model.ORDER_QUOTED, model.ORDER_COMMITTED, model.PAYMENT_CAPTURED, model.TOPPED_UP)
BIRTHDAY = "birthday"
NEAR_DAYS = 7  # on either side of a day of the member's own
DAY_MS = 86_400_000
ORDERS_COUNTED_MAX = 5_000  # of one member in the longest window: ten years of more than one a day


class TillFacts:
    """Finds the facts of one batch's acts of tills."""

    def __init__(self, batch: Batch, finder: LotFinder, shown: Turn) -> None:
        self._batch, self._finder, self._shown = batch, finder, shown
        self._page, self._cache = batch.page, batch.cache
        self._setting, self._lookup = batch.setting, batch.lookup

    def find(self, given: Input, act: TillAct, rights: RightsFact, pin: str | None) -> Facts:
        """What a rule may read for this act."""
        facts = self._who(given, act, rights, pin)
        if isinstance(act, Sell):
            tenders = sum(tender.amount for tender in act.tenders if tender.kind == BALANCE)
            found = self._put_parked(self._of_basket(facts, act.basket, tenders), act.parked)
            return self._put_proof(found, act.till)
        if isinstance(act, GoBack):
            return self._of_return(facts, act)
        if isinstance(act, Run):
            found = self._of_run(facts, act, given.type)
            named = act.program is not None or act.coupon is not None
            return self._put_proof(found, _place(given, act)) if named else found
        if isinstance(act, Park):
            return self._put_parked(facts, act.parked)
        if isinstance(act, CloseShift):
            shift = self._page.tills.shift(act.shift)
            return facts if shift is None else replace(facts, sums=shift.sums)
        if isinstance(act, SetPin) and act.owner.startswith(MEMBER):
            return replace(facts, member=self._lookup.member(act.owner.removeprefix(MEMBER)))
        return facts

    def of_quote(self, basket: Basket, rights: RightsFact) -> Facts:
        """What pricing a basket may read: as a Sell of it would, before anybody pays."""
        return self._of_basket(Facts(rights=rights), basket, 0)

    # -- who, and in which shift

    def _who(self, given: Input, act: TillAct, rights: RightsFact, pin: str | None) -> Facts:
        actor = "" if given.actor is UNSET else given.actor
        named = act.staff if isinstance(act, SignIn) else None
        if named is None and actor.startswith(STAFF) and actor != CONSOLE:
            named = actor.removeprefix(STAFF)
        approver = getattr(act, "approver", None)
        till = getattr(act, "till", None)
        return Facts(
            rights=rights,
            approver=UNSET if approver is None else self._staff(approver),
            pin=UNSET if pin is None else pin,
            shift=UNSET if till is None or isinstance(act, SignIn) else self._shift(till),
            staff=UNSET if named is None else self._staff(named),
        )

    def _staff(self, id_: str) -> Staff | None:
        """Somebody who works here now."""
        row = self._cache.catalogue.staff(id_)
        return Staff(row.id, row.role) if row is not None and row.works_here else None

    def _shift(self, till: str) -> ShiftFact | None:
        row = self._page.tills.open_shift(till)
        return None if row is None else ShiftFact(row.id, row.staff, row.till)

    def _put_parked(self, facts: Facts, name: str | None) -> Facts:
        return facts if name is None else replace(facts, parked=self._page.tills.parked(name) is not None)

    # -- what stands for the member

    def code_at(self, till: str, member: str) -> tuple[CodeShown, int] | None:
        """FactFinder.code_at."""
        code = self._code(till, member)
        if code is None:
            return None
        way = spender.by_code(code)
        facts = Facts(lots=self._finder.lots(MEMBER + member, way.counted + self._setting.date))
        return code, spender.left(facts, self._setting, way)

    def _put_proof(self, facts: Facts, place: str) -> Facts:
        """With how far the member goes here, the code that they showed, and what the day has spent by that;
        where one was typed, by the PIN."""
        member, bounds = facts.member, self._shown.bounds
        if member is None:
            return facts
        code = self._code(place, member.id) if facts.pin is UNSET else None
        facts = replace(
            facts, bounds=UNSET if bounds is None else bounds, code=UNSET if code is None else code
        )
        counted = spender.COUNTED if code is not None else spender.COUNTED_PIN
        if code is None and (bounds is None or facts.pin is UNSET):
            return facts
        lots = Lots()
        lots.put(facts.lots or ())
        lots.put(self._finder.lots(MEMBER + member.id, counted + self._setting.date))
        every = tuple(lots.values())
        return replace(facts, lots=every, aliases=self._finder.aliases(every))

    def _code(self, place: str, member: str) -> CodeShown | None:
        """What this member showed here of late; None where nothing may stand for a PIN."""
        shown = self._shown.at(place)
        if shown is None or not spender.is_young(shown.at, self._setting):
            return None
        if self._lookup.survivor(shown.member) != member:
            return None
        return CodeShown(shown.at, self._shown.limit, member, shown.place, shown.seq)

    # -- baskets and runs

    def _of_basket(self, facts: Facts, basket: Basket, balance: int) -> Facts:
        member = None if basket.member is None else self._member(basket.member)
        name = None if member is None else member.id
        wanted = needs(self._cache.bundle, self._setting, SALE, basket, name)
        goods = self._cache.catalogue.goods(line.sku for line in basket.lines)
        lots = Lots()
        if name is not None:
            owner = MEMBER + name
            for coupon in basket.coupons:
                lots.put(self._finder.lots(owner, None, coupon))
            lots.put(self._finder.for_uses(_paying(owner, basket, balance)).values())
            lots.put(self._needed(owner, [unit for unit in wanted.units if not unit.startswith(COUPON)]))
            lots.put(self._lapsing(owner))
        return self._with(facts, member, lots, wanted, goods=tuple(goods.values()))

    def _of_run(self, facts: Facts, act: Run, type_: str) -> Facts:
        member = self._member(act.member)
        name = None if member is None else member.id
        wanted = needs(self._cache.bundle, self._setting, (type_,), act, name)
        lots = Lots()
        if name is not None:
            if act.coupon is not None:
                lots.put(self._finder.lots(MEMBER + name, None, act.coupon))
            lots.put(self._needed(MEMBER + name, wanted.units))
        return self._with(facts, member, lots, wanted)

    def _with(
        self,
        facts: Facts,
        member: Member | None,
        lots: Lots,
        wanted: Needs,
        goods: object = UNSET,
    ) -> Facts:
        """Facts of programs: with the lots that count how often they happened, and what counters say."""
        caps = [fact for owner, unit in wanted.caps for fact in self._finder.lots(owner, unit)]
        lots.put(caps)
        # What is given at risk is counted whoever gives it: also of coupons and points that lie elsewhere.
        places = dict.fromkeys(
            (self._finder.owner(fact.nature.owner), fact.nature.unit) for fact in lots.values()
        )
        lots.put(self._finder.allowances_of(dict.fromkeys((*wanted.caps, *places))))
        every = tuple(lots.values())
        return replace(
            facts,
            member=member,
            lots=every,
            aliases=self._finder.aliases(every),
            counters=self._counters(member, wanted),
            dates=self._finder.dates(every),
            goods=goods,
            store=self._batch.store,
            time=time_in(self._setting.zone, self._setting.at),
        )

    def _needed(self, owner: str, units: Iterable[str]) -> Iterator[LotFact]:
        """Everything that the member has of units that programs read or ask for."""
        for unit in units:
            yield from self._finder.holding(owner, unit)

    def _lapsing(self, owner: str) -> Iterator[LotFact]:
        """Points, and qualifying points, that lapse soon enough to be told of."""
        ladder = LADDER if self._cache.bundle.ladder is UNSET else self._cache.bundle.ladder
        for unit, days in ((POINTS, LAPSE_DAYS), (QUALIFYING, ladder.warn_days)):
            last = (date.fromisoformat(self._setting.date) + timedelta(days=days)).isoformat()
            for fact in self._finder.holding(owner, unit):
                if (fact.nature.terms.expires_on or "~") <= last:
                    yield fact

    def _counters(self, member: Member | None, wanted: Needs) -> dict[str, int] | UnsetType:
        """What the member's orders at this store come to, in each window of days."""
        if member is None or not wanted.counters:
            return UNSET
        names, at = self._lookup.names(member.id), self._setting.at
        since_ms = at - max(days for _, days in wanted.counters) * DAY_MS
        orders = self._page.tills.orders(names, since_ms, ORDERS_COUNTED_MAX)
        returned = self._page.tills.returned(names, since_ms)
        kept = [(row.at_ms, kept) for row in orders if (kept := self._kept(row, returned.get(row.id, ())))]
        found = {}
        for of, days in wanted.counters:
            recent = [amount for at_ms, amount in kept if at_ms > at - days * DAY_MS]
            found[f"{of}:{days}"] = len(recent) if of == "orders" else sum(recent)
        return found

    def _kept(self, order: OrderRow, returns: Iterable[int]) -> int:
        """What is left of what an order cost, after its returns; one that cost nothing, or all of which came
        back, counts as no order."""
        settled = (self._page.event(seq).settled for seq in returns)
        back = sum(record.total for record in settled if isinstance(record, ReturnRecord))
        return max(0, order.total - back)

    def _member(self, id_: str) -> Member | None:
        """A member with what only programs ask: is this the home store, is a day of their own near."""
        known = self._lookup.member(id_)
        if known is None:
            return None
        profile = self._cache.profile(known.id)
        at_home = profile.home == self._batch.store or self._lookup.made_here(known.id)
        near = _is_near(profile.birthday, self._setting.date)
        return replace(known, at_home=at_home, occasions=(BIRTHDAY,) if near else ())

    # -- returns

    def _of_return(self, facts: Facts, act: GoBack) -> Facts:
        row = self._page.tills.order(act.order)
        event = None if row is None else self._page.event(row.seq)
        if event is None or not isinstance(event.settled, OrderRecord):
            return facts
        order = event.settled
        lots = Lots()
        for owner, unit, lot in sides(_moved(order, event.transfers, act)):
            lots.put(self._finder.under((owner,), unit, lot))
        every = tuple(lots.values())
        member = None if order.member is None else self._member(order.member)
        return replace(
            facts,
            member=member,
            order=order,
            returns=tuple(self._returns(act.order)),
            transfers=event.transfers,
            lots=every,
            aliases=self._finder.aliases(every),
            dates=self._finder.dates(every),
            store=self._batch.store,
        )

    def _returns(self, order: str) -> Iterator[ReturnRecord]:
        for seq in self._page.tills.order_returns(order):
            settled = self._page.event(seq).settled
            if isinstance(settled, ReturnRecord):
                yield settled


def order_named(batch: Batch, name: str) -> str:
    """The id of an order by that, or by the code of its receipt; as it was given where that leads nowhere."""
    receipt = parse_receipt_code(name)
    if receipt is None or receipt[0] != batch.gateway or not 0 < receipt[1] <= batch.page.seq:
        return name
    return batch.page.event(receipt[1]).random


def _place(given: Input, act: Run) -> str:
    """Where a program was chosen: at a till, or at the terminal that asks for it; "" where nobody can say."""
    actor = "" if given.actor is UNSET else given.actor
    return act.till or (actor.removeprefix(DEVICE) if actor.startswith(DEVICE) else "")


def _paying(owner: str, basket: Basket, balance: int) -> list[Spend]:
    """What a basket's points and a balance tender may take; of money, either may have to pay all of it."""
    uses = [Spend(basket.points, owner, POINTS)] if basket.points else []
    return uses + [Spend(balance, owner, unit) for unit in MONEY_UNITS if balance]


def _moved(order: OrderRecord, transfers: tuple[Transfer, ...], act: GoBack) -> list[Transfer]:
    """The transfers of an order that these pieces bear on, in their order: parts with a share of their lines,
    what the balance paid (money may go back there whatever paid), and each line's own pieces."""
    lines = range(len(order.lines)) if act.void else {piece.line for piece in act.pieces}
    wanted: set[int] = set()
    for part in order.parts:
        paid = part.rule == "used" and not part.program
        if paid or any(line < len(part.split) and part.split[line] for line in lines):
            wanted.update(range(part.first, part.first + part.count))
    return [
        transfer
        for number, transfer in enumerate(transfers)
        if number in wanted or transfer.credit == ORDER + act.order
    ]


def _is_near(birthday: str | None, today: str) -> bool:
    """Whether this day of a year ("MM-DD") is at most NEAR_DAYS from a date, before or after."""
    if birthday is None:
        return False
    day = date.fromisoformat(today)
    return any(abs((own - day).days) <= NEAR_DAYS for own in _birthdays(birthday, day.year))


def _birthdays(birthday: str, year: int) -> Iterator[date]:
    """A birthday in a year and the ones beside it; who was born on a leap day has it on the 28th."""
    for each in (year - 1, year, year + 1):
        try:
            yield date.fromisoformat(f"{each}-{birthday}")
        except ValueError:
            if birthday == "02-29":
                yield date(each, 2, 28)
