"""Taps of seeded members as a terminal would send them, and the number an answer carries."""

import os
from collections.abc import Iterator
from random import Random

from firmware.protocol import cbor, messages
from firmware.protocol.messages import Record, Tap, Witness
from samples.seeded import card_of

DEADLINE_MS = 5_000
NTAG_ATQA, NTAG_SAK = 0x0044, 0x00


class TapSource:
    """Endless taps of one boot of one device; members are drawn at random from the seeded cache."""

    def __init__(self, seed: int, members: int) -> None:
        self._seed, self._members = seed, members
        self._nonce = os.urandom(8)
        self._random = Random(seed)
        self._number = 0

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        return self

    def __next__(self) -> tuple[int, bytes]:
        self._number += 1
        record = Record(1, self._nonce, self._number, self._number, 0, 0, DEADLINE_MS)
        uid = card_of(self._seed, self._random.randrange(self._members))
        tap = Tap(0, messages.TECH_A3, uid, NTAG_ATQA, NTAG_SAK, b"")
        body = messages.encode_body("tap", record, tap)
        return self._number, messages.seal("tap", body, 0, Witness(0, 0))


def ready(source: TapSource, count: int) -> Iterator[tuple[int, bytes]]:
    """`count` taps made beforehand, so that making them costs the measurement nothing."""
    return iter([next(source) for _ in range(count)])


def number_of_booked(payload: bytes) -> int:
    return int(cbor.decode(payload)[3])


def number_of_echo(payload: bytes) -> int:
    return int(cbor.decode(payload)[3][2])
