"""What the guests' pages show of a card: values in, values out."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from gateway.portal.doors import Card, Coupon, Given
from gateway.portal.me.views import money, told
from gateway.portal.words import WORDS
from shopbell.look.ages import MINUTE_MS, span_in_words
from shopbell.look.words import Language, say

COUPONS_MAX: Final = 6  # kinds on the page that leads online; all of them are on the member's own page
ISSUE: Final = "issue"
COUNTED_MINUTES: Final = 120  # below this an age says minutes anyhow


class Ticket(NamedTuple):
    """Coupons that look alike. `until` is a day, "" for none; `because` "" where it is not of this visit."""

    name: str
    face: str
    until: str
    because: str
    times: int
    why_not: bool = False


class Credit(NamedTuple):
    """Points or the like that this visit brought."""

    name: str
    amount: str
    because: str


def gifts(given: Iterable[Given], language: Language, currency: str) -> list[Ticket]:
    """The coupons this visit brought."""
    tickets = (
        Ticket(
            told(each.name, language),
            _face(each.face, currency),
            each.expires_on or "",
            told(each.because, language),
            each.amount,
        )
        for each in given
        if each.does == ISSUE
    )
    return _counted(tickets)


def credits_(given: Iterable[Given], language: Language) -> list[Credit]:
    """What else it brought."""
    return [
        Credit(told(each.name, language), f"{each.amount:,}", told(each.because, language))
        for each in given
        if each.does != ISSUE
    ]


def others(card: Card, language: Language, currency: str) -> list[Ticket]:
    """The coupons that were in the hand before, those that may be used now first."""
    new = {each.code for each in card.given if each.code}
    kept = sorted(
        (each for each in card.coupons if not (each.code and each.code in new)),
        key=lambda each: each.unusable is not None,
    )
    return _counted(_ticket(each, language, currency) for each in kept)[:COUPONS_MAX]


def left_in_words(left_ms: int, language: Language) -> str:
    """How long is left, to the minute and never less than it is: "4 h", "3 h 59 min", "25 min"."""
    minutes = -(-max(0, left_ms) // MINUTE_MS)
    if minutes < COUNTED_MINUTES or minutes % 60 == 0:
        return span_in_words(minutes * MINUTE_MS, language)
    return say("wifi.left", language, WORDS, hours=minutes // 60, minutes=minutes % 60)


def _ticket(coupon: Coupon, language: Language, currency: str) -> Ticket:
    face, until = _face(coupon.face, currency), coupon.expires_on or ""
    return Ticket(told(coupon.name, language), face, until, "", 1, coupon.unusable is not None)


def _face(face: int | None, currency: str) -> str:
    return "" if face is None else money(face, currency)


def _counted(tickets: Iterable[Ticket]) -> list[Ticket]:
    counts: dict[Ticket, int] = {}
    for ticket in tickets:
        alike = ticket._replace(times=0)
        counts[alike] = counts.get(alike, 0) + ticket.times
    return [alike._replace(times=count) for alike, count in counts.items()]
