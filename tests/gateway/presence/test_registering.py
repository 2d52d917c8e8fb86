"""Registration of a beacon that makes its own key: one vector, and everything that must not pass."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from firmware.protocol import eid
from firmware.protocol.errors import ProtocolError
from gateway.presence.registering import Offer, Registered, identity_key, register

VECTOR = json.loads((Path(__file__).parents[2] / "vectors/beacons.json").read_text("utf-8"))["registration"][
    0
]
STORE = X25519PrivateKey.from_private_bytes(bytes.fromhex(VECTOR["resolver_private"]))
BEACON = X25519PrivateKey.from_private_bytes(bytes.fromhex(VECTOR["beacon_private"]))
KEY = bytes.fromhex(VECTOR["ik"])
OFFER = Offer(
    bytes.fromhex(VECTOR["resolver_public"]),
    bytes.fromhex(VECTOR["beacon_public"]),
    VECTOR["k"],
    VECTOR["t"],
    bytes.fromhex(VECTOR["eid"]),
)
NOW_S = 1_790_000_000


def reason_of(offer: Offer) -> str:
    with pytest.raises(ProtocolError) as caught:
        register(STORE, offer, NOW_S)
    return caught.value.reason


def test_both_sides_come_to_the_published_keys_identity() -> None:
    assert register(STORE, OFFER, NOW_S) == Registered(KEY, VECTOR["k"], NOW_S - VECTOR["t"])
    assert identity_key(BEACON, OFFER.store_public, OFFER.store_public, OFFER.beacon_public) == KEY


def test_what_is_kept_resolves_what_the_beacon_shows_later() -> None:
    kept = register(STORE, OFFER, NOW_S)
    for later_s in (0, 300, 86_400):
        shown = eid.eid(KEY, VECTOR["k"], VECTOR["t"] + later_s)
        assert eid.eid(kept.key, kept.rotation, NOW_S + later_s - kept.epoch_s) == shown


def test_the_order_of_the_public_keys_matters() -> None:
    assert identity_key(BEACON, OFFER.store_public, OFFER.beacon_public, OFFER.store_public) != KEY


def test_an_identity_of_another_key_rotation_or_time_is_refused() -> None:
    assert reason_of(OFFER._replace(identity=bytes(8))) == "out_of_range"
    assert reason_of(OFFER._replace(identity=OFFER.identity[:7])) == "out_of_range"
    assert reason_of(OFFER._replace(rotation=9)) == "out_of_range"
    assert reason_of(OFFER._replace(t=OFFER.t + (1 << VECTOR["k"]))) == "out_of_range"
    stranger = X25519PrivateKey.generate().public_key().public_bytes_raw()
    assert reason_of(OFFER._replace(beacon_public=stranger)) == "out_of_range"


def test_an_offer_for_another_store_is_refused() -> None:
    assert reason_of(OFFER._replace(store_public=OFFER.beacon_public)) == "out_of_range"


def test_numbers_outside_their_range_are_refused() -> None:
    for wrong in ({"rotation": 16}, {"rotation": -1}, {"t": -1}, {"t": 1 << 32}):
        assert reason_of(OFFER._replace(**wrong)) == "out_of_range"


def test_a_public_key_of_another_length_is_refused() -> None:
    for key in (b"", bytes(31), bytes(33)):
        assert reason_of(OFFER._replace(beacon_public=key)) == "wrong_length"


def test_a_public_key_that_gives_everybody_the_same_secret_is_refused() -> None:
    p = 2**255 - 19  # RFC 7748, 6.1; the points of small order on Curve25519 and its twist
    order_8 = 325606250916557431795983626356110631294008115727848805560023387167927233504
    for point in (0, 1, p - 1, p, p + 1, order_8):
        assert reason_of(OFFER._replace(beacon_public=point.to_bytes(32, "little"))) == "out_of_range"
