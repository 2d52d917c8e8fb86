"""Reading the cache: what HQ said of members and instruments, one generation at a time.

Read only, always: the bridge writes. A generation is attached as a connection of its own, never moved to
another file; follow() changes to the pointer's generation between batches. Where there is none the snapshot
is empty, with generation None, and every card is unknown but friendly.

Invariant: all facts of one batch, and the cursor they carry, come from one read transaction.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gateway.core.event import NO_BUNDLE_HASH
from gateway.core.model import CacheMark, Facts, Instrument, Member
from gateway.core.promises import MEMBER, Terms
from gateway.core.tiers import QUALIFYING
from gateway.errors import CacheUnusable
from gateway.storage import layout
from gateway.storage.bundles import NOTHING_SIGNED, Bundles, IsSigned, SignedBundle
from gateway.storage.catalogue import Catalogue
from gateway.storage.holders import holders, renamed

# Pages kept in this process: the inner ones of a million rows. Leaves come from the kernel's cache, and four
# times as much saved 0.5 of 8 us a look-up.
PAGE_CACHE_KIB = 2_048
GENERATION_CHARACTERS_MAX = 64

# Keys of one statement: of 16, a key costs 6.8 us; alone 8.4, of 64 11.2 (SQLite 3.40).
KEYS_TOGETHER = 16
_LOT_COLUMNS = (
    "owner",
    "unit",
    "lot",
    "terms",
    "total",
    "epoch",
    "granted",
    "lease_end",
    "recall",
    "minted",
    "spent",
)
# Each person's row, then one for each lot of their qualifying points, told apart by the last column: a tap
# must not cost a statement more for them, and repeating the person beside each lot would cost 3 us a lot.
_FIND = (
    "SELECT i.key, i.id, i.kind, i.member, i.status, m.qualifying, m.status, m.tier, m.language, p.name,"
    " EXISTS(SELECT 1 FROM aliases a WHERE a.into_member = i.member), NULL"
    " FROM instruments i LEFT JOIN members m ON m.id = i.member LEFT JOIN people p ON p.member = i.member"
    " WHERE i.key IN ({0}) UNION ALL SELECT i.key, "
    + ", ".join("l." + column for column in _LOT_COLUMNS)
    + f" FROM instruments i JOIN lots l ON l.owner = '{MEMBER}' || i.member AND l.unit = '{QUALIFYING}'"
    " WHERE i.key IN ({0})"
)
_FIND_ONE = _FIND.format("?1")
_FIND_MANY = _FIND.format(",".join(f"?{number}" for number in range(1, KEYS_TOGETHER + 1)))
_PERSON = "SELECT m.language, p.name FROM members m LEFT JOIN people p ON p.member = m.id WHERE m.id = ?"
_MEMBER = "SELECT id, qualifying, status, tier FROM members WHERE id = ?"
_SURVIVOR = "SELECT into_member FROM aliases WHERE id = ?"
_ALIASES = "SELECT id FROM aliases WHERE into_member = ? ORDER BY id"
_INSTRUMENTS = "SELECT key, id, kind, member, status FROM instruments WHERE member = ? ORDER BY id"
_PROFILE = "SELECT m.home, p.birthday FROM members m LEFT JOIN people p ON p.member = m.id WHERE m.id = ?"
_LOT = f"SELECT {', '.join(_LOT_COLUMNS)} FROM lots"
_LOTS_OF_OWNER = _LOT + " WHERE owner = ?"
_LOTS_OF_UNIT = _LOTS_OF_OWNER + " AND unit = ?"
_ONE_LOT = _LOTS_OF_UNIT + " AND lot = ?"
_RECALLED = _LOT + " WHERE recall > 0 ORDER BY lot"
_META = "SELECT key, value FROM meta"
_JOINED = 10  # the column of _FIND behind those of Found

_BROKEN = (sqlite3.DatabaseError, msgspec.MsgspecError)
TERMS_KEPT_MAX = 1_024  # most lots share few terms; some 200 bytes each
_terms = lru_cache(maxsize=TERMS_KEPT_MAX)(msgspec.json.Decoder(Terms).decode)


class Found(NamedTuple):
    """What an instrument's key leads to; name and language are for the screen alone, never for an event."""

    facts: Facts
    name: str | None
    language: str | None


class Person(NamedTuple):
    """Who to greet: None where the cache does not say."""

    name: str | None
    language: str | None


class CachedInstrument(NamedTuple):
    """One of a member's instruments, as HQ said; status as in gateway/storage/layout.py."""

    key: bytes
    id: str
    kind: str
    member: str
    status: str


class CachedLot(NamedTuple):
    """A lot as HQ said; what the numbers mean is in gateway/storage/layout.py."""

    owner: str
    unit: str
    lot: str
    terms: Terms
    total: int
    epoch: int
    granted: int
    lease_end: int
    recall: int
    minted: int
    spent: int


class Seen(NamedTuple):
    """As Found, where `facts` has the member's opening balance of qualifying points alone: `lots` are those
    that came after it. `joined`: others were merged into this member, and may have more."""

    found: Found
    lots: list[CachedLot]
    joined: bool


class Profile(NamedTuple):
    """What no event tells of a member: the home store, "" where HQ names none, and the birthday as MM-DD."""

    home: str
    birthday: str | None


ABSENT = "absent"
READY = "ready"
DAMAGED = "damaged"
NOBODY = Found(Facts(), None, None)
NO_PERSON = Person(None, None)
NO_PROFILE = Profile("", None)


class Snapshot:
    """One state of the cache: its mark, its bundle and its rows, valid until the batch ends."""

    def __init__(self, db: sqlite3.Connection | None, meta: dict[str, object], signed: SignedBundle) -> None:
        self._db = db
        self.bundle = signed.bundle
        self.bundle_hash = signed.hash
        self.catalogue = Catalogue(self._all, self._unusable)
        key = meta.get(layout.META_BRAND_KEY)
        self.brand_key = key if isinstance(key, bytes) else None
        generation = meta.get(layout.META_GENERATION)
        self.mark = CacheMark(_whole(meta, layout.META_CURSOR), None if db is None else str(generation))
        self.as_of = _whole(meta, layout.META_AS_OF)
        self.synced_at_ms = _whole(meta, layout.META_SYNCED_AT)
        self.rights_epoch = _whole(meta, layout.META_RIGHTS_EPOCH)

    def see(self, keys: Sequence[bytes]) -> dict[bytes, Seen]:
        """Instruments by evidence key, with members and how to greet them; unknown keys are left out."""
        whole = len(keys) - len(keys) % KEYS_TOGETHER
        rows: list[Any] = []
        for start in range(0, whole, KEYS_TOGETHER):
            rows += self._all(_FIND_MANY, keys[start : start + KEYS_TOGETHER])
        for key in keys[whole:]:
            rows += self._all(_FIND_ONE, (key,))
        seen: dict[bytes, Seen] = {}
        for row in rows:
            if row[-1] is None:
                seen[row[0]] = Seen(_found(row), [], bool(row[_JOINED]))
            else:
                seen[row[0]].lots.append(self._lot(row[1:]))
        return seen

    def person(self, member: str) -> Person:
        """How to greet a member by id."""
        rows = self._all(_PERSON, (member,))
        return Person(rows[0][1], rows[0][0]) if rows else NO_PERSON

    def member(self, id_: str) -> Member | None:
        """A member by id; aliases are not followed."""
        rows = self._all(_MEMBER, (id_,))
        return Member(*rows[0]) if rows else None

    def profile(self, id_: str) -> Profile:
        """A member's home store and birthday; aliases are not followed."""
        rows = self._all(_PROFILE, (id_,))
        return Profile(*rows[0]) if rows else NO_PROFILE

    def survivor(self, member: str) -> str:
        """Whom a member was merged into; itself where HQ says nothing of it."""
        rows = self._all(_SURVIVOR, (member,))
        return str(rows[0][0]) if rows else member

    def aliases(self, member: str) -> list[str]:
        """All that were merged into a member, by id."""
        return [row[0] for row in self._all(_ALIASES, (member,))]

    def instruments(self, member: str) -> list[CachedInstrument]:
        """All that HQ knows to be this member's, by id."""
        return [CachedInstrument(*row) for row in self._all(_INSTRUMENTS, (member,))]

    def lots(self, owner: str, unit: str | None = None, lot: str | None = None) -> list[CachedLot]:
        """An owner's lots: of one unit or all, of one name or all; by unit and name."""
        if unit is None:
            named = _LOTS_OF_OWNER + ("" if lot is None else " AND lot = ?")
            return self._lots(named, (owner,) if lot is None else (owner, lot))
        if lot is None:
            return self._lots(_LOTS_OF_UNIT, (owner, unit))
        return self._lots(_ONE_LOT, (owner, unit, lot))

    def holders(self, owners: Sequence[str], kind: str) -> set[str]:
        """Those of these owners who have a lot, used up or not, of a unit whose code begins with `kind`."""
        return holders(self._all, owners, kind)

    def renamed(self, members: Sequence[str]) -> set[str]:
        """Those of these members who were merged into another, or another into them."""
        return renamed(self._all, members)

    def recalled(self) -> Iterator[CachedLot]:
        """Every lot of which HQ wanted something back in this epoch, by name; read as they are taken."""
        if self._db is None:
            return
        try:
            yield from map(_lot, self._db.execute(_RECALLED))
        except _BROKEN as problem:
            raise self._unusable(problem) from problem

    def _lots(self, statement: str, values: Sequence[str]) -> list[CachedLot]:
        return [self._lot(row) for row in self._all(statement, values)]

    def _lot(self, row: Any) -> CachedLot:
        try:
            return _lot(row)
        except _BROKEN as problem:
            raise self._unusable(problem) from problem

    def _all(self, statement: str, values: Sequence[Any]) -> list[Any]:
        if self._db is None:
            return []
        try:
            return self._db.execute(statement, values).fetchall()
        except _BROKEN as problem:
            raise self._unusable(problem) from problem

    def _unusable(self, problem: Exception) -> Exception:
        """What an error while reading means: our own mistake stays what it is."""
        if isinstance(problem, sqlite3.ProgrammingError):
            return problem
        return CacheUnusable(f"Cache {self.mark.generation} cannot be read ({problem})", True)


class Cache:
    """The generation in use; `state` is "absent", "ready" or "damaged"; `is_signed` judges bundles."""

    def __init__(self, folder: Path, is_signed: IsSigned | None = None) -> None:
        self._folder = folder
        self._db: sqlite3.Connection | None = None
        self.bundles = Bundles(is_signed)
        self.generation: str | None = None
        self.state = ABSENT

    def follow(self) -> bool:
        """Change to the pointer's generation, True if it changed; CacheUnusable keeps the old one."""
        wanted = self._pointed()
        if wanted is None or wanted == self.generation:
            return False
        fresh = _attach(layout.generation_path(self._folder, wanted), wanted)
        self.detach(READY)
        self._db, self.generation = fresh, wanted
        return True

    def detach(self, state: str) -> None:
        """Let go of the generation; every card is unknown until follow() finds one."""
        if self._db is not None:
            self._db.close()
        self._db, self.generation, self.state = None, None, state

    def close(self) -> None:
        """Let go of the file."""
        self.detach(ABSENT)

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """One read transaction; raises CacheUnusable where the generation cannot be read."""
        db = self._db
        if db is None:
            yield NO_SNAPSHOT
            return
        try:
            yield self._begin(db)
        finally:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")

    def _begin(self, db: sqlite3.Connection) -> Snapshot:
        try:
            db.execute("BEGIN")
            meta = dict(db.execute(_META).fetchall())
            wanted = str(meta.get(layout.META_BUNDLE_HASH) or NO_BUNDLE_HASH)
            return Snapshot(db, meta, self.bundles.follow(db, wanted))
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.DatabaseError as problem:
            raise CacheUnusable(f"Cache {self.generation} cannot be read ({problem})", True) from problem

    def _pointed(self) -> str | None:
        """The pointer's generation, None where there is no pointer; CacheUnusable for nonsense in it."""
        try:
            text = (self._folder / layout.POINTER_FILE).read_text("ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as problem:
            raise CacheUnusable(f"The cache pointer cannot be read ({type(problem).__name__})") from problem
        if (
            not text
            or len(text) > GENERATION_CHARACTERS_MAX
            or not text.replace("-", "").replace("_", "").isalnum()
        ):
            raise CacheUnusable("The cache pointer names no generation")
        return text


def _found(row: Any) -> Found:
    _, instrument_id, kind, member_id, status, qualifying, member_status, tier, language, name, *_ = row
    instrument = Instrument(instrument_id, kind, member_id, status)
    if member_status is None:
        return Found(Facts(instrument), None, None)
    return Found(Facts(instrument, Member(member_id, qualifying, member_status, tier)), name, language)


def _lot(row: Any) -> CachedLot:
    owner, unit, lot, terms, *numbers = row
    return CachedLot(owner, unit, lot, _terms(terms), *numbers)


def _attach(path: Path, generation: str) -> sqlite3.Connection:
    try:
        uri = layout.read_only_uri(path)
        db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=0, check_same_thread=False)
    except sqlite3.Error as problem:
        raise CacheUnusable(f"Cache {generation} cannot be opened ({problem})") from problem
    try:
        db.execute(f"PRAGMA cache_size = -{PAGE_CACHE_KIB}")
        meta = dict(db.execute(_META).fetchall())
        _check(meta, generation)
    except sqlite3.Error as problem:
        db.close()
        raise CacheUnusable(f"Cache {generation} cannot be read ({problem})") from problem
    except CacheUnusable:
        db.close()
        raise
    return db


def _check(meta: dict[str, object], generation: str) -> None:
    found = _whole(meta, layout.META_LAYOUT)
    if found != layout.CACHE_LAYOUT:
        raise CacheUnusable(f"Cache {generation} has layout {found}, not {layout.CACHE_LAYOUT}")
    if str(meta.get(layout.META_GENERATION)) != generation:
        raise CacheUnusable(f"Cache {generation} says it is another one")
    key = meta.get(layout.META_BRAND_KEY)
    if not isinstance(key, bytes) or not key:
        raise CacheUnusable(f"Cache {generation} has no brand key")


def _whole(meta: dict[str, object], key: str) -> int:
    """An integer of meta, however the bridge's SQLite stored it; 0 where it is absent or no number."""
    try:
        return int(str(meta.get(key, 0)))
    except ValueError:
        return 0


NO_SNAPSHOT = Snapshot(None, {}, NOTHING_SIGNED)  # where there is no cache
