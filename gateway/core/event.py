"""An event's canonical bytes and the chain they form.

Bytes: canonical JSON (keys sorted, no spaces, UTF-8, integers only). hash = SHA-256(bytes); `prev` is the
hash of the event before in hex, GENESIS for the first. The bytes are stored, hashed and sent as they are,
never written again from what was read.

Invariant: open_event(body) accepts exactly the bytes that seal() can make, so a chain of accepted events can
be decided again byte for byte.
"""

from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from gateway.core import model
from gateway.core.errors import EventError
from gateway.core.model import Act, Bundle, Decision, Input, Setting
from gateway.core.orders.model import OutcomeRecord
from gateway.core.programs.rules import bundle_faults
from gateway.core.promises import Transfer
from gateway.core.units import check_units
from gateway.core.values import Model

EVENT_VERSION = 1
GENESIS = "0" * 64


class Event(Model, frozen=True):
    """The body of an event; field by field what gateway/core/model.py says of the parts."""

    at: int
    bundle: str
    cache: model.CacheMark
    clock: int
    core: int
    date: str
    device: str
    evidence: model.Evidence | None
    facts: model.Facts
    gateway: str
    outcome: model.Outcome
    prev: str
    random: str
    record: model.RecordMark | None
    seq: int
    transfers: tuple[Transfer, ...]
    type: str
    v: int
    zone: str
    act: Act | UnsetType = UNSET
    actor: str | UnsetType = UNSET
    key: str | UnsetType = UNSET
    lots: tuple[model.NewLot, ...] | UnsetType = UNSET
    report: model.Report | UnsetType = UNSET
    settled: OutcomeRecord | UnsetType = UNSET
    sightings: tuple[model.Seen, ...] | UnsetType = UNSET
    witness: model.Position | UnsetType = UNSET


class Sealed(NamedTuple):
    """An event in its place: canonical body and the SHA-256 of it."""

    seq: int
    hash: bytes
    body: bytes


_ENCODER = msgspec.json.Encoder(order="sorted")
_EVENTS = msgspec.json.Decoder(Event)
_BUNDLES = msgspec.json.Decoder(Bundle)


def canonical(value: Any) -> bytes:
    """Canonical JSON of a value made of our structs, dicts, lists, integers, booleans and text."""
    return _ENCODER.encode(value)


def seal(decision: Decision, gateway: str, seq: int, prev: str) -> Sealed:
    """The event at `seq` (from 1) behind the one whose hash in hex is `prev`."""
    given, setting = decision.input, decision.input.setting
    body = _ENCODER.encode(
        Event(
            setting.at,
            setting.bundle,
            setting.cache,
            setting.clock,
            setting.core,
            setting.date,
            given.device,
            given.evidence,
            decision.facts,
            gateway,
            decision.outcome,
            prev,
            given.random,
            given.record,
            seq,
            decision.transfers,
            given.type,
            EVENT_VERSION,
            setting.zone,
            given.act,
            given.actor,
            given.key,
            decision.lots,
            given.report,
            decision.settled,
            given.sightings,
            given.witness,
        )
    )
    return Sealed(seq, sha256(body).digest(), body)


def open_event(body: bytes) -> Event:
    """The event of these canonical bytes; raises EventError for anything seal() could not have made."""
    try:
        event = _EVENTS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise EventError("bad_event", type(problem).__name__) from problem
    if _ENCODER.encode(event) != body:
        raise EventError("not_canonical")
    if event.v != EVENT_VERSION:
        raise EventError("wrong_version", str(event.v))
    return event


def input_of(event: Event) -> Input:
    """What reached the gateway, taken back out of the event."""
    setting = Setting(event.at, event.bundle, event.cache, event.clock, event.core, event.date, event.zone)
    return Input(
        setting,
        event.device,
        event.random,
        event.type,
        event.record,
        event.evidence,
        event.sightings,
        event.report,
        event.witness,
        event.act,
        event.actor,
        event.key,
        event.gateway,
    )


def check_link(event_hash: bytes, body: bytes, seq: int, prev: str) -> Event:
    """The event, if it is the one at `seq` behind `prev` and has this hash; raises EventError."""
    if sha256(body).digest() != event_hash:
        raise EventError("hash_differs", str(seq))
    event = open_event(body)
    if event.seq != seq:
        raise EventError("wrong_seq", f"{event.seq} at {seq}")
    if event.prev != prev:
        raise EventError("chain_broken", str(seq))
    return event


def open_bundle(body: bytes) -> Bundle:
    """The bundle of these bytes; raises EventError. Its hash is bundle_hash() of the same bytes."""
    try:
        bundle = _BUNDLES.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise EventError("bad_bundle", str(problem)) from problem
    thresholds = [tier.threshold for tier in bundle.tiers]
    if thresholds != sorted(thresholds):
        raise EventError("bad_bundle", "tiers must rise")
    check_units(bundle)
    for fault in bundle_faults(bundle):
        raise EventError("bad_bundle", f"{fault.pointer}: {fault.reason}: {fault.hint}")
    return bundle


def bundle_hash(body: bytes) -> str:
    """The name under which events speak of a bundle: sha256 hex of its bytes."""
    return sha256(body).hexdigest()


NO_BUNDLE = Bundle()  # in force until HQ has sent one
NO_BUNDLE_HASH = bundle_hash(canonical(NO_BUNDLE))
