"""Pricing a basket: the declared order of computation, each line's shares, the digest. Pure.

1 price books, 2 item promotions, 3 order promotions, 4 points as cash; then a preview of what is earned if
cash-like tenders pay the rest. A program with a coupon is tried once for each coupon shown, those that
expire first first. Tax is included in prices: of net n at rate r it is n * r / (10,000 + r), rounded half up
by line.

Invariants: 0 <= discount <= gross of each line; shares sum to each discount exactly; total = sum(net) -
points; equal facts give an equal quote, whatever the order of programs in the bundle or of coupons in the
basket.
"""

from hashlib import sha256
from typing import NamedTuple

from gateway.core.event import canonical
from gateway.core.model import Bundle, Facts, Setting
from gateway.core.orders.model import Basket, Quote, QuoteLine
from gateway.core.programs.book import STEPS, Entry, book_of
from gateway.core.programs.discounting import DOING
from gateway.core.programs.earning import preview
from gateway.core.programs.giving import Giver
from gateway.core.programs.missing import Coupons, missed
from gateway.core.programs.scene import WHOLE, Scene, scene_of
from gateway.core.programs.trying import Doing, Verdict, attempt


class Pricing(NamedTuple):
    """A quote and how it came about; `scene` as the last step left it."""

    quote: Quote
    scene: Scene
    verdicts: tuple[Verdict, ...]
    earning: tuple[Verdict, ...]


def quote(bundle: Bundle, facts: Facts, setting: Setting, basket: Basket) -> Quote:
    """The basket priced; Refusal where an article, an amount or the member cannot be."""
    return price(bundle, facts, setting, basket).quote


def digest(quote: Quote) -> str:
    """The name of a quote: SHA-256 in hex of its canonical bytes."""
    return sha256(canonical(quote)).hexdigest()


def price(bundle: Bundle, facts: Facts, setting: Setting, basket: Basket) -> Pricing:
    """The quote with every program's verdict; Refusal as quote()."""
    book, scene = book_of(bundle), scene_of(bundle, facts, setting, basket)
    coupons = Coupons(scene, basket)
    doing: dict[str, Doing] = {**DOING, "show": Giver(book, None).show}
    verdicts: list[Verdict] = []
    for step in STEPS:
        scene.begin_step()
        for entry in book.at(step):
            verdicts += _tried(scene, entry, bundle, doing, coupons)
    scene.begin_step()
    earning = preview(book, scene)
    lines = tuple(_line(scene, line) for line in range(len(scene.rows)))
    made = Quote(
        lines,
        sum(line.net - line.points for line in lines),
        sum(line.tax for line in lines),
        tuple(each for verdict in verdicts for each in verdict.applied),
        tuple(each for verdict in earning for each in verdict.applied),
        missed(basket, coupons, [*verdicts, *earning]),
    )
    return Pricing(made, scene, tuple(verdicts), tuple(earning))


def _tried(
    scene: Scene, entry: Entry, bundle: Bundle, doing: dict[str, Doing], coupons: Coupons
) -> list[Verdict]:
    """One program: once, or once for each of its coupons that was shown and not used yet."""
    shown = [] if entry.coupon is None else coupons.of(entry.coupon)
    if not shown:
        return [attempt(scene, entry, bundle, doing)]
    verdicts = [attempt(scene, entry, bundle, doing, fact) for fact in shown]
    coupons.used.update(verdict.lot for verdict in verdicts if verdict.unmet is None and verdict.lot)
    return verdicts


def _line(scene: Scene, line: int) -> QuoteLine:
    good, quantity, price = scene.rows[line]
    gross, net = scene.gross[line], scene.net[line]
    rate = good.tax
    tax = (2 * net * rate + WHOLE + rate) // (2 * (WHOLE + rate)) if rate else 0
    return QuoteLine(
        good.sku,
        good.name,
        quantity,
        price,
        gross,
        gross - net,
        net,
        good.category,
        good.kind,
        scene.points[line],
        tax,
        rate,
    )
