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
