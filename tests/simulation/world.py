"""One world in one process: gateways, devices, askers, lines and HQ, moved by operations.

Nothing here looks at a real clock, draws a random byte of its own, or waits: a story gives the same world
whenever it is played.
"""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from firmware.protocol import messages
from firmware.protocol.messages import Witness
from gateway.acting import KEY_REUSED, LEDGER_REFUSES, UNDECIDABLE, Refused, Request
from gateway.core.book import LotKey
from gateway.core.event import NO_BUNDLE, NO_BUNDLE_HASH, Event, canonical
from gateway.core.model import DONE, Bundle
from gateway.core.orders.model import OrderRecord, Sell
from gateway.core.promises import COUPON, MEMBER, SUSPENSE, Enrol, Fence, Hold, Post
from gateway.ports import Inbound
from tests.simulation.asker import Ask
from tests.simulation.bridge import Bridge, Call, House
from tests.simulation.cache_file import CacheFile
from tests.simulation.calendar import civil_date
from tests.simulation.chain import Chain
from tests.simulation.device import Device, Sent
from tests.simulation.hq import Hq
from tests.simulation.hq_tree import Gap
from tests.simulation.judge_once import OnceJudge
from tests.simulation.network import Letter, Line, Network
from tests.simulation.plan import HQ_ZONE, MEMBERS, START_MS, Plan
from tests.simulation.shop import Image, Shop, Silence
from tests.simulation.truth import Truth
from tests.simulation.verdict import Violation

ASKS_MAX = 80  # remembered to be put again
BATCH_MAX = 6
ASKERS = "askers"


class Booked(NamedTuple):
    """A verdict on its way to its asker."""

    number: int
    seq: int
    body: bytes
    outcome: str
    life: int


class Receipt(NamedTuple):
    """A `booked` on its way to its device; `life` counts the old images its gateway came from."""

    payload: bytes
    life: int


class World:
    """Everything of one seed."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.faults: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.now_ms = START_MS
        self.network = Network(self.faults)
        self.truth = Truth()
        self.hq = Hq(plan.gateways, HQ_ZONE, self._hq_time, bundle_table(plan))
        self.shops = {name: self._shop(name, folder) for name in plan.gateways}
        self.chains = {name: self._chain(name) for name in plan.gateways}
        self.bridges = {name: self._bridge(shop) for name, shop in self.shops.items()}
        self.devices = {
            device: Device(device, index.to_bytes(8, "big"))
            for name in plan.gateways
            for index, device in enumerate(plan.devices(name), 1)
        }
        self.homes = {device: name for name in plan.gateways for device in plan.devices(name)}
        self.asks: dict[int, Ask] = {}
        self.members = list(MEMBERS)
        self.cards = [bytes((4, 0, 0, 0, 0, 0, number)) for number in range(1, 13)]
        self.codes: list[str] = []  # rotating codes, the newest last
        self.coupons: dict[LotKey, None] = {}
        self.holds: dict[tuple[str, str], None] = {}
        self.returnables: dict[tuple[str, str], int] = {}
        self.orders: dict[tuple[str, str], OrderRecord] = {}
        self.unwarned: dict[str, bool] = dict.fromkeys(plan.gateways, False)
        self.warned: dict[str, bool] = dict.fromkeys(plan.gateways, False)
        self.lost_epochs: Counter[str] = Counter()  # the highest epoch that a lost disk had come to
        self.lives: Counter[str] = Counter()
        self.contested: set[str | None] = set()  # keys under which another act was sent as well
        self.wound: str | None = None

    # -- building ------------------------------------------------------------------------------------------

    def _shop(self, name: str, folder: Path) -> Shop:
        return Shop(name, self.plan.zones[name], folder / name, lambda: self.now_ms, self.faults)

    def _chain(self, name: str, whole: bool = True) -> Chain:
        once = OnceJudge(
            lambda lot: self.hq.rights.lot_given_anew(lot), lambda named: named in self.truth.reopened
        )
        return Chain(name, bundle_table(self.plan).__getitem__, once, whole)

    def _bridge(self, shop: Shop) -> Bridge:
        house = House(shop.name, shop.file, shop.announced, shop.now_ms, shop.hear_of_bridge)
        cache = CacheFile(shop.cache_folder, self.plan.bundle_body)
        cache.find()
        return Bridge(house, cache, self.hq, self.network, self.faults)

    def _hq_time(self) -> tuple[int, str]:
        return self.now_ms, civil_date(self.now_ms, HQ_ZONE)

    def close(self) -> None:
        """Let go of all files."""
        for name, shop in self.shops.items():
            self.bridges[name].cache.close()
            shop.die()

    # -- what people and devices do ------------------------------------------------------------------------

    def ask(self, number: int, shop: Shop, request: Request) -> None:
        """Somebody wants something, under a key of this operation's number."""
        self.asks[number] = Ask(shop.name, request)
        while len(self.asks) > ASKS_MAX:
            self.asks.pop(next(iter(self.asks)))
        self.network.send(Line(ASKERS, shop.name), (number, request))

    def send_record(self, device: str, sent: Sent) -> None:
        """A device sends a record to its store."""
        topic = f"sb/v1/{device}/up/{sent.kind}"
        self.network.send(Line(device, self.homes[device]), Inbound(topic, sent.payload))

    def serve(self, shop: Shop, chance: random.Random, count: int = BATCH_MAX) -> None:
        """Some of what waits for a gateway arrives there, as one batch of messages and one of acts."""
        letters = self.network.take(shop.name, chance, count)
        sent = [letter.content for letter in letters if letter.line.source != ASKERS]
        asked = [letter.content for letter in letters if letter.line.source == ASKERS]
        if sent:
            self._serve_devices(shop, sent)
        if asked:
            self._serve_askers(shop, asked)

    def _serve_devices(self, shop: Shop, sent: list[Inbound]) -> None:
        ahead = self._is_ahead(shop, sent)
        try:
            answers = shop.serve(sent, self._take_wound())
        except Silence:
            return
        if ahead:
            self.warned[shop.name] = True
        for answer in answers:
            if answer.topic.endswith("/booked"):
                receipt = Receipt(answer.payload, self.lives[shop.name])
                self.network.send(Line(shop.name, answer.topic.split("/")[2]), receipt)

    def _is_ahead(self, shop: Shop, sent: list[Inbound]) -> bool:
        """Whether a message carries a receipt that this ledger does not hold."""
        witnesses = [messages.decode(topic.split("/")[4], payload).witness for topic, payload in sent]
        return any(witness > Witness(shop.ledger.epoch, shop.ledger.seq) for witness in witnesses)

    def _serve_askers(self, shop: Shop, asked: list[tuple[int, Request]]) -> None:
        try:
            verdicts = shop.act([request for _, request in asked], self._take_wound())
        except Silence:
            return
        for (number, request), verdict in zip(asked, verdicts, strict=True):
            if isinstance(verdict, Refused):
                self._hear_refusal(number, request, verdict)
            else:
                outcome = verdict.event.outcome.name
                body, life = canonical(verdict.event), self.lives[shop.name]
                told = Booked(number, verdict.seq, body, outcome, life)
                self.network.send(Line(shop.name, ASKERS), told)

    def _hear_refusal(self, number: int, request: Request, refused: Refused) -> None:
        self.outcomes[refused.code] += 1
        ask = self.asks.get(number)
        honest = ask is not None and request.key not in self.contested and not self._names_merged(request)
        if refused.code == UNDECIDABLE or (refused.code == KEY_REUSED and honest):
            raise Violation(5, f"{request.key} {request.act}: {refused.code}")
        if refused.code not in (LEDGER_REFUSES, KEY_REUSED):
            raise Violation(0, f"{request.key} {request.act}: {refused.code}")

    def _names_merged(self, request: Request) -> bool:
        """Whether a gateway that lost its cache may not know that this act's member is another one by now."""
        owners = [getattr(part, "owner", "") for part in getattr(request.act, "parts", (request.act,))]
        members = [owner.removeprefix(MEMBER) for owner in owners] + [getattr(request.act, "member", "")]
        if isinstance(request.act, Sell):
            members.append(request.act.basket.member or "")
        return any(member in self.hq.aliases for member in members)

    def hear(self, letters: list[Letter]) -> None:
        """Answers arrive."""
        for letter in letters:
            if isinstance(letter.content, Booked):
                self._hear_verdict(letter.content)
            else:
                self._hear_booked(letter.line.target, letter.content)

    def _hear_verdict(self, told: Booked) -> None:
        self.outcomes[told.outcome] += 1
        ask = self.asks.get(told.number)
        if ask is not None and told.life != self.lives[ask.gateway]:
            return  # a promise of a disk that is lost: whoever asked asks again
        if ask is not None and not ask.hear(told.seq, told.body, told.outcome):
            raise Violation(5, f"ask {told.number} was told two different things")

    def _hear_booked(self, name: str, receipt: Receipt) -> None:
        booked = messages.decode("booked", receipt.payload)
        device, key = self.devices[name], (name, booked.boot, booked.nonce, booked.number)
        before = device.receipts.get(key)
        device.hear(booked)
        if receipt.life != self.lives[self.homes[name]]:
            device.receipts.pop(key, None)
        elif before is not None and before[1] != booked.seq:
            raise Violation(5, f"{name}: record {booked.number} booked as {before} and as {booked.seq}")

    def hear_late_call(self, letter: Letter) -> None:
        """A call to HQ arrives that nobody waits for any more."""
        call: Call = letter.content
        try:
            getattr(self.hq, call.method)(*call.arguments)
        except Gap:
            return

    def _take_wound(self) -> str | None:
        wound, self.wound = self.wound, None
        return wound

    # -- what befalls a gateway ------------------------------------------------------------------------------

    def restart(self, shop: Shop, power_cut: bool = False) -> None:
        """The gateway's machine starts again, its bridge with it."""
        shop.restart(power_cut)
        self._renew_bridge(shop.name)

    def change_cache(self, shop: Shop, change: Callable[[], object]) -> None:
        """Something happens to the cache while nobody reads it."""
        shop.die()
        change()
        shop.open()
        self._renew_bridge(shop.name)

    def restore(self, shop: Shop, image: Image, power_cut: bool, cache_too: bool) -> None:
        """A gateway starts on an old image: what was told of what it lost is no promise any more."""
        name = shop.name
        self._watch(shop)
        before = self.chains[name]
        if cache_too:
            self.bridges[name].cache.fall_back()
        shop.restore(image, power_cut)
        self._renew_bridge(name)
        self.warned[name] = shop.head_before > (image.epoch, image.seq)
        if image.tip != before.tip:
            self.lives[name] += 1
            self.lost_epochs[name] = max(self.lost_epochs[name], before.state.epoch)
            self.unwarned[name] = True
            self.chains[name] = self._chain(name, whole=False)
            self._watch(shop)
            self._forget_lost(name, self.chains[name])

    def _watch(self, shop: Shop) -> None:
        """See what a gateway has committed."""
        for hash_, event in self.chains[shop.name].read(shop.file()):
            self.note(shop.name, hash_, event)

    def _forget_lost(self, name: str, chain: Chain) -> None:
        """Whoever was told of an event that is not in this log was told by a disk that is gone."""
        for ask in self.asks.values():
            if ask.gateway == name and ask.told is not None and not chain.holds(*ask.told):
                ask.forget()
        for device in self.plan.devices(name):
            told = self.devices[device].receipts
            self.devices[device].receipts = {key: at for key, at in told.items() if chain.answers(key, at[1])}

    def _renew_bridge(self, name: str) -> None:
        self.bridges[name].cache.close()
        self.bridges[name] = self._bridge(self.shops[name])

    def must_freeze(self, name: str) -> bool:
        """Whether a gateway came from an old image, has been told, and has not begun a new epoch since."""
        return self.unwarned[name] and self.warned[name]

    # -- what is known of what happened --------------------------------------------------------------------

    def note(self, name: str, hash_: str, event: Event) -> None:
        """An event was committed."""
        if hash_ in self.truth.committed:
            return
        if (
            isinstance(event.act, Fence)
            and event.outcome.name == DONE
            and event.act.epoch > self.lost_epochs[name]
        ):
            self.unwarned[name] = self.warned[name] = False
        self.truth.add(name, hash_, event, self.unwarned[name])
        self.outcomes[f"{event.type} {event.outcome.reason or event.outcome.name}"] += 1
        if any(each.debit == SUSPENSE for each in event.transfers):
            self.outcomes[f"{event.type} at risk"] += 1
        if event.outcome.name == DONE:
            self._remember(name, event)

    def _remember(self, name: str, event: Event) -> None:
        act: Any = event.act
        if isinstance(act, Hold):
            self.holds[name, event.random] = None
        elif isinstance(act, Post):
            if act.returnable:
                self.returnables[name, event.random] = act.returnable
        elif isinstance(event.settled, OrderRecord):
            self.orders[name, event.random] = event.settled
        elif isinstance(act, Enrol) and act.member not in self.members:
            self.members.append(act.member)
        for new in event.lots or ():
            if new.nature.unit.startswith(COUPON) and new.nature.owner.startswith(MEMBER):
                self.coupons[LotKey(new.nature.owner, new.nature.unit, new.lot)] = None


def bundle_table(plan: Plan) -> dict[str, Bundle]:
    """Every bundle an event may name."""
    return {plan.bundle_hash: plan.bundle, NO_BUNDLE_HASH: NO_BUNDLE}
