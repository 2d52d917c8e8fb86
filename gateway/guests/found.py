"""Who it is that the portal asks about: by a code, by an id, or by the asking that enrolled them.

A code is a typed member code, a rotating code, or the text of a card's QR. The errors of the door are here.
"""

import hmac
from typing import Final, NamedTuple

from gateway.batch import Batch
from gateway.codes import is_spent, read_code
from gateway.core import model, rotating
from gateway.core.evidence import FRESH, PHONE, STALE, WEAK
from gateway.core.names import mask_name
from gateway.core.programs.book import book_of
from gateway.core.promises import Enrol
from gateway.core.spending import LIVE
from gateway.guests.view import ACTIVE, ERASED, GuestView, OwnCode
from gateway.lines import Answer
from gateway.storage.cache import Found

PORTAL: Final = "portal"
CODES_AHEAD: Final = 15  # rotating codes of one answer: seven minutes without asking
RANDOM_BYTES: Final = 8  # of a member's id

BAD_REQUEST, BAD_NAME, BAD_PHONE = "bad_request", "bad_name", "bad_phone"
TOO_MANY, NO_BOOKS, REFUSED = "too_many", "no_books", "refused"
UNKNOWN_MEMBER, UNKNOWN_CODE, BLOCKED = "unknown_member", "unknown_code", "blocked"
TOO_OLD = "stale"  # why a code is unknown: a rotating code that is too old, or was shown here before


class Told(Exception):
    """An asking ends with this refusal, and with figures that its words need."""

    def __init__(self, error: str, reason: str | None = None, **more: int) -> None:
        super().__init__(error)
        self.error = error
        self.reason = reason
        self.more = more


class Named(NamedTuple):
    """A member by a code: `level` is what it proves, `name` is masked."""

    member: str
    level: str
    name: str | None


def named(batch: Batch, text: str) -> Named | str:
    """Whom a code names, merged members followed; else UNKNOWN_CODE, BLOCKED or TOO_OLD."""
    code = read_code(batch, text.strip())
    if code.level == STALE:
        return TOO_OLD
    people = batch.lookup.find(code.keys)
    key = next((each for each in code.keys if each in people), None)
    if key is None:
        return UNKNOWN_CODE
    if is_spent(batch, key, code) is True:
        return TOO_OLD
    return _member(people[key], FRESH if code.level == FRESH else WEAK)


def _member(found: Found, level: str) -> Named | str:
    instrument, member = found.facts.instrument, found.facts.member
    if instrument is None or member is None:
        return UNKNOWN_CODE
    if instrument.status != ACTIVE or member.status not in LIVE:
        return BLOCKED
    return Named(member.id, level, mask_name(found.name))


def key_of(key: str, number: int) -> str:
    """The key of one event of an asking."""
    return f"{PORTAL}:{key}.{number}"


class Newcomer(NamedTuple):
    """Who an enrolment makes: the member's id and code, whether it was booked before, and on which civil day
    it was or would be; `welcomed`: programs may give something for it."""

    member: str
    code: str
    booked: bool
    date: str
    welcomed: bool


def newcomer(batch: Batch, key: str) -> Newcomer:
    """Who an enrolment under this key makes, or made."""
    brand_key = batch.cache.brand_key
    assert brand_key is not None
    seq = batch.page.key(key_of(key, 0))
    event = None if seq is None else batch.page.event(seq)
    if event is not None and isinstance(event.act, Enrol):
        member, date = event.act.member, event.date
    else:
        made = hmac.digest(brand_key, f"guest\0{batch.gateway}\0{key}".encode(), "sha256")
        member, date = "p-" + made[:RANDOM_BYTES].hex(), batch.setting.date
    code = rotating.member_code(brand_key, member)
    welcomed = bool(book_of(batch.cache.bundle).of(model.MEMBER_ENROLLED))
    return Newcomer(member, code, event is not None, date, welcomed)


def phone_key(batch: Batch, number: str | None) -> bytes | None:
    """The keyed hash of a phone number."""
    return None if number is None else batch.key(PHONE, number.encode())


def known(batch: Batch, member: str) -> str:
    """Who this is now; raises Told where nobody here knows them, or they wanted to be forgotten."""
    found = batch.lookup.member(member)
    if found is None or found.status == ERASED:
        raise Told(UNKNOWN_MEMBER)
    return found.id


def own_code(batch: Batch, member: str) -> OwnCode:
    """The code of a member who is known; raises Told where no brand key is."""
    found = GuestView(batch, False).own_code(member)
    if found is None:
        raise Told(NO_BOOKS)
    return found


def codes(batch: Batch, code: str) -> Answer:
    """The rotating codes of this step and those after it."""
    brand_key, now_ms = batch.cache.brand_key, batch.setting.at
    assert brand_key is not None
    first = rotating.step_at(now_ms // 1_000)
    step_ms = rotating.STEP_S * 1_000
    texts = [
        {
            "text": rotating.rotating_text(brand_key, code, step),
            "from_ms": step * step_ms,
            "until_ms": (step + 1) * step_ms,
        }
        for step in range(first, first + CODES_AHEAD)
    ]
    return {"ok": True, "codes": texts, "now_ms": now_ms}
