"""A device as a gateway meets it: it keeps every record until it is booked, and remembers what it was told.

Played, not real: the kill simulation has the real firmware. What matters here is that a record is sent again
for as long as nobody booked it, and that every message carries the highest receipt ever seen.
"""

import random
from typing import NamedTuple

from firmware.protocol import messages
from firmware.protocol.messages import Booked, Record, Scan, Status, Tap, Witness

RECORDS_MAX = 32  # kept and not yet booked; beyond that a card is refused at the device
DEADLINE_MS = 5_000

RecordId = tuple[str, int, bytes, int]  # device, boot, nonce, number


class Kept(NamedTuple):
    """A record that was not booked yet; `kind` is "tap" or "scan"."""

    number: int
    kind: str
    body: bytes


class Sent(NamedTuple):
    """A message as it goes up."""

    kind: str
    payload: bytes


class Device:
    """One device; its flash outlives everything that happens to its gateway."""

    def __init__(self, name: str, nonce: bytes) -> None:
        self.name = name
        self._boot, self._nonce = 1, nonce
        self._number = 0
        self.kept: dict[int, Kept] = {}
        self.witness = Witness(0, 0)
        self.receipts: dict[RecordId, tuple[int, int]] = {}  # what it was told each record was booked as

    def tap(self, uid: bytes) -> Sent | None:
        """A card; the message to send, None where there is no room to keep it."""
        return self._keep("tap", Tap(0, 1, uid, 0x44, 0, b""))

    def scan(self, text: str) -> Sent | None:
        """A code, likewise."""
        return self._keep("scan", Scan(0, text.encode()))

    def _keep(self, kind: str, shown: Tap | Scan) -> Sent | None:
        if len(self.kept) >= RECORDS_MAX:
            return None
        self._number += 1
        record = Record(
            self._boot, self._nonce, self._number, self._number, 0, messages.CLOCK_UNKNOWN, DEADLINE_MS
        )
        kept = Kept(self._number, kind, messages.encode_body(kind, record, shown))
        self.kept[self._number] = kept
        return self._seal(kept, 20)

    def send_again(self, chance: random.Random, count: int) -> list[Sent]:
        """Some of what is not booked yet."""
        some = chance.sample(sorted(self.kept.values()), min(count, len(self.kept)))
        return [self._seal(kept, 2_000) for kept in some]

    def status(self) -> bytes:
        """What it says of itself, with its witness."""
        status = Status(1, self._boot, self._nonce, 5_000, self.witness, "0.1.0", "esp32", "counter", ())
        return messages.encode("status", status)

    def hear(self, booked: Booked) -> None:
        """A receipt: the record may go, and nobody may forget the receipt."""
        self.kept.pop(booked.number, None)
        told = (booked.epoch, booked.seq)
        self.receipts[self.name, booked.boot, booked.nonce, booked.number] = told
        self.witness = max(self.witness, Witness(*told))

    def _seal(self, kept: Kept, age_ms: int) -> Sent:
        return Sent(kept.kind, messages.seal(kept.kind, kept.body, age_ms, self.witness))
