"""Which lots may be used, in which order, and when a lot's last day is over. Pure.

A day ends with the civil date of the lot's zone, which is the store's where the lot names none. A clock that
nobody set may only be behind: by it a lot may be found expired, but nothing is moved to EXPIRED for good.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from firmware.protocol.messages import CLOCK_SET
from gateway.core.model import NOT_VESTED, PAST_LAST_DAY, Setting
from gateway.core.promises import BONUS, LotFact, Terms

Dates = dict[str, str] | UnsetType  # civil dates by zone, as in Facts


class Share(NamedTuple):
    """So much of one lot."""

    fact: LotFact
    amount: int


def date_for(terms: Terms, setting: Setting, dates: Dates = UNSET) -> str | None:
    """The civil date that counts for a lot; None where its zone's date was not looked up."""
    if terms.zone is None or terms.zone == setting.zone:
        return setting.date
    return None if dates is UNSET else dates.get(terms.zone)


def foreign_zones(facts: Iterable[LotFact], setting: Setting) -> set[str]:
    """The zones whose dates Facts.dates must tell for these lots."""
    zones = {fact.nature.terms.zone for fact in facts}
    return {zone for zone in zones if zone is not None and zone != setting.zone}


def usable(fact: LotFact, setting: Setting, dates: Dates = UNSET) -> str | None:
    """None if time lets this lot be used, else the reason; how much is left is another question."""
    terms = fact.nature.terms
    date = date_for(terms, setting, dates) or setting.date
    if terms.expires_on is not None and date > terms.expires_on:
        return PAST_LAST_DAY
    return NOT_VESTED if terms.vests_at > setting.at else None


def is_over(terms: Terms, setting: Setting, dates: Dates = UNSET) -> bool:
    """Whether a lot's last day is over for good: by a clock that was set, and by its own zone."""
    if terms.expires_on is None or setting.clock != CLOCK_SET:
        return False
    date = date_for(terms, setting, dates)
    return date is not None and date > terms.expires_on


def order(fact: LotFact) -> tuple[bool, str, bool, int, str, str]:
    """Sorts lots as they are used: what expires first, bonus before paid, what vested first, by name."""
    terms = fact.nature.terms
    day = terms.expires_on
    return day is None, day or "", terms.kind != BONUS, terms.vests_at, fact.lot, fact.nature.owner


def pick(facts: Iterable[LotFact], amount: int, free: Callable[[LotFact], int]) -> tuple[list[Share], int]:
    """Shares of lots in their order that make up `amount`, and what is missing of it."""
    shares: list[Share] = []
    for fact in sorted(facts, key=order):
        share = min(free(fact), amount)
        if share > 0:
            shares.append(Share(fact, share))
            amount -= share
    return shares, amount
