"""Invariants 7 and 10: whatever is sold and in whatever parts it comes back, every cent agrees."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.core.event import Event
from gateway.core.model import DONE, Bundle
from gateway.core.orders.model import BALANCE, Basket, OrderRecord, ReturnRecord, Tender
from gateway.core.programs.quoting import digest
from tests.gateway.core.orders.programs import SHOP, STRICT_SHOP
from tests.gateway.core.orders.till import LIN, Till, basket, record

SKUS = ("cake", "bread", "tea", "free", "open")
lines = some.lists(
    some.tuples(some.sampled_from(SKUS), some.integers(1, 7), some.integers(0, 3_000)), min_size=1, max_size=5
)
cuts = some.lists(some.integers(0, 10_000), max_size=3)
kinds = some.permutations(("balance", "cash", "wechat", "card"))
bites = some.lists(some.tuples(some.integers(0, 4), some.integers(1, 7)), max_size=12)


def shop(brand: Bundle) -> Till:
    """A member with a bit of everything."""
    till = Till(brand, LIN)
    till.pin = "right"
    till.give(3_000, expires_on="2026-12-31")
    till.give(2_000)
    till.give(900, "CNY.bonus", kind="bonus", expires_on="2026-12-31")
    till.give(700, "CNY.bonus", kind="bonus")
    till.give(500_000, "CNY")
    return till


def wanted(till: Till, rows: list[tuple[str, int, int]], points: int, coupons: int) -> Basket:
    lots = [till.coupon("full"), till.coupon("ten"), till.coupon("ten")][:coupons]
    typed = [(sku, many, price) if sku == "open" else (sku, many) for sku, many, price in rows]
    return basket(*typed, member="lin", points=points, coupons=tuple(lots))


def tenders(total: int, parts: list[int], order: Sequence[str]) -> list[Tender]:
    """A total cut into up to four tenders."""
    edges = sorted({part * total // 10_000 for part in parts} | {0, total})
    amounts = [after - before for before, after in pairwise(edges)]
    return [Tender(kind, amount) for kind, amount in zip(order, amounts, strict=False)]  # type: ignore[arg-type]


def sell(
    till: Till, rows: list[tuple[str, int, int]], points: int, coupons: int, paid: list[Tender]
) -> Event:
    what = wanted(till, rows, points, coupons)
    quote = till.quote(what)
    return till.sold(what, *paid, quote=digest(quote))


def check_money(order: OrderRecord) -> None:
    """Invariant 10."""
    assert sum(tender.amount for tender in order.tenders) == order.total
    assert order.total == sum(line.net - line.points for line in order.lines)
    for number, line in enumerate(order.lines):
        assert 0 <= line.discount <= line.gross
        assert line.gross == line.price * line.quantity
        assert line.net == line.gross - line.discount
        assert 0 <= line.points <= line.net
        assert sum(tender.split[number] for tender in order.tenders) == line.net - line.points
        assert 0 <= line.tax <= line.net
    for tender in order.tenders:
        assert sum(tender.split) == tender.amount
    for part in order.parts:
        assert len(part.split) == len(order.lines)


def check_sums(order: OrderRecord, backs: list[ReturnRecord]) -> None:
    """Parts sum to the full, tender by tender, line by line."""
    by_kind = {tender.kind: 0 for tender in order.tenders}
    for back in backs:
        assert back.total == sum(share.amount for share in back.refunds) >= 0
        for share in back.refunds:
            assert share.amount == sum(share.split) > 0
            by_kind[share.kind] += share.amount
    assert by_kind == {
        kind: sum(each.amount for each in order.tenders if each.kind == kind) for kind in by_kind
    }
    assert sum(back.total for back in backs) == order.total
    assert sum(back.tax for back in backs) == order.tax


def without_counts(standing: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    """A count's lot is made by its first use and stays: only its use comes back."""
    return {key: amount for key, amount in standing.items() if not key[1].startswith("USE:")}


@given(
    lines,
    some.integers(0, 6_000),
    some.integers(0, 3),
    cuts,
    kinds,
    bites,
    some.sampled_from((SHOP, STRICT_SHOP)),
)
@settings(deadline=None, max_examples=60)
def test_parts_sum_to_the_full_and_a_full_return_restores_everything(
    rows: list[tuple[str, int, int]],
    points: int,
    coupons: int,
    cut: list[int],
    order: Sequence[str],
    parts: list[tuple[int, int]],
    brand: Bundle,
) -> None:
    till = shop(brand)
    what = wanted(till, rows, points, coupons)
    quote = till.quote(what)
    before = without_counts(till.standing())
    sold = till.sold(what, *tenders(quote.total, cut, order), quote=digest(quote))
    settled = record(sold)
    check_money(settled)
    left = [line.quantity for line in settled.lines]
    for line, many in parts:
        event = till.back(sold, (line, many))
        possible = line < len(left) and many <= left[line]
        assert (event.outcome.name == DONE) == possible, event.outcome
        if possible:
            left[line] -= many
    if any(left):
        till.whole(sold)
    check_sums(settled, till.returns[sold.random])
    assert without_counts(till.standing()) == before
    for line in range(len(left)):
        assert till.back(sold, (line, 1)).outcome.reason == "nothing_to_return"
    counts = {key: amount for key, amount in till.standing().items() if key[1].startswith("USE:")}
    assert all(amount in (5, -5) for amount in counts.values())


@given(lines, some.integers(0, 6_000), some.integers(0, 3), cuts, kinds)
@settings(deadline=None, max_examples=40)
def test_a_void_restores_everything_at_once(
    rows: list[tuple[str, int, int]], points: int, coupons: int, cut: list[int], order: Sequence[str]
) -> None:
    till = shop(SHOP)
    till.open()
    what = wanted(till, rows, points, coupons)
    quote = till.quote(what)
    before = without_counts(till.standing())
    sold = till.sold(what, *tenders(quote.total, cut, order), quote=digest(quote))
    back = till.returned(sold, void=True)
    assert without_counts(till.standing()) == before
    assert (back.total, back.tax, back.void) == (record(sold).total, record(sold).tax, True)
    assert till.back(sold, void=True).outcome.reason == "nothing_to_return"
    assert till.sums.orders == till.sums.voids == 1
    assert all(each.sold == each.refunded for each in till.sums.tenders)
    assert till.sums.tax == 0


@given(lines, cuts, kinds, some.integers(0, 4), some.integers(1, 7))
@settings(deadline=None, max_examples=40)
def test_what_the_balance_paid_goes_back_to_the_balance_and_nowhere_else(
    rows: list[tuple[str, int, int]], cut: list[int], order: Sequence[str], line: int, many: int
) -> None:
    till = shop(SHOP)
    what = wanted(till, rows, 0, 0)
    quote = till.quote(what)
    had = till.has("CNY") + till.has("CNY.bonus")
    sold = till.sold(what, *tenders(quote.total, cut, order), quote=digest(quote))
    event = till.back(sold, (line, many))
    if event.outcome.name != DONE:
        return
    back = event.settled
    assert isinstance(back, ReturnRecord)
    paid = sum(each.amount for each in record(sold).tenders if each.kind == BALANCE)
    again = sum(each.amount for each in back.refunds if each.kind == BALANCE)
    assert till.has("CNY") + till.has("CNY.bonus") == had - paid + again
