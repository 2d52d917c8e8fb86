"""What discounts and points as cash do to a scene. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.core.orders.model import TOPUP, Applied
from gateway.core.programs.book import Action, Entry
from gateway.core.programs.conditions import Unmet
from gateway.core.programs.discounts import shared
from gateway.core.programs.giving import Done, applied, debit
from gateway.core.programs.model import PointsAsCash
from gateway.core.programs.scene import WHOLE, Scene
from gateway.core.programs.trying import Doing


def discount(scene: Scene, entry: Entry, action: Action, lot: str | None) -> Done:
    """Money off lines; nothing where it comes to 0."""
    assert action.off is not None
    off = action.off(scene)
    if not off:
        return ()
    by_line = [0] * len(scene.rows)
    for line, amount in off.items():
        by_line[line] = amount
        scene.net[line] -= amount
    return (applied(entry, action, sum(off.values()), by_line, lot),)


def points_as_cash(scene: Scene, entry: Entry, action: Action, lot: str | None) -> Done:
    """As many points as were chosen, are there, and fit; in whole portions, never for a top-up."""
    effect: Any = action.effect
    lines = [line for line, row in enumerate(scene.rows) if row[0].kind != TOPUP]
    rest = {line: scene.net[line] - scene.points[line] for line in lines}
    most = sum(rest.values()) * effect.share // WHOLE // effect.worth
    wanted = min(scene.wanted_points // effect.points, most)
    if not wanted:
        return ()
    portions = min(wanted, scene.purse.free(scene.owner, effect.unit) // effect.points)
    if not portions:
        why = scene.purse.why_not(scene.owner, effect.unit, effect.points)
        return Unmet(why, effect.points - scene.purse.free(scene.owner, effect.unit))
    return _pay(scene, entry, action, lot, effect, portions, rest)


def _pay(
    scene: Scene,
    entry: Entry,
    action: Action,
    lot: str | None,
    effect: PointsAsCash,
    portions: int,
    rest: Mapping[int, int],
) -> list[Applied]:
    points, money = portions * effect.points, portions * effect.worth
    scene.purse.take(scene.owner, effect.unit, points)
    scene.wanted_points -= points
    by_line = [0] * len(scene.rows)
    for line, share in shared(rest, money).items():
        by_line[line] = share
        scene.points[line] += share
    return [applied(entry, action, money, by_line, lot, points=points, unit=effect.unit)]


DOING: Final[dict[str, Doing]] = {
    "set_price_book": discount,
    "percent": discount,
    "fixed": discount,
    "free_item": discount,
    "buy_get": discount,
    "bundle_price": discount,
    "points_as_cash": points_as_cash,
    "debit": debit,
}
