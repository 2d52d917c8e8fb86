"""What stands on a receipt: a sale, a return, or a shift's report, as rows. Pure.

Everything is read from what the event left behind, so that a copy printed years later says the same, and is
marked as a copy. Every effect is printed with its reason.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from gateway.core.orders.model import (
    CASH,
    Applied,
    OrderRecord,
    QuoteLine,
    ReturnRecord,
    ShiftRecord,
    ShiftSums,
    TenderShare,
)
from gateway.core.promises import COUPON, POINTS
from gateway.core.tiers import QUALIFYING
from gateway.receipts.rows import RULE, Code, Pair, Row, Text, money
from gateway.receipts.words import WORDS
from shopbell.look.words import Language, say

MONEY_UNIT = "CNY"  # and everything that begins so


class Head(NamedTuple):
    """What a receipt says above and below its figures. `at` and `copied` are civil times of the store, as
    text; `copied` None on the first print; `member` is a masked name; `staff` as staff are called here;
    `names` what people call a unit ("CPN:five"), by language."""

    store: str
    code: str
    at: str
    till: str
    language: Language
    staff: str = ""
    member: str | None = None
    copied: str | None = None
    names: Mapping[str, Mapping[str, str]] = MappingProxyType({})


def sale(record: OrderRecord, head: Head) -> list[Row]:
    """A sale's receipt."""
    return [
        *_top("receipt.sale", head),
        *(row for number, line in enumerate(record.lines) for row in _line(record, number, line, head)),
        RULE,
        *_totals(record, head),
        *_tenders(record.tenders, head),
        *_gets("receipt.gets", [one for one in record.applied if one.unit], head),
        *(Text(_in(one.because, head), "small") for one in record.warnings),
        RULE,
        Code(head.code),
        Text(head.code, "small", middle=True),
        Text(_say("receipt.keep", head), "small", middle=True),
    ]


def give_back(record: ReturnRecord, order: OrderRecord, of: str, head: Head) -> list[Row]:
    """A return's receipt; `of` is the code of the receipt whose goods come back."""
    title = "receipt.void" if record.void else "receipt.return"
    return [
        *_top(title, head),
        Text(_say("receipt.of", head, code=of), "small"),
        *_pieces(record, order, head),
        RULE,
        *(_withdrawn(one, head) for one in record.withdrawn),
        Pair(_say("receipt.refund", head), money(record.total), "large"),
        *(Pair(_say(f"tender.{one.kind}", head), money(one.amount)) for one in record.refunds),
        *_gets("receipt.back", record.back, head),
        RULE,
        Text(head.code, "small", middle=True),
    ]


def z_report(record: ShiftRecord, head: Head, opened: str) -> list[Row]:
    """A shift's last report; `opened` is when it began, as text."""
    word = "report.balanced"
    if record.difference:
        word = "report.over" if record.difference > 0 else "report.short"
    return [
        *_report("receipt.z", record.shift, record.sums, head, opened),
        Pair(_say("report.expected", head), money(record.expected)),
        Pair(_say("report.counted", head), money(record.counted)),
        Pair(_say(word, head), money(record.difference), "large"),
    ]


def x_report(shift: str, sums: ShiftSums, expected: int, head: Head, opened: str) -> list[Row]:
    """What a shift did so far."""
    rows = _report("receipt.x", shift, sums, head, opened)
    return [*rows, Pair(_say("report.expected", head), money(expected), "large")]


def _top(title: str, head: Head) -> Iterator[Row]:
    yield Text(head.store, "large", middle=True)
    yield Text(_say(title, head), middle=True)
    if head.copied is not None:
        yield Text(_say("receipt.copy", head, at=head.copied), middle=True)
    yield Pair(head.at, head.code, "small")
    staff = _say("receipt.staff", head, staff=head.staff) if head.staff else ""
    yield Pair(_say("receipt.till", head, till=head.till), staff, "small")
    if head.member:
        yield Text(_say("receipt.member", head, name=head.member), "small")
    yield RULE


def _line(record: OrderRecord, number: int, line: QuoteLine, head: Head) -> Iterator[Row]:
    """A line, and below it every discount that touched it, with its reason."""
    yield Text(_in(line.name, head) or line.sku)
    quantity = _say("receipt.quantity", head, quantity=line.quantity, price=money(line.price))
    yield Pair("  " + quantity, money(line.gross))
    for one in record.applied:
        share = one.split[number] if not one.unit and number < len(one.split) else 0
        if share:
            yield Pair("  " + _in(one.because, head), money(-share), "small")


def _totals(record: OrderRecord, head: Head) -> Iterator[Row]:
    gross, saved = sum(line.gross for line in record.lines), sum(line.discount for line in record.lines)
    if saved:
        yield Pair(_say("receipt.gross", head), money(gross))
        yield Pair(_say("receipt.saved", head), money(-saved))
    paid = sum(line.points for line in record.lines)
    if paid:
        points = sum(one.points for one in record.applied)
        yield Pair(_say("receipt.points_paid", head, points=points), money(-paid))
    yield Pair(_say("receipt.due", head), money(record.total), "large")
    yield Pair(_say("receipt.tax", head), money(record.tax), "small")


def _tenders(tenders: Iterable[TenderShare], head: Head) -> Iterator[Row]:
    for one in tenders:
        yield Pair(_say(f"tender.{one.kind}", head), money(one.amount))
        if one.kind == CASH and one.given is not None:
            yield Pair("  " + _say("receipt.given", head), money(one.given), "small")
            yield Pair("  " + _say("receipt.change", head), money(one.given - one.amount), "small")


def _gets(title: str, applied: Iterable[Applied], head: Head) -> Iterator[Row]:
    """What the customer gets or gives back beside money, each with its reason."""
    found = list(applied)
    if found:
        yield RULE
        yield Text(_say(title, head))
    for one in found:
        yield Pair(_what(one, head), _in(one.because, head), "small")
        if one.terms is not None and one.terms.expires_on is not None:
            yield Text("  " + _say("receipt.until", head, day=one.terms.expires_on), "small")
        if one.terms is not None and one.terms.code is not None:
            yield Code(one.terms.code)
            yield Text(one.terms.code, "small", middle=True)


def _what(one: Applied, head: Head) -> str:
    """An amount of a unit, in words."""
    sign = "+" if one.amount > 0 else ""
    if one.unit in (POINTS, QUALIFYING):
        word = "receipt.points" if one.unit == POINTS else "receipt.qualifying"
        return _say(word, head, amount=f"{sign}{one.amount}")
    if one.unit.startswith(MONEY_UNIT):
        return _say("receipt.balance", head, amount=sign + money(one.amount))
    unit = _in(head.names.get(one.unit, {}), head) or one.unit.removeprefix(COUPON)
    return _say("receipt.unit", head, amount=f"{sign}{one.amount}", unit=unit)


def _pieces(record: ReturnRecord, order: OrderRecord, head: Head) -> Iterator[Row]:
    for piece in record.pieces:
        line = order.lines[piece.line]
        yield Pair(_in(line.name, head) or line.sku, f"× {piece.quantity}")


def _withdrawn(one: Applied, head: Head) -> Row:
    words = _say("receipt.withdrawn", head, because=_in(one.because, head))
    return Pair(words, money(-one.amount), "small")


def _report(title: str, shift: str, sums: ShiftSums, head: Head, opened: str) -> list[Row]:
    counts = (("orders", sums.orders), ("returns", sums.returns), ("voids", sums.voids))
    figures = (
        ("gross", sums.gross),
        ("discount", -sums.discount),
        ("points_paid", -sums.points_paid),
        ("net", sums.net),
        ("refunded", -sums.refunded),
        ("tax", sums.tax),
    )
    return [
        *_top(title, head),
        Text(_say("report.shift", head, shift=shift), "small"),
        Text(_say("report.opened", head, at=opened), "small"),
        *(Pair(_say(f"report.{name}", head), str(count)) for name, count in counts),
        RULE,
        *(Pair(_say(f"report.{name}", head), money(amount)) for name, amount in figures),
        RULE,
        *(row for one in sums.tenders for row in _tender(one.kind, one.sold, one.refunded, head)),
        RULE,
        Pair(_say("report.float", head), money(sums.cash_float)),
        Pair(_say("report.moved", head), money(sums.moved)),
    ]


def _tender(kind: str, sold: int, refunded: int, head: Head) -> Iterator[Row]:
    tender = _say(f"tender.{kind}", head)
    yield Pair(_say("report.sold", head, tender=tender), money(sold))
    if refunded:
        yield Pair(_say("report.given_back", head, tender=tender), money(-refunded))


def _in(text: Mapping[str, str], head: Head) -> str:
    return text.get(head.language) or next(iter(text.values()), "")


def _say(key: str, head: Head, **values: object) -> str:
    return say(key, head.language, WORDS, **values)
