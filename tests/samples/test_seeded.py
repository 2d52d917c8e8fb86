"""The generator's cache: the gateway can read it, and the same seed gives the same file."""

import sqlite3
from pathlib import Path

import pytest

from gateway.core.evidence import NFC_UID, QR_STATIC, evidence_key
from gateway.storage import layout
from samples.seeded import card_of, code_of, write_cache

KEY = bytes(range(32))
MEMBERS = 2_000


def write(path: Path, seed: int = 7) -> sqlite3.Connection:
    write_cache(path, MEMBERS, seed, KEY)
    return sqlite3.connect(layout.read_only_uri(path), uri=True)


def test_every_card_and_code_is_found_by_its_evidence(tmp_path: Path) -> None:
    db = write(tmp_path / "1.db")
    for number in (0, 1, MEMBERS - 1):
        for kind, value in ((NFC_UID, card_of(7, number)), (QR_STATIC, code_of(7, number))):
            row = db.execute(
                "SELECT i.kind, m.status, p.name FROM instruments i JOIN members m ON m.id = i.member"
                " JOIN people p ON p.member = m.id WHERE i.key = ? AND i.member = ?",
                (evidence_key(KEY, kind, value), f"m{number:08d}"),
            ).fetchone()
            assert row[0] == kind
            assert row[2]


def test_it_is_whole_and_in_the_bridges_format(tmp_path: Path) -> None:
    db = write(tmp_path / "1.db")
    assert db.execute("SELECT count(*) FROM members").fetchone() == (MEMBERS,)
    assert db.execute("SELECT count(*) FROM instruments").fetchone() == (2 * MEMBERS,)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    meta = dict(db.execute("SELECT key, value FROM meta").fetchall())
    assert (meta[layout.META_LAYOUT], meta[layout.META_GENERATION]) == (layout.CACHE_LAYOUT, "1")
    assert meta[layout.META_BRAND_KEY] == KEY
    assert db.execute("SELECT count(*) FROM bundles WHERE hash = ?", (meta["bundle_hash"],)).fetchone() == (
        1,
    )


def test_members_of_every_kind_are_there(tmp_path: Path) -> None:
    db = write(tmp_path / "1.db")
    assert {row[0] for row in db.execute("SELECT DISTINCT status FROM members")} == {"active", "suspended"}
    assert {row[0] for row in db.execute("SELECT DISTINCT status FROM instruments")} == {"active", "lost"}
    assert {row[0] for row in db.execute("SELECT DISTINCT tier FROM members")} == {
        "member", "silver", "gold", "black",
    }  # fmt: skip


def test_a_seed_is_a_file_and_another_seed_another(tmp_path: Path) -> None:
    one, two, other = (write(tmp_path / name, seed) for name, seed in (("a.db", 7), ("b.db", 7), ("c.db", 8)))
    rows = [list(db.execute("SELECT * FROM instruments")) for db in (one, two, other)]
    assert rows[0] == rows[1] != rows[2]


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    write_cache(tmp_path / "1.db", 1, 7, KEY)
    with pytest.raises(FileExistsError):
        write_cache(tmp_path / "1.db", 1, 7, KEY)
