"""Refusals as people and programs read them: a code, what is wrong, what to do, in the asker's language."""

from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from cloud_bridge.hq.csv_file import FileFault
from cloud_bridge.hq.http.access import Refused
from cloud_bridge.hq.lines import Refusal
from cloud_bridge.hq.words import WORDS
from shopbell.look import languages
from shopbell.look.words import Language, say

RETRY_AFTER_S: Final = 5


def language_of(request: Request) -> Language:
    """The language to answer in: asked for, kept, preferred, or the owner's own."""
    return languages.choose(
        request.query_params.get(languages.QUERY),
        request.cookies.get(languages.COOKIE),
        request.headers.get("accept-language"),
        request.app.state.language,
    )


def sentences(area: str, code: str, language: Language, values: dict[str, Any]) -> dict[str, str]:
    """What is wrong and what to do, of one code of an area ("refused", "file", "line")."""
    return {
        "what": say(f"{area}.{code}", language, WORDS, **values),
        "do": say(f"{area}.{code}.do", language, WORDS, **values),
    }


def fault_view(fault: dict[str, Any], language: Language) -> dict[str, Any]:
    """A file's structural fault for a person."""
    said = sentences("file", fault["code"], language, fault["values"])
    return {"error": fault["code"], "line": fault["line"], **said}


def refusal_view(refusal: Refusal, language: Language) -> dict[str, Any]:
    """A refused line for a person."""
    return {**refusal._asdict(), **sentences("line", refusal.code, language, {"value": refusal.value})}


async def on_refused(request: Request, refused: Exception) -> JSONResponse:
    """The answer to a Refused."""
    assert isinstance(refused, Refused)
    said = sentences("refused", refused.code, language_of(request), refused.values)
    headers = {"retry-after": str(RETRY_AFTER_S)} if refused.status == 503 else None
    return JSONResponse({"error": refused.code, **said}, refused.status, headers)


async def on_file_fault(request: Request, fault: Exception) -> JSONResponse:
    """The answer to a file that cannot be used."""
    assert isinstance(fault, FileFault)
    view = {"code": fault.code, "line": fault.line, "values": fault.values}
    return JSONResponse(fault_view(view, language_of(request)), 422)


async def on_invalid(request: Request, invalid: Exception) -> JSONResponse:
    """The answer to a parameter out of range; names it, and never quotes the body."""
    assert isinstance(invalid, RequestValidationError)
    first = invalid.errors()[0]
    where = ".".join(str(part) for part in first["loc"])[:80]
    return await on_refused(request, Refused(422, "bad_request", detail=f"{where}: {first['msg']}"))


async def on_http(request: Request, fault: Exception) -> JSONResponse:
    """The answer to an address or method that is not there."""
    assert isinstance(fault, HTTPException)
    return await on_refused(request, Refused(fault.status_code, "not_found"))
