"""The cache as a bridge writes it: a file a generation, a page of rows and the mark behind it in one commit.

The file is of the real layout and read by the real gateway. Written with no sync: a cache may fall back to an
older state of itself, which is one of the faults.
"""

import shutil
import sqlite3
from pathlib import Path

from gateway.core.event import bundle_hash, canonical
from gateway.storage import layout
from tests.simulation.hq import Page, Row
from tests.simulation.plan import GOODS

BRAND_KEY = bytes(range(32))
COLUMNS = {"lots": 11, "members": 6, "instruments": 5, "aliases": 2}


class CacheFile:
    """The generations of one gateway, and the one being written."""

    def __init__(self, folder: Path, bundle: bytes) -> None:
        self.folder = folder
        self._bundle = bundle
        self._db: sqlite3.Connection | None = None
        self.generation: str | None = None
        self.cursor = 0

    def begin(self, page: Page, now_ms: int) -> None:
        """Make a generation from a snapshot and point to it."""
        self.close()
        self.folder.mkdir(parents=True, exist_ok=True)
        path = layout.generation_path(self.folder, page.generation)
        path.unlink(missing_ok=True)
        self._open(path)
        db = self._connection()
        db.execute("BEGIN")
        for statement in layout.CACHE_SCHEMA:
            db.execute(statement)
        db.execute("INSERT INTO bundles(hash, body) VALUES(?, ?)", (bundle_hash(self._bundle), self._bundle))
        for good in GOODS:
            row = (good.sku, canonical(good), good.sku)
            db.execute("INSERT INTO goods(sku, body, words) VALUES(?, ?, ?)", row)
        for key, value in (
            (layout.META_LAYOUT, layout.CACHE_LAYOUT),
            (layout.META_GENERATION, page.generation),
            (layout.META_BRAND_KEY, BRAND_KEY),
            (layout.META_BUNDLE_HASH, bundle_hash(self._bundle)),
        ):
            db.execute(layout.PUT_META, (key, value))
        self._write(page, now_ms)
        db.execute("COMMIT")
        pointer = self.folder / layout.POINTER_FILE
        pointer.write_text(page.generation + "\n")
        self.generation = page.generation

    def apply(self, page: Page, now_ms: int) -> None:
        """Write a page of the feed and its mark in one commit."""
        db = self._connection()
        db.execute("BEGIN IMMEDIATE")
        self._write(page, now_ms)
        db.execute("COMMIT")

    def put(self, rows: list[Row]) -> None:
        """Write rows that came beside the feed."""
        db = self._connection()
        db.execute("BEGIN IMMEDIATE")
        self._rows(rows)
        db.execute("COMMIT")

    def keep(self) -> Path:
        """Keep a copy to fall back to."""
        kept = self.folder / "kept"
        if kept.exists():
            shutil.rmtree(kept)
        kept.mkdir()
        for file in self.folder.glob("*.db*"):
            shutil.copy(file, kept / file.name)
        shutil.copy(self.folder / layout.POINTER_FILE, kept / layout.POINTER_FILE)
        return kept

    def fall_back(self) -> bool:
        """Go back to the copy, as after a power cut without a sync; False where none was kept."""
        kept = self.folder / "kept"
        if not kept.exists():
            return False
        self.lose()
        for file in kept.iterdir():
            shutil.copy(file, self.folder / file.name)
        self.find()
        return True

    def lose(self) -> None:
        """Every generation is gone."""
        self.close()
        for file in [*self.folder.glob("*.db*"), self.folder / layout.POINTER_FILE]:
            file.unlink(missing_ok=True)
        self.generation, self.cursor = None, 0

    def find(self) -> None:
        """Open what the pointer names."""
        pointer = self.folder / layout.POINTER_FILE
        if not pointer.exists():
            return
        self.generation = pointer.read_text().strip()
        self._open(layout.generation_path(self.folder, self.generation))
        row = self._connection().execute(layout.SELECT_META, (layout.META_CURSOR,)).fetchone()
        self.cursor = int(row[0])

    def close(self) -> None:
        """Let go of the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _open(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")

    def _connection(self) -> sqlite3.Connection:
        assert self._db is not None
        return self._db

    def _write(self, page: Page, now_ms: int) -> None:
        self._rows(page.rows)
        for key, value in (
            (layout.META_CURSOR, page.cursor),
            (layout.META_AS_OF, page.as_of),
            (layout.META_RIGHTS_EPOCH, page.rights_epoch),
            (layout.META_SYNCED_AT, now_ms),
        ):
            self._connection().execute(layout.PUT_META, (key, value))
        self.cursor = page.cursor

    def _rows(self, rows: list[Row]) -> None:
        for table, values in rows:
            marks = ",".join("?" * COLUMNS[table])
            self._connection().execute(f"INSERT OR REPLACE INTO {table} VALUES({marks})", values)
