"""Tries programs on one basket that somebody wrote down, and says what came of each."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from gateway.core.draft import Refusal
from gateway.core.model import Bundle
from gateway.core.orders.model import Basket, Good, Quote
from gateway.core.programs.explain import Line, explain, explain_run
from gateway.core.programs.quoting import quote
from shopbell.program_basket import ORDER, Document, tried
from shopbell.program_view import View, quote_lines, try_lines


class Trial(NamedTuple):
    """What came of a document; `quote` None: it is no order."""

    document: Document
    tier: str | None
    lines: tuple[Line, ...]
    quote: Quote | None


class Refused(ValueError):
    """The core takes no such basket; the message is its reason."""


def try_document(document: Document, bundle: Bundle, goods: dict[str, Good]) -> Trial:
    """Every program on a document. Raises Refused; ValueError for what is in no bundle or shop."""
    facts, setting, asked = tried(document, bundle, goods)
    tier = None if facts.member is None else facts.member.tier
    try:
        if isinstance(asked, Basket):
            lines = explain(bundle, facts, setting, asked)
            return Trial(document, tier, lines, quote(bundle, facts, setting, asked))
        return Trial(document, tier, explain_run(bundle, facts, setting, document.happens, asked), None)
    except Refusal as refusal:
        raise Refused(refusal.reason) from None


def trial_lines(view: View, trial: Trial, bundle: Bundle, mine: Collection[str]) -> Iterator[str]:
    """A trial for people: what was tried, what it costs, and every program."""
    document = trial.document
    names = {tier.code: tier.name[view.language] for tier in bundle.tiers}
    who = view.word("try.walk_in") if trial.tier is None else view.word("try.member", tier=names[trial.tier])
    key = "try.order" if document.happens == ORDER else "try.happening"
    more = {} if document.happens == ORDER else {"happens": document.happens}
    yield view.word(key, on=document.on, time=document.time, who=who, **more)
    if trial.quote is not None:
        yield from quote_lines(view, trial.quote)
    yield from try_lines(view, trial.lines, bundle, mine)
