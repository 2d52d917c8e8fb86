"""The handshake by which a beacon that makes its own key becomes known (Eddystone's secure configuration).

Beacon and store each have an X25519 key pair and see the other's public key. Both come to the same identity
key, which never travels:

    key = HKDF-SHA256(X25519(own private, other's public), salt = store's public | beacon's public)[:16]

The beacon tells its rotation, its seconds and the EID it shows now; only who has the key can make that EID
(google/eddystone eddystone-eid/eid-computation.md). It proves that both have one key, not whose beacon it is:
who stands between them while it happens has a key with each. Our own beacons therefore get theirs by cable.
"""

from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from firmware.protocol import eid
from firmware.protocol.aes import KEY_BYTES
from firmware.protocol.errors import ProtocolError

PUBLIC_BYTES = 32
_SECONDS = 1 << 32


class Offer(NamedTuple):
    """What a beacon sends to be registered: both public keys, its rotation, its second and its EID then."""

    store_public: bytes
    beacon_public: bytes
    rotation: int
    t: int
    identity: bytes


class Registered(NamedTuple):
    """What is kept of a beacon: its key, its rotation, and unix time minus its own seconds."""

    key: bytes
    rotation: int
    epoch_s: int


def register(private: X25519PrivateKey, offer: Offer, now_s: int) -> Registered:
    """The beacon behind an offer that came at unix time `now_s`.

    Raises ProtocolError `out_of_range` for a number, for another store's key, for a public key that gives
    everybody the same secret, and for an EID that another identity key made; `wrong_length` for a key.
    """
    if not (0 <= offer.rotation <= eid.ROTATION_MAX and 0 <= offer.t < _SECONDS):
        raise ProtocolError("out_of_range", "offer")
    if offer.store_public != private.public_key().public_bytes_raw():
        raise ProtocolError("out_of_range", "store_public")
    key = identity_key(private, offer.beacon_public, offer.store_public, offer.beacon_public)
    if eid.eid(key, offer.rotation, offer.t) != offer.identity:
        raise ProtocolError("out_of_range", "identity")
    return Registered(key, offer.rotation, now_s - offer.t)


def identity_key(private: X25519PrivateKey, other: bytes, store_public: bytes, beacon_public: bytes) -> bytes:
    """The key that both sides come to, each with its own private and the `other`'s public key.

    Raises ProtocolError for a public key of another length or of small order (the shared secret is zero).
    """
    if len(other) != PUBLIC_BYTES:
        raise ProtocolError("wrong_length", "public key")
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(other))
    except ValueError:  # `cryptography` refuses an all-zero secret by itself
        raise ProtocolError("out_of_range", "public key") from None
    return HKDF(hashes.SHA256(), KEY_BYTES, store_public + beacon_public, b"").derive(shared)
