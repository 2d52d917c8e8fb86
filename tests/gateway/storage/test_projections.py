"""What follows from events, in SQL: the same as the reference's plain values, whatever happens."""

import random
import sqlite3
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from gateway.core.event import open_event
from gateway.core.model import DONE
from gateway.core.state import State
from gateway.storage.digest import digest
from gateway.storage.ledger import Ledger
from gateway.storage.opening import open_ledger
from gateway.storage.rebuild import compare
from tests.gateway.storage.acts import KINDS, OWNERS, History, Step, state_of
from tests.gateway.storage.till_acts import TILLS

STEPS = some.builds(Step, some.sampled_from(KINDS), *[some.integers(0, 60)] * 3)
BATCHES = some.lists(some.lists(STEPS, max_size=6), max_size=8)


def bodies(db: sqlite3.Connection) -> list[bytes]:
    return [row[0] for row in db.execute("SELECT body FROM events ORDER BY seq")]


@given(BATCHES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_sql_state_and_rebuilt_are_one(batches: list[list[Step]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        ledger = open_ledger(path, "g1")
        ledger._db.execute("PRAGMA synchronous = OFF")  # nothing is proved of disks here
        history = History(ledger)
        for batch in batches:
            history.book(batch)
        db = ledger._db
        state = state_of(bodies(db))
        assert digest(db) == state.digest()
        assert_the_same(ledger, state)
        report = compare(path, lambda done, total: None)
        assert (report.digest, report.differences) == (state.digest(), ())
        ledger.close()


def test_a_long_history_does_everything(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db", "g1")
    history = History(ledger)
    done: dict[str, int] = {}
    drawn = random.Random(7)
    for number in range(900):
        kind = drawn.choice(KINDS)
        if kind in ("fence", "next_day") and number % 7:
            continue
        for made in history.book([Step(kind, *(drawn.randrange(60) for _ in range(3)))]):
            if made.outcome.name == DONE:
                done[kind] = done.get(kind, 0) + 1
    assert set(done) == set(KINDS) - {"next_day"}
    state = state_of(bodies(ledger._db))
    kept = state.visits.values()
    assert {visit.redeemed for visit in kept} == {True, False}
    assert any(visit.member is None for visit in kept)
    assert digest(ledger._db) == state.digest()
    assert_the_same(ledger, state)


def assert_the_same(ledger: Ledger, state: State) -> None:
    """What no digest covers: keys, what may be returned, members and instruments."""
    db = ledger._db
    assert ledger.epoch == state.epoch
    assert dict(db.execute("SELECT key, seq FROM keys")) == state.keys
    members = {row[0]: row[1:] for row in db.execute("SELECT id, status, language FROM members")}
    assert members == state.members
    with ledger.reading() as page:
        randoms = {made.random for made in map(open_event, bodies(db))}
        returnables = {random: page.returnable(random) for random in randoms}
        assert {random: seq for random, seq in returnables.items() if seq} == state.returnables
        for key, theirs in state.instruments.items():
            row = page.instrument(bytes.fromhex(key))
            assert row is not None
            assert (row.id, row.kind, row.member, row.status, row.at_ms) == theirs
    assert_the_same_tills(ledger, state)
    assert_what_touched_an_owner_last(ledger)
    assert_the_same_wishes(ledger, state)
    cards = db.execute("SELECT count(*) FROM instruments WHERE key IS NOT NULL").fetchone()[0]
    assert cards == len({row.id for row in state.instruments.values()})
    units = db.execute("SELECT unit, sum(amount) FROM postings GROUP BY unit").fetchall()
    assert all(amount == 0 for _, amount in units), "each unit sums to zero"
    left = "sum(granted + minted - returned - spent), sum(held)"
    lots = f"SELECT owner, unit, lot, {left} FROM lots WHERE epoch = ?"
    by_lot = " GROUP BY owner, unit, lot ORDER BY owner, unit, lot"
    if ledger.epoch == 1:
        postings = "SELECT owner, unit, lot, sum(amount), sum(held) FROM postings WHERE lot IS NOT NULL"
        assert db.execute(postings + by_lot).fetchall() == db.execute(lots + by_lot, (1,)).fetchall()


def assert_what_touched_an_owner_last(ledger: Ledger) -> None:
    """The newest events of an owner's lots are those that its whole history ends with."""
    with ledger.reading() as page:
        for owner in OWNERS:
            touched = sorted({posting.seq for posting in page._book.history(owner)}, reverse=True)
            assert page.newest(owner, 10_000) == touched
            assert page.newest(owner, 3) == touched[:3]


def assert_the_same_wishes(ledger: Ledger, state: State) -> None:
    """What members allow, and which rotating codes were shown."""
    with ledger.reading() as page:
        told = {(row.member, row.purpose): row[2:6] for name in state.members for row in page.consents(name)}
        assert told == state.consents
        assert all(page.rotated(bytes.fromhex(key), step) for key, step in state.rotated)
    columns = "seq, at_ms, day, hour, member, proof, beacon, place, shaken, redeemed"
    visits = {row[0]: row[1:] for row in ledger._db.execute(f"SELECT {columns} FROM visits")}
    assert visits == state.visits
    assert ledger._db.execute("SELECT count(*) FROM rotated").fetchone()[0] == len(state.rotated)
    assert ledger._db.execute("SELECT count(*) FROM consents").fetchone()[0] == len(state.consents)


def assert_the_same_tills(ledger: Ledger, state: State) -> None:
    """Orders, their returns, parked baskets and shifts; and every printed code."""
    db, tills = ledger._db, state.tills
    assert dict(db.execute("SELECT id, seq FROM orders")) == tills.orders
    assert dict(db.execute("SELECT name, seq FROM parked")) == tills.parked
    with ledger.reading() as page:
        returns = {order: tuple(page.tills.order_returns(order)) for order in tills.orders}
        assert {order: seqs for order, seqs in returns.items() if seqs} == tills.returns
        shifts = {id_: page.tills.shift(id_) for (id_,) in db.execute("SELECT id FROM shifts")}
        assert {id_: row and row[1:] for id_, row in shifts.items()} == tills.shifts
        for till in TILLS:
            row = page.tills.open_shift(till)
            assert (row and row.id) == tills.open_at(till)
    first: dict[str, str] = {}
    for (body,) in db.execute("SELECT body FROM events ORDER BY seq"):
        for new in open_event(body).lots or ():
            if new.nature.terms.code is not None:
                first.setdefault(new.nature.terms.code, new.lot)
    assert dict(db.execute("SELECT code, lot FROM codes")) == first
