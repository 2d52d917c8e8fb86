"""Who asks: a program with the token, a member of staff with a session, or the console's page.

    Authorization: Bearer <token>   "pos": another till's program; no role limits it
    Cookie: shopbell_staff          "staff:<id>": limited by their role, at their till
    Cookie: shopbell_gateway        "staff:console": the owner's page

The first that is there counts: a clerk whose browser also carries the console's cookie stays a clerk, and
is a stranger when the session is over.
"""

from typing import Final, NamedTuple

from starlette.requests import Request

from gateway.adapters.http.bodies import BadRequest
from gateway.adapters.http.books import Books
from gateway.adapters.http.door import Door
from gateway.adapters.http.sessions import COOKIE, Session, Sessions
from gateway.errors import LedgerRefused
from gateway.sales import StaffFound

POS: Final = "pos"
CONSOLE: Final = "staff:console"
STAFF: Final = "staff:"


class Caller(NamedTuple):
    """Who asks; session and staff are None for programs and the console."""

    actor: str
    session: Session | None = None
    staff: StaffFound | None = None

    def till(self, given: str | None, field: str = "till") -> str:
        """The till that an act is of; raises BadRequest where none or another is named."""
        if self.session is None:
            if given is None:
                raise BadRequest(400, "request.missing", field)
            return given
        if given not in (None, self.session.till):
            raise BadRequest(403, "request.other_till", field, till=self.session.till)
        return self.session.till

    def who(self, given: str | None) -> str:
        """The actor of an act that a program may do in somebody's name; raises BadRequest where a member of
        staff names another."""
        if given is None:
            return self.actor
        if self.staff is not None and given != self.staff.id:
            raise BadRequest(403, "request.other_staff", "staff")
        return STAFF + given

    def must(self, may: str) -> None:
        """Raises BadRequest where a role does not allow this; programs and the console may everything."""
        if self.staff is not None and may not in self.staff.may:
            raise BadRequest(403, "request.not_allowed")


class Callers:
    """Tells who asks."""

    def __init__(self, door: Door, sessions: Sessions, books: Books) -> None:
        self._door = door
        self._sessions = sessions
        self._books = books

    async def of(self, request: Request) -> Caller | None:
        """Who asks; None for a stranger. Raises door.Refused for a wrong token, BadRequest where the staff
        cannot be looked up just now."""
        if "authorization" in request.headers:
            return Caller(POS) if await self._door.admit(request) else None
        if COOKIE in request.cookies:
            return self._clerk(self._sessions.read(request))
        return Caller(CONSOLE) if await self._door.admit(request) else None

    def _clerk(self, session: Session | None) -> Caller | None:
        if session is None or self._books.counter is None:
            return None
        try:
            staff = self._books.counter.staff(session.staff)
        except LedgerRefused as problem:
            raise BadRequest(503, "request.ledger_refuses") from problem
        if staff is None or not staff.active:
            return None
        return Caller(STAFF + staff.id, session, staff)


def caller_of(request: Request) -> Caller:
    """Who asked, as the routes' own door found out."""
    caller = request.state.caller
    assert isinstance(caller, Caller)
    return caller
