"""What HQ does about rights: it grants out of the pool, asks back, takes returns, and settles ended epochs.

All numbers are sums over sets of events, so nothing here depends on the order in which gateways were heard:
`done` is what the events of a gateway's whole tree (all branches) did to a lot in an epoch, `granted` and
`returned` are what HQ booked for it. The rest of an epoch is settled when its gateway's fence arrives (all
that it booked before is then known), or when a person gives the gateway up.
"""

from collections import defaultdict
from collections.abc import Iterable

from gateway.core.book import NOTHING, LotKey, Part, add
from gateway.core.event import Event
from gateway.core.model import LOT_EXPIRED, RIGHT_GRANTED, RIGHT_RETURNED, RIGHT_WRITTEN_OFF, TRANSFER_POSTED
from gateway.core.promises import EXPIRED, ISSUER, MEMBER, RIGHT, SUSPENSE, Credit, GiveBack, Nature, Transfer
from tests.simulation.hq_log import HqLog, lot_transfer
from tests.simulation.hq_tree import Node, part_moves

LEASE_MS = 86_400_000

Place = tuple[str, LotKey, int]  # a gateway's part of a lot in one epoch


class Rights:
    """The books of all rights; `changed` collects lots whose row in the feed is no longer true."""

    def __init__(self, log: HqLog, gateways: Iterable[str]) -> None:
        self.log = log
        self.natures: dict[str, Nature] = {}
        self.epochs = dict.fromkeys(gateways, 1)
        self.done: defaultdict[Place, Part] = defaultdict(lambda: NOTHING)
        self.granted: defaultdict[Place, int] = defaultdict(int)
        self.returned: defaultdict[Place, int] = defaultdict(int)
        self.recalled: defaultdict[Place, int] = defaultdict(int)
        self.lease_end: defaultdict[Place, int] = defaultdict(int)
        self.given_anew: defaultdict[tuple[str, LotKey], int] = defaultdict(int)
        self.charged: defaultdict[tuple[str, LotKey], int] = defaultdict(int)
        self.settled = dict.fromkeys(self.epochs, 1)  # epochs below this one
        self.changed: dict[LotKey, None] = {}
        self.keys: dict[LotKey, None] = {}

    # -- what gateways did ---------------------------------------------------------------------------------

    def learn(self, gateway: str, node: Node) -> None:
        """Count a new event of a gateway's tree."""
        event = node.event
        for new in event.lots or ():
            self.natures.setdefault(new.lot, new.nature)
        for key, change in part_moves(event).items():
            self.done[gateway, key, node.epoch] = add(self.done[gateway, key, node.epoch], change)
            self._touch(key)
        if isinstance(event.act, GiveBack):
            self._take_back(gateway, node)

    def _take_back(self, gateway: str, node: Node) -> None:
        if node.epoch < self.settled[gateway]:
            return  # its member got all of it anew when that epoch was settled
        transfers: list[Transfer] = []
        for transfer in node.event.transfers:
            key = LotKey(transfer.debit, transfer.unit, str(transfer.debit_lot))
            transfers += self.log.take_back(gateway, key, transfer.amount)
            self.returned[gateway, key, node.epoch] += transfer.amount
        if transfers:
            self.log.book(RIGHT_RETURNED, transfers, self.natures)

    # -- what HQ does --------------------------------------------------------------------------------------

    def issue(self, act: Credit, lot: str) -> LotKey:
        """A new lot in the pool."""
        key = LotKey(act.owner, act.unit, lot)
        self.natures[lot] = Nature(act.owner, act.terms, act.unit)
        made = Transfer(act.amount, act.owner, ISSUER, act.unit, lot)
        self.log.book(TRANSFER_POSTED, [made], self.natures)
        self._touch(key)
        return key

    def grant(self, gateway: str, key: LotKey, amount: int, now_ms: int) -> int:
        """Grant up to so much of the pool; how much it was."""
        granted = min(amount, self.log.part(key).free)
        if granted <= 0:
            return 0
        self.log.book(RIGHT_GRANTED, [lot_transfer(key, key.owner, RIGHT + gateway, granted)], self.natures)
        place = (gateway, key, self.epochs[gateway])
        self.granted[place] += granted
        self.lease_end[place] = now_ms + LEASE_MS
        self._touch(key)
        return granted

    def recall(self, gateway: str, key: LotKey, amount: int, now_ms: int) -> None:
        """Ask back up to so much of what a gateway holds of a lot, beyond what was asked back before."""
        place = (gateway, key, self.epochs[gateway])
        wanted = min(amount, self.held_by(gateway, key) - self._still_asked(place))
        if wanted > 0:
            self.recalled[place] = max(self.recalled[place], self.returned[place]) + wanted
            # What was granted and not taken can only come back by way of the gateway's log.
            self.lease_end[place] = max(self.lease_end[place], now_ms + LEASE_MS)
            self._touch(key)

    def raise_epoch(self, gateway: str, epoch: int, given_up: bool) -> bool:
        """End this epoch of a gateway's rights, once; False if it was ended before."""
        if self.epochs[gateway] != epoch:
            return False
        self.epochs[gateway] = epoch + 1
        for key in self._keys_of(gateway):
            self._touch(key)
        if given_up:
            self.settle(gateway, epoch + 1)
        return True

    def settle(self, gateway: str, epoch: int) -> None:
        """Give members anew what is left of a gateway's rights before this epoch."""
        self.settled[gateway] = max(self.settled[gateway], epoch)
        transfers: list[Transfer] = []
        for key in self._keys_of(gateway):
            given, lost = self._due(gateway, key, epoch)
            lost = min(lost, self.log.part(LotKey(RIGHT + gateway, key.unit, key.lot)).left)
            transfers += self.log.write_off(gateway, key, given, lost)
            self.given_anew[gateway, key] += given
            self.charged[gateway, key] += lost
            self._touch(key)
        if transfers:
            self.log.book(RIGHT_WRITTEN_OFF, transfers, self.natures)

    def expire_pool(self, date: str) -> None:
        """What is left in the pool of lots past their last day is over."""
        gone = [
            Transfer(part.free, EXPIRED, key.owner, key.unit, debit_lot=key.lot)
            for (key, _), part in self.log.state.parts.items()
            if key.owner.startswith(MEMBER) and part.free > 0 and (self.last_day(key) or date) < date
        ]
        if gone:
            self.log.book(LOT_EXPIRED, gone, self.natures)
            for each in gone:
                self._touch(LotKey(each.debit, each.unit, str(each.debit_lot)))

    def cover(self, now_ms: int) -> None:
        """Pay what was given without a right out of the pool, as far as the pool goes; ask the rest back."""
        for key in [key for key in self.keys if key.owner == SUSPENSE]:
            missing, nature = -self.in_suspense(key), self.natures[key.lot]
            owned = LotKey(nature.owner, key.unit, key.lot)
            paid = min(missing, self.log.part(owned).free) if missing > 0 else missing
            if paid:
                debit, credit = (nature.owner, SUSPENSE) if paid > 0 else (SUSPENSE, nature.owner)
                self.log.book(TRANSFER_POSTED, [lot_transfer(owned, debit, credit, abs(paid))], self.natures)
                self._touch(owned)
            if missing > paid:
                self.ask_back(owned, missing - paid, "", now_ms)

    def ask_back(self, key: LotKey, amount: int, besides: str, now_ms: int) -> None:
        """Recall so much of a lot from whoever holds it, but for one gateway."""
        for gateway in self.epochs:
            if gateway != besides and amount > 0:
                asked = min(amount, max(0, self.held_by(gateway, key)))
                self.recall(gateway, key, asked, now_ms)
                amount -= asked

    # -- what HQ knows -------------------------------------------------------------------------------------

    def total(self, key: LotKey) -> int:
        """What all logs hold of a lot together, less what was given of it without a right."""
        held = sum(self.held_by(gateway, key) for gateway in self.epochs)
        return self.log.part(key).left + held + self.in_suspense(LotKey(SUSPENSE, key.unit, key.lot))

    def held_by(self, gateway: str, key: LotKey) -> int:
        """What a gateway holds in its present epoch, or has been granted and will find."""
        place = (gateway, key, self.epochs[gateway])
        done = self.done.get(place, NOTHING)
        return self.granted.get(place, 0) - self.returned.get(place, 0) + done.minted - done.spent

    def in_suspense(self, key: LotKey) -> int:
        """What all logs together have in suspense of a lot: negative where it was given without a right."""
        return self.log.part(key).left + sum(
            part.left for (_, found, _), part in self.done.items() if found == key
        )

    def last_day(self, key: LotKey) -> str | None:
        """The last civil day of a lot; None where it does not expire."""
        return self.natures[key.lot].terms.expires_on

    def lot_given_anew(self, lot: str) -> int:
        """What of a lot was given to its owner once more, having been written off somewhere."""
        return sum(given for (_, key), given in self.given_anew.items() if key.lot == lot)

    def _still_asked(self, place: Place) -> int:
        return max(0, self.recalled.get(place, 0) - self.returned.get(place, 0))

    def _due(self, gateway: str, key: LotKey, epoch: int) -> tuple[int, int]:
        """What the member is to get anew of all epochs before this one, and what of the right is lost."""
        due = -self.given_anew[gateway, key]
        right = -self.charged[gateway, key]
        for before in range(1, epoch):
            place = (gateway, key, before)
            done, granted = self.done.get(place, NOTHING), self.granted.get(place, 0)
            due += granted + done.minted - done.spent - self.returned.get(place, 0)
            right += granted - self.returned.get(place, 0)
        return max(0, due), max(0, right)

    def _keys_of(self, gateway: str) -> list[LotKey]:
        places = [*self.done, *self.granted]
        return list(dict.fromkeys(key for of, key, _ in places if of == gateway and is_fed(key)))

    def _touch(self, key: LotKey) -> None:
        self.keys[key] = None
        if is_fed(key):
            self.changed[key] = None
        elif key.owner == SUSPENSE:
            self.changed[LotKey(self.natures[key.lot].owner, key.unit, key.lot)] = None


def is_fed(key: LotKey) -> bool:
    """Whether other gateways hear of this lot: a member's, and no mere allowance or returnable count."""
    return key.owner.startswith(MEMBER) and not key.unit.startswith(("USE:", "RETURN:"))


def claims(events: Iterable[tuple[str, Event]]) -> list[tuple[int, str, int, LotKey, int]]:
    """Everything given without a right, in the order in which it is believed: time, gateway, seq."""
    found = [
        (
            event.at,
            gateway,
            event.seq,
            LotKey(SUSPENSE, transfer.unit, str(transfer.debit_lot)),
            transfer.amount,
        )
        for gateway, event in events
        for transfer in event.transfers
        if transfer.debit == SUSPENSE and not transfer.phase
    ]
    return sorted(found)
