"""presence.db: kept whole or not at all, private, and no reason not to start."""

import sqlite3
from pathlib import Path

import pytest

from gateway.counters import Counters
from gateway.presence.clocks import Kept
from gateway.presence.keeping import LEARNED, VISITS, PresenceDb

DOOR = Kept("beacon-door", "ab", 0, 56_101_050, 0, 0, 0)
LIN = Kept("tag-lin", "cd", 1_795_168_320, 2_041, 1_795_168_319, 1_795_233_600, 7)


def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "presence.db"
    db = PresenceDb(path, Counters())
    assert db.write([DOOR, LIN], **{VISITS: [["m-1", 5]], LEARNED: []})
    assert db.write([LIN._replace(highest=2_042)])
    db.close()
    assert path.stat().st_mode & 0o777 == 0o600
    again = PresenceDb(path, Counters())
    assert again.clocks() == [DOOR, LIN._replace(highest=2_042)]
    assert (again.note(VISITS), again.note(LEARNED), again.note("other")) == ([["m-1", 5]], [], [])


def test_a_kill_loses_no_finished_write(tmp_path: Path) -> None:
    path = tmp_path / "presence.db"
    PresenceDb(path, Counters()).write([DOOR])
    assert PresenceDb(path, Counters()).clocks() == [DOOR]


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"\xff" * 4_000])
def test_a_damaged_file_is_put_aside_and_begun_anew(tmp_path: Path, content: bytes) -> None:
    path, counters = tmp_path / "presence.db", Counters()
    path.write_bytes(content)
    db = PresenceDb(path, counters)
    assert db.clocks() == [] and db.write([DOOR])
    assert (tmp_path / "presence.db.damaged").read_bytes() == content
    assert counters.get("presence.files_put_aside") == 1


def test_another_releases_file_is_put_aside(tmp_path: Path) -> None:
    path, counters = tmp_path / "presence.db", Counters()
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    assert PresenceDb(path, counters).clocks() == []
    assert counters.get("presence.files_put_aside") == 1


def test_a_disk_that_takes_nothing_is_counted_and_keeps_what_there_was(tmp_path: Path) -> None:
    path, counters = tmp_path / "presence.db", Counters()
    db = PresenceDb(path, counters)
    db.write([DOOR])
    holder = sqlite3.connect(path)
    holder.execute("BEGIN IMMEDIATE")
    assert not db.write([LIN], **{VISITS: []})
    holder.rollback()
    holder.close()
    assert counters.get("presence.writes_refused") == 1
    assert db.clocks() == [DOOR]
    assert db.write([LIN])


def test_who_was_here_is_nowhere_in_the_file_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "presence.db"
    db = PresenceDb(path, Counters())
    db.write([], **{VISITS: [["m-canary", number] for number in range(400)]})
    db.write([], **{VISITS: []})
    db.tidy()
    left = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert b"m-canary" not in left
    db.close()


def test_a_note_that_is_no_list_is_none(tmp_path: Path) -> None:
    db = PresenceDb(None, Counters())
    db.write([], **{VISITS: {"m-1": 5}})
    assert db.note(VISITS) == []
