"""Which program bundle is in force: the one that HQ names, if it is HQ's, else the last good one.

A bundle whose signature does not fit is never used: `refused` names it, for as long as the cache does. Where
no key was given nothing is judged.
"""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from gateway.core.errors import EventError
from gateway.core.event import NO_BUNDLE, NO_BUNDLE_HASH, bundle_hash, open_bundle
from gateway.core.model import Bundle
from gateway.errors import CacheUnusable

_SELECT = "SELECT body, signature FROM bundles WHERE hash = ?"

IsSigned = Callable[[bytes, bytes], bool]  # of a bundle's bytes and a signature


class SignedBundle(NamedTuple):
    """A bundle in force with the bytes and the signature it came by."""

    hash: str
    bundle: Bundle
    body: bytes
    signature: bytes


NOTHING_SIGNED = SignedBundle(NO_BUNDLE_HASH, NO_BUNDLE, b"", b"")


class Bundles:
    """`in_force` is the bundle that counts, `refused` the hash of one that should and is not HQ's."""

    def __init__(self, is_signed: IsSigned | None) -> None:
        self._is_signed = is_signed
        self.in_force = NOTHING_SIGNED
        self.refused: str | None = None
        self._refused_as = b""  # the signature it had: HQ may sign it yet

    @property
    def judged(self) -> bool:
        """Whether bundles must be signed."""
        return self._is_signed is not None

    def remember(self, body: bytes, signature: bytes) -> None:
        """Take up the bundle that the last run had in force, if it is still good."""
        if self._is_signed is not None and self._is_signed(body, signature):
            with suppress(EventError):
                self.in_force = SignedBundle(bundle_hash(body), open_bundle(body), body, signature)

    def follow(self, db: sqlite3.Connection, wanted: str) -> SignedBundle:
        """The bundle of this hash, or the last good one; raises CacheUnusable where the cache lacks it."""
        if wanted == self.in_force.hash:
            self.refused = None
        elif wanted == NO_BUNDLE_HASH:
            self.in_force, self.refused = NOTHING_SIGNED, None
        else:
            self._take_up(wanted, db.execute(_SELECT, (wanted,)).fetchone())
        return self.in_force

    def _take_up(self, wanted: str, row: tuple[bytes, bytes] | None) -> None:
        """Put the bundle of a row in force, or refuse it."""
        if row is None:
            raise CacheUnusable("The cache lacks the program bundle it names", True)
        body, signature = row
        if wanted == self.refused and signature == self._refused_as:
            return
        if bundle_hash(body) != wanted:
            raise CacheUnusable("The cache lacks the program bundle it names", True)
        if self._is_signed is not None and not self._is_signed(body, signature):
            self.refused, self._refused_as = wanted, signature
            return
        try:
            self.in_force, self.refused = SignedBundle(wanted, open_bundle(body), body, signature), None
        except EventError as problem:
            raise CacheUnusable(f"The cache's program bundle is unusable ({problem})", True) from problem
