"""Puts what a till did on paper: finds the words around an event's figures, and hands rows to the printer.

A copy is marked as one, with the time at which it was made; a receipt that could not be printed can be
printed again for ever, from its event.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from msgspec import UNSET

from gateway.core.model import Bundle
from gateway.core.orders.model import CASH
from gateway.core.promises import COUPON
from gateway.receipts import layout
from gateway.receipts.layout import Head
from gateway.receipts.rows import Row
from gateway.sales import OrderFound, ReturnFound, ShiftFound, receipt_code
from shopbell.look.words import Language

ON_PAPER = ("printed", "sent")
STAFF = "staff:"
VISIT = "VISIT:"  # and the service


class Line(Protocol):
    """A receipt printer."""

    async def print(self, rows: Sequence[Row]) -> str:
        """ "printed" or "sent", or why it is not on paper."""
        ...


class Shop(NamedTuple):
    """What every receipt says of the store."""

    gateway: str
    name: str
    zone: str
    language: str


class ReceiptPrinter:
    """Prints for one store. `bundle` gives the programs in force, `name_of` a member's masked name, `now_ms`
    the time."""

    def __init__(
        self,
        line: Line,
        shop: Shop,
        bundle: Callable[[], Bundle],
        name_of: Callable[[str], str | None],
        now_ms: Callable[[], int],
    ) -> None:
        self._line = line
        self._shop = shop
        self._language: Language = "en" if shop.language == "en" else "zh-CN"
        self._bundle = bundle
        self._name_of = name_of
        self._now_ms = now_ms

    async def print_order(self, found: OrderFound, copy: bool) -> bool:
        """Whether the receipt is on paper; False where no printer answers."""
        record = found.record
        head = self._head(found.seq, found.at, record.till, found.actor, record.member, copy)
        return await self._print(layout.sale(record, head))

    async def print_return(self, found: OrderFound, back: ReturnFound, copy: bool) -> bool:
        """The same, of one of an order's returns."""
        head = self._head(back.seq, back.at, back.record.till, found.actor, found.record.member, copy)
        of = receipt_code(self._shop.gateway, found.seq)
        return await self._print(layout.give_back(back.record, found.record, of, head))

    async def print_shift(self, found: ShiftFound, copy: bool) -> bool:
        """The same, of a shift's Z report, or of its X report while it is open."""
        actor, opened = STAFF + found.staff, self._time(found.at)
        if found.record is None:
            head = self._head(found.seq, self._now_ms(), found.till, actor, None, copy)
            cash = sum(one.sold - one.refunded for one in found.sums.tenders if one.kind == CASH)
            expected = found.sums.cash_float + found.sums.moved + cash
            return await self._print(layout.x_report(found.shift, found.sums, expected, head, opened))
        closed = found.closed_at or found.at
        head = self._head(found.closed or found.seq, closed, found.till, actor, None, copy)
        return await self._print(layout.z_report(found.record, head, opened))

    async def _print(self, rows: Sequence[Row]) -> bool:
        return await self._line.print(rows) in ON_PAPER

    def _head(self, seq: int, at: int, till: str, actor: str, member: str | None, copy: bool) -> Head:
        shop = self._shop
        return Head(
            store=shop.name,
            code=receipt_code(shop.gateway, seq),
            at=self._time(at),
            till=till,
            language=self._language,
            staff=actor.removeprefix(STAFF) if actor.startswith(STAFF) else "",
            member=None if member is None else self._name_of(member),
            copied=self._time(self._now_ms()) if copy else None,
            names=unit_names(self._bundle()),
        )

    def _time(self, at_ms: int) -> str:
        """Civil time in the store, to the minute."""
        return datetime.fromtimestamp(at_ms / 1_000, ZoneInfo(self._shop.zone)).strftime("%Y-%m-%d %H:%M")


def unit_names(bundle: Bundle) -> Mapping[str, Mapping[str, str]]:
    """What people call the coupons and passes of a bundle, by unit."""
    templates = () if bundle.templates is UNSET else bundle.templates
    names: dict[str, Mapping[str, str]] = {}
    for template in templates:
        names[COUPON + template.code] = template.name
        if template.service is not None:
            names[VISIT + template.service] = template.name
    return names
