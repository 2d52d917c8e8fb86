"""The API of staff: sign in by badge or PIN, agree to somebody else's act, set a PIN, sign out.

A badge may be shown here, or at the terminal beside the till: then the till's page, and no other, takes it.

Wrong badges and PINs are counted and answered ever more slowly, as wrong tokens are (door.py); a PIN locks
besides (gateway/pins.py). Nothing says whether a badge, a name or a PIN was the wrong part.
"""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway import acting
from gateway.adapters.http import door as doors
from gateway.adapters.http.answers import json
from gateway.adapters.http.bodies import BadRequest, decoded
from gateway.adapters.http.callers import STAFF, caller_of
from gateway.adapters.http.door import Door
from gateway.adapters.http.pins import checked, set_pin
from gateway.adapters.http.pos_shapes import ApproveAsked, PinSetAsked, SignInAsked
from gateway.adapters.http.pos_side import TillSide
from gateway.adapters.http.sessions import Session, Sessions
from gateway.core import model
from gateway.core.orders.model import SignIn
from gateway.live import Data
from gateway.pins import LOCKED, RIGHT
from gateway.sales import StaffFound

WRONG_SIGN_IN: Final = "staff.wrong_sign_in"
APPROVE: Final = "approve"  # what a role must allow for agreeing, and for setting other people's PINs

_SIGN_INS: Final = msgspec.json.Decoder(SignInAsked)
_APPROVALS: Final = msgspec.json.Decoder(ApproveAsked)
_PINS: Final = msgspec.json.Decoder(PinSetAsked)


class StaffDesk:
    """One endpoint per address; signing in is open, the others stand behind the till's door."""

    def __init__(self, side: TillSide, door: Door, sessions: Sessions) -> None:
        self._side = side
        self._door = door
        self._sessions = sessions

    async def sign_in(self, request: Request) -> Response:
        """POST /v1/staff/sign_in: the cookie of a session, and the event of it."""
        body = await decoded(request, _SIGN_INS)
        if body.at_terminal:
            await self._check_page(request, body.till)
        staff = await self._who(request, body, body.till)
        by_pin = body.pin is not None
        act = SignIn("pin" if by_pin else "badge", staff.id, body.till)
        found = RIGHT if by_pin else None
        verdict = await self._side.ask(
            acting.Request(None, STAFF + staff.id, model.SIGNED_IN, act, pin=found)
        )
        outcome = verdict.event.outcome
        if outcome.name != model.DONE:
            raise BadRequest(403, f"act.refused.{outcome.reason}")
        session = self._sessions.begin(staff.id, body.till)
        response = json(_told(staff, session))
        response.headers["set-cookie"] = self._sessions.cookie(session)
        return response

    async def sign_out(self, request: Request) -> Response:
        """POST /v1/staff/sign_out."""
        session = caller_of(request).session
        if session is not None:
            self._sessions.end(session)
            if self._side.books.badges is not None:
                self._side.books.badges.forget(session.till)
        response = json({"outcome": "done"})
        response.headers["set-cookie"] = self._sessions.no_cookie()
        return response

    async def me(self, request: Request) -> Response:
        """GET /v1/staff/me."""
        caller = caller_of(request)
        return json(_told(caller.staff, caller.session))

    async def approve(self, request: Request) -> Response:
        """POST /v1/staff/approve: a proof that somebody with the right to agrees."""
        body = await decoded(request, _APPROVALS)
        till = caller_of(request).till(body.till)
        staff = await self._who(request, body, till)
        if APPROVE not in staff.may:
            raise BadRequest(403, "request.not_allowed")
        proof, until_ms = self._side.proofs.make(body.for_, staff.id, till)
        return json({"proof": proof, "staff": staff.id, "name": staff.name, "expires_at": until_ms})

    async def pin(self, request: Request) -> Response:
        """POST /v1/staff/{id}/pin: set somebody's PIN."""
        id_, body = request.path_params["id"], await decoded(request, _PINS)
        caller = caller_of(request)
        if caller.actor != STAFF + id_:  # one's own is anybody's to choose
            caller.must(APPROVE)
        if self._side.counter.staff(id_) is None:
            raise BadRequest(404, "act.refused.staff_unknown")
        return await set_pin(self._side, caller, STAFF + id_, body)

    async def _who(self, request: Request, body: SignInAsked | ApproveAsked, till: str) -> StaffFound:
        """Who shows a badge or types a PIN; raises BadRequest, after a wait for what is wrong."""
        if body.at_terminal and (body.badge, body.staff, body.pin) == (None, None, None):
            return self._at_terminal(till)
        if body.at_terminal:
            raise BadRequest(400, "request.sign_in", "badge")
        if body.badge is not None and body.staff is None and body.pin is None:
            found = self._side.counter.staff_by_badge(body.badge)
        elif body.badge is None and body.staff is not None and body.pin is not None:
            found = await self._by_pin(body.staff, body.pin)
        else:
            raise BadRequest(400, "request.sign_in", "badge")
        if found is None or not found.active:
            await self._wrong(request)
            raise BadRequest(401, "request.wrong_sign_in")
        self._door.right(request)
        return found

    async def _check_page(self, request: Request, till: str) -> None:
        """Nothing for a page of that till: a badge at a terminal must not sign in whoever asks first. Raises
        BadRequest."""
        session = self._sessions.read(request)
        if session is not None and session.till == till:
            return
        try:
            admitted = await self._door.admit(request)
        except doors.Refused as refused:
            raise BadRequest(refused.status, "request.wrong_sign_in") from refused
        if not admitted:
            raise BadRequest(401, "request.wrong_sign_in")

    def _at_terminal(self, till: str) -> StaffFound:
        """Whose badge was shown at the terminal beside a till; raises BadRequest."""
        badges = self._side.books.badges
        id_ = None if badges is None else badges.take(till)
        found = None if id_ is None else self._side.counter.staff(id_)
        if found is None or not found.active:
            raise BadRequest(409, "request.no_badge")
        return found

    async def _by_pin(self, id_: str, digits: str) -> StaffFound | None:
        verdict = await checked(self._side, STAFF + id_, digits)
        if verdict == LOCKED:
            raise BadRequest(429, "act.refused.pin_locked")
        return self._side.counter.staff(id_) if verdict == RIGHT else None

    async def _wrong(self, request: Request) -> None:
        self._side.live.counters.add(WRONG_SIGN_IN)
        try:
            await self._door.wrong(request)
        except doors.Refused as refused:
            if refused.status == 429:
                raise BadRequest(429, "request.slow") from refused


def _told(staff: StaffFound | None, session: Session | None) -> Data:
    """pos_shapes.StaffTold."""
    return {
        "staff": None if staff is None else staff.id,
        "name": None if staff is None else staff.name,
        "role": None if staff is None else staff.role,
        "may": [] if staff is None else list(staff.may),
        "till": None if session is None else session.till,
        "expires_at": None if session is None else session.until_ms,
    }
