"""Opening a ledger: new, again, after a crash, damaged, too new, another gateway's."""

import os
import sqlite3
from pathlib import Path

import pytest

from gateway.core.event import open_event
from gateway.errors import LedgerDamaged, LedgerTooNew, SettingsError
from gateway.storage import layout, opening
from gateway.storage.opening import checkpoint, open_ledger
from gateway.storage.verify import verify_chain
from tests.gateway.rig import LIN, House, booked_of


def test_a_new_ledger_has_the_layout_and_is_durable(house: House) -> None:
    house.open()
    assert house.rows("PRAGMA user_version") == [(layout.LEDGER_VERSION,)]
    assert house.rows("PRAGMA journal_mode") == [("wal",)]
    assert house.rows("SELECT key, value FROM meta ORDER BY key") == [
        ("cache_generation", "g1"),
        ("epoch", 1),
        ("gateway", "g1"),
    ]
    assert house.ledger._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_opened_again_it_goes_on_where_it_ended(house: House) -> None:
    house.open().desk.serve([house.tap(LIN), house.tap(LIN)])
    seq, tip = house.ledger.seq, house.ledger.tip
    house.reopen()
    assert (house.ledger.seq, house.ledger.tip) == (seq, tip)
    house.desk.serve([house.tap(LIN)])
    assert house.ledger.seq == 3
    assert verify_chain(house.ledger._db).bad_seq is None


def test_files_are_synced_before_sqlite_reads_them(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.open().desk.serve([house.tap(LIN)])
    crashed = snapshot(house)
    house.closing.close()
    restore(house, crashed)
    order: list[str] = []
    real_sync, real_connect = os.fsync, sqlite3.connect
    monkeypatch.setattr(
        os, "fsync", lambda fd: (order.append(os.readlink(f"/proc/self/fd/{fd}")), real_sync(fd))
    )
    monkeypatch.setattr(
        sqlite3, "connect", lambda *a, **k: (order.append("connect"), real_connect(*a, **k))[1]
    )
    open_ledger(house.ledger_path, "g1").close()
    names = [Path(name).name for name in order]
    assert names[:4] == ["ledger.db", "ledger.db-wal", "data", "connect"]


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.6, 0.9, 0.999])
def test_a_log_cut_short_opens_at_the_last_whole_commit(house: House, kept: float) -> None:
    house.open()
    for _ in range(12):
        house.desk.serve([house.tap(LIN)])
    files = snapshot(house)
    house.closing.close()
    wal = files["ledger.db-wal"]
    restore(house, {**files, "ledger.db-wal": wal[: int(len(wal) * kept)], "ledger.db-shm": b""})
    ledger = open_ledger(house.ledger_path, "g1")
    assert 0 <= ledger.seq <= 12
    verdict = verify_chain(ledger._db)
    assert (verdict.seq, verdict.tip, verdict.bad_seq) == (ledger.seq, ledger.tip, None)
    ledger.close()


def test_records_whose_commit_was_lost_are_booked_again_with_their_key(house: House) -> None:
    house.open()
    for number in range(1, 6):
        house.desk.serve([house.tap(LIN, number)])
    files = snapshot(house)
    house.closing.close()
    restore(house, {**files, "ledger.db-wal": files["ledger.db-wal"][:-20_000], "ledger.db-shm": b""})
    house.open()
    kept = house.ledger.seq
    assert kept < 5
    seqs = [booked_of(house.desk.serve([house.tap(LIN, number)]))[0].seq for number in range(1, 6)]
    assert seqs[:kept] == list(range(1, kept + 1)), "what was kept is answered from the file"
    types = [open_event(body).type for body in house.bodies()]
    assert [types[seq - 1] for seq in seqs] == ["tap.seen"] * 5
    assert len(types) == 6, "and the gateway tells once that it had announced more"


@pytest.mark.parametrize("at", [0, 24, 100, 4_096 + 3])
def test_a_damaged_ledger_stops_the_gateway_and_stays_as_it_is(house: House, at: int) -> None:
    house.open()
    for _ in range(20):
        house.desk.serve([house.tap(LIN)])
    house.closing.close()
    path = house.ledger_path
    content = bytearray(path.read_bytes())
    content[at : at + 60] = os.urandom(60)
    path.write_bytes(content)
    for leftover in ("-wal", "-shm"):
        path.with_name(path.name + leftover).unlink(missing_ok=True)
    with pytest.raises(LedgerDamaged) as caught:
        open_ledger(path, "g1")
    assert str(path) in caught.value.message
    assert "Restore" in caught.value.hint
    assert path.read_bytes() == bytes(content)


def test_an_edited_event_is_found_at_start(house: House) -> None:
    house.open().desk.serve([house.tap(LIN), house.tap(LIN), house.tap(LIN)])
    house.closing.close()
    db = sqlite3.connect(house.ledger_path)
    db.execute("UPDATE events SET body = replace(body, 'greeted', 'unknown') WHERE seq = 2")
    db.commit()
    db.close()
    with pytest.raises(LedgerDamaged, match="event 2 is broken"):
        open_ledger(house.ledger_path, "g1")


def test_a_ledger_of_a_later_version_is_left_alone(house: House) -> None:
    house.open()
    house.closing.close()
    db = sqlite3.connect(house.ledger_path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(LedgerTooNew, match="layout 99"):
        open_ledger(house.ledger_path, "g1")


def test_another_gateways_ledger_is_refused_by_name(house: House) -> None:
    house.open()
    house.closing.close()
    with pytest.raises(SettingsError, match="belongs to 'g1'") as caught:
        open_ledger(house.ledger_path, "g2")
    assert 'id = "g1"' in caught.value.hint


def test_a_migration_is_all_or_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.open().desk.serve([house.tap(LIN)])
    house.closing.close()
    broken = (*layout.LEDGER_MIGRATIONS, ("CREATE TABLE more(id)", "CREATE NONSENSE"))
    monkeypatch.setattr(layout, "LEDGER_MIGRATIONS", broken)
    monkeypatch.setattr(layout, "LEDGER_VERSION", len(broken))
    with pytest.raises(sqlite3.OperationalError):
        open_ledger(house.ledger_path, "g1")
    monkeypatch.undo()
    assert open_ledger(house.ledger_path, "g1").seq == 1
    assert house.rows("SELECT name FROM sqlite_master WHERE name = 'more'") == []


def test_a_checkpoint_beside_the_open_ledger_moves_the_log(house: House) -> None:
    house.open()
    before = house.ledger_path.stat().st_size
    for _ in range(30):
        house.desk.serve([house.tap(LIN)])
    checkpoint(house.ledger_path)
    assert house.ledger_path.stat().st_size > before
    house.desk.serve([house.tap(LIN)])
    assert verify_chain(house.ledger._db).seq == 31


def test_quick_check_is_skipped_above_its_bound(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.open()
    house.closing.close()
    monkeypatch.setattr(opening, "QUICK_CHECK_BYTES_MAX", 0)
    open_ledger(house.ledger_path, "g1").close()


def snapshot(house: House) -> dict[str, bytes]:
    """The ledger's files as a power cut would leave them: SQLite has not closed them."""
    folder = house.ledger_path.parent
    return {path.name: path.read_bytes() for path in folder.glob("ledger.db*")}


def restore(house: House, files: dict[str, bytes]) -> None:
    folder = house.ledger_path.parent
    for path in folder.glob("ledger.db*"):
        path.unlink()
    for name, content in files.items():
        if content:
            (folder / name).write_bytes(content)
