"""The acts that an asking of the portal leads to, each under its key; and what programs gave by them."""

from collections.abc import Sequence

from msgspec import UNSET

from gateway.acting import Request, Verdict, is_done
from gateway.core import model
from gateway.core.evidence import QR_STATIC
from gateway.core.orders.model import Applied, Run, RunRecord
from gateway.core.promises import Consent, Enrol
from gateway.guests import asked
from gateway.guests.found import PORTAL, Newcomer, key_of


def enrolment(ask: asked.Enrol, new: Newcomer, name: str, phone: tuple[bytes, bytes] | None) -> Request:
    """A new member with their code; `phone` is the keyed hash and the box of a number."""
    act, shown = Enrol("", ask.language, new.member), (QR_STATIC, new.code.encode())
    key, who = key_of(ask.key, 0), actor(ask.key)
    return Request(key, who, model.MEMBER_ENROLLED, act, shown, name, phone=phone)


def following(ask: asked.Enrol, new: Newcomer) -> list[Request]:
    """What an enrolment leads to: gifts, the check-in of its day, and what the guest allowed."""
    who, member = actor(ask.key), new.member
    found = [check_in(who, member, new.date)]
    if new.welcomed:
        found.insert(0, Request(key_of(ask.key, 1), who, model.MEMBER_ENROLLED, Run(member)))
    for number, each in enumerate(ask.consents, start=2):
        act = Consent(True, ask.language, member, each.purpose, each.text)
        found.append(Request(key_of(ask.key, number), who, model.CONSENT_CHANGED, act))
    return found


def check_in(who: str, member: str, date: str) -> Request:
    """Coming in on a civil day, as `who` says, answered at once by the offline policy."""
    return Request(f"check-in:{member}:{date}", who, model.CHECKED_IN, Run(member), final=True)


def actor(key: str) -> str:
    """Who asks: the portal, in this asking; so that a check-in tells by which of a day's askings it came."""
    return f"{PORTAL}:{key}"


def given_by(verdicts: Sequence[Verdict]) -> list[Applied]:
    """What programs gave in these."""
    events = [verdict.event for verdict in verdicts if is_done(verdict.event)]
    records = [event.settled for event in events if event.settled is not UNSET]
    return [each for record in records if isinstance(record, RunRecord) for each in record.applied]
