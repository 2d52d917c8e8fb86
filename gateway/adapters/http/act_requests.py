"""From what a program or a page sends to a Request: checked, and about the member of the address alone."""

import re
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from gateway.acting import Request
from gateway.adapters.http.act_shapes import (
    InstrumentStatus,
    InstrumentValue,
    NewInstrument,
    NewMember,
    PhoneProved,
    TermsGiven,
    Transfers,
)
from gateway.adapters.http.bodies import BadRequest
from gateway.core import model
from gateway.core.evidence import BLE_TAG, NFC_UID, PHONE
from gateway.core.model import Act
from gateway.core.promises import MEMBER, RETURN, RISK, Change, Enrol, Link

HOLD_DAYS_MAX: Final = 90  # a deposit for an event; an order's hold takes minutes
DAY_MS: Final = 24 * 3_600_000
# ISO/IEC 14443-3: single, double and triple size.
_UID: Final = re.compile(r"\A(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20})\Z")
_FORMS: Final = {NFC_UID: _UID, BLE_TAG: re.compile(r"\A[a-z0-9-]{1,32}\Z")}
OWN_UNITS: Final = (RETURN, RISK)  # the ledger's bookkeeping, moved only by its own rules

TYPES: Final[dict[str, tuple[str, ...]]] = {
    "post": (
        model.TRANSFER_POSTED,
        model.COUPON_CLAIMED,
        model.COUPON_REDEEMED,
        model.GRANT_REQUESTED,
    ),
    "hold": (model.TRANSFER_HELD,),
    "release": (model.TRANSFER_RELEASED,),
    "reverse": (model.TRANSFER_REVERSED,),
}


def enrol(body: NewMember, actor: str, language: str) -> Request:
    """A new member; `language` is the store's, for one who did not say."""
    shown = None if body.instrument is None else evidence(body.instrument, "instrument.value")
    # Blank where the desk fills in: the id, and the commitment to the name with a salt of its own.
    act = Enrol(commitment="", language=body.language or language, member="")
    return Request(body.key, actor, model.MEMBER_ENROLLED, act, shown, body.name)


def link(member: str, body: NewInstrument, actor: str) -> Request:
    """One more card or code of a member."""
    act = Link(instrument="", member=member, replaces=body.replaces)
    return Request(body.key, actor, model.INSTRUMENT_LINKED, act, evidence(body, "value"))


def phone(member: str, body: PhoneProved, actor: str) -> Request:
    """A phone number that is the member's own; raises BadRequest for what is none."""
    # Imported here: the tables of all countries' numbers are some MiB, and many a store asks for none.
    from gateway.phones import normalise

    number = normalise(body.phone)
    if number is None:
        raise BadRequest(400, "request.phone", "phone")
    act = Link(instrument="", member=member, replaces=body.replaces)
    return Request(body.key, actor, model.INSTRUMENT_LINKED, act, (PHONE, number.encode()))


def change(member: str, instrument: str, body: InstrumentStatus, actor: str) -> Request:
    """Another status of a card or code."""
    act = Change(instrument=instrument, member=member, status=body.status)
    return Request(body.key, actor, model.INSTRUMENT_CHANGED, act)


def transfers(member: str, body: Transfers, actor: str, now_ms: int) -> Request:
    """An act on a member's promises; raises BadRequest."""
    plain: dict[str, Any] = msgspec.to_builtins(body.act)
    do = plain["do"]
    if body.type not in TYPES[do]:
        raise BadRequest(400, "request.type", "type", act=do, types=", ".join(TYPES[do]))
    if plain.get("until", 0) > now_ms + HOLD_DAYS_MAX * DAY_MS:
        raise BadRequest(400, "request.until", "act.until", days=HOLD_DAYS_MAX)
    for place, part in _parts(plain):
        _check_part(place, part, MEMBER + member)
        part["owner"] = MEMBER + member
    return Request(body.key, actor, body.type, msgspec.convert(plain, Act))


def _parts(plain: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What of an act names an owner and a unit, with its place in the body."""
    if plain["do"] == "hold":
        return [("act", plain)]
    return [(f"act.parts[{number}]", part) for number, part in enumerate(plain.get("parts", ()))]


def _check_part(place: str, part: dict[str, Any], owner: str) -> None:
    if part["owner"] not in (None, owner):
        raise BadRequest(400, "request.owner", f"{place}.owner", owner=owner)
    if part["unit"].startswith(OWN_UNITS):
        raise BadRequest(400, "request.unit", f"{place}.unit")
    if "terms" in part:
        _check_terms(f"{place}.terms", msgspec.convert(part["terms"], TermsGiven))


def _check_terms(place: str, terms: TermsGiven) -> None:
    try:
        date.fromisoformat(terms.expires_on or "2000-01-01")
    except ValueError as problem:
        raise BadRequest(400, "request.day", f"{place}.expires_on") from problem
    try:
        ZoneInfo(terms.zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise BadRequest(400, "request.zone", f"{place}.zone") from problem


def evidence(shown: InstrumentValue, place: str) -> tuple[str, bytes]:
    """(kind, value) as a terminal would have read it; raises BadRequest."""
    form = _FORMS.get(shown.kind)
    if form is not None and not form.match(shown.value):
        raise BadRequest(400, "request.value", place, kind=shown.kind)
    value = bytes.fromhex(shown.value) if shown.kind == NFC_UID else shown.value.encode()
    return shown.kind, value
