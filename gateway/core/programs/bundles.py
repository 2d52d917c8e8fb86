"""Pieces that together cost a price. Pure.

A bundle takes, for each of its items in their order, the dearest pieces that are left; so put the item that
fits the fewest articles first. It counts while its pieces cost more than the price. Equal bundles are taken
together, so that the work grows with lines and not with pieces.
"""

from typing import NamedTuple

from gateway.core.programs.discounts import Maker, Off
from gateway.core.programs.model import BundlePrice
from gateway.core.programs.pieces import dearest_first
from gateway.core.programs.scene import Scene
from gateway.core.programs.selecting import Selectors
from gateway.core.programs.split import split


class _Item(NamedTuple):
    lines: list[int]  # dearest first
    quantity: int


Pick = dict[int, int]  # pieces by line


def bundle_price(effect: BundlePrice, selectors: Selectors) -> Maker:
    """These pieces cost `price`, as often as they are there and up to `times_max`."""
    wanted = [(selectors.of(item.lines), item.quantity) for item in effect.items]

    def off(scene: Scene) -> Off:
        items = [_Item(dearest_first(scene, scene.matched(each)), count) for each, count in wanted]
        left = {line: scene.rows[line][1] for item in items for line in item.lines}
        most = effect.times_max if effect.times_max is not None else sum(left.values())
        found: Off = {}
        while most > 0:
            pick = _pick(items, left)
            if pick is None or _cost(scene, left, pick, 1) <= effect.price:
                break
            repeat = min(most, min(left[line] // count for line, count in pick.items()))
            _take(scene, left, pick, repeat, effect.price, found)
            most -= repeat
        return {line: amount for line, amount in found.items() if amount}

    return off


def _pick(items: list[_Item], left: dict[int, int]) -> Pick | None:
    """The pieces of one bundle; None where some are missing."""
    pick: Pick = {}
    for item in items:
        need = item.quantity
        for line in item.lines:
            count = min(need, left[line] - pick.get(line, 0))
            if count > 0:
                pick[line] = pick.get(line, 0) + count
                need -= count
            if not need:
                break
        if need:
            return None
    return pick


def _take(scene: Scene, left: dict[int, int], pick: Pick, repeat: int, price: int, found: Off) -> None:
    """So many equal bundles: their pieces go, and what they cost above the price is off."""
    lines = sorted(pick)
    costs = [_value(scene, left, line, pick[line] * repeat) for line in lines]
    shares = split(max(0, sum(costs) - price * repeat), costs)
    for line, share in zip(lines, shares, strict=True):
        left[line] -= pick[line] * repeat
        found[line] = found.get(line, 0) + share


def _cost(scene: Scene, left: dict[int, int], pick: Pick, repeat: int) -> int:
    return sum(_value(scene, left, line, count * repeat) for line, count in pick.items())


def _value(scene: Scene, left: dict[int, int], line: int, count: int) -> int:
    """What the next `count` pieces of a line cost; the last piece takes the remainder."""
    net, quantity = scene.net[line], scene.rows[line][1]
    gone = quantity - left[line]
    return net * (gone + count) // quantity - net * gone // quantity
