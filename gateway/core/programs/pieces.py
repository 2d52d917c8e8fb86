"""Effects that take money off single pieces: the cheapest ones free, buy some and get some. Pure.

Pieces of one line cost the same; k of q pieces of a line that costs n are floor(n * k / q). Lines are
compared by what a piece costs now, as exact fractions, ties by line number. Nothing walks over single
pieces: a line may have thousands.
"""

from functools import cmp_to_key

from gateway.core.programs.discounts import Maker, Off
from gateway.core.programs.model import BuyGet, FreeItem
from gateway.core.programs.scene import WHOLE, Scene
from gateway.core.programs.selecting import Selectors


def free_item(effect: FreeItem, selectors: Selectors) -> Maker:
    """The cheapest pieces cost nothing."""
    selector = selectors.of(effect.lines)

    def off(scene: Scene) -> Off:
        found: Off = {}
        left = effect.quantity
        for line in reversed(dearest_first(scene, scene.matched(selector))):
            count = min(left, scene.rows[line][1])
            found[line] = scene.net[line] * count // scene.rows[line][1]
            left -= count
            if not left:
                break
        return {line: amount for line, amount in found.items() if amount}

    return off


def buy_get(effect: BuyGet, selectors: Selectors) -> Maker:
    """Pieces stand in a row, dearest first, in groups of buy + get; the last `get` of each full group count.

    So a customer gains nothing by splitting the basket, and what fills no group is the cheapest of it.
    """
    selector, buy, size = selectors.of(effect.lines), effect.buy, effect.buy + effect.get

    def off(scene: Scene) -> Off:
        lines = dearest_first(scene, scene.matched(selector))
        groups = sum(scene.rows[line][1] for line in lines) // size
        if effect.times_max is not None:
            groups = min(groups, effect.times_max)
        found: Off = {}
        start = 0
        for line in lines:
            quantity = scene.rows[line][1]
            count = _gets(start + quantity, groups, buy, size) - _gets(start, groups, buy, size)
            amount = scene.net[line] * count * effect.off // (quantity * WHOLE)
            if amount:
                found[line] = amount
            start += quantity
        return found

    return off


def dearest_first(scene: Scene, lines: list[int]) -> list[int]:
    """Lines by what a piece costs now, the dearest first; of equal ones the lower number first."""

    def compare(a: int, b: int) -> int:
        cheaper = scene.net[b] * scene.rows[a][1] - scene.net[a] * scene.rows[b][1]
        return cheaper or a - b

    return sorted(lines, key=cmp_to_key(compare))


def _gets(place: int, groups: int, buy: int, size: int) -> int:
    """How many of the first `place` pieces in the row are got, not bought."""
    place = min(place, groups * size)
    full, rest = divmod(place, size)
    return full * (size - buy) + max(0, rest - buy)
