"""Parts of HQ's page about people: members with what they allow, and what a person must look at."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import Request
from sqlalchemy import Connection, select

from cloud_bridge.hq import models, troubles, views
from cloud_bridge.hq.database import Row
from cloud_bridge.hq.http.problems import language_of
from cloud_bridge.hq.own_log import Frame
from cloud_bridge.hq.words import WORDS
from gateway.core.model import Bundle
from gateway.core.names import mask_name
from gateway.core.programs.figures import money
from gateway.core.promises import HQ
from shopbell.look.words import Language, say

MEMBERS_SHOWN: Final = 8
EXCEPTIONS_SHOWN: Final = 10
PURPOSE: Final = "hq.purpose."
PROVISIONAL: Final = "provisional"
Part = Callable[[Connection, Request], Row]


class PeopleParts:
    """Draws members and exceptions."""

    def __init__(self, bundle: Callable[[], Bundle], frame: Callable[[], Frame]) -> None:
        self._bundle = bundle
        self._frame = frame
        self.parts: Mapping[str, Part] = {"members": self._members, "exceptions": self._exceptions}

    def _members(self, connection: Connection, request: Request) -> Row:
        query = request.query_params.get("member", "")[: views.QUERY_CHARACTERS_MAX]
        found = views.find_members(connection, query, self._bundle(), self._frame())[:MEMBERS_SHOWN]
        language = language_of(request)
        rows = [self._member(row, language) for row in found]
        return {"count": views.count_members(connection), "query": query, "rows": rows}

    def _member(self, row: Row, language: Language) -> Row:
        consents = [
            {**one, "purpose_word": _purpose(one["purpose"], language), "day": self._day(one["at_ms"])}
            for one in row["consents"]
        ]
        place, seen = row["forgotten_at"], row["visits"][:1]
        return {
            **row,
            "consents": consents,
            "seen": [{**one, "day": self._day(one["at_ms"])} for one in seen],
            "forgotten_day": None if place is None else self._day(row["forgotten_ms"]),
            "forgotten_place": say("hq.member.forgotten.hq", language, WORDS) if place == HQ else place,
        }

    def _day(self, at_ms: int) -> str:
        """The civil day; empty of a time that no calendar has: a gateway's clock may say anything."""
        try:
            return datetime.fromtimestamp(at_ms / 1_000, ZoneInfo(self._frame().zone)).date().isoformat()
        except (ValueError, OverflowError, OSError):
            return ""

    def _exceptions(self, connection: Connection, request: Request) -> Row:
        language, now_ms = language_of(request), self._frame().now_ms
        rows = views.newest_exceptions(connection, EXCEPTIONS_SHOWN)
        return {
            "rows": [
                {
                    **row,
                    "age_ms": now_ms - row["raised_ms"],
                    "places": _places(row["detail"]),
                    "pair": _pair(connection, row["detail"]) if row["kind"] == troubles.MAYBE_ONE else None,
                    "amount": money(row["detail"].get("amount", 0), language),
                }
                for row in rows
                if row["state"] != troubles.RESOLVED
            ]
        }


def _purpose(purpose: str, language: Language) -> str:
    """A purpose in words; its own name where nobody gave it any."""
    key = PURPOSE + purpose
    return say(key, language, WORDS) if key in WORDS else purpose


def _places(detail: Row) -> Row | None:
    """Where a lot was used first and again, in words; None of another exception."""
    winner, loser = detail.get("winner"), detail.get("loser")
    if not isinstance(loser, dict):
        return None
    first = f"{winner['gateway']} · {winner['seq']:,}" if isinstance(winner, dict) else "-"
    return {"winner": first, "loser": f"{loser['gateway']} · {loser['seq']:,}"}


def _pair(connection: Connection, detail: Row) -> list[Row] | None:
    """Two who may be one, the one who would survive last: whom a store made yesterday goes into the other.

    None where HQ does not know both.
    """
    members, people = models.members.c, models.people.c
    query: Any = select(members.id, members.member_no, members.status, people.name)
    query = query.outerjoin_from(models.members, models.people, people.member == members.id)
    found = connection.execute(query.where(members.id.in_([detail["member"], detail["other"]]))).all()
    if len(found) < 2:
        return None
    ordered = sorted(found, key=lambda row: (row.status != PROVISIONAL, row.id))
    return [{"id": row.id, "member_no": row.member_no, "name": mask_name(row.name)} for row in ordered]
