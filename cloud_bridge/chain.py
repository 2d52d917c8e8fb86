"""One link of a gateway's chain of events, read from its canonical bytes: the checks bridge and HQ share.

An event's hash is the SHA-256 of its bytes; inside it names its gateway, its seq and the hash before it.
Invariant: a Link is only made from bytes that hash to what was announced and that name the gateway asked for.
"""

import hashlib
import itertools
from typing import Final, NamedTuple

import msgspec

HASH_BYTES: Final = 32
GENESIS_HASH: Final = bytes(HASH_BYTES)
TYPE_CHARACTERS_MAX: Final = 40
SEQ_MAX: Final = 2**63 - 1  # what both databases can hold


class ChainError(Exception):
    """An event that cannot be what it claims; `seq` is where (the claimed one)."""

    def __init__(self, seq: int, detail: str) -> None:
        super().__init__(f"event {seq}: {detail}")
        self.seq = seq
        self.detail = detail


class Link(NamedTuple):
    """The outside of one event."""

    seq: int
    hash: bytes
    prev: bytes
    type: str
    bundle: str
    body: bytes


class _Outside(msgspec.Struct, frozen=True):
    """The keys of a body that the chain reads; the others are the decision's."""

    v: int
    gateway: str
    seq: int
    prev: str
    type: str
    bundle: str = ""


_DECODER: Final = msgspec.json.Decoder(_Outside)


def read_link(body: bytes, hash_: bytes, gateway: str, seq: int) -> Link:
    """The link these bytes are, if hash, gateway and seq agree with what was announced. Raises ChainError."""
    if hashlib.sha256(body).digest() != hash_:
        raise ChainError(seq, "its bytes do not give its hash")
    try:
        outside = _DECODER.decode(body)
        prev = bytes.fromhex(outside.prev)
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise ChainError(seq, f"its body cannot be read ({fault})") from None
    if outside.gateway != gateway:
        raise ChainError(seq, f"it belongs to gateway {outside.gateway[:40]!r}, not {gateway!r}")
    if outside.seq != seq or not 1 <= seq <= SEQ_MAX:
        raise ChainError(seq, f"its body says seq {outside.seq}")
    if len(prev) != HASH_BYTES or len(outside.type) > TYPE_CHARACTERS_MAX:
        raise ChainError(seq, "its prev or type has a wrong length")
    return Link(seq, hash_, prev, outside.type, outside.bundle, body)


def check_joined(links: list[Link]) -> None:
    """Nothing, if each link continues the one before. Raises ChainError at the first that does not."""
    for before, link in itertools.pairwise(links):
        if link.seq != before.seq + 1:
            raise ChainError(link.seq, f"it follows seq {before.seq}")
        if link.prev != before.hash:
            raise ChainError(link.seq, "its prev is not the hash of the event before")
