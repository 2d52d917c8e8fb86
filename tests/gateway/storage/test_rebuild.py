"""A ledger whose rows are not what its events say: found, and put right, or told that only a backup helps."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.core.decide import decide
from gateway.core.event import GENESIS
from gateway.core.model import Facts
from gateway.errors import LedgerDamaged
from gateway.storage import layout, rebuild
from gateway.storage.differences import TABLES
from gateway.storage.digest import digest
from gateway.storage.ledger import RecordKey
from gateway.storage.opening import open_ledger
from gateway.storage.rebuild import compare, repair
from gateway.storage.salvage import ONLY_THERE
from tests.gateway.core.test_decide import CARD, LIN, RECORD, TAP
from tests.gateway.rig import BUNDLE
from tests.gateway.storage.acts import History, Step, state_of

EVERYTHING = (
    Step("credit", 0, 0, 31), Step("credit", 1, 1, 11), Step("credit", 0, 1, 3), Step("both", 0, 1, 3),
    Step("hold", 0, 0, 5), Step("spend", 0, 0, 2), Step("enrol", 1), Step("link", 0, 0, 0), Step("take", 1),
)  # fmt: skip
AT_A_TILL = (
    Step("coded", 0, 0, 1), Step("open", 0, 3), Step("sell", 0, 1, 2), Step("go_back", 0, 0, 1),
    Step("park", 0, 1),
)  # fmt: skip
WISHES = (Step("consent", 0, 0, 1), Step("shown", 1, 2, 3), Step("here", 1, 1, 7))


TAPS = 4
EVENTS = len(EVERYTHING) + len(AT_A_TILL) + len(WISHES) + TAPS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed ledger with a row in every table."""
    path = tmp_path / "ledger.db"
    ledger = open_ledger(path, "g1")
    History(ledger).book((*EVERYTHING, *AT_A_TILL, *WISHES))
    with ledger.transaction() as page:
        page.put_pin("member:m-1", "hash", 2, 77)
        for number in range(1, TAPS + 1):
            record = replace(RECORD, boot=number % 2, number=number)
            key = RecordKey(TAP.device, record.boot, bytes.fromhex(record.nonce), number)
            page.add(decide(BUNDLE, Facts(CARD, LIN), replace(TAP, record=record)), page.place(key))
    ledger.close()
    return path


def silent(done: int, total: int) -> None:
    """Whoever does not look."""


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            assert db.execute(statement).rowcount, f"{statement} changes nothing"
        db.commit()


def read(path: Path, ask: Callable[[sqlite3.Connection], object]) -> object:
    with closing(sqlite3.connect(layout.read_only_uri(path), uri=True)) as db:
        return ask(db)


def rows(path: Path, table: str) -> object:
    return read(path, lambda db: db.execute(f"SELECT * FROM {table}").fetchall())


def test_a_ledger_that_is_right_is_not_written_to(path: Path) -> None:
    before = path.read_bytes()
    bodies = read(path, lambda db: [row[0] for row in db.execute("SELECT body FROM events ORDER BY seq")])
    for check in (compare, repair):
        report = check(path, silent)
        assert (report.events, report.differences) == (EVENTS, ())
        assert report.digest == state_of(bodies).digest()  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert [name.name for name in path.parent.iterdir() if "rebuild" in name.name] == []


def test_an_empty_ledger_is_right(tmp_path: Path) -> None:
    open_ledger(tmp_path / "ledger.db", "g1").close()
    report = compare(tmp_path / "ledger.db", silent)
    assert (report.events, report.tip, report.differences) == (0, GENESIS, ())


@pytest.mark.parametrize("table", TABLES)
def test_every_table_lost_is_found_and_made_again(path: Path, table: str) -> None:
    before = rows(path, table)
    assert before, "the history fills every table"
    change(path, f"DELETE FROM {table}")
    found = compare(path, silent).differences
    assert [(row.table, row.missing, row.different, row.extra) for row in found] == [
        (table, len(before), 0, 0)
    ]  # type: ignore[arg-type]
    assert repair(path, silent).differences == found
    assert rows(path, table) == before
    assert compare(path, silent).differences == ()


EDITS = {
    "a balance": "UPDATE accounts SET posted = posted + 1",
    "an amount": "UPDATE lots SET minted = minted + 1 WHERE unit = 'PTS'",
    "terms": "UPDATE lots SET terms = '{\"face\":1}'",
    "terms as text": "UPDATE lots SET terms = CAST(terms AS TEXT)",
    "a day": "UPDATE lots SET due = NULL WHERE due IS NOT NULL",
    "another epoch": "UPDATE lots SET epoch = 9",
    "a chain": "UPDATE postings SET prev = 0",
    "a key": "UPDATE keys SET seq = 1",
    "a hold": "UPDATE holds SET until_ms = 0",
    "a status": "UPDATE members SET status = 'active'",
    "a card": "UPDATE instruments SET member = 'm-9'",
    "a consent": "UPDATE consents SET given = 0",
    "a visit": "UPDATE visits SET hour = hour + 1",
    "a visit of nobody": "UPDATE visits SET member = NULL",
    "a redemption": "UPDATE visits SET redeemed = 1",
    "a code shown": "UPDATE rotated SET step = step + 1",
    "one too many": "INSERT INTO keys VALUES('made up', 1)",
    "a posting too many": "INSERT INTO postings VALUES(99999999, 'issuer', 'PTS', NULL, 5, 0, 0)",
    "a code": "UPDATE codes SET lot = '0.0'",
    "a code too many": "INSERT INTO codes VALUES('made up', 'member:m-1', 'CPN:tea', '0.0')",
    "an order": "UPDATE orders SET total = 1",
    "an order of nobody": "UPDATE orders SET member = NULL",
    "a return": "UPDATE order_returns SET order_id = 'x'",
    "a parked basket": "UPDATE parked SET seq = 1",
    "a shift": "UPDATE shifts SET closed = 3",
    "sums": "UPDATE shifts SET sums = CAST(replace(sums, '300', '301') AS BLOB)",
    "a record": "UPDATE records SET seq = 1 WHERE number = 2",
    "records": "DELETE FROM records",
    "starts": "DELETE FROM boots WHERE boot = 1",
    "a start": "UPDATE boots SET device = 'counter-9' WHERE boot = 0",
    "a record too many": "INSERT INTO records VALUES(1, 99, 1)",
    "a record of no start": "INSERT INTO records VALUES(9, 99, 1)",
    "the epoch": "UPDATE meta SET value = 7 WHERE key = 'epoch'",
}


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_is_found_and_put_right(path: Path, name: str) -> None:
    tables = (*TABLES, "meta")
    before = [*(rows(path, table) for table in tables), answered(path)]
    change(path, EDITS[name])
    found = compare(path, silent).differences
    assert found
    assert repair(path, silent).differences == found
    assert [*(rows(path, table) for table in tables), answered(path)] == before
    assert compare(path, silent).differences == ()


def answered(path: Path) -> object:
    """Which record has which event, whatever numbers its starts have."""
    query = "SELECT device, boots.boot, nonce, number, seq FROM records JOIN boots ON id = records.boot"
    return read(path, lambda db: db.execute(query + " ORDER BY seq").fetchall())


def test_an_index_that_lost_its_rows_is_made_again(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'lots_due'").fetchone()[0]
        size = db.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(path.read_bytes())
    empty_index_leaf = bytes((10, 0, 0, 0, 0)) + size.to_bytes(2, "big") + b"\0"
    content[(root - 1) * size : root * size] = empty_index_leaf + bytes(size - 8)
    path.write_bytes(content)
    with pytest.raises(LedgerDamaged, match="lots_due"):
        compare(path, silent)
    change(path, "UPDATE lots SET minted = minted + 1 WHERE owner = 'member:m-1'")
    repair(path, silent)
    assert compare(path, silent).differences == ()


@pytest.mark.parametrize("name", [*TABLES, "lots_due", "records", "boots"])
@pytest.mark.parametrize("filled", [b"\xff", b"\0"])
def test_a_torn_page_is_found_and_the_file_is_written_anew(path: Path, name: str, filled: bytes) -> None:
    before = [*(rows(path, table) for table in (*TABLES, *ONLY_THERE)), answered(path)]
    torn = tear(path, name, filled)
    with pytest.raises(LedgerDamaged, match=r"ledger\.db.*rebuild"):
        compare(path, silent)
    assert path.read_bytes() == torn, "looking changes nothing"
    report = repair(path, silent)
    assert compare(path, silent).differences == ()
    assert [*(rows(path, table) for table in (*TABLES, *ONLY_THERE)), answered(path)] == before
    if report.aside is None:
        assert name == "lots_due", "an index alone is made again in its place"
    else:
        assert report.aside.read_bytes() == torn
    ledger = open_ledger(path, "g1")
    assert (ledger.seq, ledger.tip) == (report.events, report.tip)
    ledger.close()


@pytest.mark.parametrize("name", ["events", "people", "meta", "pins"])
def test_a_torn_page_of_what_only_the_file_has_is_beyond_repair(path: Path, name: str) -> None:
    torn = tear(path, name, b"\xff")
    for check in (compare, repair):
        with pytest.raises(LedgerDamaged):
            check(path, silent)
    assert path.read_bytes() == torn
    assert sorted(file.name for file in path.parent.iterdir() if "-" not in file.name) == ["ledger.db"]


def test_who_was_killed_while_writing_anew_begins_again(path: Path) -> None:
    tear(path, "lots", b"\xff")
    path.with_name("ledger.db.rebuilt").write_bytes(b"half a file")
    assert repair(path, silent).aside == path.with_name("ledger.db.damaged-1")
    tear(path, "lots", b"\xff")
    assert repair(path, silent).aside == path.with_name("ledger.db.damaged-2")
    assert compare(path, silent).differences == ()


def tear(path: Path, name: str, filled: bytes) -> bytes:
    """Overwrite half of the first page of a table or index; the file's bytes then."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
    content = bytearray(path.read_bytes())
    content[(root - 1) * 4096 : (root - 1) * 4096 + 2048] = filled * 2048
    path.write_bytes(content)
    return bytes(content)


def test_a_broken_log_is_told_and_never_repaired(path: Path) -> None:
    change(
        path,
        "UPDATE events SET body = CAST(replace(body, 'PTS', 'PTX') AS BLOB) WHERE seq = 4",
        "DELETE FROM keys",
    )
    before = path.read_bytes()
    for check in (compare, repair):
        with pytest.raises(LedgerDamaged, match="event 4 is broken"):
            check(path, silent)
    assert path.read_bytes() == before


def test_an_old_layout_and_no_ledger_are_told(path: Path) -> None:
    with pytest.raises(LedgerDamaged, match="no ledger"):
        compare(path.with_name("other.db"), silent)
    assert not path.with_name("other.db").exists()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 1")
    with pytest.raises(LedgerDamaged, match="layout 1"):
        compare(path, silent)


def test_it_is_compared_while_the_gateway_books(path: Path) -> None:
    ledger = open_ledger(path, "g1")
    history = History(ledger)
    history.drawn = 1_000

    def book(done: int, total: int) -> None:
        history.book([Step("credit", 1, 0, 5)])

    assert compare(path, book).events == EVENTS
    assert ledger.seq > EVENTS
    assert compare(path, silent).differences == ()
    ledger.close()


def test_many_chunks_are_as_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = compare(path, silent)
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(rebuild, "EVENTS_TOGETHER", 2)
    monkeypatch.setattr(rebuild, "PROGRESS_EVENTS", 4)
    assert compare(path, lambda done, total: seen.append((done, total))) == whole
    assert seen == [*((done, EVENTS) for done in range(4, EVENTS + 1, 4)), (EVENTS, EVENTS)]
    assert digest_of(path) == whole.digest


def digest_of(path: Path) -> object:
    return read(path, digest)
