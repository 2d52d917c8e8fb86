"""The transaction of a batch: all or nothing, found again by key, and never answered when unwritten."""

import sqlite3
from typing import Any

import pytest

from gateway.core.event import GENESIS
from gateway.errors import LedgerRefused, LedgerUnsafe
from gateway.storage import ledger as ledgers
from gateway.storage.ledger import RecordKey
from gateway.storage.verify import verify_chain
from tests.gateway.core.test_event import DECISIONS
from tests.gateway.rig import LIN, NONCE, House

KEY = RecordKey("counter-1", 1, NONCE, 7)


class Failing:
    """A connection whose statement `verb` fails with an error of our choosing, before or after it ran."""

    def __init__(self, db: sqlite3.Connection, verb: str, name: str, after: bool = False) -> None:
        self._db, self._verb, self._name, self._after = db, verb, name, after

    def execute(self, statement: str, *values: Any) -> Any:
        if statement.startswith(self._verb):
            if self._after:
                self._db.execute(statement, *values)
            problem = sqlite3.OperationalError(self._name)
            problem.sqlite_errorname = self._name
            raise problem
        return self._db.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


def add(house: House, key: RecordKey | None = KEY) -> int:
    with house.ledger.transaction() as page:
        return page.add(DECISIONS[0], None if key is None else page.place(key)).seq


def find(house: House, key: RecordKey) -> int | None:
    with house.ledger.transaction() as page:
        return page.find(page.place(key))


def test_a_record_is_found_by_all_four_parts_of_its_key(house: House) -> None:
    house.open()
    assert add(house) == 1
    assert find(house, KEY) == 1
    others = (
        KEY._replace(device="counter-2"),
        KEY._replace(boot=2),
        KEY._replace(nonce=NONCE[::-1]),
        KEY._replace(number=8),
    )
    assert [find(house, other) for other in others] == [None] * 4


def test_an_older_number_that_never_came_is_new(house: House) -> None:
    house.open()
    add(house, KEY._replace(number=1_000))
    assert find(house, KEY._replace(number=999)) is None


def test_a_start_read_again_from_the_file_still_knows_its_records(house: House) -> None:
    house.open()
    numbers = [5, 3, 9, 1]
    for number in numbers:
        add(house, KEY._replace(number=number))
    house.reopen()
    found = [find(house, KEY._replace(number=number)) for number in range(1, 11)]
    assert found == [4, None, 2, None, 1, None, None, None, 3, None]


def test_a_batch_undone_does_not_hide_its_records_from_the_next(house: House) -> None:
    house.open()
    add(house, KEY._replace(number=1))
    with pytest.raises(RuntimeError), house.ledger.transaction() as page:
        page.add(DECISIONS[0], page.place(KEY._replace(number=50)))
        raise RuntimeError
    assert find(house, KEY._replace(number=50)) is None
    assert add(house, KEY._replace(number=50)) == 2
    assert find(house, KEY._replace(number=50)) == 2


def test_a_record_of_the_same_batch_is_found(house: House) -> None:
    house.open()
    with house.ledger.transaction() as page:
        place = page.place(KEY)
        sealed = page.add(DECISIONS[0], place)
        assert page.find(place) == sealed.seq
        assert page.body(sealed.seq) == sealed.body


def test_starts_beyond_the_cache_of_them_are_still_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "STARTS_KEPT_MAX", 2)
    house.open()
    keys = [KEY._replace(boot=boot) for boot in range(1, 8)]
    seqs = [add(house, key) for key in keys]
    assert [find(house, key) for key in keys] == seqs
    assert len(house.ledger._starts) == 2
    assert house.rows("SELECT count(*) FROM boots") == [(7,)]


def test_a_raising_batch_leaves_nothing(house: House) -> None:
    house.open()
    with pytest.raises(RuntimeError), house.ledger.transaction() as page:
        page.add(DECISIONS[0], page.place(KEY))
        raise RuntimeError
    assert (house.ledger.seq, house.ledger.tip) == (0, GENESIS)
    assert house.rows("SELECT (SELECT count(*) FROM boots), (SELECT count(*) FROM events)") == [(0, 0)]
    assert add(house) == 1


@pytest.mark.parametrize("name", ["SQLITE_FULL", "SQLITE_BUSY"])
@pytest.mark.parametrize("verb", ["BEGIN", "INSERT INTO boots", "COMMIT"])
def test_where_nothing_was_written_the_batch_is_refused_and_may_come_again(
    house: House, verb: str, name: str
) -> None:
    house.open()
    db = house.ledger._db
    house.ledger._db = Failing(db, verb, name)  # type: ignore[assignment]
    with pytest.raises(LedgerRefused):
        add(house)
    assert house.ledger.seq == 0
    house.ledger._db = db
    assert add(house) == 1
    assert verify_chain(db).seq == 1


@pytest.mark.parametrize(
    "name", ["SQLITE_IOERR_FSYNC", "SQLITE_IOERR_WRITE", "SQLITE_CORRUPT", "SQLITE_READONLY"]
)
def test_a_failed_commit_is_unsafe_and_what_it_left_is_found_by_its_key(house: House, name: str) -> None:
    house.open()
    house.ledger._db = Failing(house.ledger._db, "COMMIT", name, after=True)  # type: ignore[assignment]
    with pytest.raises(LedgerUnsafe, match=name):
        add(house)
    house.reopen()
    assert house.ledger.seq == 1, "the ghost of the failed commit"
    assert find(house, KEY) == 1


def test_a_full_file_refuses_and_recovers_when_there_is_room(house: House) -> None:
    house.open()
    db = house.ledger._db
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages + 2}")
    served = 0
    while True:
        try:
            add(house, KEY._replace(number=served + 1))
        except LedgerRefused as problem:
            assert "SQLITE_FULL" in problem.message
            break
        served += 1
        assert served < 100
    assert house.ledger.seq == served
    assert verify_chain(db).seq == served
    db.execute("PRAGMA max_page_count = 100000")
    assert add(house, KEY._replace(number=served + 1)) == served + 1


def test_events_are_contiguous_and_chained(house: House) -> None:
    house.open()
    for start in range(0, 20, 4):
        house.desk.serve([house.tap(LIN) for _ in range(start % 3 + 1)])
    assert [row[0] for row in house.rows("SELECT seq FROM events ORDER BY seq")] == list(
        range(1, house.ledger.seq + 1)
    )
    assert verify_chain(house.ledger._db)[:2] == (house.ledger.seq, house.ledger.tip)
