"""Canonical bytes, the chain, and deciding again from the event alone."""

import json
import re
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from gateway.core import event, model
from gateway.core.decide import decide
from gateway.core.errors import EventError
from gateway.core.event import GENESIS, Sealed, check_link, open_event, seal
from gateway.core.model import Bundle, DeviceState, Facts, Input, Instrument, Member, Position, Report, Seen
from gateway.core.redecide import redecide
from tests.gateway.core.test_decide import CARD, LIN, RECORD, SETTING, TAP
from tests.gateway.rig import BUNDLE

DECISIONS = [
    decide(BUNDLE, Facts(CARD, LIN), TAP),
    decide(BUNDLE, Facts(), TAP),
    decide(BUNDLE, Facts(replace(CARD, status="lost"), LIN), TAP),
    decide(BUNDLE, Facts(CARD), replace(TAP, record=replace(RECORD, age_ms=0xFFFFFFFF))),
    decide(
        BUNDLE,
        Facts(),
        Input(SETTING, "b-1", "ab" * 8, model.PRESENCE_SEEN, RECORD, sightings=(Seen(5, "ef" * 16, 1, -70),)),
    ),
    decide(
        BUNDLE,
        Facts(device=DeviceState(1, "00" * 8, 1)),
        Input(
            SETTING,
            "c-1",
            "ab" * 8,
            model.STATUS_CHANGED,
            report=Report("esp32", 2, "0.1.0", "01" * 8, "counter", 0, 0),
        ),
    ),
    decide(
        BUNDLE,
        Facts(ledger=Position(1, 4)),
        Input(SETTING, "c-1", "ab" * 8, model.EXCEPTION_RAISED, witness=Position(1, 9)),
    ),
]


def chain(count: int = len(DECISIONS)) -> list[Sealed]:
    sealed: list[Sealed] = []
    prev = GENESIS
    for seq in range(1, count + 1):
        sealed.append(seal(DECISIONS[(seq - 1) % len(DECISIONS)], "g1", seq, prev))
        prev = sealed[-1].hash.hex()
    return sealed


@pytest.mark.parametrize("sealed", chain(), ids=lambda sealed: json.loads(sealed.body)["type"])
def test_the_bytes_are_canonical_json_of_integers(sealed: Sealed) -> None:
    read = json.loads(sealed.body, parse_float=lambda text: pytest.fail(f"a float: {text}"))
    again = json.dumps(read, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert again.encode() == sealed.body
    assert sealed.hash == sha256(sealed.body).digest()


def test_the_first_body_is_as_the_contract_draws_it() -> None:
    body = json.loads(chain()[0].body)
    assert sorted(body) == [
        "at", "bundle", "cache", "clock", "core", "date", "device", "evidence", "facts", "gateway", "outcome",
        "prev", "random", "record", "seq", "transfers", "type", "v", "zone",
    ]  # fmt: skip
    assert body["prev"] == "0" * 64
    assert body["facts"] == {
        "instrument": {"id": "c-1", "kind": "nfc.uid", "member": "m-1", "status": "active"},
        "member": {"id": "m-1", "qualifying": 880, "status": "active", "tier": "silver"},
    }
    assert body["cache"] == {"cursor": 7, "generation": "g1"}
    assert body["transfers"] == []


@pytest.mark.parametrize("sealed", chain(), ids=lambda sealed: json.loads(sealed.body)["type"])
def test_deciding_again_gives_the_same_bytes(sealed: Sealed) -> None:
    assert redecide(sealed.body, BUNDLE) == sealed.body


def test_deciding_again_under_another_bundle_gives_other_bytes() -> None:
    assert redecide(chain()[0].body, Bundle()) != chain()[0].body


def test_a_forged_outcome_is_found_out() -> None:
    sealed = chain()[1]
    forged = sealed.body.replace(b'"name":"unknown"', b'"name":"greeted"')
    assert forged != sealed.body
    assert redecide(forged, BUNDLE) == sealed.body


def test_another_core_is_not_ours_to_decide() -> None:
    other = chain()[0].body.replace(b'"core":1', b'"core":2')
    with pytest.raises(EventError, match="other_core"):
        redecide(other, BUNDLE)


def test_every_flipped_byte_breaks_the_link() -> None:
    sealed = chain()[0]
    for at in range(len(sealed.body)):
        torn = bytearray(sealed.body)
        torn[at] ^= 0x01
        with pytest.raises(EventError):
            check_link(sealed.hash, bytes(torn), 1, GENESIS)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda body: body + b" ", "not_canonical"),
        (lambda body: body.replace(b",", b", ", 1), "not_canonical"),
        (lambda body: body.replace(b'"seq":1', b'"seq":1.0'), "bad_event"),
        (lambda body: body.replace(b'"seq":1', b'"seq":"1"'), "bad_event"),
        (lambda body: body.replace(b'"v":1', b'"v":2'), "wrong_version"),
        (lambda body: body.replace(b'"v":1', b'"v":1,"w":0'), "bad_event"),
        (lambda body: body[:-1], "bad_event"),
        (lambda body: b"\xff" + body, "bad_event"),
        (lambda body: b"", "bad_event"),
    ],
)
def test_what_seal_cannot_make_is_refused(change: object, reason: str) -> None:
    with pytest.raises(EventError) as caught:
        open_event(change(chain()[0].body))  # type: ignore[operator]
    assert caught.value.reason == reason


def test_a_link_names_its_place() -> None:
    first, second, *_ = chain()
    assert check_link(second.hash, second.body, 2, first.hash.hex()).seq == 2
    for seq, prev, reason in ((3, first.hash.hex(), "wrong_seq"), (2, GENESIS, "chain_broken")):
        with pytest.raises(EventError) as caught:
            check_link(second.hash, second.body, seq, prev)
        assert caught.value.reason == reason


def test_no_uid_code_or_name_is_in_an_event() -> None:
    for sealed in chain():
        assert not re.search("林|晓|04a1b2c3|SB-", sealed.body.decode())


names = some.text(max_size=20)
members = some.builds(
    Member,
    names,
    some.integers(-(10**12), 10**12),
    some.sampled_from(("active", "suspended", "merged", "erased", "?")),
    names,
)
instruments = some.builds(
    Instrument, names, names, names, some.sampled_from(("active", "lost", "locked", "replaced", "?"))
)


@given(some.none() | instruments, some.none() | members, some.integers(0, 0xFFFFFFFF))
def test_any_facts_decide_the_same_twice(
    instrument: Instrument | None, member: Member | None, age_ms: int
) -> None:
    given_ = replace(TAP, record=replace(RECORD, age_ms=age_ms))
    sealed = seal(decide(BUNDLE, Facts(instrument, member), given_), "g1", 1, GENESIS)
    assert redecide(sealed.body, BUNDLE) == sealed.body


def test_a_bundle_must_rise_and_be_one() -> None:
    for body in (b"[]", b"{", b'{"tiers":[],"v":1,"x":2}', event.canonical(Bundle(BUNDLE.tiers[::-1]))):
        with pytest.raises(EventError, match="bad_bundle"):
            event.open_bundle(body)
    assert event.open_bundle(event.canonical(BUNDLE)) == BUNDLE
