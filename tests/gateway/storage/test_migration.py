"""A ledger that the first version wrote: its events stay as they are, and acts follow them."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.core.decide import decide
from gateway.core.event import GENESIS, Sealed, seal
from gateway.core.model import Facts
from gateway.storage import layout
from gateway.storage.identities import PersonRow
from gateway.storage.ledger import RecordKey
from gateway.storage.opening import open_ledger
from gateway.storage.rebuild import compare
from tests.gateway.core.test_decide import CARD, LIN, RECORD, TAP
from tests.gateway.rig import BUNDLE
from tests.gateway.storage.acts import History, Step

NONCE = b"\x01\x02\x03\x04\x05\x06\x07\x08"
# As the first version made it; never to be changed here.
FIRST_VERSION = (
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "CREATE TABLE events(seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, body BLOB NOT NULL)",
    "CREATE TABLE boots(id INTEGER PRIMARY KEY, device TEXT NOT NULL, boot INTEGER NOT NULL,"
    " nonce BLOB NOT NULL, UNIQUE(device, boot, nonce))",
    "CREATE TABLE records(boot INTEGER NOT NULL, number INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " PRIMARY KEY(boot, number)) WITHOUT ROWID",
    "CREATE TABLE devices(device TEXT PRIMARY KEY, state INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
    " report BLOB NOT NULL) WITHOUT ROWID",
    "INSERT INTO meta VALUES('gateway', 'g1'), ('epoch', 1), ('cache_generation', 'g7')",
    "PRAGMA user_version = 1",
)
SECOND_VERSION = (
    "CREATE TABLE accounts(owner TEXT NOT NULL, unit TEXT NOT NULL, posted INTEGER NOT NULL,"
    " PRIMARY KEY(owner, unit)) WITHOUT ROWID",
    "CREATE TABLE lots(owner TEXT NOT NULL, unit TEXT NOT NULL, lot TEXT NOT NULL,"
    " epoch INTEGER NOT NULL, granted INTEGER NOT NULL, minted INTEGER NOT NULL,"
    " returned INTEGER NOT NULL, spent INTEGER NOT NULL, held INTEGER NOT NULL,"
    " first INTEGER NOT NULL, last INTEGER NOT NULL, terms BLOB NOT NULL, due TEXT,"
    " PRIMARY KEY(owner, unit, lot, epoch)) WITHOUT ROWID",
    "CREATE INDEX lots_due ON lots(epoch, due, first) WHERE due IS NOT NULL",
    "CREATE TABLE postings(id INTEGER PRIMARY KEY, owner TEXT NOT NULL, unit TEXT NOT NULL, lot TEXT,"
    " amount INTEGER NOT NULL, held INTEGER NOT NULL, prev INTEGER NOT NULL)",
    "CREATE TABLE holds(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, until_ms INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE keys(key TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE members(id TEXT PRIMARY KEY, status TEXT NOT NULL, language TEXT NOT NULL,"
    " seq INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE instruments(id TEXT PRIMARY KEY, key BLOB, kind TEXT, member TEXT NOT NULL,"
    " status TEXT NOT NULL, at_ms INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX instruments_by_key ON instruments(key) WHERE key IS NOT NULL",
    "CREATE INDEX instruments_by_member ON instruments(member)",
    "CREATE TABLE people(seq INTEGER PRIMARY KEY, member TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    " salt BLOB NOT NULL)",
)
THIRD_VERSION = (
    "CREATE TABLE orders(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
    " till TEXT NOT NULL, shift TEXT NOT NULL, member TEXT, total INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX orders_by_member ON orders(member, at_ms) WHERE member IS NOT NULL",
    "CREATE INDEX orders_by_time ON orders(at_ms)",
    "CREATE TABLE order_returns(seq INTEGER PRIMARY KEY, order_id TEXT NOT NULL)",
    "CREATE INDEX order_returns_by_order ON order_returns(order_id)",
    "CREATE TABLE parked(name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE shifts(id TEXT PRIMARY KEY, till TEXT NOT NULL, staff TEXT NOT NULL,"
    " seq INTEGER NOT NULL, closed INTEGER, sums BLOB NOT NULL) WITHOUT ROWID",
    "CREATE UNIQUE INDEX shifts_open ON shifts(till) WHERE closed IS NULL",
    "CREATE TABLE codes(code TEXT PRIMARY KEY, owner TEXT NOT NULL, unit TEXT NOT NULL,"
    " lot TEXT NOT NULL) WITHOUT ROWID",
    "INSERT OR IGNORE INTO codes SELECT json_extract(CAST(terms AS TEXT), '$.code') code, owner, unit,"
    " lot FROM lots WHERE owner <> 'suspense' AND code IS NOT NULL ORDER BY first",
    "CREATE TABLE pins(owner TEXT PRIMARY KEY, hash TEXT NOT NULL, tries INTEGER NOT NULL,"
    " locked_until_ms INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID",
)

FOURTH_VERSION = (
    "ALTER TABLE people ADD COLUMN phone_key BLOB",
    "ALTER TABLE people ADD COLUMN phone_box BLOB",
    "CREATE INDEX people_by_phone ON people(phone_key) WHERE phone_key IS NOT NULL",
    "CREATE TABLE consents(member TEXT NOT NULL, purpose TEXT NOT NULL, given INTEGER NOT NULL,"
    " text TEXT NOT NULL, language TEXT NOT NULL, at_ms INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " PRIMARY KEY(member, purpose)) WITHOUT ROWID",
    "CREATE TABLE rotated(step INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY(step, key)) WITHOUT ROWID",
)


def chain(count: int) -> list[Sealed]:
    """Taps as the first version booked them: nothing of acts in their bytes."""
    made: list[Sealed] = []
    prev = GENESIS
    for seq in range(1, count + 1):
        tap = replace(TAP, record=replace(RECORD, nonce=NONCE.hex(), number=100 + seq))
        made.append(seal(decide(BUNDLE, Facts(CARD, LIN), tap), "g1", seq, prev))
        prev = made[-1].hash.hex()
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Twenty events and a record each, in the first layout, left as a crash leaves it: with a log."""
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        for statement in FIRST_VERSION:
            db.execute(statement)
        db.execute("INSERT INTO boots VALUES(1, 'counter-1', 1, ?)", (NONCE,))
        for sealed in chain(20):
            db.execute("INSERT INTO events VALUES(?, ?, ?)", sealed)
            db.execute("INSERT INTO records VALUES(1, ?, ?)", (100 + sealed.seq, sealed.seq))
    return path


def test_the_first_layout_is_still_what_it_was() -> None:
    assert layout.LEDGER_MIGRATIONS[0] == FIRST_VERSION[:5]


def test_a_ledger_of_the_first_version_goes_on(path: Path) -> None:
    ledger = open_ledger(path, "g1")
    assert (ledger.seq, ledger.epoch, ledger.tip) == (20, 1, chain(20)[-1].hash.hex())
    with ledger.transaction() as page:
        place = page.place(RecordKey("counter-1", 1, NONCE, 107))
        assert page.find(place) == 7
        assert page.body(7) == chain(20)[6].body
        assert page.lots("member:m-1") == []
    History(ledger).book([Step("credit", 0, 0, 31), Step("spend", 0, 0, 3)])
    ledger.close()
    report = compare(path, lambda done, total: None)
    assert (report.events, report.differences) == (22, ())
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == layout.LEDGER_VERSION
        assert db.execute("SELECT value FROM meta WHERE key = 'cache_generation'").fetchone() == ("g7",)


def as_third_version(path: Path) -> None:
    """Make a closed ledger the file that the third version would have left of the same log."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for table in ("consents", "rotated", "visits"):
            db.execute(f"DROP TABLE {table}")
        db.execute("DROP INDEX people_by_phone")
        for column in ("phone_box", "phone_key"):
            db.execute(f"ALTER TABLE people DROP COLUMN {column}")
        db.execute("PRAGMA user_version = 3")
        made = (*FIRST_VERSION[:5], *SECOND_VERSION, *THIRD_VERSION)
        assert schema(db) == {statement for statement in made if statement.startswith("CREATE")}


def as_second_version(path: Path) -> None:
    """Make a closed ledger the file that the second version would have left of the same log."""
    as_third_version(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for table in ("orders", "order_returns", "parked", "shifts", "codes", "pins"):
            db.execute(f"DROP TABLE {table}")
        db.execute("PRAGMA user_version = 2")
        assert schema(db) == {*FIRST_VERSION[:5], *SECOND_VERSION}


def schema(db: sqlite3.Connection) -> set[str]:
    """Every statement that made a table or an index."""
    return {row[0] for row in db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}


def test_the_later_layouts_are_still_what_they_were() -> None:
    assert layout.LEDGER_MIGRATIONS[1:4] == (SECOND_VERSION, THIRD_VERSION, FOURTH_VERSION)


def test_a_ledger_of_the_fourth_version_begins_to_keep_visits(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = open_ledger(path, "g1")
    history = History(ledger)
    history.book([Step("enrol", 1), Step("credit", 0, 0, 31)])
    tip = ledger.tip
    ledger.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("DROP TABLE visits")
        db.execute("PRAGMA user_version = 4")
    history.ledger = ledger = open_ledger(path, "g1")
    assert (ledger.seq, ledger.tip) == (2, tip)
    history.book([Step("here", 1), Step("here", 0, 1)])
    with ledger.reading() as page:
        assert page.visits.of("p-1", 9) == [3]
        assert [row.shakes for row in page.visits.counts("2026-11-21")] == [1, 1]
    ledger.close()
    assert compare(path, lambda done, total: None).differences == ()


def test_a_ledger_of_the_second_version_goes_on_and_finds_its_printed_codes(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = open_ledger(path, "g1")
    steps = [Step("credit", 0, 0, 31), *(Step("coded", who, 0, 1 + who % 2) for who in range(5))]
    steps += [Step("spend", 0, 1, 0), Step("fence"), Step("coded", 1, 0, 3), Step("enrol", 1)]
    History(ledger).book(steps)
    codes = ledger._db.execute("SELECT * FROM codes ORDER BY code").fetchall()
    assert [row[0] for row in codes] == ["C-1", "C-2", "C-3"]
    tip = ledger.tip
    ledger.close()
    as_second_version(path)
    ledger = open_ledger(path, "g1")
    assert (ledger.seq, ledger.tip) == (10, tip)
    assert ledger._db.execute("SELECT * FROM codes ORDER BY code").fetchall() == codes
    history = History(ledger)
    history.drawn = 100
    history.book([Step("open"), Step("sell", 0, 1, 0), Step("coded", 2, 0, 4), Step("park", 0, 0, 0)])
    with ledger.transaction() as page:
        page.put_pin("member:m-1", "hash", 0, 0)
        assert page.code("C-4") is not None
    ledger.close()
    assert compare(path, lambda done, total: None).differences == ()


def test_a_ledger_of_the_third_version_keeps_its_names_and_takes_numbers(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = open_ledger(path, "g1")
    history = History(ledger)
    history.book([Step("enrol", 1), Step("enrol", 2)])
    old = PersonRow("p-1", "林晓雯", b"salt", 1)
    with ledger.transaction() as page:
        page.put_person(old)
    ledger.close()
    as_third_version(path)
    ledger = open_ledger(path, "g1")
    new = PersonRow("p-2", "", b"salt", 2, b"key", b"box")
    with ledger.transaction() as page:
        assert page.person("p-1") == old
        page.put_person(new)
        assert page.people_by_phone(b"key") == [new]
    history.ledger = ledger
    history.book([Step("consent", 0, 0, 1), Step("shown", 1, 2, 3), Step("here", 1), Step("forget", 0)])
    with ledger.reading() as page:
        assert page.people(0, 9) == [new]
        assert page.people_by_phone(b"key") == [new]
    ledger.close()
    assert compare(path, lambda done, total: None).differences == ()


def test_an_old_ledger_of_the_first_version_comes_all_the_way(path: Path) -> None:
    open_ledger(path, "g1").close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == 5
        assert db.execute("SELECT count(*) FROM shifts").fetchone() == (0,)


def test_a_migration_that_is_cut_short_is_done_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = layout.LEDGER_MIGRATIONS
    cut = (whole[0], (*whole[1][:4], "CREATE NONSENSE"))
    monkeypatch.setattr(layout, "LEDGER_MIGRATIONS", cut)
    with pytest.raises(sqlite3.OperationalError):
        open_ledger(path, "g1")
    monkeypatch.setattr(layout, "LEDGER_MIGRATIONS", whole)
    ledger = open_ledger(path, "g1")
    assert ledger.seq == 20
    ledger.close()
