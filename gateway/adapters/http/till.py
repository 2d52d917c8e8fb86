"""The till's page: one frame with everything a clerk needs in it, in their language; scripts fill it.

GET /till?till=<id>    the page of that till; without it, of the till this browser was opened for last;
                       ?token=<token> lets this browser in
GET /till/offers       programs that only happen when chosen: [{program, trigger, name, because, takes}]

All else it shows it asks of the same API as every other till (/v1/orders and the rest, pos_site.py), with the
session of whoever signed in. What a reload must not lose is kept by the browser and, parked, by the gateway.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.adapters.http import till_charge_words, till_said, till_words
from gateway.adapters.http.act_shapes import NAME
from gateway.adapters.http.answers import json
from gateway.adapters.http.bodies import BadRequest
from gateway.adapters.http.books import Books
from gateway.adapters.http.console import Console
from gateway.core.programs.model import Debit, Program
from gateway.core.programs.reasons import WORDS as REASONS
from gateway.live import Data
from shopbell.look.pages import Pages
from shopbell.look.words import Language

FOLDER: Final = Path(__file__).parent / "pages" / "till"
TABLE: Final = {
    **till_words.WORDS,
    **till_said.WORDS,
    **till_charge_words.WORDS,
    **{f"missed.{reason}": pair for reason, pair in REASONS.items()},
}
TILL_DEFAULT: Final = "till-1"
COOKIE: Final = "shopbell_till"
COOKIE_AGE_S: Final = 365 * 24 * 3600  # a tablet stays at its counter
CURRENCY: Final = "CNY"
NOTES: Final = (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10)  # in a Chinese drawer, in minor units
LONGEST: Final = 64

_NAME: Final = re.compile(NAME)


class TillPage:
    """Draws the frame."""

    def __init__(
        self,
        console: Console,
        books: Books,
        zone: str,
        terminals: Mapping[str, str],
        asked: Collection[str] = (),
    ) -> None:
        """`asked`: the tenders that the payment bridge takes."""
        self._console = console
        self._books = books
        self._zone = zone
        self._terminals = terminals
        self._asked = " ".join(asked)
        self.pages = Pages([FOLDER], TABLE)

    async def page(self, request: Request) -> Response:
        """GET /till."""
        refusal = await self._console.let_in(request) or await self._console.refusal(request)
        if refusal:
            return refusal
        till = self._till(request)
        language = self._console.language(request)
        shown = self._facts(till, language)
        response = self._console.html(
            request, "till.html.j2", 200, self.pages, till=shown, shop=self._console.shop
        )
        kept = f"{COOKIE}={till}; Path=/till; Max-Age={COOKIE_AGE_S}; SameSite=Lax; HttpOnly"
        response.headers.append("set-cookie", kept)
        return response

    async def offers(self, request: Request) -> Response:
        """GET /till/offers, behind the till's door."""
        if self._books.counter is None:
            raise BadRequest(503, "request.no_books")
        return json({"offers": [_offer(one) for one in self._books.counter.offers()]})

    def _till(self, request: Request) -> str:
        """The till this page is of; a name that can be none counts as not given."""
        wishes = (request.query_params.get("till", ""), request.cookies.get(COOKIE, ""))
        return next((wish for wish in wishes if _NAME.match(wish)), next(iter(self._terminals), TILL_DEFAULT))

    def _facts(self, till: str, language: Language) -> dict[str, object]:
        return {
            "id": till,
            "terminal": self._terminals.get(till, ""),
            "asked": self._asked,
            "currency": CURRENCY,
            "zone": self._zone,
            "words": {key: say_raw(key, language) for key in TABLE},
            "notes": [{"amount": amount, "shown": _note(amount)} for amount in NOTES],
        }


def _offer(program: Program) -> Data:
    """A program to choose, with what the member pays for it."""
    takes = [
        {"unit": effect.unit, "amount": effect.amount} for effect in program.then if isinstance(effect, Debit)
    ]
    return {
        "program": program.id,
        "trigger": program.trigger,
        "name": program.name,
        "because": program.because,
        "takes": takes,
    }


def say_raw(key: str, language: Language) -> str:
    """The words with their placeholders, for scripts to fill."""
    return TABLE[key][0 if language == "zh-CN" else 1]


def _note(amount: int) -> str:
    whole, rest = divmod(amount, 100)
    return f"¥{whole}" if not rest else f"¥{amount / 100:.1f}"
