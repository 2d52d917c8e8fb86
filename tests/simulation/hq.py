"""The model HQ: a small reference in plain Python of what headquarters does, over the same core.

It takes events in order behind the position that a gateway asked for, never refuses a fact, keeps members,
instruments and aliases, grants and recalls rights, ends an epoch when a log turns out to be an old image, and
tells every gateway by one feed of rows what it may know. It answers at once or not at all: what goes wrong on
the way is the network's business.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from gateway.core.book import LotKey, Part
from gateway.core.event import GENESIS, Event, Sealed, canonical
from gateway.core.model import DONE, MEMBER_MERGED, Bundle, Instrument
from gateway.core.people import ERASED, forgotten
from gateway.core.promises import MEMBER, Change, Credit, Enrol, Fence, Forget, Link, Merge
from tests.simulation.hq_log import HqLog
from tests.simulation.hq_rights import Rights, is_fed
from tests.simulation.hq_tree import Node, Tree

PAGE_ROWS_MAX = 40

LOTS, MEMBERS, INSTRUMENTS, ALIASES = "lots", "members", "instruments", "aliases"


class Row(NamedTuple):
    """One row of a gateway's cache; `values` as its table in gateway/storage/layout.py has them."""

    table: str
    values: tuple[object, ...]


class Page(NamedTuple):
    """A page of the feed, with what HQ knew when it made it."""

    generation: str
    cursor: int
    as_of: int
    rights_epoch: int
    rows: list[Row]
    more: bool


class Want(NamedTuple):
    """What a gateway asks the right to; lot None for any."""

    owner: str
    unit: str
    lot: str | None
    amount: int


class Hq:
    """Headquarters of one world."""

    def __init__(
        self,
        gateways: Sequence[str],
        zone: str,
        now: Callable[[], tuple[int, str]],
        bundles: dict[str, Bundle],
    ) -> None:
        self._now = now
        self.log = HqLog(now, zone)
        self.rights = Rights(self.log, gateways)
        self.trees = {name: Tree(name, bundles.__getitem__) for name in gateways}
        self.arrived: list[tuple[str, str]] = []
        self.members: dict[str, str] = {}
        self.instruments: dict[str, Instrument] = {}
        self.aliases: dict[str, str] = {}
        self.exceptions: set[tuple[str, str]] = set()
        self.generations = dict.fromkeys(gateways, 1)
        self.reported: dict[tuple[str, LotKey, int], Part] = {}
        self._feed: list[tuple[str, object]] = []
        self._asked: set[str] = set()
        self._marks: dict[str, list[tuple[int, int]]] = {name: [(0, 0)] for name in gateways}

    # -- up ------------------------------------------------------------------------------------------------

    def position(self, gateway: str) -> tuple[int, str]:
        """The event last stored of a gateway: (seq, hash)."""
        return self.trees[gateway].tip

    def hashes_at(self, gateway: str, seq: int) -> list[str]:
        """Every event stored at this seq."""
        return [GENESIS] if seq == 0 else self.trees[gateway].hashes_at(seq)

    def take(self, gateway: str, links: Iterable[Sealed]) -> tuple[int, str]:
        """Store what is new of a batch; the position behind it. Raises Gap."""
        tree = self.trees[gateway]
        for link in links:
            forks = tree.forks
            node = tree.take(link)
            if node is not None:
                self.arrived.append((gateway, node.hash))
                self._learn(gateway, node, tree.forks > forks)
        self.rights.cover(self._now()[0])
        self._publish()
        self._marks[gateway].append((len(self._feed), tree.tip[0]))
        return tree.tip

    def is_behind(self, gateway: str) -> None:
        """A gateway's ledger holds less than HQ has of it: it is an old image."""
        self._end_epoch(gateway, "ledger_behind")
        self._publish()

    def _end_epoch(self, gateway: str, why: str) -> None:
        """A log went back: whatever it reached before, it may come to again, so that is over.

        Also where the image is older than the epoch: it would fence itself into the one that was lost.
        """
        epoch = self.rights.epochs[gateway]
        if self.trees[gateway].epoch_reached >= epoch:
            self.rights.raise_epoch(gateway, epoch, given_up=False)
            self.exceptions.add((why, f"{gateway} {epoch}"))

    def take_report(self, gateway: str, parts: dict[tuple[LotKey, int], Part]) -> None:
        """What a gateway says of its parts; the highest of each number ever said."""
        for (key, epoch), part in parts.items():
            before = self.reported.get((gateway, key, epoch), Part())
            self.reported[gateway, key, epoch] = Part(*map(max, before, part))

    def ask(self, gateway: str, epoch: int, key: str, wants: Sequence[Want]) -> list[Row]:
        """Grant what the pool allows, ask the rest back from others, once for a key; rows of those lots."""
        if key not in self._asked and epoch == self.rights.epochs[gateway]:
            self._asked.add(key)
            for want in wants:
                self._grant(gateway, want)
        self._publish()
        wanted = [key for want in wants for key in self._lots_of(want)]
        return [self._lot_row(gateway, key) for key in wanted]

    def _grant(self, gateway: str, want: Want) -> None:
        missing = want.amount
        keys = self._lots_of(want)
        for key in keys:
            if missing > 0:
                missing -= self.rights.grant(gateway, key, missing, self._now()[0])
        for key in keys:
            if missing > 0:
                self.rights.ask_back(key, missing, gateway, self._now()[0])

    def _lots_of(self, want: Want) -> list[LotKey]:
        """The lots that would do, those that expire first first."""
        owners = {want.owner, *(MEMBER + alias for alias in self._aliases_of(want.owner))}
        found = [
            key
            for key in self.rights.keys
            if key.owner in owners and key.unit == want.unit and is_fed(key) and want.lot in (None, key.lot)
        ]
        return sorted(found, key=lambda key: (self.rights.last_day(key) or "9999", key))

    def _aliases_of(self, owner: str) -> list[str]:
        into = owner.removeprefix(MEMBER)
        survivor = self.aliases.get(into, into)
        return [survivor, *(alias for alias, other in self.aliases.items() if other == survivor)]

    # -- what an event means -------------------------------------------------------------------------------

    def _learn(self, gateway: str, node: Node, forked: bool) -> None:
        event = node.event
        self.rights.learn(gateway, node)
        if forked:
            self._end_epoch(gateway, "ledger_branch")
        if event.outcome.name == DONE:
            self._learn_act(gateway, event)

    def _learn_act(self, gateway: str, event: Event) -> None:
        match event.act:
            case Fence(epoch):
                self.rights.settle(gateway, epoch)
            case Enrol(member=member):
                self.members[member] = "active"
                self._feed.append((MEMBERS, member))
                self._link(event, member, f"i-{event.random}")
            case Link(instrument=instrument, member=member, replaces=replaces):
                self._link(event, member, instrument)
                self._change(replaces, "replaced")
            case Change(instrument=instrument, status=status):
                self._change(instrument, status)
            case Forget() as act:
                for member in forgotten(event.facts, act):
                    self._erase(self._survivor(member))

    def _link(self, event: Event, member: str, instrument: str) -> None:
        key = event.evidence.key if event.evidence else None
        if event.evidence is None or key is None:
            return
        known = self.instruments.get(key)
        held = None if known is None else self._survivor(known.member)
        if held not in (None, self._survivor(member)) and self.members[str(held)] != ERASED:
            self.merge(member, str(held))
            return
        self.instruments[key] = Instrument(instrument, event.evidence.kind, member, "active")
        self._feed.append((INSTRUMENTS, key))

    def _erase(self, member: str) -> None:
        """Whoever a store has forgotten is nobody anywhere, under the id that they have by now."""
        self.members[member] = ERASED
        self._feed.append((MEMBERS, member))
        for key, known in self.instruments.items():
            if self._survivor(known.member) == member:
                self.instruments[key] = Instrument(known.id, known.kind, known.member, "revoked")
                self._feed.append((INSTRUMENTS, key))

    def _change(self, instrument: str | None, status: str) -> None:
        for key, known in self.instruments.items():
            if known.id == instrument:
                self.instruments[key] = Instrument(known.id, known.kind, known.member, status)
                self._feed.append((INSTRUMENTS, key))

    # -- what people at HQ do ------------------------------------------------------------------------------

    def enrol(self, member: str, key: str, code_key: str) -> None:
        """A member of old, with one card and a member code."""
        self.members[member] = "active"
        self.instruments[key] = Instrument(f"i-{member}", "nfc.uid", member, "active")
        self.instruments[code_key] = Instrument(f"q-{member}", "qr.static", member, "active")
        self._feed += [(MEMBERS, member), (INSTRUMENTS, key), (INSTRUMENTS, code_key)]

    def issue(self, act: Credit, lot: str) -> LotKey:
        """A new lot in the pool."""
        key = self.rights.issue(act, lot)
        self._publish()
        return key

    def merge(self, member: str, into: str) -> None:
        """`member` turns out to be `into`, with all it owns."""
        gone, stays = self._survivor(member), self._survivor(into)
        if gone == stays or ERASED in (self.members[gone], self.members[stays]):
            return
        self.log.book(MEMBER_MERGED, [], {}, Merge(stays, gone))
        for alias in [alias for alias, other in self.aliases.items() if other == gone] + [gone]:
            self.aliases[alias] = stays
            self._feed.append((ALIASES, alias))
        self.members[gone] = "merged"
        self._feed.append((MEMBERS, gone))
        self._publish()

    def tell(self) -> None:
        """Rights were changed by a person: say so in the feed."""
        self._publish()

    # -- down ----------------------------------------------------------------------------------------------

    def page(self, gateway: str, generation: str, cursor: int, limit: int) -> Page | None:
        """Up to `limit` rows after the cursor; None where another generation must be taken whole."""
        if generation != self.generation(gateway) or cursor > len(self._feed):
            return None
        end = min(len(self._feed), cursor + limit)
        rows = [self._row(gateway, *named) for named in dict.fromkeys(self._feed[cursor:end])]
        return self._page(gateway, end, rows)

    def snapshot(self, gateway: str) -> Page:
        """Everything, as of now."""
        rows = [self._row(gateway, *named) for named in dict.fromkeys(self._feed)]
        return self._page(gateway, len(self._feed), rows)

    def generation(self, gateway: str) -> str:
        """The name of the snapshot in force for a gateway."""
        return f"{gateway}-{self.generations[gateway]}"

    def as_of(self, gateway: str, cursor: int) -> int:
        """The last event of a gateway of which everything it changed is told by rows up to this cursor."""
        return next(seq for end, seq in reversed(self._marks[gateway]) if end <= cursor)

    def _page(self, gateway: str, end: int, rows: list[Row]) -> Page:
        as_of, epoch = self.as_of(gateway, end), self.rights.epochs[gateway]
        more = end < len(self._feed)
        return Page(self.generation(gateway), end, as_of, epoch, rows, more)

    def _row(self, gateway: str, table: str, name: object) -> Row:
        if table == MEMBERS:
            return Row(MEMBERS, (name, self.members[str(name)], "", 0, "en", self._home(str(name))))
        if table == ALIASES:
            return Row(ALIASES, (name, self.aliases[str(name)]))
        if table == INSTRUMENTS:
            known = self.instruments[str(name)]
            return Row(
                INSTRUMENTS, (bytes.fromhex(str(name)), known.id, known.kind, known.member, known.status)
            )
        assert isinstance(name, LotKey)
        return self._lot_row(gateway, name)

    def _lot_row(self, gateway: str, key: LotKey) -> Row:
        rights = self.rights
        place = (gateway, key, rights.epochs[gateway])
        done = rights.done.get(place, Part())
        terms = canonical(rights.natures[key.lot].terms)
        here = (place[2], rights.granted.get(place, 0), rights.lease_end.get(place, 0))
        asked = rights.recalled.get(place, 0)
        return Row(LOTS, (*key, terms, rights.total(key), *here, asked, done.minted, done.spent))

    def _home(self, member: str) -> str:
        """Each store is home to some; who was enrolled in a store is told by its own log."""
        stores = sorted(self.generations)
        return stores[sum(member.encode()) % len(stores)]

    def _publish(self) -> None:
        self._feed += [(LOTS, key) for key in self.rights.changed]
        self.rights.changed.clear()

    def _survivor(self, member: str) -> str:
        return self.aliases.get(member, member)
