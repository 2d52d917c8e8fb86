"""Programs that are not HQ's are never used: the last good ones stay, also over a restart."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.event import NO_BUNDLE_HASH, bundle_hash, canonical
from gateway.core.model import Bundle
from gateway.errors import SettingsError
from gateway.following import BUNDLE_REFUSED
from gateway.signatures import read_bundle_key
from tests.gateway.rig import BUNDLE, LIN, House

KEY = Ed25519PrivateKey.generate()
GOOD = canonical(BUNDLE)
NEXT = canonical(Bundle(BUNDLE.tiers[:2]))
BAD = canonical(Bundle(BUNDLE.tiers[:1]))


def pem(key: object) -> bytes:
    public = key.public_key()  # type: ignore[attr-defined]
    encoding, kind = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return bytes(public.public_bytes(encoding, kind))


@pytest.fixture
def signed(house: House, tmp_path: Path) -> House:
    """A gateway that was given HQ's key, with a bundle that is HQ's."""
    path = tmp_path / "bundle.pem"
    path.write_bytes(pem(KEY))
    house.is_signed = read_bundle_key(str(path)).fits
    house.open()
    put(house, GOOD, KEY.sign(GOOD))
    return house


def put(house: House, body: bytes, signature: bytes) -> None:
    """HQ, or somebody else, puts a bundle in force."""
    house.say("INSERT OR REPLACE INTO bundles VALUES(?, ?, ?)", bundle_hash(body), body, signature)
    house.say_meta(bundle_hash=bundle_hash(body))  # type: ignore[arg-type]
    house.desk.tick()


def in_force(house: House) -> str:
    house.desk.serve([house.tap(LIN)])
    return str(json.loads(house.bodies()[-1])["bundle"])


def alarms(house: House) -> bool:
    return BUNDLE_REFUSED in house.live.sync["alarms"]


@pytest.mark.parametrize(
    "signature",
    [b"", b"\0" * 64, Ed25519PrivateKey.generate().sign(BAD), KEY.sign(GOOD), KEY.sign(BAD)[:63]],
    ids=["none", "zeros", "of another key", "of another bundle", "cut short"],
)
def test_a_bundle_with_a_wrong_signature_is_refused_and_the_good_one_stays(
    signed: House, signature: bytes
) -> None:
    assert (in_force(signed), alarms(signed)) == (bundle_hash(GOOD), False)
    put(signed, BAD, signature)
    signed.desk.tick()
    assert (in_force(signed), alarms(signed)) == (bundle_hash(GOOD), True)
    counted = signed.counters.get("cache.bundles_refused")
    signed.desk.tick()
    assert signed.counters.get("cache.bundles_refused") == counted
    assert signed.counters.get("cache.bundles_refused") == 2  # this one, and GOOD before it was signed
    put(signed, NEXT, KEY.sign(NEXT))
    assert (in_force(signed), alarms(signed)) == (bundle_hash(NEXT), False)


def test_the_last_good_bundle_survives_a_restart_and_another_generation(signed: House) -> None:
    put(signed, BAD, b"")
    signed.reopen()
    assert (in_force(signed), alarms(signed)) == (bundle_hash(GOOD), True)
    signed.seed("g2", Bundle(BUNDLE.tiers[:1]))  # a whole new cache, with nothing but what is not HQ's
    signed.desk.tick()
    signed.reopen()
    assert (in_force(signed), alarms(signed)) == (bundle_hash(GOOD), True)


def test_with_no_good_bundle_ever_there_are_no_programs(house: House, tmp_path: Path) -> None:
    house.is_signed = lambda body, signature: False
    house.open()
    assert (in_force(house), alarms(house)) == (NO_BUNDLE_HASH, True)


def test_a_kept_bundle_that_another_key_signed_is_not_taken_up(signed: House) -> None:
    other = Ed25519PrivateKey.generate()
    path = signed.data / "other.pem"
    path.write_bytes(pem(other))
    signed.is_signed = read_bundle_key(str(path)).fits
    signed.reopen()
    assert (in_force(signed), alarms(signed)) == (NO_BUNDLE_HASH, True)


def test_without_a_key_nothing_is_judged(house: House) -> None:
    house.open()
    put(house, BAD, b"")
    assert (in_force(house), alarms(house)) == (bundle_hash(BAD), False)
    assert not house.cache.bundles.judged
    assert house.ledger.meta("bundle") is None


def test_a_key_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    for name, content in (("nonsense", b"nonsense"), ("ec", pem(ec.generate_private_key(ec.SECP256R1())))):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(SettingsError, match="bundle_key_file") as caught:
            read_bundle_key(str(path))
        assert caught.value.hint
    with pytest.raises(SettingsError, match="FileNotFoundError"):
        read_bundle_key(str(tmp_path / "absent"))
