"""What the till's endpoints share: whom they ask, and how an act becomes an answer.

An act that was done is answered 200, one that the rules refuse 409 with the same body (booked, so the same
key gives it again), one that still waits for HQ 202. What was never asked is a fault, as everywhere here.
"""

import re
from typing import Final
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from gateway import acting
from gateway.adapters.http.acts import STATUSES, verdict_of
from gateway.adapters.http.answers import json
from gateway.adapters.http.bodies import BadRequest
from gateway.adapters.http.books import Books, Counter, Pins
from gateway.adapters.http.proofs import Proofs, Spending
from gateway.core.model import ASKED, DONE
from gateway.live import Data, Live
from gateway.settings import GatewaySettings

STATUS_OF: Final = {DONE: 200, ASKED: 202}
REFUSED_STATUS: Final = 409
_NUMBER: Final = re.compile(r"\A[0-9]{1,15}\Z")


class TillSide:
    """One for all endpoints of tills."""

    def __init__(self, live: Live, settings: GatewaySettings, books: Books, proofs: Proofs) -> None:
        self.live = live
        self.gateway = settings.id
        self.zone = ZoneInfo(settings.zone)
        self.books = books
        self.proofs = proofs

    @property
    def counter(self) -> Counter:
        """Who answers tills; raises BadRequest where nobody does."""
        if self.books.counter is None:
            raise BadRequest(503, "request.no_books")
        return self.books.counter

    @property
    def pins(self) -> Pins:
        """Who knows PINs; raises BadRequest where nobody does."""
        if self.books.pins is None:
            raise BadRequest(503, "request.no_books")
        return self.books.pins

    async def ask(self, asked: acting.Request, spending: Spending | None = None) -> acting.Verdict:
        """The verdict on an act; a refused one gives its proofs back. Raises BadRequest."""
        verdict = await verdict_of(self.books.teller, asked)
        if spending is not None:
            spending.settle(verdict.event.outcome.name == DONE)
        return verdict


def acted(told: Data) -> Response:
    """The answer that an act gets by its outcome."""
    return json(told, STATUS_OF.get(told["outcome"], REFUSED_STATUS))


def unasked(refused: acting.Refused, field: str | None = None) -> BadRequest:
    """Why a question was not even answered, by the code of the middle: one of acting's, or of the core's
    reasons."""
    if refused.code in STATUSES:
        return BadRequest(STATUSES[refused.code], f"request.{refused.code}")
    return BadRequest(409, f"act.refused.{refused.code}", field)


def number(request: Request, name: str, default: int, highest: int) -> int:
    """A number of the address, cut to the highest; raises BadRequest."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not _NUMBER.match(text):
        raise BadRequest(400, "request.number", name, highest=highest)
    return min(int(text), highest)
