"""The gateway's ledger and head file, read only: what may be sent, each event checked before it leaves.

The head file (16 bytes, epoch and seq) is written by the gateway after each commit, and after it has synced
its log at start: an event above it may not survive a power cut, so it is not sent. The ledger is opened
mode=ro, and anew when another file stands in its place (a restored image).
"""

import os
import sqlite3
import struct
from pathlib import Path
from typing import Any, Final, NamedTuple

from cloud_bridge.asks import PersonUp, ReportPart
from cloud_bridge.bridge.errors import ChainBroken, LedgerAbsent, LedgerUnreadable
from cloud_bridge.chain import GENESIS_HASH, ChainError, Link, read_link
from cloud_bridge.wire import BATCH_BYTES_MAX
from gateway.storage import layout

BUSY_WAIT_S: Final = 2.0
HEAD_READS_MAX: Final = 5  # the head is written without a lock: read until two reads agree
BODY_OVERHEAD_BYTES: Final = 400  # a CloudEvent around its base64

# Lots that HQ also keeps an eye on: what orders and limits count is this gateway's alone.
_LOTS_AFTER: Final = (
    "SELECT owner, unit, lot, epoch, minted, returned, spent FROM lots"
    " WHERE (owner, unit, lot, epoch) > (?, ?, ?, ?) AND (owner GLOB 'member:*' OR owner GLOB 'program:*')"
    " ORDER BY owner, unit, lot, epoch LIMIT ?"
)


class LotPlace(NamedTuple):
    """The key of a part in the ledger's table of lots."""

    owner: str
    unit: str
    lot: str
    epoch: int


class LotNumbers(NamedTuple):
    """A part in its place, as it is reported."""

    place: LotPlace
    part: ReportPart


class Ledger:
    """One gateway's ledger."""

    def __init__(self, data_dir: str, run_dir: str, gateway: str) -> None:
        self._path = layout.ledger_path(data_dir)
        self._head_path = Path(run_dir) / layout.HEAD_FILE
        self._gateway = gateway
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def head(self) -> int | None:
        """The seq up to which events may be sent; None while the gateway has announced none."""
        before = b""
        for _ in range(HEAD_READS_MAX):
            try:
                now = self._head_path.read_bytes()
            except FileNotFoundError:
                return None
            except OSError as fault:
                raise LedgerUnreadable(f"{layout.HEAD_FILE}: {fault.strerror}") from None
            if now == before and len(now) == layout.HEAD_BYTES:
                _, seq = struct.unpack(layout.HEAD_FORMAT, now)
                return int(seq)
            before = now
        return None

    def hash_at(self, seq: int) -> bytes | None:
        """The stored hash at a seq; zeros at 0, None where there is no event."""
        if seq == 0:
            return GENESIS_HASH
        rows = self._rows("SELECT hash FROM events WHERE seq = ?", seq)
        return bytes(rows[0][0]) if rows else None

    def links(self, after: int, after_hash: bytes, upto: int, limit: int) -> list[Link]:
        """The checked events after `after`, contiguous, at most `limit` and at most one batch's bytes.

        Stops before the first event that is not sound; raises ChainBroken if that is the very first.
        """
        links: list[Link] = []
        bytes_left, prev = BATCH_BYTES_MAX, after_hash
        for seq, hash_, body in self._rows(layout.SELECT_EVENTS_AFTER, after, upto, limit):
            bytes_left -= len(body) * 4 // 3 + BODY_OVERHEAD_BYTES
            if bytes_left < 0 and links:
                break
            try:
                link = self._checked(after + len(links) + 1, seq, hash_, body, prev)
            except ChainBroken:
                if links:
                    break
                raise
            links.append(link)
            prev = link.hash
        return links

    def confirmed_generation(self) -> str | None:
        """The cache generation the gateway reads; None if it has said none."""
        rows = self._rows(layout.SELECT_META, layout.META_CACHE_GENERATION)
        return str(rows[0][0]) if rows else None

    def epoch(self) -> int:
        """The epoch of this log's rights."""
        rows = self._rows(layout.SELECT_META, layout.META_EPOCH)
        if not rows or not isinstance(rows[0][0], int):
            raise LedgerUnreadable("it does not say its epoch")
        return int(rows[0][0])

    def people(self, after: int, upto: int, limit: int) -> list[PersonUp]:
        """Personal rows of members that the events after `after`, up to `upto`, enrolled; by seq."""
        return [
            PersonUp(member, name, salt.hex(), seq, _hex(phone_key), _hex(phone_box))
            for member, name, salt, seq, phone_key, phone_box in self._rows(
                layout.SELECT_PEOPLE_AFTER, after, limit
            )
            if seq <= upto
        ]

    def lots(self, after: LotPlace, limit: int) -> list[LotNumbers]:
        """Parts of lots of members and programs behind this place, of every epoch."""
        return [
            LotNumbers(LotPlace(owner, unit, lot, epoch), ReportPart(owner, unit, lot, *numbers))
            for owner, unit, lot, epoch, *numbers in self._rows(_LOTS_AFTER, *after, limit)
        ]

    def identity(self) -> tuple[int, int]:
        """What tells this file from another one in its place. Raises LedgerAbsent, LedgerUnreadable."""
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            raise LedgerAbsent(str(self._path)) from None
        except OSError as fault:
            raise LedgerUnreadable(f"{self._path}: {fault.strerror}") from None
        return found.st_dev, found.st_ino

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _checked(self, wanted: int, seq: Any, hash_: Any, body: Any, prev: bytes) -> Link:
        if seq != wanted or not isinstance(body, bytes) or not isinstance(hash_, bytes):
            raise ChainBroken(f"event {wanted} is missing or of a wrong type")
        try:
            link = read_link(body, hash_, self._gateway, wanted)
        except ChainError as fault:
            raise ChainBroken(str(fault)) from None
        if link.prev != prev:
            raise ChainBroken(f"event {wanted} does not follow the one before")
        return link

    def _rows(self, sql: str, *values: object) -> list[Any]:
        try:
            return self._open().execute(sql, values).fetchall()
        except sqlite3.Error as fault:
            self.close()
            raise LedgerUnreadable(str(fault)) from None

    def _open(self) -> sqlite3.Connection:
        identity = self.identity()
        if self._connection is None or identity != self._identity:
            self.close()
            uri = layout.read_only_uri(self._path)
            self._connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_WAIT_S)
            self._identity = identity
        return self._connection


def _hex(found: bytes | None) -> str | None:
    return None if found is None else found.hex()
