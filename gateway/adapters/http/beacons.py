"""The page of beacons and visitors: the floor plan, who is here, how the beacons are, what a day came to.

GET /beacons                  the page of today; ?part=<name> only that part
GET /beacons?day=YYYY-MM-DD   with the counts of another day

For staff with a session and for the console. A day that is none, or still to come, is today.
"""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.adapters.http import beacon_views, visit_views
from gateway.adapters.http.answers import problem
from gateway.adapters.http.books import Enquiry
from gateway.adapters.http.callers import Callers
from gateway.adapters.http.console import Console
from gateway.adapters.http.staff_pages import staff_refusal
from gateway.errors import LedgerRefused
from gateway.live import Data, Live

TEMPLATE: Final = "beacons.html.j2"
PARTS: Final = ("floor", "people", "senders", "visits")


class BeaconsPage:
    """Draws it; `now_ms` is unix time."""

    def __init__(
        self,
        live: Live,
        console: Console,
        callers: Callers,
        enquiry: Enquiry,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._live, self._console, self._callers = live, console, callers
        self._enquiry, self._now_ms = enquiry, now_ms

    async def page(self, request: Request) -> Response:
        """GET /beacons."""
        refusal = await self._console.let_in(request) or await staff_refusal(
            self._console, self._callers, request
        )
        if refusal:
            return refusal
        part = request.query_params.get("part")
        if part not in (None, *PARTS):
            return problem(404, "no such part", f"the parts are {', '.join(PARTS)}")
        template = TEMPLATE if part is None else f"part_{part}.html.j2"
        shown = self._views(request.query_params.get("day"), PARTS if part is None else (part,))
        on = self._live.presence["on"]
        return self._console.html(request, template, 200, views=shown, shop=self._console.shop, on=on)

    def _views(self, wanted: str | None, parts: tuple[str, ...]) -> Data:
        presence, now_ms = self._live.presence, self._now_ms()
        make: dict[str, Callable[[], Data]] = {
            "floor": lambda: beacon_views.floor(presence),
            "people": lambda: beacon_views.people(presence, now_ms),
            "senders": lambda: beacon_views.senders(presence, now_ms),
            "visits": lambda: self._visits(wanted, now_ms),
        }
        return {part: make[part]() for part in parts}

    def _visits(self, wanted: str | None, now_ms: int) -> Data:
        today = datetime.fromtimestamp(now_ms / 1_000, self._console.shop.zone).date()
        day = day_wanted(wanted, today)
        later = None if day == today else (day + timedelta(1)).isoformat()
        try:
            rows = self._enquiry.presence_counts(day.isoformat())
        except LedgerRefused:
            rows = None
        groups = visit_views.day_of(rows or [], self._live.presence["zones"])
        return {
            "day": day.isoformat(),
            "today": day == today,
            "before": (day - timedelta(1)).isoformat(),
            "after": later,
            "away": rows is None,
            "groups": groups,
        }


def day_wanted(text: str | None, today: date) -> date:
    """The day of an address."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return today
    return day if date(2000, 1, 1) < day < today else today


def beacon_routes(page: BeaconsPage) -> list[Route]:
    """Its addresses."""
    return [Route("/beacons", page.page, methods=["GET"])]
