"""A story's end: everything is mended, all that waits is delivered, and what must hold then is checked.

13: HQ has each event of every gateway's log, once, in one line. 8: every tree's end has the digest of its
gateway, and the lots of all stores add up to what HQ says of them. 6: the same events in another order of
arrival give the same sums, and the same ones are believed where two gave the same thing without a right.
14: suspense is within the limits of risk, and every conflict is known at HQ.
"""

import random
from collections import Counter
from operator import gt

from gateway.core.book import LotKey, Part, add
from gateway.core.event import Event
from gateway.core.promises import MEMBER, SUSPENSE, UNLIMITED, Reverse
from gateway.storage.verify import verify_chain
from tests.simulation.hq_rights import claims
from tests.simulation.hq_tree import part_moves
from tests.simulation.judge import Judge
from tests.simulation.judge_risk import money, unit_in
from tests.simulation.network import Line
from tests.simulation.verdict import Violation
from tests.simulation.world import ASKERS, World

ROUNDS_MAX = 60


def mend(world: World, judge: Judge, chance: random.Random) -> None:
    """No more faults: until nothing moves any more."""
    world.network.mend()
    for shop in world.shops.values():
        world.restart(shop)
    judge.look()
    for _ in range(ROUNDS_MAX):
        before = _position(world)
        _sync(world)
        judge.look()
        _deliver(world, chance)
        judge.look()
        if _position(world) == before and not world.network.waiting("hq"):
            return
    raise Violation(13, f"not quiet after {ROUNDS_MAX} rounds without a fault")


def _position(world: World) -> list[object]:
    here: list[object] = [(shop.ledger.seq, shop.ledger.epoch) for shop in world.shops.values()]
    here += [bridge.cache.cursor for bridge in world.bridges.values()]
    kept = [len(device.kept) for device in world.devices.values()]
    return [*here, *kept, len(world.hq.log.events), len(world.hq.arrived)]


def _deliver(world: World, chance: random.Random) -> None:
    """Every letter arrives, every record and every unanswered ask is sent once more."""
    for name, device in world.devices.items():
        for sent in device.send_again(chance, 100):
            world.send_record(name, sent)
    for number, ask in world.asks.items():
        if not ask.done:
            world.network.send(Line(ASKERS, ask.gateway), (number, ask.request))
    for letter in world.network.take("hq", chance, 1_000):
        world.hear_late_call(letter)
    for shop in world.shops.values():
        while world.network.waiting(shop.name):
            world.serve(shop, chance)
    for target in (ASKERS, *world.devices):
        world.hear(world.network.take(target, chance, 1_000))


def _sync(world: World) -> None:
    for name, bridge in world.bridges.items():
        while bridge.forward(None):
            pass
        bridge.ask_rights(None)
        bridge.report(None)
        while bridge.pull(None):
            pass
        world.shops[name].tick()


def judge_end(world: World) -> None:
    """What must hold when all is delivered."""
    for name, chain in world.chains.items():
        _judge_cloud(world, name, chain.hashes)
        verdict = verify_chain(world.shops[name].file())
        if verdict.bad_seq is not None:
            raise Violation(13, f"{name} {verdict.bad_seq}: {verdict.reason}")
    _judge_store_sums(world)
    _judge_confluence(world)
    _judge_suspense(world)


def _judge_cloud(world: World, name: str, hashes: list[str]) -> None:
    tree = world.hq.trees[name]
    here = [node.hash for node in tree.chain(hashes[-1])] if hashes and hashes[-1] in tree.nodes else []
    if here != hashes:
        raise Violation(13, f"{name}: HQ has {len(here)} of {len(hashes)} events")
    same = tree.tip[1] == world.chains[name].tip
    if same and tree.state_at(tree.tip[1]).digest() != world.chains[name].state.digest():
        raise Violation(8, f"{name}: HQ's digest at the end is another")
    arrived = Counter(hash_ for gateway, hash_ in world.hq.arrived if gateway == name)
    if any(count > 1 for count in arrived.values()) or len(arrived) != len(tree.nodes):
        raise Violation(13, f"{name}: an event arrived twice")
    for (gateway, key, _), said in world.hq.reported.items():
        done = world.truth.by_gateway[gateway, key]
        if gateway == name and any(map(gt, said[1:4], done[1:4])):
            raise Violation(13, f"{name} {key}: reported {said}, all its events did {done}")


def _judge_store_sums(world: World) -> None:
    """What a store holds of a lot, with what is under way to it, is what HQ says that it holds."""
    rights = world.hq.rights
    for key in rights.keys:
        if not key.owner.startswith(MEMBER):
            continue
        for name, chain in world.chains.items():
            state = chain.state
            if state.epoch != rights.epochs[name]:
                raise Violation(4, f"{name}: epoch {state.epoch} at the end, HQ has {rights.epochs[name]}")
            place = (name, key, state.epoch)
            part = state.part(key)
            untaken = rights.granted.get(place, 0) - part.granted
            if chain.whole and rights.held_by(name, key) != part.left + untaken:
                held = rights.held_by(name, key)
                raise Violation(8, f"{name} {key}: holds {part.left}, {untaken} under way, HQ says {held}")


def _judge_confluence(world: World) -> None:
    """All events once more, each log's order kept, the logs mixed anew."""
    trees = world.hq.trees
    logs = {name: [node.event for node in tree.nodes.values()] for name, tree in trees.items()}
    logs["hq"] = list(world.hq.log.events)
    chance = random.Random(world.plan.seed)
    first, second = _fold(logs, chance), _fold(logs, chance)
    if first != second:
        raise Violation(6, "another order of arrival gives other sums")
    believed = [claims(_mixed(logs, chance)) for _ in range(2)]
    if believed[0] != believed[1]:
        raise Violation(6, "another order of arrival believes others")


def _mixed(logs: dict[str, list[Event]], chance: random.Random) -> list[tuple[str, Event]]:
    rest = {name: list(reversed(events)) for name, events in logs.items() if events}
    found = []
    while rest:
        name = chance.choice(sorted(rest))
        found.append((name, rest[name].pop()))
        if not rest[name]:
            del rest[name]
    return found


def _fold(logs: dict[str, list[Event]], chance: random.Random) -> dict[tuple[str, LotKey], Part]:
    sums: dict[tuple[str, LotKey], Part] = {}
    for name, event in _mixed(logs, chance):
        for key, change in part_moves(event).items():
            sums[name, key] = add(sums.get((name, key), Part()), change)
    return sums


def _judge_suspense(world: World) -> None:
    bundle, rights = world.plan.bundle, world.hq.rights
    risked = sum(chain.risk.total() for chain in world.chains.values())
    allowed = sum(chain.risk.allowed(bundle) for chain in world.chains.values())
    if risked > allowed:
        raise Violation(14, f"{risked} at risk, the limits allow {allowed}")
    missing = 0
    for key in rights.keys:
        if key.owner == SUSPENSE and (short := -rights.in_suspense(key)) > 0:
            missing += money(unit_in(bundle, key.unit), rights.natures[key.lot], short)
    clawed = any(
        isinstance(event.act, Reverse) and event.act.earned == UNLIMITED
        for chain in world.chains.values()
        for event in chain.events
    )
    if missing > risked and not clawed and all(chain.whole for chain in world.chains.values()):
        raise Violation(14, f"{missing} missing in suspense, {risked} was risked")
