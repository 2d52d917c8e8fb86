"""Trying one program on a scene: all of it happens, or nothing and the first reason why not. Pure.

The order of the questions is the order in which people would ask: is it on, is it chosen, is its coupon here,
does it hold, is another of its class taken, does it change anything, is there enough, do its caps last.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gateway.core.model import Bundle
from gateway.core.orders.model import Applied
from gateway.core.programs import reasons
from gateway.core.programs.book import Action, Entry
from gateway.core.programs.caps import spend_caps
from gateway.core.programs.conditions import Unmet
from gateway.core.programs.scene import Scene
from gateway.core.promises import LotFact

Doing = Callable[[Scene, Entry, Action, str | None], Sequence[Applied] | Unmet]  # what an action does


class Verdict(NamedTuple):
    """What became of one program, of one of its coupons where it has any."""

    entry: Entry
    applied: tuple[Applied, ...]
    unmet: Unmet | None
    lot: str | None = None


def attempt(
    scene: Scene, entry: Entry, bundle: Bundle, doing: dict[str, Doing], coupon: LotFact | None = None
) -> Verdict:
    """Let a program happen with this coupon, or say why not; the scene changes only if it happens."""
    lot = None if coupon is None else coupon.lot
    unmet = standing_problem(scene, entry) or _coupon_problem(scene, entry, coupon) or entry.when(scene)
    if unmet is None and entry.program.exclusive in scene.classes:
        unmet = Unmet(reasons.CLASS_TAKEN)
    if unmet is not None:
        return Verdict(entry, (), unmet, lot)
    mark, net, points = scene.purse.mark(), list(scene.net), list(scene.points)
    done = _do_all(scene, entry, bundle, doing, lot)
    if isinstance(done, Unmet):
        scene.purse.undo(mark)
        scene.net, scene.points = net, points
        return Verdict(entry, (), done, lot)
    if entry.program.exclusive is not None:
        scene.classes.add(entry.program.exclusive)
    return Verdict(entry, done, None, lot)


def standing_problem(scene: Scene, entry: Entry) -> Unmet | None:
    """Whether the program is in force here today, chosen where it must be, and has a member where it must."""
    program, date = entry.program, scene.setting.date
    if program.paused:
        return Unmet(reasons.PAUSED)
    if program.first_day is not None and date < program.first_day:
        return Unmet(reasons.NOT_STARTED)
    if program.last_day is not None and date > program.last_day:
        return Unmet(reasons.ENDED)
    if entry.stores and scene.store not in entry.stores:
        return Unmet(reasons.OTHER_STORE)
    if program.opt_in and program.id not in scene.chosen:
        return Unmet(reasons.NOT_CHOSEN)
    return Unmet(reasons.MEMBER_NEEDED) if entry.needs_member and scene.member is None else None


def _coupon_problem(scene: Scene, entry: Entry, coupon: LotFact | None) -> Unmet | None:
    if entry.coupon is None:
        return None
    if coupon is None:
        return Unmet(reasons.COUPON_NEEDED)
    if scene.purse.owner_of(coupon) != scene.owner:
        return Unmet(reasons.NOT_YOURS)
    problem = scene.purse.coupon_problem(coupon)
    return None if problem is None else Unmet(problem)


def _do_all(
    scene: Scene, entry: Entry, bundle: Bundle, doing: dict[str, Doing], lot: str | None
) -> tuple[Applied, ...] | Unmet:
    found: list[Applied] = []
    for action in entry.actions:
        done = doing[action.tag](scene, entry, action, lot)
        if isinstance(done, Unmet):
            return done
        found += done
    if not found or (entry.gives and not any(each.does in entry.gives for each in found)):
        return Unmet(reasons.NOTHING_TO_DO)
    unmet = spend_caps(scene, entry.program, bundle, found)
    if unmet is not None:
        return unmet
    if lot is not None:
        scene.purse.use_coupon(lot)
    return tuple(found)
