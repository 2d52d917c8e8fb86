"""What happens at counters and tills: taps, and every act that a person may ask for."""

import random
from collections.abc import Callable

from gateway.acting import Request
from gateway.core import model
from gateway.core.book import LotKey
from gateway.core.model import Act
from gateway.core.promises import (
    BONUS,
    BY_BEACON,
    BY_NETWORK,
    BY_TAG,
    MEMBER,
    ONLY_PENDING,
    PAID,
    POSTED,
    UNLIMITED,
    VOIDED,
    WITHIN_BALANCE,
    Change,
    Consent,
    Credit,
    Enrol,
    Forget,
    Here,
    Hold,
    Link,
    Post,
    Release,
    Reverse,
    Spend,
    Terms,
)
from gateway.core.rotating import member_code, rotating_text, step_at
from tests.simulation.cache_file import BRAND_KEY
from tests.simulation.calendar import civil_date
from tests.simulation.device import Sent
from tests.simulation.network import HELD_UP, Line
from tests.simulation.plan import COUPONS, DAY_MS, FACE, HOUR_MS, MEMBERS
from tests.simulation.shop import Shop
from tests.simulation.story import Operation
from tests.simulation.world import ASKERS, World

ACTOR = "staff:till"
CODES_KEPT = 3


def tap(world: World, operation: Operation, chance: random.Random) -> None:
    device = chance.choice(sorted(world.devices))
    sent = world.devices[device].tap(chance.choice(world.cards))
    if sent is not None:
        world.send_record(device, sent)
    perhaps_serve(world, world.shops[world.homes[device]], chance)


def show_code(world: World, operation: Operation, chance: random.Random) -> None:
    """A member's rotating code of now; or one of the last few once more, as a photograph has it."""
    device = chance.choice(sorted(world.devices))
    shop = world.shops[world.homes[device]]
    if not world.codes or chance.random() < 0.5:
        code = member_code(BRAND_KEY, chance.choice(MEMBERS))
        world.codes.append(rotating_text(BRAND_KEY, code, step_at(shop.now_ms() // 1_000)))
        del world.codes[:-CODES_KEPT]
    for text in (world.codes[-1], chance.choice(world.codes))[: chance.randint(1, 2)]:
        sent = world.devices[device].scan(text)
        if sent is not None:
            world.send_record(device, sent)
    perhaps_serve(world, shop, chance)


def status(world: World, operation: Operation, chance: random.Random) -> None:
    device = chance.choice(sorted(world.devices))
    world.send_record(device, Sent("status", world.devices[device].status()))
    perhaps_serve(world, world.shops[world.homes[device]], chance)


def enrol(world: World, operation: Operation, chance: random.Random) -> None:
    evidence = ("nfc.uid", chance.choice(world.cards)) if chance.random() < 0.7 else None
    act, person = Enrol("", "en", ""), f"Name {operation.number}"
    phone = (bytes((operation.number % 7,)), chance.randbytes(4)) if chance.random() < 0.5 else None
    _ask(world, operation, chance, model.MEMBER_ENROLLED, act, evidence, person, phone=phone)


def link(world: World, operation: Operation, chance: random.Random) -> None:
    act = Link("", chance.choice(world.members))
    _ask(world, operation, chance, model.INSTRUMENT_LINKED, act, ("nfc.uid", chance.choice(world.cards)))


def change_instrument(world: World, operation: Operation, chance: random.Random) -> None:
    known = sorted((each.id, each.member) for each in world.hq.instruments.values())
    instrument, member = chance.choice(known)
    act = Change(instrument, member, chance.choice(("lost", "locked", "active")))
    _ask(world, operation, chance, model.INSTRUMENT_CHANGED, act)


def consent(world: World, operation: Operation, chance: random.Random) -> None:
    purpose, text = chance.choice(("ads", "profile")), chance.choice(("v1", "v2"))
    act = Consent(chance.random() < 0.6, "en", chance.choice(world.members), purpose, text)
    _ask(world, operation, chance, model.CONSENT_CHANGED, act)


def forget(world: World, operation: Operation, chance: random.Random) -> None:
    _ask(world, operation, chance, model.MEMBER_FORGOTTEN, Forget(_leaving(world, chance)))


def come_in(world: World, operation: Operation, chance: random.Random) -> None:
    """Somebody is in a store: mostly one of those who have something to use there."""
    member = _member(world, chance).removeprefix(MEMBER)
    ticket = f"{operation.number:016x}"
    beacon = chance.choice(("beacon-door", "beacon-shelf"))
    act = chance.choice(
        (
            Here(member, BY_NETWORK, ticket=ticket),
            Here(member, BY_BEACON, beacon, "door", operation.number, ticket),
            Here(member, BY_TAG, beacon, "shelf", operation.number),
            Here(member, BY_BEACON, beacon, "door"),
        )
    )
    _ask(world, operation, chance, model.PRESENCE_SEEN, act)


def pay_in(world: World, operation: Operation, chance: random.Random) -> None:
    """Money for somebody who may leave, and some of it used up."""
    owner = MEMBER + _leaving(world, chance)
    act = Post((Credit(50, owner, Terms(), "CNY"),))
    if chance.random() < 0.5:
        act = Post((Spend(chance.choice((20, 50)), owner, "CNY"),))
    _ask(world, operation, chance, model.TRANSFER_POSTED, act)


def earn(world: World, operation: Operation, chance: random.Random) -> None:
    shop = _shop(world, chance)
    credit = Credit(chance.randint(1, 90), _member(world, chance), _terms(shop, chance), "PTS")
    pieces = chance.choice((0, 1, 2, 3, 7))
    _ask(world, operation, chance, model.TRANSFER_POSTED, Post((credit,), pieces), shop=shop)


def issue_coupon(world: World, operation: Operation, chance: random.Random) -> None:
    shop = _shop(world, chance)
    credit = Credit(1, _member(world, chance), _coupon_terms(shop, chance), chance.choice(COUPONS))
    _ask(world, operation, chance, model.TRANSFER_POSTED, Post((credit,), chance.choice((0, 1))), shop=shop)


def redeem(world: World, operation: Operation, chance: random.Random) -> None:
    coupon = _coupon(world, chance)
    if coupon is None:
        return
    spend = Spend(1, coupon.owner, coupon.unit, coupon.lot)
    _ask(world, operation, chance, model.COUPON_REDEEMED, Post((spend,), chance.choice((0, 1, 1))))


def spend_points(world: World, operation: Operation, chance: random.Random) -> None:
    shop, owner = _shop(world, chance), _member(world, chance)
    parts: list[Credit | Spend] = [Spend(chance.randint(1, 60), owner, "PTS")]
    if chance.random() < 0.4:
        parts.append(Credit(chance.randint(1, 20), owner, _terms(shop, chance), "PTS"))
    coupon = _coupon(world, chance) if chance.random() < 0.3 else None
    if coupon is not None and coupon.owner == owner:
        parts.append(Spend(1, coupon.owner, coupon.unit, coupon.lot))
    pieces = chance.choice((0, 1, 3, 5))
    _ask(world, operation, chance, model.TRANSFER_POSTED, Post(tuple(parts), pieces), shop=shop)


def hold(world: World, operation: Operation, chance: random.Random) -> None:
    shop, until_ms = _shop(world, chance), chance.randint(1, 180) * 60_000
    coupon = _coupon(world, chance) if chance.random() < 0.4 else None
    until = shop.now_ms() + until_ms
    act = Hold(chance.randint(1, 40), _member(world, chance), "PTS", until)
    if coupon is not None:
        act = Hold(1, coupon.owner, coupon.unit, until, coupon.lot)
    _ask(world, operation, chance, model.TRANSFER_HELD, act, shop=shop)


def release(world: World, operation: Operation, chance: random.Random) -> None:
    if not world.holds:
        return
    name, random_ = chance.choice(tuple(world.holds))
    verdict = chance.choice((POSTED, POSTED, VOIDED))
    amount = chance.choice((None, None, 1, 5, 10)) if verdict == POSTED else None
    act = Release(random_, verdict, amount)
    _ask(world, operation, chance, model.TRANSFER_RELEASED, act, shop=world.shops[name])


def reverse(world: World, operation: Operation, chance: random.Random) -> None:
    if not world.returnables:
        return
    (name, random_), pieces = chance.choice(tuple(world.returnables.items()))
    earned = chance.choice((ONLY_PENDING, WITHIN_BALANCE, UNLIMITED))
    act = Reverse(earned, random_, chance.randint(1, pieces))
    _ask(world, operation, chance, model.TRANSFER_REVERSED, act, shop=world.shops[name])


def ask_again(world: World, operation: Operation, chance: random.Random) -> None:
    if not world.asks:
        return
    number = chance.choice(tuple(world.asks))
    ask = world.asks[number]
    if ask.request.act is not None and chance.random() < 0.3:
        world.network.send(Line(ASKERS, ask.gateway), (number, ask.request))  # twice in one batch
    world.network.send(Line(ASKERS, ask.gateway), (number, ask.request))
    perhaps_serve(world, world.shops[ask.gateway], chance)


def other_act_same_key(world: World, operation: Operation, chance: random.Random) -> None:
    """Somebody's key names another act now: refused, if the first was booked."""
    told = [number for number, ask in world.asks.items() if ask.told is not None]
    if not told:
        return
    ask = world.asks[chance.choice(told)]
    world.contested.add(ask.request.key)
    request = ask.request._replace(act=Hold(7, MEMBER + MEMBERS[0], "PTS", 2**50), type=model.TRANSFER_HELD)
    world.network.send(Line(ASKERS, ask.gateway), (-1 - operation.number, request))
    perhaps_serve(world, world.shops[ask.gateway], chance)


def _ask(
    world: World,
    operation: Operation,
    chance: random.Random,
    kind: str,
    act: Act,
    evidence: tuple[str, bytes] | None = None,
    person: str | None = None,
    shop: Shop | None = None,
    phone: tuple[bytes, bytes] | None = None,
) -> None:
    shop = shop or _shop(world, chance)
    request = Request(f"ask-{operation.number}", ACTOR, kind, act, evidence, person, phone=phone)
    world.ask(operation.number, shop, request)
    perhaps_serve(world, shop, chance)
    if chance.random() < 0.7:
        follow_up(world, operation.number, shop, chance)


def follow_up(world: World, number: int, shop: Shop, chance: random.Random) -> None:
    """Where HQ was asked for the right: the bridge does its best, and the till asks once more."""
    ask = world.asks.get(number)
    if ask is None or ask.request.asked is None:
        return
    bridge = world.bridges[shop.name]
    bridge.forward(chance)
    bridge.ask_rights(chance)
    shop.tick(None)
    world.network.send(Line(ASKERS, shop.name), (number, ask.request))
    perhaps_serve(world, shop, chance)


def perhaps_serve(world: World, shop: Shop, chance: random.Random) -> None:
    """Mostly what was sent arrives at once, and so does its answer."""
    if chance.random() < 0.15:
        world.faults[HELD_UP] += 1
        return
    world.serve(shop, chance)
    if chance.random() < 0.8:
        for target in (ASKERS, *world.plan.devices(shop.name)):
            world.hear(world.network.take(target, chance, 4))


def _shop(world: World, chance: random.Random) -> Shop:
    return world.shops[chance.choice(world.plan.gateways)]


def _member(world: World, chance: random.Random) -> str:
    return MEMBER + (chance.choice(MEMBERS[:3]) if chance.random() < 0.7 else chance.choice(world.members))


def _leaving(world: World, chance: random.Random) -> str:
    """Mostly none of those who are in most of the shop's business."""
    return chance.choice(world.members[3:] if chance.random() < 0.9 else world.members)


def _coupon(world: World, chance: random.Random) -> LotKey | None:
    """A coupon somebody holds: mostly a late one, for the early ones are used up."""
    known = tuple(world.coupons)
    return chance.choice(known[-8:] if chance.random() < 0.7 else known) if known else None


def _terms(shop: Shop, chance: random.Random) -> Terms:
    now = shop.now_ms()
    day = civil_date(now + chance.randint(-1, 4) * DAY_MS, shop.zone) if chance.random() < 0.5 else None
    vests = now + chance.randint(-2, 20) * HOUR_MS if chance.random() < 0.3 else 0
    zone = chance.choice((None, "Asia/Shanghai", "America/New_York"))
    return Terms(expires_on=day, kind=chance.choice((PAID, BONUS)), vests_at=vests, zone=zone)


def _coupon_terms(shop: Shop, chance: random.Random) -> Terms:
    day = civil_date(shop.now_ms() + chance.randint(0, 6) * DAY_MS, shop.zone)
    return Terms(f"C{chance.randrange(100)}", day if chance.random() < 0.7 else None, FACE)


DEEDS: dict[str, Callable[[World, Operation, random.Random], None]] = {
    deed.__name__: deed
    for deed in (
        tap,
        show_code,
        status,
        enrol,
        link,
        change_instrument,
        consent,
        forget,
        come_in,
        pay_in,
        earn,
        issue_coupon,
        redeem,
        spend_points,
        hold,
        release,
        reverse,
        ask_again,
        other_act_same_key,
    )
}
