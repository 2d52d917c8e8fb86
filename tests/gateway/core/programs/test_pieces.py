"""Effects on single pieces against the plainest way to work them out: every piece written down."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.model import Facts
from gateway.core.orders.model import Basket, Good, Line
from gateway.core.programs.model import ALL_LINES, BundleItem, BundlePrice, BuyGet, Effect, FreeItem, Program
from gateway.core.programs.quoting import quote
from tests.gateway.core.programs.baskets import RIGHTS, SETTING, bundle, text

Bought = list[tuple[int, int]]  # price of a piece, and how many of it
bought = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 9)), max_size=7)
small = st.integers(1, 4)
many = settings(max_examples=200, deadline=None)


def off(lines: Bought, effect: Effect) -> int:
    """What an effect takes off these lines."""
    goods = tuple(Good(f"s{place}", text("s"), price) for place, (price, _) in enumerate(lines))
    basket = Basket(tuple(Line(f"s{place}", count) for place, (_, count) in enumerate(lines)))
    rules = bundle(Program("p", 1, text("p"), text("p"), "order.quoted", (effect,), level="item"))
    made = quote(rules, Facts(goods=goods, rights=RIGHTS), SETTING, basket)
    return sum(line.discount for line in made.lines)


def dearest(lines: Bought) -> list[int]:
    return sorted((price for price, count in lines for _ in range(count)), reverse=True)


def groups(pieces: list[int], size: int) -> list[list[int]]:
    full = len(pieces) // size * size
    return [pieces[start : start + size] for start in range(0, full, size)]


@many
@given(bought, st.integers(1, 30))
def test_the_cheapest_are_free(lines: Bought, quantity: int) -> None:
    assert off(lines, FreeItem(ALL_LINES, quantity)) == sum(dearest(lines)[::-1][:quantity])


@many
@given(bought, small, small, st.none() | small)
def test_the_last_of_each_full_group_are_free(lines: Bought, buy: int, get: int, most: int | None) -> None:
    expected = sum(sum(group[buy:]) for group in groups(dearest(lines), buy + get)[:most])
    assert off(lines, BuyGet(buy, get, ALL_LINES, times_max=most)) == expected


@many
@given(bought, bought, small, small)
def test_nobody_gains_by_paying_in_two_parts(one: Bought, other: Bought, buy: int, get: int) -> None:
    effect = BuyGet(buy, get, ALL_LINES)
    assert off(one, effect) + off(other, effect) <= off(one + other, effect)


@many
@given(bought, small, st.integers(0, 2_000), st.none() | small)
def test_the_dearest_pieces_make_bundles(lines: Bought, size: int, price: int, most: int | None) -> None:
    effect = BundlePrice((BundleItem(ALL_LINES, size),), price, most)
    saved = [max(0, sum(group) - price) for group in groups(dearest(lines), size)[:most]]
    assert off(lines, effect) == sum(saved)


def test_thousands_of_pieces_are_counted_and_not_walked_over() -> None:
    lines = [(7 * place, 9_999) for place in range(1, 200)]
    pieces = sum(count for _, count in lines)
    assert off(lines, FreeItem(ALL_LINES, pieces)) == sum(price * count for price, count in lines)
    assert off(lines, BundlePrice((BundleItem(ALL_LINES, 2),), 0)) > 0
