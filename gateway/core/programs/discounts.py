"""Effects that take money off lines as a whole: price book, percent, fixed; and points that pay. Pure.

Each maker compiles an effect to a function from the scene to money off by line (no entry: nothing). Rounding
is down: a percent of a sum is its floor, and the shares of it sum to it exactly. A percent applies to what
lines cost now; how often a `Fixed` with `each` counts follows what they cost when the step began.
"""

from collections.abc import Callable, Mapping

from gateway.core.programs.model import Fixed, Percent, SetPriceBook
from gateway.core.programs.scene import WHOLE, Scene
from gateway.core.programs.selecting import Selectors
from gateway.core.programs.split import split

Off = dict[int, int]  # money by line
Maker = Callable[[Scene], Off]


def price_book(effect: SetPriceBook, selectors: Selectors) -> Maker:
    """The book's price where it is lower than what the line costs now."""
    selector, book = selectors.of(effect.lines), effect.book

    def off(scene: Scene) -> Off:
        found: Off = {}
        for line in scene.matched(selector):
            good, quantity, _ = scene.rows[line]
            price = good.prices.get(book)
            if price is not None and 0 <= price * quantity < scene.net[line]:
                found[line] = scene.net[line] - price * quantity
        return found

    return off


def percent(effect: Percent, selectors: Selectors) -> Maker:
    """So many basis points of what the lines cost now, at most the cap."""
    selector, rate, cap = selectors.of(effect.lines), effect.off, effect.cap

    def off(scene: Scene) -> Off:
        costs = {line: scene.net[line] for line in scene.matched(selector)}
        amount = sum(costs.values()) * rate // WHOLE
        return shared(costs, amount if cap is None else min(amount, cap))

    return off


def fixed(effect: Fixed, selectors: Selectors) -> Maker:
    """So much, once or for every `each`; never more than the lines cost now."""
    selector, most = selectors.of(effect.lines), effect.times_max

    def off(scene: Scene) -> Off:
        lines = scene.matched(selector)
        times = 1
        if effect.each is not None:
            times = sum(scene.start[line] for line in lines) // effect.each
        if most is not None:
            times = min(times, most)
        costs = {line: scene.net[line] for line in lines}
        return shared(costs, min(effect.off * times, sum(costs.values())))

    return off


def shared(costs: Mapping[int, int], amount: int) -> Off:
    """An amount that is not above what these lines cost together, shared among them by that."""
    if not amount:
        return {}
    shares = split(amount, list(costs.values()))
    return {line: share for line, share in zip(costs, shares, strict=True) if share}
