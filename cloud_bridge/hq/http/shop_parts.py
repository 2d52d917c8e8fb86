"""Parts of HQ's page about the shop: programs with their sentences and states, goods, staff."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi import Request
from sqlalchemy import Connection

from cloud_bridge.hq import good_store, program_views, staff_store
from cloud_bridge.hq.database import Row
from cloud_bridge.hq.good_lines import MEMBER_BOOK
from cloud_bridge.hq.good_store import Article
from cloud_bridge.hq.http.problems import language_of
from cloud_bridge.hq.http.shop import staff_view
from cloud_bridge.hq.program_views import LimitView, ProgramView
from cloud_bridge.hq.words import WORDS
from gateway.core.model import Bundle
from gateway.core.programs.figures import money
from shopbell.look.words import Language, say

GOODS_SHOWN: Final = 8
STAFF_SHOWN: Final = 50
ENDED_SHOWN: Final = 5
QUERY_CHARACTERS_MAX: Final = 48
# State -> (icon, mood of its tag); a word always stands with them.
_STATES: Final = {
    program_views.LIVE: ("check", "yes"),
    program_views.WAITING: ("clock", "calm"),
    program_views.PAUSED: ("heed", "heed"),
    program_views.OVER: ("clock", ""),
    program_views.ENDED: ("cross", ""),
}
MINOR_UNITS: Final = 100
DISCOUNTS: Final = "order.quoted"  # what these take of a budget is money
Part = Callable[[Connection, Request], Row]


class ShopParts:
    """Draws what a shop sells by which rules, and who sells it."""

    def __init__(self, bundle: Callable[[], Bundle], today: Callable[[], str]) -> None:
        self._bundle = bundle
        self._today = today
        self.parts: Mapping[str, Part] = {
            "programs": self._programs,
            "goods": self._goods,
            "staff": self._staff,
        }

    def _programs(self, connection: Connection, request: Request) -> Row:
        language = language_of(request)
        standing = program_views.standing(connection, self._today())
        ended = [view for view in standing.programs if view.state == program_views.ENDED]
        shown = [view for view in standing.programs if view not in ended[ENDED_SHOWN:]]
        rows = [_program(view, language) for view in shown]
        return {"hash": standing.hash, "signed": standing.signed, "rows": rows}

    def _goods(self, connection: Connection, request: Request) -> Row:
        query = request.query_params.get("good", "").strip()[:QUERY_CHARACTERS_MAX]
        found = good_store.find(connection, query, GOODS_SHOWN) if query else []
        rows = [_good(article, language_of(request)) for article in found]
        return {"count": good_store.count(connection), "query": query, "rows": rows}

    def _staff(self, connection: Connection, request: Request) -> Row:
        language = language_of(request)
        roles = {role.code: role.name.get(language, role.code) for role in self._bundle().roles or ()}
        people = [staff_view(person) for person in staff_store.everybody(connection, STAFF_SHOWN)]
        return {
            "rows": [{**person, "role_name": roles.get(person["role"], person["role"])} for person in people]
        }


def _program(view: ProgramView, language: Language) -> Row:
    icon, mood = _STATES[view.state]
    return {
        **view._asdict(),
        "name": view.name.get(language, view.id),
        "because": view.because.get(language, ""),
        "icon": icon,
        "mood": mood,
        "words": _words(view, language),
    }


def _words(view: ProgramView, language: Language) -> list[str]:
    """When, where and how often, as far as the program says."""

    def word(key: str, **values: Any) -> str:
        return say(f"hq.program.{key}", language, WORDS, **values)

    said = []
    if view.first_day is not None:
        said.append(word("from", day=view.first_day))
    if view.last_day is not None:
        said.append(word("until", day=view.last_day))
    if view.stores:
        said.append(word("stores", stores=", ".join(view.stores)))
    if view.per_member is not None:
        said.append(word(f"per_member.{view.period}", count=view.per_member))
    return said + [_limit(limit, view, language) for limit in view.limits]


def _limit(limit: LimitView, view: ProgramView, language: Language) -> str:
    in_money = limit.field == "budget" and view.trigger == DISCOUNTS
    show = (lambda amount: "¥" + money(amount, language)) if in_money else "{:,}".format
    made, left = show(limit.made), show(max(0, limit.left))
    return say(f"hq.program.{limit.field}", language, WORDS, made=made, left=left)


def _yuan(minor: int) -> str:
    """A price as it stands on a label."""
    return f"{minor // MINOR_UNITS:,}.{minor % MINOR_UNITS:02d}"


def _good(article: Article, language: Language) -> Row:
    good = article.good
    book = good.prices.get(MEMBER_BOOK)
    return {
        "sku": good.sku,
        "name": good.name.get(language, good.sku),
        "kind": good.kind,
        "category": good.category,
        "price": _yuan(good.price),
        "member": None if book is None else _yuan(book),
        "tax": money(good.tax, language),
        "barcodes": article.barcodes,
    }
