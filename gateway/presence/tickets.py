"""Presence tickets: texts that say who was in the store, when, and how that is known.

    text    "SBT1." BASE64URL, without "=", of  body | HMAC-SHA256(K, "ticket" 00 body)
    body    JSON array [member, proof, beacon, place, quantum, issued in unix milliseconds, nonce]
    nonce   HMAC-SHA256(K, "nonce" 00 JSON [member, proof, beacon, round])[:8] in hex

K is a file beside the ledger, so that a ticket survives a restart. A round is the quantum of the beacon's
identity that was heard, and ROUND_MS of time where none was. The nonce follows from it: who shakes again in
the same round gets the same ticket again, even from a gateway that was cut off in between, and whichever of
them is used, all are. Nobody has to remember what was handed out; the ledger knows what was used, by the key
"ticket:<nonce>".

A ticket opens in one spelling only: a text that was changed in any byte is none. Nothing in it is secret.
"""

import base64
import binascii
import hmac
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from gateway import keyfile
from gateway.core.promises import BY_BEACON
from gateway.presence.heard import Spot

PREFIX: Final = "SBT1."
TICKET_MS: Final = 30 * 60_000  # as long as a customer may take from the door to the till
ROUND_MS: Final = 20_000  # one ticket a member for each, where no beacon's identity counts
NONCE_BYTES: Final = 8
MARK_BYTES: Final = 32
TEXT_MAX: Final = 512  # a name of 64 characters, two of 64 and 32 bytes, and the rest are some 500
KEY_FILE: Final = "presence.key"
HINT: Final = "Remove the file, or let the gateway read it; without it tickets of the last half hour are void"


class Ticket(Struct, frozen=True, array_like=True):
    """A member was in the store: fields as in promises.Here, and `issued_ms` of unix time."""

    member: str
    proof: str
    beacon: str
    place: str
    quantum: int
    issued_ms: int
    nonce: str

    def expires_ms(self) -> int:
        """Until when it may be used, exclusive."""
        return self.issued_ms + TICKET_MS

    def spot(self) -> Spot:
        """Where it says that the member was."""
        return Spot(self.beacon, self.place, self.quantum)


class Tickets:
    """Makes and opens tickets of one gateway."""

    def __init__(self, key: bytes) -> None:
        assert key, "an empty key would let everybody make them"
        self._key = key
        self._decoder = msgspec.json.Decoder(Ticket)

    def issue(self, member: str, proof: str, spot: Spot, at_ms: int) -> Ticket:
        """The ticket of a member by this proof, at a time in unix milliseconds."""
        round_ = spot.quantum if proof == BY_BEACON else at_ms // ROUND_MS
        named = msgspec.json.encode([member, proof, spot.beacon if proof == BY_BEACON else "", round_])
        nonce = self._mark(b"nonce", named)[:NONCE_BYTES].hex()
        return Ticket(member, proof, *spot, at_ms, nonce)

    def seal(self, ticket: Ticket) -> str:
        """The ticket as a text, of characters that addresses may have."""
        body = msgspec.json.encode(ticket)
        return PREFIX + base64.urlsafe_b64encode(body + self._mark(b"ticket", body)).decode().rstrip("=")

    def open(self, text: str) -> Ticket | None:
        """The ticket of a text; None for one that was not made here, or changed on its way."""
        if len(text) > TEXT_MAX or not text.startswith(PREFIX) or not text.isascii():
            return None
        sealed = _bytes_of(text[len(PREFIX) :])
        body, mark = sealed[:-MARK_BYTES], sealed[-MARK_BYTES:]
        if not hmac.compare_digest(mark, self._mark(b"ticket", body)):
            return None
        try:
            ticket = self._decoder.decode(body)
        except msgspec.MsgspecError:  # sealed by another version of this program
            return None
        return ticket if self.seal(ticket) == text else None

    def _mark(self, purpose: bytes, body: bytes) -> bytes:
        return hmac.digest(self._key, purpose + b"\0" + body, "sha256")


def read_key(data_dir: str) -> bytes:
    """The key of tickets, made at the first start. Raises SettingsError where its file is unusable."""
    return keyfile.read_key(Path(data_dir) / KEY_FILE, HINT)


def _bytes_of(text: str) -> bytes:
    """What base64url without its padding stands for; nothing for what is none. Letters of no alphabet, which
    the library passes over, are met by whoever compares the spelling."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
