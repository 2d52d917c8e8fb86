"""Who may see pages that are for clerks too: staff with a session, and whoever the console lets in."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.adapters.http.bodies import BadRequest
from gateway.adapters.http.callers import Callers
from gateway.adapters.http.console import Console
from gateway.adapters.http.door import Refused
from gateway.adapters.http.sessions import COOKIE


async def staff_refusal(console: Console, callers: Callers, request: Request) -> Response | None:
    """The sign-in page for who may not come in; None for staff and for the console."""
    if COOKIE in request.cookies:
        try:
            if await callers.of(request) is not None:
                return None
        except (BadRequest, Refused):
            pass  # as a clerk not now; the console's own mark may do
    return await console.refusal(request)
