"""The facts of acts: every lot, transfer and person that a rule of the core may read for one.

Which lots those are is lot_finder.py's; what tills do is till_facts.py's.
"""

from collections.abc import Iterable

from msgspec import UNSET
from msgspec.structs import replace

from gateway.batch import Batch
from gateway.clock import time_in
from gateway.core.evidence import CodeShown
from gateway.core.model import Act, Facts, Input, Instrument, Member, RightsFact
from gateway.core.orders.model import Basket, GoBack, Run, Sell, TillAct
from gateway.core.promises import (
    MEMBER,
    Ask,
    Change,
    Consent,
    Enrol,
    Forget,
    Here,
    Hold,
    Link,
    LotFact,
    Post,
    Release,
    Reverse,
    Spend,
    Transfer,
)
from gateway.lot_finder import LotFinder, Lots, Use, sides
from gateway.showings import Turn
from gateway.till_facts import MONEY_UNITS, TillFacts, order_named


class FactFinder:
    """Finds the facts of one batch's acts."""

    def __init__(self, batch: Batch, shown: Turn) -> None:
        self._batch = batch
        self._page, self._lookup = batch.page, batch.lookup
        self.finder = LotFinder(batch)
        self._till = TillFacts(batch, self.finder, shown)

    def resolve(self, act: Act) -> Act:
        """The act, with every member that was merged into another named as that other, and an order by its
        id where its receipt's code was given."""
        if isinstance(act, Post):
            parts = (replace(part, owner=self.finder.owner(part.owner)) for part in act.parts)
            return replace(act, parts=tuple(parts))
        if isinstance(act, Hold | Ask):
            return replace(act, owner=self.finder.owner(act.owner))
        if isinstance(act, Link | Change | Run | Consent | Forget | Here):
            return replace(act, member=self._lookup.survivor(act.member))
        if isinstance(act, Sell) and act.basket.member is not None:
            member = self._lookup.survivor(act.basket.member)
            return replace(act, basket=replace(act.basket, member=member))
        if isinstance(act, GoBack):
            return replace(act, order=order_named(self._batch, act.order))
        return act

    def find(self, given: Input, rights: RightsFact, pin: str | None = None) -> Facts:
        """What a rule may read for this act, which resolve() gave; `pin` is what was found of one typed."""
        act = given.act
        if isinstance(act, Post | Hold):
            return self._of_use(act, rights)
        if isinstance(act, Reverse):
            return self._of_reversal(act, rights)
        if isinstance(act, Release):
            return Facts(transfers=self._held(act.hold), rights=rights)
        if isinstance(act, Enrol | Link):
            return self._of_linking(given, act, rights)
        if isinstance(act, Change):
            instrument = self._instrument(act.instrument, act.member)
            return Facts(instrument, self._lookup.member(act.member), rights=rights)
        if isinstance(act, Consent):
            return Facts(member=self._lookup.member(act.member), rights=rights)
        if isinstance(act, Forget):
            return self._of_forgetting(act, rights)
        if isinstance(act, Here):
            time = time_in(given.setting.zone, given.setting.at)
            return Facts(member=self._lookup.member(act.member), rights=rights, time=time)
        if isinstance(act, TillAct):
            return self._till.find(given, act, rights, pin)
        return Facts(rights=rights)

    def of_quote(self, basket: Basket, rights: RightsFact) -> Facts:
        """What pricing a basket may read; its member is named as resolve() names members."""
        return self._till.of_quote(basket, rights)

    def code_at(self, till: str, member: str) -> tuple[CodeShown, int] | None:
        """The code that would stand for the PIN of who is sold to at a till now, and what it may spend, minor
        units; None where none would."""
        return self._till.code_at(till, member)

    def of_lots(self, lots: Iterable[LotFact], rights: RightsFact) -> Facts:
        """Facts of the gateway's own acts: these lots and no more."""
        found = tuple(lots)
        return Facts(lots=found, rights=rights, dates=self.finder.dates(found))

    def _of_use(self, act: Post | Hold, rights: RightsFact) -> Facts:
        uses = uses_of(act)
        if not uses:
            return Facts(rights=rights)
        every = tuple(self.finder.for_uses(uses).values())
        return Facts(
            member=self._first_member(uses),
            lots=every,
            rights=rights,
            aliases=self.finder.aliases(every),
            dates=self.finder.dates(every),
        )

    def _of_reversal(self, act: Reverse, rights: RightsFact) -> Facts:
        seq = self._page.returnable(act.of)
        if seq is None:
            return Facts(rights=rights)
        transfers = self._page.event(seq).transfers
        found = Lots()
        for owner, unit, lot in sides(transfers):
            found.put(self.finder.under((owner,), unit, lot))
        lots = tuple(found.values())
        return Facts(lots=lots, transfers=transfers, rights=rights, dates=self.finder.dates(lots))

    def _of_linking(self, given: Input, act: Enrol | Link, rights: RightsFact) -> Facts:
        key = given.evidence.key if given.evidence else None
        holder = None if key is None else self._lookup.holder(bytes.fromhex(key))
        replaces = act.replaces if isinstance(act, Link) else None
        instrument = None if replaces is None else self._instrument(replaces, act.member)
        return Facts(instrument, self._lookup.member(act.member), holder=holder, rights=rights)

    def _of_forgetting(self, act: Forget, rights: RightsFact) -> Facts:
        """What money is left of a member's, and every other id that goes with this one."""
        owner, names = MEMBER + act.member, self._lookup.names(act.member)
        money = tuple(fact for unit in MONEY_UNITS for fact in self.finder.holding(owner, unit))
        merged = {MEMBER + name: owner for name in sorted(names) if name != act.member}
        return Facts(
            member=self._lookup.member(act.member),
            lots=money,
            rights=rights,
            aliases=merged or UNSET,
            dates=self.finder.dates(money),
        )

    def _held(self, hold: str) -> tuple[Transfer, ...]:
        row = self._page.hold(hold)
        return () if row is None else self._page.event(row.seq).transfers

    def _instrument(self, id_: str, member: str) -> Instrument | None:
        """One of a member's instruments, as the present member's."""
        found = self._lookup.instrument(id_, member)
        return None if found is None else replace(found, member=self._lookup.survivor(found.member))

    def _first_member(self, uses: Iterable[Use]) -> Member | None:
        """Who uses something here: nobody uses two members' promises in one act."""
        owner = next((use.owner for use in uses if use.owner.startswith(MEMBER)), None)
        return None if owner is None else self._lookup.member(owner.removeprefix(MEMBER))


def uses_of(act: Act) -> list[Use]:
    """The parts of an act that use lots."""
    if isinstance(act, Post):
        return [part for part in act.parts if isinstance(part, Spend)]
    return [act] if isinstance(act, Hold) else []
