"""SIGKILL while a backup is made or put back, line by line: whole, or refused until it is done again."""

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from gateway.errors import LedgerDamaged
from gateway.storage.backup import BackupRefused, check_backup, make_backup, restore
from gateway.storage.belongings import Belonging, copy_file
from gateway.storage.opening import open_ledger
from gateway.storage.verify import verify_chain
from tests.gateway.rig import LIN, NOON_MS, House

TRACED = ("storage/backup.py", "storage/belongings.py", "storage/synced.py")
LINES_MAX = 1_000
STRIDE = 5  # a prime to the loops that are passed through
OLD_KEY, NEW_KEY = b"key of the backup", b"key of another ledger"


def die(work: Callable[[], object], deadly: int) -> bool:
    """Work in a child that is killed at its `deadly`-th line; whether it lived."""
    child = os.fork()
    if child == 0:
        seen = 0

        def trace(frame: FrameType, event: str, _argument: Any) -> Any:
            nonlocal seen
            if not frame.f_code.co_filename.endswith(TRACED):
                return None
            if event == "line":
                seen += 1
                if seen == deadly:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        try:
            sys.settrace(trace)
            work()
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), "the child failed by itself"
    return status == 0


def silent(done: int, whole: int) -> None:
    assert 0 <= done <= whole


def belongings(folder: Path) -> list[Belonging]:
    return [
        Belonging("pin.key", folder / "pin.key", True, Path.exists, copy_file),
        Belonging("pki", folder / "pki", False, lambda path: (path / "ca.key").exists(), copy_file),
    ]


@pytest.fixture
def data(house: House) -> Path:
    """The folder of a closed ledger of three events, with a key and an authority."""
    house.open()
    for _ in range(3):
        house.desk.serve([house.tap(LIN)])
    data = house.ledger_path.parent
    (data / "pin.key").write_bytes(OLD_KEY)
    (data / "pki").mkdir()
    for name in ("ca.key", "ca.pem"):
        (data / "pki" / name).write_bytes(name.encode())
    return data


def test_a_kill_while_one_is_made_leaves_none_or_a_whole_one(
    house: House, data: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    deaths = 0
    for deadly in range(1, LINES_MAX, STRIDE):
        lived = die(lambda: make_backup(house.ledger_path, kept, NOON_MS, silent, belongings(data)), deadly)
        for folder in kept.glob("g1-*"):
            assert check_backup(folder).manifest.files
            shutil.rmtree(folder)
        if lived:
            break
        deaths += 1
    assert lived and deaths > 20
    made = make_backup(house.ledger_path, kept, NOON_MS, silent, belongings(data))
    assert list(kept.iterdir()) == [made.folder], "what the dead left, keys among it, is gone"


def test_a_kill_while_one_is_put_back_is_refused_until_it_is_done_again(
    house: House, data: Path, tmp_path: Path
) -> None:
    folder = make_backup(house.ledger_path, tmp_path / "kept", NOON_MS, silent, belongings(data)).folder
    house.desk.serve([house.tap(LIN)])
    house.closing.close()
    (data / "pin.key").write_bytes(NEW_KEY)
    (data / "presence.key").write_bytes(b"tickets")
    shutil.rmtree(data / "pki")
    pristine = tmp_path / "pristine"
    shutil.copytree(data, pristine)
    void = [data / "presence.key"]

    def put_back() -> None:
        restore(folder, house.ledger_path, "g1", belongings(data), void)

    met = set()
    for deadly in range(1, LINES_MAX, STRIDE):
        shutil.rmtree(data)
        shutil.copytree(pristine, data)
        lived = die(put_back, deadly)
        met.add(state(house, data))
        put_back()
        assert state(house, data) == "new"
        assert (data / "pki" / "ca.pem").read_bytes() == b"ca.pem"
        histories = {chain_of(path) for path in data.glob("ledger.db.before-*") if path.name[-1].isdigit()}
        assert 4 in histories, "the ledger that was there is still whole"
        if lived:
            break
    assert lived and met == {"old", "refused", "new"}


def state(house: House, data: Path) -> str:
    """What a gateway finds: all as before, a refusal, or all as in the backup. Anything else fails."""
    try:
        ledger = open_ledger(house.ledger_path, "g1")
    except LedgerDamaged as problem:
        assert "shopbell backup restore" in problem.hint
        return "refused"
    seq = ledger.seq
    ledger.close()
    key, ticket_key = (data / "pin.key").read_bytes(), (data / "presence.key").exists()
    if seq == 4:
        assert (key, ticket_key) == (NEW_KEY, True)
        return "old"
    assert (seq, key, ticket_key) == (3, OLD_KEY, False)
    return "new"


def chain_of(path: Path) -> int:
    with sqlite3.connect(path) as db:
        return verify_chain(db).seq


def test_a_backup_that_is_no_more_can_be_replaced_by_another(
    house: House, data: Path, tmp_path: Path
) -> None:
    """The mark of an interrupted restore is no prison: any whole backup of this gateway ends it."""
    first = make_backup(house.ledger_path, tmp_path / "kept", NOON_MS, silent).folder
    house.desk.serve([house.tap(LIN)])
    second = make_backup(house.ledger_path, tmp_path / "kept", NOON_MS, silent).folder
    house.closing.close()
    (data / "restore.unfinished").write_text(f"{first}\n")
    (first / "ledger.db").unlink()
    with pytest.raises(LedgerDamaged):
        open_ledger(house.ledger_path, "g1")
    with pytest.raises(BackupRefused):
        restore(first, house.ledger_path, "g1")
    restore(second, house.ledger_path, "g1")
    ledger = open_ledger(house.ledger_path, "g1")
    assert ledger.seq == 4
    ledger.close()
