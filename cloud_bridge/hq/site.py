"""Joins HQ's HTTP side: the guard before everything, the routes, the answers to what is refused.

/v1/gateways/{id}/...     a gateway's own token           /, /session, /look/   people
/v1/..., /metrics         the staff's token or cookie     /health               anybody
"""

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DatabaseError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from cloud_bridge.hq.csv_file import FileFault
from cloud_bridge.hq.database import is_world_fault, root_cause
from cloud_bridge.hq.http import answers, problems
from cloud_bridge.hq.http.access import Refused
from cloud_bridge.log import Logger
from shopbell.look.guard import Guard
from shopbell.look.words import Language

TITLE: Final = "Shopbell HQ"


def build_site(
    routers: list[APIRouter],
    language: Language,
    host_names: list[str],
    count: Callable[[str], None],
    log: Logger,
) -> FastAPI:
    """The ASGI app of these routers."""
    site = FastAPI(title=TITLE, version="1", docs_url=None, redoc_url=None, responses=_problems())
    site.state.language = language
    for router in routers:
        site.include_router(router)
    site.add_exception_handler(Refused, problems.on_refused)
    site.add_exception_handler(FileFault, problems.on_file_fault)
    site.add_exception_handler(RequestValidationError, problems.on_invalid)
    site.add_exception_handler(HTTPException, problems.on_http)
    site.add_exception_handler(DatabaseError, _on_database(log))
    site.add_middleware(Guard, names=host_names, refused=lambda reason: count(f"foreign_{reason}"))
    return site


def _problems() -> dict[int | str, dict[str, object]]:
    return {401: {"model": answers.Problem}, 422: {"model": answers.Problem}}


def _on_database(log: Logger) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    """The answer while the database fails: nothing was changed, try again. A mistake of ours is raised on."""

    async def answer(request: Request, fault: Exception) -> JSONResponse:
        assert isinstance(fault, DatabaseError)
        if not is_world_fault(fault):
            raise fault
        log.error("database failed", cause=root_cause(fault), path=request.url.path)
        return await problems.on_refused(request, Refused(503, "database"))

    return answer
