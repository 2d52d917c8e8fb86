"""Here: a member is in the store, and by what anybody knows it. Pure; nothing here moves an amount.

A Visit is what such an event leaves to be counted and shown: when, in which hour of which civil day, at which
beacon and place. It is `shaken` where a presence ticket was used for it, and `redeemed` once the member has
redeemed a coupon at this gateway later on that day.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec import UNSET

from gateway.core import model
from gateway.core.draft import Draft, Refusal
from gateway.core.errors import EventError
from gateway.core.model import Bundle, Facts
from gateway.core.people import check_member, is_name
from gateway.core.promises import BY_BEACON, BY_NETWORK, BY_TAG, COUPON, MEMBER, SPENT, Here, Transfer

PROOFS: Final = (BY_NETWORK, BY_BEACON, BY_TAG)
QUANTUM_MAX: Final = (
    2**32 - 1
)  # a beacon's clock has 32 bits, and its identities change once a second at most
_TICKET: Final = re.compile(r"[0-9a-f]{16}\Z")  # a ticket's nonce: 8 bytes
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z")


class Visit(NamedTuple):
    """What is kept of a Here; member None: of somebody who is forgotten."""

    at_ms: int
    day: str
    hour: int
    member: str | None
    proof: str
    beacon: str
    place: str
    shaken: bool
    redeemed: bool = False


def here(bundle: Bundle, draft: Draft, act: Here) -> None:
    """A member is here; not on the word of a proof that lacks what it stands on."""
    check_member(draft, act.member)
    if not _is_sound(act):
        raise Refusal(model.BAD_AMOUNT)
    hour(draft.facts)


def hour(facts: Facts) -> int:
    """The civil hour of the facts' time, 0 to 23; EventError where they do not tell it."""
    found = None if facts.time is UNSET else _TIME.match(facts.time)
    if found is None:
        raise EventError("bad_facts", "time")
    return int(found[1])


def visit_of(act: Here, facts: Facts, at_ms: int, day: str) -> Visit:
    """What is to be kept of a Here that was done. Raises EventError as hour()."""
    return Visit(at_ms, day, hour(facts), act.member, act.proof, act.beacon, act.place, bool(act.ticket))


def redeemers(transfers: Iterable[Transfer], facts: Facts) -> set[str]:
    """The ids of those whose coupons an event turned into goods; more than one at no honest gateway."""
    owners = {
        transfer.debit
        for transfer in transfers
        if transfer.credit == SPENT and transfer.phase is UNSET and transfer.unit.startswith(COUPON)
    }
    if owners and facts.member is not None:
        return {facts.member.id}  # also of a coupon that was given at risk, and names no owner
    return _members(owners, {} if facts.aliases is UNSET else facts.aliases)


def _members(owners: Iterable[str], now: dict[str, str]) -> set[str]:
    names = (now.get(owner, owner) for owner in owners)
    return {name.removeprefix(MEMBER) for name in names if name.startswith(MEMBER)}


def _is_sound(act: Here) -> bool:
    """Whether each proof has what it stands on, and no other: a fresh beacon its name, a shake its ticket."""
    named = all(is_name(name) for name in (act.beacon, act.place) if name)
    beacon = {BY_NETWORK: not act.beacon, BY_BEACON: bool(act.beacon), BY_TAG: True}
    ticket = _TICKET.match(act.ticket) if act.ticket else act.proof == BY_TAG
    return named and beacon.get(act.proof, False) and bool(ticket) and 0 <= act.quantum <= QUANTUM_MAX
