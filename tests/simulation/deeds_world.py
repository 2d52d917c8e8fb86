"""What befalls lines, gateways, clocks, bridges and HQ."""

import random
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.core.book import LotKey
from gateway.core.promises import COUPON, MEMBER, Credit, Terms
from tests.simulation import deeds_counter, deeds_till, wounds
from tests.simulation.calendar import civil_date
from tests.simulation.plan import COUPONS, DAY_MS, FACE, HQ_ZONE, MEMBERS
from tests.simulation.shop import Shop
from tests.simulation.story import Operation
from tests.simulation.world import ASKERS, World

KILLED, POWER_CUT, OLD_IMAGE = "killed", "power cut", "old image"
CACHE_LOST, CACHE_OLD, NEW_GENERATION = "cache lost", "cache fallen back", "new generation"
JUMPS = {
    "clock +10 d": 10 * DAY_MS,
    "clock -400 d": -400 * DAY_MS,
    "clock in 2000": 946_684_800_000,
    "clock in 2040": 2_208_988_800_000,
    "clock at daylight saving": 0,
}
FAULTS = (KILLED, POWER_CUT, OLD_IMAGE, CACHE_LOST, CACHE_OLD, NEW_GENERATION, *JUMPS)
BUSY_DEEDS = (
    "earn",
    "redeem",
    "redeem",
    "spend_points",
    "hold",
    "release",
    "reverse",
    "tap",
    "enrol",
    "show_code",
    "forget",
)

Deed = Callable[[World, Operation, random.Random], None]


# -- in the air --------------------------------------------------------------------------------------------


def deliver_up(world: World, operation: Operation, chance: random.Random) -> None:
    for letter in world.network.take("hq", chance, 2):
        world.hear_late_call(letter)
    world.serve(_shop(world, chance), chance)


def deliver_down(world: World, operation: Operation, chance: random.Random) -> None:
    device = chance.choice(sorted(world.devices))
    world.hear(world.network.take(device, chance, 4) + world.network.take(ASKERS, chance, 4))


def lose_letters(world: World, operation: Operation, chance: random.Random) -> None:
    world.network.lose(chance, chance.randint(1, 6))


def repeat_letters(world: World, operation: Operation, chance: random.Random) -> None:
    world.network.double(chance, chance.randint(1, 4))
    for device in chance.sample(sorted(world.devices), 2):
        for sent in world.devices[device].send_again(chance, 3):
            world.send_record(device, sent)


def cut_off(world: World, operation: Operation, chance: random.Random) -> None:
    shop = _shop(world, chance)
    other = "hq" if chance.random() < 0.7 else chance.choice(world.plan.devices(shop.name))
    world.network.cut(shop.name, other)


def mend_line(world: World, operation: Operation, chance: random.Random) -> None:
    world.network.mend(chance)


# -- in the store ------------------------------------------------------------------------------------------


def tick(world: World, operation: Operation, chance: random.Random) -> None:
    _shop(world, chance).tick()


def kill(world: World, operation: Operation, chance: random.Random) -> None:
    shop = _shop(world, chance)
    world.faults[KILLED] += 1
    world.restart(shop)


def power_cut(world: World, operation: Operation, chance: random.Random) -> None:
    shop = _shop(world, chance)
    world.faults[POWER_CUT] += 1
    world.restart(shop, power_cut=True)


def kill_before_commit(world: World, operation: Operation, chance: random.Random) -> None:
    _strike(world, operation, chance, wounds.BEFORE_COMMIT)


def kill_after_commit(world: World, operation: Operation, chance: random.Random) -> None:
    _strike(world, operation, chance, wounds.AFTER_COMMIT)


def disk_full(world: World, operation: Operation, chance: random.Random) -> None:
    _strike(world, operation, chance, wounds.DISK_FULL)


def ghost_commit(world: World, operation: Operation, chance: random.Random) -> None:
    _strike(world, operation, chance, wounds.GHOST)


def _strike(world: World, operation: Operation, chance: random.Random, wound: str) -> None:
    """Something is asked for, and the gateway that books it comes to grief."""
    world.wound = wound
    deeds_counter.DEEDS[chance.choice(BUSY_DEEDS)](world, operation, chance)
    world.wound = None


def take_image(world: World, operation: Operation, chance: random.Random) -> None:
    shop = _shop(world, chance)
    shop.take_image()
    if world.bridges[shop.name].cache.generation is not None:
        world.bridges[shop.name].cache.keep()


def restore_image(world: World, operation: Operation, chance: random.Random) -> None:
    shop = _shop(world, chance)
    if not shop.images:
        return
    image = chance.choice(shop.images)
    world.faults[OLD_IMAGE] += image.tip != shop.ledger.tip
    world.restore(shop, image, power_cut=chance.random() < 0.6, cache_too=chance.random() < 0.3)


def jump_clock(world: World, operation: Operation, chance: random.Random) -> None:
    shop = _shop(world, chance)
    name = chance.choices(tuple(JUMPS), (4, 3, 2, 1, 4))[0]
    world.faults[name] += 1
    if name in ("clock +10 d", "clock -400 d"):
        shop.clock_error_ms = JUMPS[name]
    else:
        change_ms = _clocks_change_ms(world.now_ms, shop.zone)
        target_ms = JUMPS[name] or change_ms - chance.randint(0, 5_400_000)
        shop.clock_error_ms = target_ms - world.now_ms


def _clocks_change_ms(now_ms: int, zone: str) -> int:
    """The next moment, by the hour, at which this zone's clocks change; in a year where they never do."""
    offsets = ZoneInfo(zone)
    start = datetime.fromtimestamp(now_ms // 3_600_000 * 3_600, offsets)
    for hour in range(1, 366 * 24):
        then = datetime.fromtimestamp(start.timestamp() + hour * 3_600, offsets)
        if then.utcoffset() != start.utcoffset():
            return int(then.timestamp()) * 1_000
    return now_ms + DAY_MS


def set_clock_right(world: World, operation: Operation, chance: random.Random) -> None:
    _shop(world, chance).clock_error_ms = 0


# -- between store and HQ ----------------------------------------------------------------------------------


def forward(world: World, operation: Operation, chance: random.Random) -> None:
    bridge = world.bridges[_shop(world, chance).name]
    for _ in range(chance.randint(1, 4)):
        if not bridge.forward(chance):
            break


def pull(world: World, operation: Operation, chance: random.Random) -> None:
    shop = _shop(world, chance)
    limit = chance.choice((1, 1, 3, 12, 40))
    for _ in range(chance.randint(1, 3)):
        if not world.bridges[shop.name].pull(chance, limit):
            break
    if chance.random() < 0.7:
        shop.tick()


def ask_rights(world: World, operation: Operation, chance: random.Random) -> None:
    shop = _shop(world, chance)
    bridge = world.bridges[shop.name]
    bridge.forward(chance)
    bridge.ask_rights(chance)


def report(world: World, operation: Operation, chance: random.Random) -> None:
    world.bridges[_shop(world, chance).name].report(chance)


def new_generation(world: World, operation: Operation, chance: random.Random) -> None:
    world.faults[NEW_GENERATION] += 1
    world.hq.generations[_shop(world, chance).name] += 1


def lose_cache(world: World, operation: Operation, chance: random.Random) -> None:
    shop = _shop(world, chance)
    world.faults[CACHE_LOST] += 1
    world.change_cache(shop, world.bridges[shop.name].cache.lose)


def old_cache(world: World, operation: Operation, chance: random.Random) -> None:
    shop = _shop(world, chance)
    world.faults[CACHE_OLD] += 1
    world.change_cache(shop, world.bridges[shop.name].cache.fall_back)


# -- at HQ -------------------------------------------------------------------------------------------------


def hq_issue(world: World, operation: Operation, chance: random.Random) -> None:
    owner = MEMBER + chance.choice(MEMBERS)
    day = civil_date(world.now_ms + chance.randint(0, 6) * DAY_MS, HQ_ZONE)
    unit, amount = "PTS", chance.randint(20, 200)
    terms = Terms(expires_on=day if chance.random() < 0.4 else None)
    if chance.random() < 0.6:
        unit, amount = chance.choice(COUPONS), 1
        terms = Terms(f"H{operation.number}", day if chance.random() < 0.6 else None, FACE, zone=HQ_ZONE)
    key = world.hq.issue(Credit(amount, owner, terms, unit), f"{operation.number:015x}f.0")
    if unit.startswith(COUPON):
        world.coupons[key] = None


def hq_grant(world: World, operation: Operation, chance: random.Random) -> None:
    known = sorted(key for key in world.hq.rights.keys if key.owner.startswith(MEMBER))
    pool = [key for key in known if world.hq.log.part(key).free > 0]
    if pool:
        key, gateway = chance.choice(pool[-10:]), chance.choice(world.plan.gateways)
        world.hq.rights.grant(gateway, key, chance.choice((1, 5, 30, 1_000)), world.now_ms)
        world.hq.tell()


def hq_recall(world: World, operation: Operation, chance: random.Random) -> None:
    gateway = chance.choice(world.plan.gateways)
    held = sorted(key for key in world.hq.rights.keys if _is_lent(world, gateway, key))
    if held:
        world.hq.rights.recall(gateway, chance.choice(held), chance.choice((1, 10, 1_000)), world.now_ms)
        world.hq.tell()


def _is_lent(world: World, gateway: str, key: LotKey) -> bool:
    return key.owner.startswith(MEMBER) and world.hq.rights.held_by(gateway, key) > 0


def hq_merge(world: World, operation: Operation, chance: random.Random) -> None:
    known = sorted(member for member, state in world.hq.members.items() if state == "active")
    if len(known) > 4:
        member = chance.choice(known[3:])  # the first three stay busy
        world.hq.merge(member, chance.choice(known))


def hq_write_off(world: World, operation: Operation, chance: random.Random) -> None:
    """A person gives a gateway up as lost; it may turn up again."""
    gateway = chance.choice(world.plan.gateways)
    if chance.random() < 0.5:
        return  # nobody gives a store up that often
    world.hq.rights.raise_epoch(gateway, world.hq.rights.epochs[gateway], given_up=True)
    world.hq.tell()


def hq_expire(world: World, operation: Operation, chance: random.Random) -> None:
    world.hq.rights.expire_pool(civil_date(world.now_ms, HQ_ZONE))
    world.hq.tell()


# -- time --------------------------------------------------------------------------------------------------


def pass_minutes(world: World, operation: Operation, chance: random.Random) -> None:
    world.now_ms += chance.randint(1, 240) * 60_000


def pass_days(world: World, operation: Operation, chance: random.Random) -> None:
    world.now_ms += chance.randint(1, 3) * DAY_MS


def _shop(world: World, chance: random.Random) -> Shop:
    return world.shops[chance.choice(world.plan.gateways)]


DEEDS: dict[str, Deed] = {
    **deeds_counter.DEEDS,
    **deeds_till.DEEDS,
    **{
        deed.__name__: deed
        for deed in (
            deliver_up,
            deliver_down,
            lose_letters,
            repeat_letters,
            cut_off,
            mend_line,
            tick,
            kill,
            power_cut,
            kill_before_commit,
            kill_after_commit,
            disk_full,
            ghost_commit,
            take_image,
            restore_image,
            jump_clock,
            set_clock_right,
            forward,
            pull,
            ask_rights,
            report,
            new_generation,
            lose_cache,
            old_cache,
            hq_issue,
            hq_grant,
            hq_recall,
            hq_merge,
            hq_write_off,
            hq_expire,
            pass_minutes,
            pass_days,
        )
    },
}
