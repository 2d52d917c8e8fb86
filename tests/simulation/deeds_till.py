"""What happens at a till: baskets of every kind are sold, and pieces of them come back."""

import random
from collections.abc import Callable

from gateway.acting import Request
from gateway.core import model
from gateway.core.model import Act
from gateway.core.orders.model import Basket, GoBack, Line, Piece, Sell, Tender
from gateway.core.promises import MEMBER
from tests.simulation.deeds_counter import follow_up, perhaps_serve
from tests.simulation.plan import GOODS, MEMBERS
from tests.simulation.shop import Shop
from tests.simulation.story import Operation
from tests.simulation.world import World

ACTOR = "pos"
TILL = "till"
POINTS = (0, 0, 10, 25, 60)
# A till pays what a quote said; here any of these may fit, and a sale that nobody can pay is refused.
CASH_LIKE = ("cash", "card", "wechat")


def sell(world: World, operation: Operation, chance: random.Random) -> None:
    shop = world.shops[chance.choice(world.plan.gateways)]
    basket = _basket(world, chance)
    total = _total(shop, basket)
    if total is None:
        return
    kinds = chance.sample(CASH_LIKE, 2)
    first = chance.randint(0, total)
    parts = zip(kinds, (first, total - first), strict=True)
    tenders = tuple(Tender(kind, amount) for kind, amount in parts if amount)  # type: ignore[arg-type]
    _ask(world, operation, chance, shop, model.ORDER_COMMITTED, Sell(basket, tenders, TILL))


def bring_back(world: World, operation: Operation, chance: random.Random) -> None:
    if not world.orders:
        return
    known = tuple(world.orders.items())
    (name, order), record = chance.choice(known[-6:] if chance.random() < 0.8 else known)
    lines = chance.sample(range(len(record.lines)), chance.randint(1, len(record.lines)))
    pieces = tuple(Piece(line, chance.randint(1, record.lines[line].quantity)) for line in lines)
    act = GoBack(order, TILL, pieces=pieces)
    _ask(world, operation, chance, world.shops[name], model.ORDER_RETURNED, act)


def _basket(world: World, chance: random.Random) -> Basket:
    lines = tuple(Line(chance.choice(GOODS).sku, chance.randint(1, 4)) for _ in range(chance.randint(1, 3)))
    if chance.random() < 0.2:
        return Basket(lines)
    member = chance.choice(MEMBERS[:3]) if chance.random() < 0.7 else chance.choice(world.members)
    mine = [key.lot for key in tuple(world.coupons)[-12:] if key.owner == MEMBER + member]
    coupons = (chance.choice(mine),) if mine and chance.random() < 0.6 else ()
    return Basket(lines, coupons=coupons, member=member, points=chance.choice(POINTS))


def _total(shop: Shop, basket: Basket) -> int | None:
    """What the till was told a basket costs; None where it was told that it cannot be sold."""
    quoted = shop.quote(basket)
    return None if quoted is None else quoted.total


def _ask(world: World, operation: Operation, chance: random.Random, shop: Shop, kind: str, act: Act) -> None:
    pin = "right" if chance.random() < 0.9 else "wrong"
    world.ask(operation.number, shop, Request(f"ask-{operation.number}", ACTOR, kind, act, pin=pin))
    perhaps_serve(world, shop, chance)
    if chance.random() < 0.7:
        follow_up(world, operation.number, shop, chance)


DEEDS: dict[str, Callable[[World, Operation, random.Random], None]] = {
    deed.__name__: deed for deed in (sell, bring_back)
}
