"""Backups: one state of a ledger in use, judged whole, put back without losing what was there."""

import sqlite3
import threading
from pathlib import Path

import pytest

from gateway.storage import backup, layout
from gateway.storage.backup import BackupRefused, check_backup, make_backup, prune, restore
from gateway.storage.opening import open_ledger
from gateway.storage.verify import verify_chain
from tests.gateway.rig import LIN, NOON_MS, House


def silent(done: int, whole: int) -> None:
    assert 0 <= done <= whole


def booked(house: House, taps: int) -> House:
    house.open()
    for _ in range(taps):
        house.desk.serve([house.tap(LIN)])
    return house


def test_a_backup_is_whole_and_says_what_it_holds(house: House, tmp_path: Path) -> None:
    booked(house, 5)
    made = make_backup(house.ledger_path, tmp_path / "kept", NOON_MS, silent)
    assert made.folder.name == f"g1-5-{house.ledger.tip[:8]}" and made.manifest.tip == house.ledger.tip
    assert check_backup(made.folder) == made
    assert sorted(file.name for file in made.folder.iterdir()) == ["ledger.db", "manifest.json"]
    assert all(file.stat().st_mode & 0o077 == 0 for file in (made.folder, *made.folder.iterdir()))


def test_the_gateway_writes_on_and_the_backup_is_one_moment(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked(house, 200)
    monkeypatch.setattr(backup, "PAGES_TOGETHER", 1)
    seen: list[int] = []

    def write_on(done: int, whole: int) -> None:
        seen.append(done)
        house.desk.serve([house.tap(LIN)])

    made = make_backup(house.ledger_path, tmp_path / "kept", NOON_MS, write_on)
    assert made.manifest.seq == 200 and len(seen) > 10 and seen == sorted(seen)
    assert house.ledger.seq == 200 + len(seen)


def test_it_does_not_disturb_writers_in_another_thread(house: House, tmp_path: Path) -> None:
    booked(house, 50)
    results: list[str] = []
    worker = threading.Thread(
        target=lambda: results.append(
            make_backup(house.ledger_path, tmp_path / "kept", NOON_MS, silent).folder.name
        )
    )
    worker.start()
    for _ in range(50):
        house.desk.serve([house.tap(LIN)])
    worker.join()
    assert house.ledger.seq == 100 and len(results) == 1
    check_backup(tmp_path / "kept" / results[0])


def test_the_same_state_again_is_the_same_backup(house: House, tmp_path: Path) -> None:
    booked(house, 3)
    first = make_backup(house.ledger_path, tmp_path, NOON_MS, silent)
    assert make_backup(house.ledger_path, tmp_path, NOON_MS + 1, silent) == first
    assert list(tmp_path.glob("g1-*")) == [first.folder]


def test_one_that_has_rotted_is_not_taken_for_whole_but_made_again(house: House, tmp_path: Path) -> None:
    booked(house, 3)
    first = make_backup(house.ledger_path, tmp_path, NOON_MS, silent)
    rotten = bytearray((first.folder / "ledger.db").read_bytes())
    rotten[-1] ^= 1
    (first.folder / "ledger.db").write_bytes(rotten)
    again = make_backup(house.ledger_path, tmp_path, NOON_MS + 1, silent)
    assert again.folder == first.folder and check_backup(again.folder) == again
    (aside,) = tmp_path.glob("damaged-*")
    assert (aside / "ledger.db").read_bytes() == rotten
    assert prune(tmp_path, "g1", 1) == [] and aside.exists()


@pytest.mark.parametrize("at", [0.01, 0.4, 0.7, 0.99])
@pytest.mark.parametrize("name", ["ledger.db", "manifest.json"])
def test_every_changed_byte_is_found(house: House, tmp_path: Path, name: str, at: float) -> None:
    booked(house, 3)
    folder = make_backup(house.ledger_path, tmp_path, NOON_MS, silent).folder
    file = folder / name
    data = bytearray(file.read_bytes())
    data[int(len(data) * at)] ^= 1
    file.write_bytes(data)
    with pytest.raises(BackupRefused):
        check_backup(folder)


def test_a_damaged_ledger_makes_no_backup(house: House, tmp_path: Path) -> None:
    booked(house, 3)
    house.closing.close()
    with sqlite3.connect(house.ledger_path) as db:
        db.execute("UPDATE events SET body = replace(body, 'greeted', 'unknown') WHERE seq = 2")
    with pytest.raises(BackupRefused, match="damaged"):
        make_backup(house.ledger_path, tmp_path / "kept", NOON_MS, silent)
    assert list((tmp_path / "kept").iterdir()) == []


def test_no_ledger_is_said(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="no ledger"):
        make_backup(tmp_path / "ledger.db", tmp_path, NOON_MS, silent)


def test_restored_it_is_the_ledger_again_marked_and_the_other_is_kept(house: House, tmp_path: Path) -> None:
    booked(house, 3)
    folder = make_backup(house.ledger_path, tmp_path / "kept", NOON_MS, silent).folder
    booked_tip = house.ledger.tip
    house.desk.serve([house.tap(LIN)])
    house.closing.close()
    aside = restore(folder, house.ledger_path, "g1").aside
    ledger = open_ledger(house.ledger_path, "g1")
    assert (ledger.seq, ledger.tip) == (3, booked_tip)
    assert ledger._db.execute(layout.SELECT_META, (layout.META_RESTORED,)).fetchone() == (1,)
    ledger.close()
    assert aside is not None
    with sqlite3.connect(aside) as db:
        assert verify_chain(db).seq == 4
    check_backup(folder)


def test_another_history_of_the_same_length_is_another_backup(house: House, tmp_path: Path) -> None:
    booked(house, 1)
    old = make_backup(house.ledger_path, tmp_path / "kept", NOON_MS, silent).folder
    house.desk.serve([house.tap(LIN), house.tap(LIN)])
    first = make_backup(house.ledger_path, tmp_path / "kept", NOON_MS, silent)
    house.closing.close()
    restore(old, house.ledger_path, "g1")
    house.reopen()
    house.desk.serve([house.tap(LIN)])  # and the news that the last run had come further
    second = make_backup(house.ledger_path, tmp_path / "kept", NOON_MS, silent)
    assert first.manifest.seq == second.manifest.seq and first.folder != second.folder


def test_restoring_twice_keeps_both(house: House, tmp_path: Path) -> None:
    booked(house, 2)
    folder = make_backup(house.ledger_path, tmp_path / "kept", NOON_MS, silent).folder
    house.closing.close()
    moved = {restore(folder, house.ledger_path, "g1").aside for _ in range(3)}
    assert len(moved) == 3 and all(path and path.exists() for path in moved)


def test_into_an_empty_folder(house: House, tmp_path: Path) -> None:
    booked(house, 2)
    folder = make_backup(house.ledger_path, tmp_path / "kept", NOON_MS, silent).folder
    fresh = tmp_path / "new" / "ledger.db"
    assert restore(folder, fresh, "g1").aside is None
    ledger = open_ledger(fresh, "g1")
    assert ledger.seq == 2
    ledger.close()


def test_another_gateways_backup_is_refused_and_changes_nothing(house: House, tmp_path: Path) -> None:
    booked(house, 2)
    folder = make_backup(house.ledger_path, tmp_path / "kept", NOON_MS, silent).folder
    with pytest.raises(BackupRefused, match="g1"):
        restore(folder, tmp_path / "other" / "ledger.db", "g2")
    assert not (tmp_path / "other").exists()


def test_the_oldest_go_and_others_stay(house: House, tmp_path: Path) -> None:
    booked(house, 1)
    for _ in range(4):
        make_backup(house.ledger_path, tmp_path, NOON_MS, silent)
        house.desk.serve([house.tap(LIN)])
    (tmp_path / "g1-holiday").mkdir()
    assert [path.name[:5] for path in prune(tmp_path, "g1", 2)] == ["g1-1-", "g1-2-"]
    assert sorted(path.name[:5] for path in tmp_path.glob("g1-*")) == ["g1-3-", "g1-4-", "g1-ho"]
