"""Enrol, Link, Change, Merge, Consent and Forget: who a member is, by what, and what they allow.

Pure; nothing here moves an amount.
"""

from msgspec import UNSET

from gateway.core import model
from gateway.core.draft import Draft, Refusal
from gateway.core.errors import EventError
from gateway.core.lots import is_over
from gateway.core.model import Bundle, Facts, Instrument
from gateway.core.orders.settling import GIFT, MONEY
from gateway.core.promises import HQ, MEMBER, Change, Consent, Enrol, Forget, Link, LotFact, Merge
from gateway.core.spending import LIVE

NAME_CHARACTERS_MAX = 64  # of an id
LANGUAGE_CHARACTERS_MAX = 35  # RFC 5646, section 4.4.1
COMMITMENT_CHARACTERS = 64  # SHA-256 in hex
CHANGES = ("active", "lost", "locked", "revoked")
ENDED = ("replaced", "revoked")  # an instrument never comes back from these
ERASED = "erased"  # whoever was forgotten, for good


def enrol(bundle: Bundle, draft: Draft, act: Enrol) -> None:
    """A provisional member begins."""
    commitment = act.commitment
    hexadecimal = len(commitment) == COMMITMENT_CHARACTERS and set(commitment) <= set("0123456789abcdef")
    if not is_name(act.member) or len(act.language) > LANGUAGE_CHARACTERS_MAX or not hexadecimal:
        raise Refusal(model.BAD_AMOUNT)
    if draft.facts.member is not None:
        raise Refusal(model.MEMBER_BLOCKED)
    if draft.facts.holder:
        raise Refusal(model.INSTRUMENT_TAKEN)  # the card that came along: its holder is a member already


def link(bundle: Bundle, draft: Draft, act: Link) -> None:
    """The event's evidence leads to this member from now on; what it replaces leads nowhere any more."""
    check_member(draft, act.member)
    evidence = draft.given.evidence
    if evidence is None or evidence.key is None:
        raise Refusal(model.INSTRUMENT_UNKNOWN)
    if not is_name(act.instrument):
        raise Refusal(model.BAD_AMOUNT)
    if draft.facts.holder is UNSET:
        raise EventError("bad_facts", "holder")
    if draft.facts.holder is not None:
        raise Refusal(model.INSTRUMENT_TAKEN)
    if act.replaces is not None:
        _check_instrument(draft.facts.instrument, act.replaces, act.member)


def change(bundle: Bundle, draft: Draft, act: Change) -> None:
    """An instrument's status changes, at once in this store."""
    _check_instrument(draft.facts.instrument, act.instrument, act.member)
    if act.status not in CHANGES:
        raise Refusal(model.BAD_AMOUNT)


def merge(bundle: Bundle, draft: Draft, act: Merge) -> None:
    """Two members are one; only HQ says so."""
    if draft.gateway != HQ or draft.facts.member is None:
        raise Refusal(model.MEMBER_UNKNOWN)
    if act.into == act.member or not is_name(act.into) or draft.facts.member.id != act.member:
        raise Refusal(model.BAD_AMOUNT)


def consent(bundle: Bundle, draft: Draft, act: Consent) -> None:
    """A member allows something, or allows it no more; to take it back, nobody is too blocked."""
    if act.given:
        check_member(draft, act.member)
    elif _status(draft, act.member) == ERASED:
        raise Refusal(model.MEMBER_BLOCKED)
    named = is_name(act.purpose) and is_name(act.text)
    if not named or not 0 < len(act.language) <= LANGUAGE_CHARACTERS_MAX or not act.language.isprintable():
        raise Refusal(model.BAD_AMOUNT)


def forget(bundle: Bundle, draft: Draft, act: Forget) -> None:
    """A member is nobody from now on; not while money of theirs is left, here or anywhere it is known to be.

    Points and coupons stay in the books under an id that names nobody, and end by their terms.
    """
    check_member(draft, act.member)
    if draft.facts.lots is UNSET:
        raise EventError("bad_facts", "lots")
    owner = MEMBER + act.member
    money = [fact for unit in (MONEY, GIFT) for fact in draft.lots_of(owner, unit)]
    if any(_holds_money(draft, fact) for fact in money):
        raise Refusal(model.MONEY_LEFT)


def forgotten(facts: Facts, act: Forget) -> tuple[str, ...]:
    """Every id of whoever is forgotten: the present one, and those that were merged into it."""
    owners = {} if facts.aliases is UNSET else facts.aliases
    merged = (owner.removeprefix(MEMBER) for owner, now in owners.items() if now == MEMBER + act.member)
    return (act.member, *merged)


def _holds_money(draft: Draft, fact: LotFact) -> bool:
    """Whether a lot has something left that its last day has not ended."""
    known = fact.left + fact.offered + fact.elsewhere - fact.owed
    return max(fact.left, known) > 0 and not is_over(fact.nature.terms, draft.setting, draft.facts.dates)


def check_member(draft: Draft, member: str) -> None:
    """Nothing, if an act may be about this member; Refusal otherwise."""
    if _status(draft, member) not in LIVE:
        raise Refusal(model.MEMBER_BLOCKED)


def _status(draft: Draft, member: str) -> str:
    """The status of whom an act is about; Refusal where nobody here knows them."""
    known = draft.facts.member
    if known is None or known.id != member:
        raise Refusal(model.MEMBER_UNKNOWN)
    return known.status


def _check_instrument(known: Instrument | None, instrument: str, member: str) -> None:
    """Nothing, if this is an instrument of the member's that may still change."""
    named = known is not None and (known.id, known.member) == (instrument, member)
    if known is None or not named or known.status in ENDED:
        raise Refusal(model.INSTRUMENT_UNKNOWN)


def is_name(name: str) -> bool:
    """Whether a text can be an id."""
    return 0 < len(name) <= NAME_CHARACTERS_MAX and name.isprintable()
