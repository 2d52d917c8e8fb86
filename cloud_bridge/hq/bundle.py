"""The program bundle in force at HQ, and every bundle an event may name.

A bundle is canonical JSON; its name is the SHA-256 of its bytes. Putting one in force puts it into the feed
with HQ's signature; the bundle last put is in force. None is ever removed: old events are decided again under
the bundle they name. Workers share one database, so what is in force is looked up there, once a second.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, func, select

from cloud_bridge.errors import SettingsError
from cloud_bridge.hq import feed, models
from cloud_bridge.hq.database import Database, upsert
from cloud_bridge.hq.feed import FeedRow
from cloud_bridge.wire import BundleRow, encode
from gateway.core.errors import EventError
from gateway.core.event import NO_BUNDLE, NO_BUNDLE_HASH, canonical, open_bundle
from gateway.core.model import Bundle, Tier

OPENED_MAX: Final = 16  # a bundle of a thousand programs is some 10 MB of objects; events name the newest few
LOOKED_UP_MS: Final = 1_000  # how long a worker may go by the bundle before the one another worker published

BUILT_IN: Final = Bundle(
    tiers=(
        Tier("member", {"zh-CN": "会员", "en": "Member"}, 0),
        Tier("silver", {"zh-CN": "银卡", "en": "Silver"}, 300),
        Tier("gold", {"zh-CN": "金卡", "en": "Gold"}, 1_000),
        Tier("black", {"zh-CN": "黑金卡", "en": "Black"}, 3_000),
    )
)


class InForce(NamedTuple):
    """The bundle that counts, its name, and when it was published (unix ms)."""

    bundle: Bundle
    hash: str
    published_ms: int


NOTHING: Final = InForce(NO_BUNDLE, NO_BUNDLE_HASH, 0)


class Bundles:
    """The bundles HQ knows, the newest OPENED_MAX of them opened once each."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._opened: OrderedDict[str, Bundle] = OrderedDict()
        self._lock = threading.Lock()
        self._in_force = NOTHING
        self._looked_ms = -LOOKED_UP_MS

    def in_force(self) -> InForce:
        """What counts now."""
        now_ms = self._now_ms()
        if not 0 <= now_ms - self._looked_ms < LOOKED_UP_MS:
            with self._database.reading() as connection:
                newest = newest_of(connection)
            if newest is not None and newest.hash != self._in_force.hash:
                self._in_force = InForce(
                    self._open(newest.hash, newest.body), newest.hash, newest.published_ms
                )
            self._looked_ms = now_ms
        return self._in_force

    def look_again(self) -> None:
        """Something was published: the next look is at the database."""
        self._looked_ms = -LOOKED_UP_MS

    def current(self) -> Bundle:
        """The bundle in force."""
        return self.in_force().bundle

    def get(self, hash_: str) -> Bundle | None:
        """The bundle of that name; None if HQ never had it."""
        if hash_ == NO_BUNDLE_HASH:
            return NO_BUNDLE
        with self._lock:
            if hash_ in self._opened:
                self._opened.move_to_end(hash_)
                return self._opened[hash_]
        with self._database.reading() as connection:
            body = connection.scalar(select(models.bundles.c.body).where(models.bundles.c.hash == hash_))
        return None if body is None else self._open(hash_, body)

    def _open(self, hash_: str, body: bytes) -> Bundle:
        made = open_bundle(body)
        with self._lock:
            # The same object every time: the core compiles the programs of each object once.
            bundle = self._opened.setdefault(hash_, made)
            self._opened.move_to_end(hash_)
            while len(self._opened) > OPENED_MAX:
                self._opened.popitem(last=False)
        return bundle


class Published(NamedTuple):
    """A row of bundles."""

    hash: str
    body: bytes
    published_ms: int
    signature: str


def newest_of(connection: Connection) -> Published | None:
    """The bundle in force; None before the first."""
    table = models.bundles
    row = connection.execute(select(table).order_by(table.c.published_ms.desc()).limit(1)).one_or_none()
    return None if row is None else Published(*row)


def put_in_force(connection: Connection, body: bytes, signature: str, now_ms: int) -> str:
    """Make these canonical bytes the bundle in force; its name. Nothing happens if they are, signed so."""
    hash_, newest = hashlib.sha256(body).hexdigest(), newest_of(connection)
    if newest is not None and (newest.hash, newest.signature) == (hash_, signature):
        return hash_
    table = models.bundles
    last_ms = connection.scalar(select(func.max(table.c.published_ms))) or 0
    row = {"hash": hash_, "body": body, "published_ms": max(now_ms, last_ms + 1), "signature": signature}
    upsert(connection, table, [row], ["hash"])
    shown = encode(BundleRow(hash_, body.decode(), signature)).decode()
    feed.append(connection, [FeedRow("bundles", hash_, "put", shown)], now_ms)
    return hash_


def read_bundle(path: str) -> bytes:
    """The canonical bytes of a bundle file, or of the built-in ladder for "". Raises SettingsError."""
    if not path:
        return canonical(BUILT_IN)
    try:
        body = canonical(open_bundle(canonical(json.loads(Path(path).read_bytes()))))
    except OSError as fault:
        raise SettingsError(
            f"[hq] bundle_file = {path!r}: {fault.strerror}", "Name a readable file"
        ) from None
    except (ValueError, msgspec.MsgspecError, EventError, RecursionError) as fault:
        hint = 'Write {"v":1,"tiers":[{"code","threshold","name":{"zh-CN","en"}}, ...]} into it'
        raise SettingsError(f"[hq] bundle_file = {path!r}: {fault}", hint) from None
    return body
