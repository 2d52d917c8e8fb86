"""Answers for programs: JSON, and problems that name what is wrong and what to do next."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response


def json(value: Any, status: int = 200) -> Response:
    """The value as JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def problem(status: int, error: str, next_step: str) -> Response:
    """{"error", "next"}: neither ever holds the peer's own text unquoted."""
    return json({"error": error, "next": next_step}, status)


def refusal(status: int) -> Response:
    """The answer to who has no right token: 401, or 429 when too many wrong ones wait."""
    if status == 429:
        response = problem(429, "too many wrong tokens", "wait some seconds, then send the right one")
        response.headers["retry-after"] = "5"
        return response
    hint = "send Authorization: Bearer <token>, from the gateway's token file"
    response = problem(401, "no right token", hint)
    response.headers["www-authenticate"] = "Bearer"
    return response


async def not_found(request: Request, error: Exception) -> Response:
    """No such address."""
    return problem(404, "there is nothing at this address", "the console is at /, the API below /v1/")


async def wrong_method(request: Request, error: Exception) -> Response:
    """An address that does not do this."""
    return problem(405, f"{request.method} does nothing here", "see /v1/ in gateway-openapi.json")
