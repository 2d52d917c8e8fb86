"""Bodies of requests: read up to a bound, decoded strictly, and what is wrong named with its field.

A fault is said in both languages, with a `reason` for programs; it never repeats what was sent, only where.
"""

import re
from typing import Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.adapters.http.act_words import sentences
from gateway.adapters.http.answers import json

BODY_BYTES_MAX: Final = 64 * 1024  # an order of 64 lines takes some 10 KiB
Shape = TypeVar("Shape")

_PLACE: Final = re.compile(r"^(?P<said>.*?)(?: - at `\$\.?(?P<place>[^`]*)`)?$", re.DOTALL)
_NAMED: Final = re.compile(r"^Object (?P<how>contains unknown|missing required) field `(?P<name>\w{1,40})`$")
_EXPECTED: Final = re.compile(r"^Expected (?P<expected>.*)$")


class BadRequest(Exception):
    """Nothing was asked: `stem` names the words in act_words.WORDS, `field` the place in the body."""

    def __init__(self, status: int, stem: str, field: str | None = None, **values: object) -> None:
        super().__init__(stem)
        self.status = status
        self.stem = stem
        self.field = field
        self.values = values

    def answer(self) -> Response:
        """act_shapes.Fault."""
        return fault(self.status, self.stem, self.field, **self.values)


def fault(status: int, stem: str, field: str | None = None, **values: object) -> Response:
    """act_shapes.Fault as an answer; a program may try again after what has a retry-after."""
    says = sentences(stem, **({"field": field} if field is not None else {}), **values)
    english = says["en"]
    body = {
        "error": english["what"],
        "next": english["do"],
        "reason": stem.rpartition(".")[2],
        "field": field,
        "says": says,
    }
    response = json(body, status)
    if status == 503:
        response.headers["retry-after"] = "1"
    return response


async def read(request: Request) -> bytes:
    """The whole body; raises BadRequest where it is larger than any of ours."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES_MAX:
            raise BadRequest(413, "request.too_large", limit=BODY_BYTES_MAX)
    return body


async def decoded(request: Request, decoder: msgspec.json.Decoder[Shape]) -> Shape:
    """The body as the decoder's type; raises BadRequest naming the field that is wrong."""
    body = await read(request)
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as problem:
        raise misfit(str(problem)) from problem
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise BadRequest(400, "request.not_json") from problem


def misfit(message: str) -> BadRequest:
    """msgspec's sentence about what was sent as a fault of ours: where, and what should be there instead."""
    found = _PLACE.match(message)
    said, place = (found["said"], found["place"] or "") if found else (message, "")
    named = _NAMED.match(said)
    if named:
        how = "unknown" if named["how"].endswith("unknown") else "missing"
        return BadRequest(400, f"request.{how}", f"{place}.{named['name']}".lstrip("."))
    expected = _EXPECTED.match(said)
    if expected:
        return BadRequest(400, "request.expected", place or "body", expected=expected["expected"])
    return BadRequest(400, "request.strange", place or "body")
