"""Bounds of what travels inside a row as a value of the core: the terms of a lot, an article. Pure."""

import re
from typing import Final

from gateway.core.orders.model import AMOUNT_MAX as MONEY_MAX
from gateway.core.orders.model import Good
from gateway.core.promises import BONUS, PAID, Terms

TERMS_TEXT_MAX: Final = 64
GOOD_TEXT_MAX: Final = 64
BOOKS_MAX: Final = 16  # price books of one article
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def check_terms(terms: Terms) -> None:
    """Nothing, if every field of these terms is bounded; ValueError otherwise."""
    if any(len(text or "") > TERMS_TEXT_MAX for text in (terms.code, terms.zone)):
        raise ValueError("terms: code or zone is too long")
    if terms.expires_on is not None and not _DAY.match(terms.expires_on):
        raise ValueError("terms: expires_on is no civil day")
    if terms.kind not in (PAID, BONUS):
        raise ValueError("terms: kind is neither paid nor bonus")
    if not all(0 <= number < 2**63 for number in (terms.face or 0, terms.vests_at)):
        raise ValueError("terms: face or vests_at is out of range")


def check_good(good: Good) -> None:
    """Nothing, if every field of an article is bounded; ValueError otherwise."""
    if not all(1 <= len(text) <= GOOD_TEXT_MAX for text in good.name.values()) or len(good.name) > BOOKS_MAX:
        raise ValueError("good: a name is empty or too long")
    if len(good.prices) > BOOKS_MAX or not all(0 <= price <= MONEY_MAX for price in good.prices.values()):
        raise ValueError("good: too many prices, or one out of range")
    if len(good.category) > GOOD_TEXT_MAX or not all(0 < len(book) <= GOOD_TEXT_MAX for book in good.prices):
        raise ValueError("good: category or price book is too long")
