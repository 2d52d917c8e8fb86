"""Figures of the till: what a quote costs, and an order and a return until they are durable.

A quote is the core's alone, of a basket of 20 lines under 30 programs that are all in force; its limit is
decoding and encoding, by the same library, the same facts and the same quote as JSON, which whoever answers
in JSON must do. Growth to 200 lines is beside a straight line through the figures of 1 and 20.

Orders and returns are a desk's, each its own commit, on the ledger of a bakery some days old; their limit is
an append of as many bytes with fdatasync, in the same folder.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.acting import Refused, Request, Verdict
from gateway.core import model
from gateway.core.event import canonical, open_bundle
from gateway.core.model import Act, Bundle, Facts
from gateway.core.orders.model import Basket, GoBack, Line, OpenShift, Piece, Quote, Sell, Tender
from gateway.core.programs.model import Fixed, Lines, Percent, Program, Subtotal
from gateway.core.programs.quoting import quote
from gateway.counter import Counter
from gateway.desk import Desk
from gateway.sales import Quoted
from gateway.storage import layout
from hardware_tests.figures import machine
from hardware_tests.figures.desks import a_desk, bare, timed
from hardware_tests.figures.rows import Row, percentile, row
from samples.brand import BUNDLE_JSON
from samples.orders import DEMO_KEY, GATEWAY, Plan, make_past
from samples.shop import read_goods
from samples.store_cache import STORE, write_store
from shopbell.program_basket import Document, Guest, Tried, tried

LINES, PROGRAMS = 20, 30
SIZES = (1, LINES, 100, 200)
QUOTES, WARM = 1_000, 20
ORDERS = 200
DAY, EVENING = "2026-12-04", "18:30"  # a Friday in December: every dated sample is in force
ORDER_TRIGGERS = ("order.quoted", "order.committed", "payment.captured", "balance.topped_up")
TARGET_MS = 1.0
TILL, CLERK = "till-9", "staff:S03"
REGULARS = ("mw0002", "mw0006", "mw0009", "mw0021")
BASKET = ("bread-country", "roll-butter", "coffee-latte", "croissant", "slice-cheese")
PAST = Plan(date(2026, 11, 21), days=10, orders_a_day=30)
SHARES = ((0.5, "p50"), (0.99, "p99"))

Say = Callable[[str], None]


class Trio(NamedTuple):
    """Seconds of each quote, order and return, and bytes written for an order and a return."""

    quotes: list[float]
    orders: list[float]
    returns: list[float]
    order_bytes: int
    return_bytes: int


def measure(say: Say) -> list[Row]:
    """All rows of this file; says aloud what it is doing."""
    say(f"pricing a basket of {LINES} lines under {PROGRAMS} programs, {QUOTES:,} times")
    rows = _quote_rows()
    folder = Path(tempfile.mkdtemp(prefix="shopbell-figures-"))
    try:
        say(f"selling and taking back {ORDERS} orders on a ledger of {PAST.days} days")
        return rows + _order_rows(folder)
    finally:
        shutil.rmtree(folder)


# -- the core alone


def _quote_rows() -> list[Row]:
    bundle = bundle_of(PROGRAMS)
    baskets = {size: basket_of(bundle, size) for size in SIZES}
    made = _price(bundle, baskets[LINES])
    facts = canonical(baskets[LINES].facts)
    taken: dict[int, list[float]] = {size: [] for size in SIZES}
    codec = []
    for _ in range(QUOTES + WARM):  # all in turn, so that a busy moment of the machine falls on all alike
        for size, basket in baskets.items():
            taken[size].append(timed(lambda basket=basket: _price(bundle, basket)))  # type: ignore[misc]
        codec.append(timed(lambda: _codec(facts, made)))
    del codec[:WARM]
    for each in taken.values():
        del each[:WARM]
    happened = len({each.program for each in (*made.applied, *made.earns)})
    where = f"{LINES} lines, {PROGRAMS} programs in force, {happened} happen; limit: "
    rows = [
        row(
            f"quote_{label}",
            percentile(taken[LINES], share) * 1e3,
            "ms",
            where + "facts decoded and quote encoded as JSON",
            percentile(codec, share) * 1e3,
        )
        for share, label in SHARES
    ]
    p50 = {size: percentile(each, 0.5) * 1e3 for size, each in taken.items()}
    rows.append(row("quote_against_target", p50[LINES], "ms", where + "the target", TARGET_MS))
    a_line = (p50[LINES] - p50[SIZES[0]]) / (LINES - SIZES[0])
    for size in SIZES[2:]:
        straight = p50[SIZES[0]] + a_line * (size - SIZES[0])
        said = f"p50, {size} lines; limit: a straight line through {SIZES[0]} and {LINES} lines"
        rows.append(row(f"quote_at_{size}_lines", p50[size], "ms", said, straight))
    return rows


def bundle_of(count: int) -> Bundle:
    """The bakery's programs for orders, and as many more as make `count`: all are tried on every basket."""
    whole = open_bundle(BUNDLE_JSON.read_bytes())
    programs = [one for one in whole.programs or () if one.trigger in ORDER_TRIGGERS]
    name, words = {"zh-CN": "再减", "en": "More off"}, {"zh-CN": "减{off}", "en": "{off} off"}
    for number in range(count - len(programs)):
        lines = Lines(categories=(("bread", "roll", "pastry", "cake", "coffee")[number % 5],))
        effect = Percent(100, lines=lines) if number % 2 else Fixed(50, lines=lines)
        when = Subtotal(at_least=2_000 + 1_000 * number)
        programs.append(
            Program(f"more-{number}", 1, name, words, "order.quoted", (effect,), level="item", when=when)
        )
    return msgspec.structs.replace(whole, programs=tuple(programs[:count]))


def basket_of(bundle: Bundle, lines: int) -> Tried:
    """So many lines for a gold member with coupons and points, different goods as far as they go."""
    goods = {article.good.sku: article.good for article in read_goods()}
    sold = [sku for sku, good in goods.items() if good.kind == "goods"]
    items = tuple(Line(sold[number % len(sold)], number % 3 + 1) for number in range(lines))
    guest = Guest("gold", 1_640, {"PTS": 5_000})
    document = Document(
        lines=items,
        member=guest,
        coupons=("full-100-50", "off-5", "croissant"),
        points=1_000,
        on=DAY,
        time=EVENING,
    )
    return tried(document, bundle, goods)


def _price(bundle: Bundle, basket: Tried) -> Quote:
    assert isinstance(basket.asked, Basket)
    return quote(bundle, basket.facts, basket.setting, basket.asked)


def _codec(facts: bytes, made: Quote) -> None:
    msgspec.json.decode(facts, type=Facts)
    canonical(made)


# -- until it is durable


def _order_rows(folder: Path) -> list[Row]:
    write_store(layout.cache_folder(str(folder)), "g1", DEMO_KEY, 0)
    make_past(folder, PAST)
    os.sync()
    with a_desk(folder, GATEWAY, STORE) as desk:
        trio = _trade(desk)
    limits = {length: bare(folder, length, ORDERS) for length in (trio.order_bytes, trio.return_bytes)}
    where = f"{len(BASKET)} lines, a member, alone, its own commit; limit: bare append + fdatasync"
    rows = []
    for share, label in SHARES:
        said = f"{len(BASKET)} lines, facts looked up in ledger and cache, digest"
        rows.append(row(f"till_quote_{label}", percentile(trio.quotes, share) * 1e3, "ms", said))
    for name, taken, length in (
        ("order_commit", trio.orders, trio.order_bytes),
        ("order_return", trio.returns, trio.return_bytes),
    ):
        for share, label in SHARES:
            limit = percentile(limits[length], share) * 1e3
            rows.append(row(f"{name}_{label}", percentile(taken, share) * 1e3, "ms", where, limit))
    return rows


def _trade(desk: Desk) -> Trio:
    """Each order quoted, sold and one line of it taken back, after some that are not counted."""
    till = _Till(desk)
    for number in range(ORDERS // 10):
        till.take_back(till.sell(number))
    till.quotes, before = [], _written()
    orders, sold = [], []
    for number in range(ORDERS):
        orders.append(timed(lambda number=number: sold.append(till.sell(number))))  # type: ignore[misc]
    middle = _written()
    returns = [timed(lambda order=order: till.take_back(order)) for order in sold]  # type: ignore[misc]
    after = _written()
    alone = [order - asked for order, asked in zip(orders, till.quotes, strict=True)]
    return Trio(till.quotes, alone, returns, (middle - before) // ORDERS, (after - middle) // ORDERS)


class _Till:
    """Sells to regulars in turn; `quotes` are the seconds each quote took."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._counter = desk, Counter(desk)
        self.quotes: list[float] = []
        self._ask(model.SHIFT_OPENED, OpenShift(50_000, TILL))

    def sell(self, number: int) -> str:
        """One order, as its quote says; its name."""
        basket = Basket(tuple(Line(sku) for sku in BASKET), member=REGULARS[number % len(REGULARS)])
        quoted: list[Quoted | Refused] = []
        self.quotes.append(timed(lambda: quoted.append(self._counter.quote(basket, TILL, CLERK))))
        (found,) = quoted
        if isinstance(found, Refused):
            raise RuntimeError(f"a quote of the bench was refused: {found.code}")
        tenders = (Tender("wechat", found.quote.total),)
        return self._ask(model.ORDER_COMMITTED, Sell(basket, tenders, TILL, quote=found.digest))

    def take_back(self, order: str) -> None:
        """One line of an order."""
        self._ask(model.ORDER_RETURNED, GoBack(order, TILL, pieces=(Piece(0, 1),)))

    def _ask(self, kind: str, act: Act) -> str:
        (verdict,) = self._desk.act([Request(os.urandom(8).hex(), CLERK, kind, act)])
        if not isinstance(verdict, Verdict) or verdict.event.outcome.name != model.DONE:
            raise RuntimeError(f"an act of the bench was not done: {verdict}")
        return verdict.event.random


def _written() -> int:
    return machine.written_bytes(os.getpid())
