"""The program bundle in force at HQ, and every bundle an event may name.

A bundle is canonical JSON; its name is the SHA-256 of its bytes. Publishing one puts it into the feed; the
bundle last put is in force. None is ever removed: old events are decided again under the bundle they name.
"""

import hashlib
import json
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from cloud_bridge.errors import SettingsError
from cloud_bridge.hq import feed, models
from cloud_bridge.hq.database import Database, upsert
from cloud_bridge.hq.feed import FeedRow
from cloud_bridge.wire import BundleRow, encode
from gateway.core.errors import EventError
from gateway.core.event import NO_BUNDLE, NO_BUNDLE_HASH, canonical, open_bundle
from gateway.core.model import Bundle, Tier

BUILT_IN: Final = Bundle(
    tiers=(
        Tier("member", {"zh-CN": "会员", "en": "Member"}, 0),
        Tier("silver", {"zh-CN": "银卡", "en": "Silver"}, 300),
        Tier("gold", {"zh-CN": "金卡", "en": "Gold"}, 1_000),
        Tier("black", {"zh-CN": "黑金卡", "en": "Black"}, 3_000),
    )
)


class Bundles:
    """The bundles HQ knows, opened once each; `current` and `current_hash` are in force."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._opened: dict[str, Bundle] = {NO_BUNDLE_HASH: NO_BUNDLE}
        self.current, self.current_hash = NO_BUNDLE, NO_BUNDLE_HASH

    def put_in_force(self, body: bytes, now_ms: int) -> None:
        """Make these canonical bytes the bundle in force; nothing happens if they are already."""
        self.current, self.current_hash = open_bundle(body), hashlib.sha256(body).hexdigest()
        with self._database.writing() as connection:
            if _newest(connection) != self.current_hash:
                _publish(connection, self.current_hash, body, now_ms)

    def get(self, hash_: str) -> Bundle | None:
        """The bundle of that name; None if HQ never had it."""
        if hash_ not in self._opened:
            with self._database.reading() as connection:
                body = connection.scalar(select(models.bundles.c.body).where(models.bundles.c.hash == hash_))
            if body is None:
                return None
            self._opened[hash_] = open_bundle(body)
        return self._opened[hash_]


def _newest(connection: Connection) -> str | None:
    table = models.bundles
    return connection.scalar(select(table.c.hash).order_by(table.c.published_ms.desc()).limit(1))


def _publish(connection: Connection, hash_: str, body: bytes, now_ms: int) -> None:
    upsert(connection, models.bundles, [{"hash": hash_, "body": body, "published_ms": now_ms}], ["hash"])
    row = encode(BundleRow(hash_, body.decode())).decode()
    feed.append(connection, [FeedRow("bundles", hash_, "put", row)], now_ms)


def read_bundle(path: str) -> bytes:
    """The canonical bytes of a bundle file, or of the built-in ladder for "". Raises SettingsError."""
    if not path:
        return canonical(BUILT_IN)
    try:
        body = canonical(json.loads(Path(path).read_bytes()))
        open_bundle(body)
    except OSError as fault:
        raise SettingsError(
            f"[hq] bundle_file = {path!r}: {fault.strerror}", "Name a readable file"
        ) from None
    except (ValueError, msgspec.MsgspecError, EventError) as fault:
        hint = 'Write {"v":1,"tiers":[{"code","threshold","name":{"zh-CN","en"}}, ...]} into it'
        raise SettingsError(f"[hq] bundle_file = {path!r}: {fault}", hint) from None
    return body
