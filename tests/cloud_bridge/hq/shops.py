"""A brand in memory: a real HQ on a real database, and stores that decide by the core what its feed lets
them.

A store's log is gateway/core/state.py; its facts are joined of that and of the last LotRow of each lot, as
the gateway joins its ledger and its cache. check() compares HQ's books with every log: after each test, and
whenever a test asks.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select

from cloud_bridge.asks import Reports, RightsGiven, RightsWanted, Want
from cloud_bridge.hq import models
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.app import Hq, build
from cloud_bridge.hq.digests import digest, line
from cloud_bridge.hq.ingest import Taken
from cloud_bridge.hq.issuing import Issue
from cloud_bridge.hq.settings import Tokens, read_tokens
from cloud_bridge.wire import CloudEvent, LotRow, PartRow, SnapshotStart, encode, read, read_snapshot_line
from gateway.core.book import LotKey
from gateway.core.decide import decide
from gateway.core.event import GENESIS, Event, bundle_hash, canonical, open_event, seal
from gateway.core.model import (
    DONE,
    EXCEPTION_RAISED,
    RIGHT_FENCED,
    RIGHT_GRANTED,
    RIGHT_RETURNED,
    TRANSFER_POSTED,
    Act,
    Bundle,
    CacheMark,
    Facts,
    Input,
    Position,
    RightsFact,
    Setting,
)
from gateway.core.promises import (
    AT_RISK,
    HQ,
    SUSPENSE,
    WRITTEN_OFF,
    Credit,
    Fence,
    GiveBack,
    LotFact,
    Nature,
    Policy,
    Post,
    Spend,
    TakeGrants,
    Terms,
    Unit,
)
from gateway.core.state import State
from tests.cloud_bridge.rig import hq_settings, silent_log

TENS = Unit(
    "CPN:ten", Policy(AT_RISK, per_use=1_000, per_member=5_000, per_gateway=5_000, hours=999), worth=1_000
)
BUNDLE = Bundle(units=(Unit("PTS", worth=1, per=10), TENS, Unit("CPN:strict", worth=500)))
NOW_MS = 1_795_233_600_000  # 2026-11-21, noon in Shanghai
STRICT = "CPN:strict"
LIN, BO = "member:lin", "member:bo"
MEI = "member:mei"  # of a store without a gateway: what she is given stays in HQ's part until asked for
ZONE = "Asia/Shanghai"
JSON = "application/json"
BUNDLE_HASH = bundle_hash(canonical(BUNDLE))
STORES = ("river-1", "garden-1", "station-1")


class Store:
    """One gateway: its log, what HQ told it, and what of its log HQ has."""

    def __init__(self, brand: "Brand", gateway: str) -> None:
        self.brand = brand
        self.gateway = gateway
        self.state = State(gateway)
        self.events: list[Event] = []
        self.bodies: list[bytes] = []
        self.rows: dict[str, LotRow] = {}
        self.rights_epoch = 1
        self.sent = 0

    def image(self) -> "Store":
        """This ledger as it is now, on another disk."""
        copy = Store(self.brand, self.gateway)
        for event, body in zip(self.events, self.bodies, strict=True):
            copy._keep(event, body)
        copy.sent, copy.rights_epoch = self.sent, self.rights_epoch
        return copy

    def do(self, act: Act, kind: str = TRANSFER_POSTED, **more: Any) -> Event:
        """Decide and book one act by what this store knows; unsent."""
        facts = more.pop("facts", None) or Facts(lots=tuple(self.lots()), rights=self._rights())
        given = Input(
            self.brand.setting(),
            "",
            self.brand.random(),
            kind,
            act=act,
            actor="staff:till",
            gateway=self.gateway,
            **more,
        )
        return self._book(facts, given)

    def _book(self, facts: Facts, given: Input) -> Event:
        prev = sha256(self.bodies[-1]).hexdigest() if self.bodies else GENESIS
        sealed = seal(decide(BUNDLE, facts, given), self.gateway, self.state.seq + 1, prev)
        event = open_event(sealed.body)
        self._keep(event, sealed.body)
        return event

    def note_behind(self, witness: Position) -> None:
        """Book that a device has seen a receipt which this log does not hold."""
        facts = Facts(ledger=Position(self.state.epoch, self.state.seq))
        self._book(
            facts,
            Input(
                self.brand.setting(),
                "counter-1",
                self.brand.random(),
                EXCEPTION_RAISED,
                witness=witness,
                gateway=self.gateway,
            ),
        )

    def done(self, act: Act, kind: str = TRANSFER_POSTED, **more: Any) -> Event:
        event = self.do(act, kind, **more)
        assert event.outcome.name == DONE, event.outcome
        return event

    def earn(self, amount: int, owner: str = LIN, unit: str = "PTS", **terms: Any) -> str:
        """The new lot's name."""
        return self.done(Post((Credit(amount, owner, Terms(**terms), unit),))).random + ".0"

    def spend(self, amount: int, unit: str = "PTS", lot: str | None = None, owner: str = LIN) -> Event:
        return self.do(Post((Spend(amount, owner, unit, lot),)))

    def take(self) -> Event:
        return self.do(TakeGrants(), RIGHT_GRANTED)

    def give_back(self) -> Event:
        return self.do(GiveBack(), RIGHT_RETURNED)

    def fence(self) -> Event:
        return self.done(Fence(self.rights_epoch), RIGHT_FENCED)

    def push(self, upto: int | None = None) -> Taken:
        """Forward what HQ does not have, and read its feed."""
        taken = self.brand.post(self.gateway, self.bodies[self.sent : upto], self.sent + 1)
        self.sent = len(self.bodies) if upto is None else upto
        self.pull()
        return taken

    def pull(self) -> None:
        self.rights_epoch, rows = self.brand.feed(self.gateway)
        self.rows |= {row.lot: row for row in rows}

    def ask(
        self, amount: int, unit: str = "PTS", lot: str | None = None, owner: str = LIN, **more: Any
    ) -> RightsGiven:
        """Ask HQ for rights, read the feed, and take what was granted."""
        key = more.get("key") or f"{self.gateway}.{self.brand.number()}"
        wanted = RightsWanted(self.state.epoch, key, [Want(owner, unit, lot, amount)])
        given = self.brand.hq.promises.rights(self.gateway, wanted)
        self.pull()
        return given

    def report(self, parts: Sequence[Any], head: int | None = None, epoch: int | None = None) -> int:
        said = Reports(epoch or self.state.epoch, list(parts))
        return self.brand.hq.promises.reports(self.gateway, said, head).rights_epoch

    def free(self, owner: str = LIN, unit: str = "PTS") -> int:
        return sum(
            part.free
            for (key, epoch), part in self.state.parts.items()
            if (key.owner, key.unit, epoch) == (owner, unit, self.state.epoch)
        )

    def lots(self) -> Iterator[LotFact]:
        """Every lot known here or by the feed."""
        names = {key.lot for key, _ in self.state.parts if key.owner != SUSPENSE} | self.rows.keys()
        for lot in sorted(names):
            yield self._fact(lot)

    def _fact(self, lot: str) -> LotFact:
        row = self.rows.get(lot)
        known = self.state.natures.get(lot)
        nature = known or Nature(row.owner, row.terms, row.unit)
        part = self.state.part(LotKey(nature.owner, nature.unit, lot))
        said = row.parts.get(self.gateway) if row else None
        if said is None or said.epoch != self.state.epoch:
            said = PartRow(self.state.epoch, 0, 0, 0, 0, 0)
        total = row.total if row else 0
        everywhere = total + part.minted - said.minted - (part.spent - said.spent)
        offered = max(0, said.granted - part.granted)
        return LotFact(
            max(0, everywhere - part.left - offered),
            part.held,
            said.lease_end,
            part.left,
            lot,
            nature,
            known is None,
            offered,
            max(0, said.recall - part.returned),
        )

    def _rights(self) -> RightsFact:
        frozen = self.rights_epoch > self.state.epoch
        return RightsFact(self.state.epoch, frozen, False, self.brand.now_ms - 1_000, True)

    def _keep(self, event: Event, body: bytes) -> None:
        self.state.apply(event)
        self.events.append(event)
        self.bodies.append(body)


class Brand:
    """HQ and its stores."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder, self.url = folder, url or f"sqlite:///{folder}/hq.db"
        bundle = folder / "bundle.json"
        bundle.write_bytes(canonical(BUNDLE))
        more = {"database_url": url, "spool_dir": str(folder / "spool")} if url else {}
        self.phone_key = str(folder / "phone.key")
        settings = hq_settings(folder, bundle_file=str(bundle), phone_key_file=self.phone_key, **more)
        self.now_ms = NOW_MS
        self._count = 0
        tokens = tokens_for(folder, STORES)
        self.hq: Hq = build(settings, tokens, silent_log(), lambda: self.now_ms)
        with self.hq.database.writing() as connection:
            connection.execute(insert(models.members), _MEMBERS)
        self.stores = {gateway: Store(self, gateway) for gateway in STORES}

    def __getitem__(self, store: str) -> Store:
        return self.stores[f"{store}-1"]

    def number(self) -> int:
        self._count += 1
        return self._count

    def random(self) -> str:
        return f"{self.number():016x}"

    def setting(self) -> Setting:
        self.now_ms += 1
        date = datetime.fromtimestamp(self.now_ms / 1_000, ZoneInfo(ZONE)).date().isoformat()
        return Setting(self.now_ms, BUNDLE_HASH, CacheMark(0, "g"), 1, 1, date, ZONE)

    def post(self, gateway: str, bodies: Sequence[bytes], first: int, hq: Hq | None = None) -> Taken:
        """Send events as the bridge does, to this HQ or another worker."""
        events = []
        for seq, body in enumerate(bodies, first):
            kind = json.loads(body)["type"]
            id_ = f"{gateway}:{seq}:{sha256(body).hexdigest()}"
            events.append(CloudEvent("1.0", id_, f"/gateways/{gateway}", f"shopbell.{kind}.v1", JSON, body))
        return (hq or self.hq).intake.take(gateway, encode(events))

    def feed(self, gateway: str) -> tuple[int, list[LotRow]]:
        """Every lot of a snapshot, and the epoch it came with."""
        with self.hq.intake.snapshot(gateway) as file:
            start, *lines = file.read().splitlines()
        rows = [read_snapshot_line(line) for line in lines]
        return read(start, SnapshotStart).rights_epoch, [row for row in rows if isinstance(row, LotRow)]

    def issue(self, amount: int, unit: str = "PTS", owner: str = LIN, **terms: Any) -> str:
        """A lot in HQ's part; its name."""
        key = f"k{self.number()}"
        member = owner.removeprefix("member:")
        (lot,) = self.hq.promises.issue(member, Issue(key, unit, amount, Terms(**terms))).lots
        return lot

    def kinds(self) -> list[str]:
        """Kinds of exceptions that are not resolved."""
        table = models.exceptions
        with self.hq.database.reading() as connection:
            query = select(table.c.kind).where(table.c.state == "raised").order_by(table.c.kind)
            return list(connection.scalars(query))

    def trouble(self, kind: str) -> dict[str, Any]:
        """The detail of the one exception of a kind."""
        table = models.exceptions
        with self.hq.database.reading() as connection:
            return json.loads(connection.scalars(select(table.c.detail).where(table.c.kind == kind)).one())

    def row(self, lot: str) -> LotRow:
        """A lot as the feed has it."""
        return next(row for row in self.feed(STORES[0])[1] if row.lot == lot)

    def pool(self, lot: str) -> int:
        """What HQ's own part has left of a lot."""
        return self.left(HQ, lot)

    def left(self, log: str, lot: str, owner: str | None = None) -> int:
        """What a log has left of a lot in all its epochs, for its owner or another one."""
        held, lots = tables.holdings.c, tables.lots.c
        left = func.sum(held.granted + held.minted - held.returned - held.spent)
        query = select(left).join(tables.lots, lots.lot == held.lot).where(held.log == log, held.lot == lot)
        query = query.where(held.owner == (lots.owner if owner is None else owner))
        with self.hq.database.reading() as connection:
            return int(connection.scalar(query) or 0)

    def written_off(self, unit: str = "PTS") -> int:
        """What the merchant lost by rights that were written off."""
        table = tables.accounts.c
        query = select(table.posted).where(table.log == HQ, table.owner == WRITTEN_OFF, table.unit == unit)
        with self.hq.database.reading() as connection:
            return connection.scalar(query) or 0

    def own_log(self) -> list[Event]:
        """HQ's events, opened."""
        with self.hq.database.reading() as connection:
            return [open_event(body) for body in line(connection, HQ)]

    def check(self) -> None:
        """HQ's log is a log, every unit sums to zero, and every mirror equals what it mirrors."""
        state = State(HQ)
        for event in self.own_log():
            state.apply(event)
        with self.hq.database.reading() as connection:
            assert digest(connection, HQ) == state.digest()
            assert set(_sums(connection).values()) <= {0}
            for store in self.stores.values():
                if store.sent == len(store.bodies):
                    assert digest(connection, store.gateway) == store.state.digest(), store.gateway

    def close(self) -> None:
        self.hq.close()


def _sums(connection: Connection) -> dict[str, int]:
    """By unit, over all logs: parts of lots and plain accounts together."""
    held, account = tables.holdings.c, tables.accounts.c
    left = func.sum(held.granted + held.minted - held.returned - held.spent)
    found = {
        unit: int(total) for unit, total in connection.execute(select(held.unit, left).group_by(held.unit))
    }
    posted = select(account.unit, func.sum(account.posted)).group_by(account.unit)
    for unit, total in connection.execute(posted):
        found[unit] = found.get(unit, 0) + int(total)
    return found


def _member(id_: str, home: str) -> dict[str, Any]:
    numbers = {"id": id_, "member_no": id_, "status": "active", "tier": "", "qualifying": 0}
    return {**numbers, "language": "en", "home_store": home}


_MEMBERS = [_member("lin", "river"), _member("bo", "garden"), _member("mei", "island")]


def tokens_for(folder: Path, gateways: Sequence[str]) -> Tokens:
    path = folder / "stores.json"
    names = {gateway: f"token-of-{gateway}-0123456789" for gateway in gateways}
    path.write_text(json.dumps({"gateways": names, "staff": "staff-token-0123456789"}))
    return read_tokens(str(path))
