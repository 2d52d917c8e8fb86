"""A gateway's middle in a temporary folder: real ledger, real cache file, real screens; time is a value.

The cache is written here as the bridge would write it, from rows a test can read; the fakes are harsher than
the world where that costs nothing: the clock stands still unless moved, no wake is ever received.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

from firmware.protocol import messages
from firmware.protocol.messages import Booked, Record, Scan, Sighting, Status, Tap, Witness
from gateway.acting import Refused, Request, Verdict
from gateway.adapters.pixels import Screens
from gateway.clock import Clock
from gateway.core.event import bundle_hash, canonical
from gateway.core.evidence import NFC_UID, QR_STATIC, Bounds, evidence_key
from gateway.core.model import Act, Bundle, Tier
from gateway.core.promises import Terms
from gateway.counter import Counter
from gateway.counters import Counters
from gateway.desk import Desk, Store
from gateway.live import Live
from gateway.ports import Inbound, Outbound
from gateway.registry import Registry
from gateway.showings import Showings
from gateway.storage import layout
from gateway.storage.bundles import IsSigned
from gateway.storage.cache import Cache
from gateway.storage.head import Head
from gateway.storage.ledger import Ledger
from gateway.storage.opening import open_ledger
from gateway.storage.wake import Wake

BRAND_KEY = bytes(range(32))
NONCE = b"\x01\x02\x03\x04\x05\x06\x07\x08"
RUN = b"gateway!"
NO_WITNESS = Witness(0, 0)
NOON_MS = 1_795_233_600_000  # 2026-11-21 04:00 UTC, noon in Shanghai

BUNDLE = Bundle(
    (
        Tier("silver", {"zh-CN": "银卡", "en": "Silver"}, 0),
        Tier("gold", {"zh-CN": "金卡", "en": "Gold"}, 1_000),
        Tier("platinum", {"zh-CN": "白金卡", "en": "Platinum"}, 5_000),
    )
)
LIN, MIA, WANG, ZHAO = (bytes((4, number)) + b"\xb2\xc3\xd4\xe5\xf6" for number in range(4))
STRANGER = b"\x04\xff\xff\xff"
PLAIN = Terms()
LIN_CODE = b"SB-LIN-1"
# uid: (name, language, member's status, instrument's status, tier, qualifying points)
PEOPLE = {
    LIN: ("林晓雯", "zh-CN", "active", "active", "silver", 880),
    MIA: ("Mia T.", "en", "active", "active", "gold", 4_000),
    WANG: ("王伟", "zh-CN", "active", "lost", "silver", 10),
    ZHAO: ("赵敏", "zh-CN", "suspended", "active", "silver", 10),
}


def write_generation(folder: Path, generation: str, bundle: Bundle = BUNDLE, cursor: int = 7) -> Path:
    """A cache generation as the bridge leaves it; the pointer is another step."""
    folder.mkdir(parents=True, exist_ok=True)
    path = layout.generation_path(folder, generation)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN")
    for statement in layout.CACHE_SCHEMA:
        db.execute(statement)
    body = canonical(bundle)
    meta = {
        layout.META_LAYOUT: layout.CACHE_LAYOUT,
        layout.META_GENERATION: generation,
        layout.META_CURSOR: cursor,
        layout.META_AS_OF: 0,
        layout.META_BRAND_KEY: BRAND_KEY,
        layout.META_BUNDLE_HASH: bundle_hash(body),
        layout.META_RIGHTS_EPOCH: 1,
        layout.META_SYNCED_AT: NOON_MS,
    }
    db.executemany("INSERT INTO meta VALUES(?, ?)", meta.items())
    db.execute("INSERT INTO bundles(hash, body) VALUES(?, ?)", (bundle_hash(body), body))
    for number, (uid, person) in enumerate(PEOPLE.items(), start=1):
        name, language, member_status, status, tier, points = person
        member = f"m-{number}"
        db.execute(
            "INSERT INTO members(id, status, tier, qualifying, language) VALUES(?, ?, ?, ?, ?)",
            (member, member_status, tier, points, language),
        )
        db.execute("INSERT INTO people(member, name) VALUES(?, ?)", (member, name))
        key = evidence_key(BRAND_KEY, NFC_UID, uid)
        db.execute(
            "INSERT INTO instruments VALUES(?, ?, ?, ?, ?)", (key, f"c-{number}", NFC_UID, member, status)
        )
    key = evidence_key(BRAND_KEY, QR_STATIC, LIN_CODE)
    db.execute("INSERT INTO instruments VALUES(?, ?, ?, ?, ?)", (key, "q-1", QR_STATIC, "m-1", "active"))
    db.execute("COMMIT")
    db.close()
    return path


def point_to(folder: Path, generation: str) -> None:
    """Put the generation in force."""
    fresh = folder / "current.new"
    fresh.write_text(generation + "\n")
    fresh.replace(folder / layout.POINTER_FILE)


@cache
def screens() -> Screens:
    """Loading the font takes longer than most tests; what was drawn is the same for all."""
    return Screens("zh-CN")


class House:
    """One gateway's folders, and a desk on them; reopen() is a restart."""

    def __init__(self, folder: Path, closing: ExitStack) -> None:
        self.data, self.run = folder / "data", folder / "run"
        self.run.mkdir(exist_ok=True)
        self.cache_folder = layout.cache_folder(str(self.data))
        self.closing = closing
        self.now_ms = NOON_MS
        self.steady_ms = 1_000_000
        self.number = 0
        self.room = True
        self.shop = "river"
        self.code_day_max = 0  # minor units that codes may spend without a PIN; 0: none
        self.bounds: Bounds | None = None
        self.is_signed: IsSigned | None = None

    @property
    def ledger_path(self) -> Path:
        return layout.ledger_path(str(self.data))

    def seed(self, generation: str = "g1", bundle: Bundle = BUNDLE, cursor: int = 7) -> None:
        """A cache generation, in force."""
        write_generation(self.cache_folder, generation, bundle, cursor)
        point_to(self.cache_folder, generation)

    def open(self) -> "House":
        """Everything a gateway builds but its connections."""
        self.counters = Counters()
        self.live = Live("g1", self.counters)
        self.ledger: Ledger = open_ledger(self.ledger_path, "g1")
        self.cache = Cache(self.cache_folder, self.is_signed)
        self.head = Head(self.run / layout.HEAD_FILE)
        self.wake = Wake(self.run / layout.GATEWAY_SOCKET, self.run / layout.BRIDGE_SOCKET, self.counters)
        self.registry = Registry(self.ledger.devices(), self.live, self.counters)
        clock = Clock(lambda: self.now_ms, "Asia/Shanghai", self.ledger.last_at())
        store = Store(self.ledger, self.cache, self.head, self.wake)
        steady, room = lambda: self.steady_ms, lambda: self.room
        showings = Showings(self.code_day_max, {"till-1": "counter-1"}, self.bounds)
        self.desk = Desk(
            store, clock, screens(), self.live, self.registry, RUN, steady, room, self.shop, showings
        )
        self.counter = Counter(self.desk)
        for part in (self.ledger, self.cache, self.head, self.wake):
            self.closing.callback(part.close)
        self.desk.look()
        return self

    def restart(self) -> "House":
        """As reopen(), and what a gateway does before it listens."""
        self.reopen().desk.begin()
        return self

    def act(self, type_: str, act: Act, key: str | None = None, **more: Any) -> Verdict:
        """One act as a till asks for it; it must be booked."""
        (verdict,) = self.desk.act([Request(key, "staff:console", type_, act, **more)])
        assert isinstance(verdict, Verdict), verdict
        return verdict

    def refusal(self, type_: str, act: Act, key: str | None = None, **more: Any) -> str:
        """Why an act is not even booked."""
        (refused,) = self.desk.act([Request(key, "staff:console", type_, act, **more)])
        assert isinstance(refused, Refused), refused
        return refused.code

    def say(self, statement: str, *values: object) -> None:
        """Write to the cache in use as the bridge would."""
        db = sqlite3.connect(layout.generation_path(self.cache_folder, str(self.cache.generation)))
        with db:
            db.execute(statement, values)
        db.close()

    def say_meta(self, **values: int) -> None:
        """Rows of the cache's meta."""
        for key, value in values.items():
            self.say("INSERT INTO meta VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                     key, value)  # fmt: skip

    def say_lot(self, owner: str, unit: str, lot: str, total: int, terms: Terms = PLAIN, *, epoch: int = 1,
                granted: int = 0, lease_end: int = 0, recall: int = 0, minted: int = 0, spent: int = 0
                ) -> None:  # fmt: skip
        """A lot as HQ tells it; `granted` and what follows is of this gateway."""
        numbers = (total, epoch, granted, lease_end, recall, minted, spent)
        self.say("INSERT OR REPLACE INTO lots VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                 owner, unit, lot, canonical(terms), *numbers)  # fmt: skip

    def say_merged(self, member: str, into: str) -> None:
        """HQ made two members one."""
        self.say("INSERT INTO aliases VALUES(?, ?)", member, into)
        self.say("UPDATE members SET status = 'merged' WHERE id = ?", member)

    def hear_hq(self, online: bool = True) -> None:
        """The bridge reaches HQ, or does not."""
        trouble = None if online else {"code": "hq_unreachable"}
        said = {"state": "running", "heard_ms": self.now_ms, "last_contact_ms": self.now_ms}
        self.live.set_bridge({**self.live.bridge, **said, "trouble": trouble})

    def reopen(self) -> "House":
        """The same folders, another process's memory."""
        self.closing.close()
        return self.open()

    def record(self, number: int | None = None, deadline_ms: int = 5_000, boot: int = 1) -> Record:
        """A record; the next number where none is given."""
        self.number = self.number + 1 if number is None else number
        return Record(boot, NONCE, self.number, 60_000 + self.number, 0, messages.CLOCK_UNKNOWN, deadline_ms)

    def tap(self, uid: bytes, number: int | None = None, *, age_ms: int = 20, device: str = "counter-1",
            witness: Witness = NO_WITNESS, boot: int = 1) -> Inbound:  # fmt: skip
        """A tap as its terminal sends it."""
        body = messages.encode_body("tap", self.record(number, boot=boot), Tap(0, 1, uid, 0x44, 0, b""))
        return Inbound(f"sb/v1/{device}/up/tap", messages.seal("tap", body, age_ms, witness))

    def scan(self, code: bytes, device: str = "counter-1") -> Inbound:
        """A scanned code."""
        body = messages.encode_body("scan", self.record(), Scan(0, code))
        return Inbound(f"sb/v1/{device}/up/scan", messages.seal("scan", body, 20, NO_WITNESS))

    def sightings(self, *seen: Sighting, device: str = "beacon-1") -> Inbound:
        """What a beacon saw."""
        body = messages.encode_body("sighting", self.record(), seen)
        return Inbound(f"sb/v1/{device}/up/sighting", messages.seal("sighting", body, 20, NO_WITNESS))

    def status(self, state: int, boot: int = 1, device: str = "counter-1") -> Inbound:
        """What a device, or its will, says of itself."""
        status = Status(state, boot, NONCE, 5_000, NO_WITNESS, "0.1.0", "esp32", "counter", (("taps", 3),))
        return Inbound(f"sb/v1/{device}/up/status", messages.encode("status", status))

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """What the ledger's file holds, read by another connection as the bridge would."""
        db = sqlite3.connect(layout.read_only_uri(self.ledger_path), uri=True)
        try:
            return db.execute(statement).fetchall()
        finally:
            db.close()

    def bodies(self) -> list[bytes]:
        """All events' bytes, in order."""
        return [bytes(row[0]) for row in self.rows("SELECT body FROM events ORDER BY seq")]  # type: ignore[arg-type]


def booked_of(answers: Sequence[Outbound]) -> list[Booked]:
    """The `booked` among the answers, decoded by the contract's own strict codec."""
    return [messages.decode("booked", payload) for topic, payload in answers if topic.endswith("/booked")]
