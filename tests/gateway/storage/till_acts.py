"""Acts of tills for histories (acts.py): two tills, one article, and everything a shift is made of."""

from gateway.core import model
from gateway.core.model import Act, Decision, Facts, Member, RightsFact
from gateway.core.orders.model import (
    Basket,
    CloseShift,
    GoBack,
    Good,
    Line,
    MoveCash,
    OpenShift,
    OrderRecord,
    Park,
    Piece,
    ReturnRecord,
    Sell,
    ShiftFact,
    Tender,
    TillAct,
)
from gateway.storage.cache import Snapshot
from gateway.storage.knowledge import lot_facts
from gateway.storage.ledger import Transaction

TILLS = ("till-1", "till-2")
TEA = Good("tea", {"en": "Tea"}, 500)
KINDS = ("open", "cash", "close", "sell", "go_back", "void", "park", "unpark")
TYPES: dict[type, str] = {
    OpenShift: model.SHIFT_OPENED,
    MoveCash: model.CASH_MOVED,
    CloseShift: model.SHIFT_CLOSED,
    Sell: model.ORDER_COMMITTED,
    GoBack: model.ORDER_RETURNED,
    Park: model.ORDER_PARKED,
}


class TillSide:
    """What tills of a history may do next."""

    def __init__(self) -> None:
        self.orders: list[str] = []
        self.shifts: list[str] = []

    def act(self, kind: str, a: int, b: int, c: int) -> Act | None:
        """An act by numbers; None where nothing is there to do it to."""
        till = TILLS[a % 2]
        if kind == "open":
            return OpenShift(b * 100, till)
        if kind == "sell":
            tea = Basket((Line("tea", c % 3 + 1), Line("tea", 1)), member="m-1" if b % 2 else None)
            parked = f"p-{b % 3}" if c % 2 else None
            return Sell(tea, (Tender(("cash", "card")[b % 2], 500 * (c % 3 + 2)),), till, parked=parked)
        if kind in ("park", "unpark"):
            return Park(f"p-{b % 3}", till, Basket((Line("tea"),)) if kind == "park" else None)
        if kind in ("go_back", "void") and self.orders:
            order = self.orders[b % len(self.orders)]
            void = kind == "void"
            return GoBack(order, till, pieces=() if void else (Piece(c % 2, 1),), void=void)
        if kind in ("cash", "close") and self.shifts:
            shift = self.shifts[b % len(self.shifts)]
            return (
                MoveCash(c - 30 or 1, "change", shift, till) if kind == "cash" else CloseShift(c, shift, till)
            )
        return None

    def facts(self, page: Transaction, act: TillAct, rights: RightsFact, said: Snapshot) -> Facts:
        """What a rule reads for it."""
        row = page.tills.open_shift(act.till)  # type: ignore[union-attr]
        shift = None if row is None else ShiftFact(row.id, row.staff, row.till)
        if isinstance(act, Sell):
            member = None if act.basket.member is None else Member("m-1", 0, "active", "")
            parked = model.UNSET if act.parked is None else page.tills.parked(act.parked) is not None
            return Facts(member=member, lots=(), rights=rights, shift=shift, goods=(TEA,), parked=parked)
        if isinstance(act, Park):
            return Facts(rights=rights, shift=shift, parked=page.tills.parked(act.parked) is not None)
        if isinstance(act, CloseShift):
            known = page.tills.shift(act.shift)
            return Facts(rights=rights, shift=shift, sums=model.UNSET if known is None else known.sums)
        if isinstance(act, GoBack):
            return self._of_return(page, act, rights, shift, said)
        return Facts(rights=rights, shift=shift)

    def remember(self, made: Decision) -> None:
        """What an act that was done makes possible."""
        if isinstance(made.settled, OrderRecord):
            self.orders.append(made.input.random)
        elif isinstance(made.input.act, OpenShift):
            self.shifts.append(made.input.random)

    def _of_return(
        self, page: Transaction, act: GoBack, rights: RightsFact, shift: ShiftFact | None, said: Snapshot
    ) -> Facts:
        row = page.tills.order(act.order)
        assert row is not None
        event = page.event(row.seq)
        assert isinstance(event.settled, OrderRecord)
        sides = [(each.credit, each.unit, str(each.credit_lot)) for each in event.transfers]
        lots = [fact for owner, unit, lot in sides for fact in lot_facts(page, said, (owner,), unit, lot)]
        returns = [page.event(seq).settled for seq in page.tills.order_returns(act.order)]
        return Facts(
            member=None if event.settled.member is None else Member("m-1", 0, "active", ""),
            lots=tuple(lots),
            rights=rights,
            shift=shift,
            order=event.settled,
            transfers=event.transfers,
            returns=tuple(one for one in returns if isinstance(one, ReturnRecord)),
        )
