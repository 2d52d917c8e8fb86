"""What all decisions of one batch share: a transaction, a state of the cache, the time, and random bytes."""

import os

from gateway.core.evidence import evidence_key
from gateway.core.model import Setting
from gateway.lookup import Lookup
from gateway.storage.cache import Snapshot
from gateway.storage.ledger import Transaction

RANDOM_BYTES = 8
RANDOMS_TOGETHER = 16


class Batch:
    """One transaction of the ledger and one of the cache, for as long as the batch lasts."""

    def __init__(
        self, page: Transaction, cache: Snapshot, setting: Setting, gateway: str, store: str = ""
    ) -> None:
        self.page = page
        self.cache = cache
        self.setting = setting
        self.gateway = gateway
        self.store = store
        self.lookup = Lookup(page, cache, setting)
        self._randoms: list[str] = []

    def draw(self) -> str:
        """Random bytes in hex, drawn from the kernel for many events at once."""
        if not self._randoms:
            drawn = os.urandom(RANDOM_BYTES * RANDOMS_TOGETHER).hex()
            self._randoms = [
                drawn[at : at + 2 * RANDOM_BYTES] for at in range(0, len(drawn), 2 * RANDOM_BYTES)
            ]
        return self._randoms.pop()

    def key(self, kind: str, value: bytes) -> bytes | None:
        """The key of a piece of evidence; None while no cache brought the brand's key: nothing else may stand
        in for it."""
        brand_key = self.cache.brand_key
        return None if brand_key is None else evidence_key(brand_key, kind, value)
