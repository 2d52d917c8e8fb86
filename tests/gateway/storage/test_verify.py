"""The chain holds, or the first place where it does not is named."""

import pytest

from gateway.core.event import GENESIS
from gateway.storage import verify
from gateway.storage.verify import Verdict, verify_chain
from tests.gateway.rig import LIN, House


@pytest.fixture
def full(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(verify, "EVENTS_READ_MAX", 3)
    house.open().desk.serve([house.tap(LIN) for _ in range(10)])
    return house


def test_an_empty_ledger_holds(house: House) -> None:
    assert verify_chain(house.open().ledger._db) == Verdict(0, GENESIS)


def test_a_whole_chain_holds_from_anywhere(full: House) -> None:
    whole = Verdict(10, full.ledger.tip)
    assert [verify_chain(full.ledger._db, after) for after in (0, 1, 9, 10)] == [whole] * 4


@pytest.mark.parametrize(
    ("statement", "bad_seq", "reason"),
    [
        ("DELETE FROM events WHERE seq = 4", 4, "missing: 4"),
        ("DELETE FROM events WHERE seq = 1", 1, "missing: 1"),
        ("UPDATE events SET hash = zeroblob(32) WHERE seq = 6", 6, "hash_differs: 6"),
        ("UPDATE events SET body = body || ' ' WHERE seq = 2", 2, "not_bytes: 2"),
        ("UPDATE events SET body = CAST(body || ' ' AS BLOB) WHERE seq = 3", 3, "hash_differs: 3"),
    ],
)
def test_the_first_bad_event_is_named(full: House, statement: str, bad_seq: int, reason: str) -> None:
    full.ledger._db.execute(statement)
    verdict = verify_chain(full.ledger._db)
    assert (verdict.bad_seq, verdict.reason) == (bad_seq, reason)


def test_swapped_events_are_found(full: House) -> None:
    db = full.ledger._db
    db.execute("UPDATE events SET seq = 99 WHERE seq = 5")
    db.execute("UPDATE events SET seq = 5 WHERE seq = 6")
    db.execute("UPDATE events SET seq = 6 WHERE seq = 99")
    assert verify_chain(db).bad_seq == 5
