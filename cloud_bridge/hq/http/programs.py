"""Programs over HTTP: what is in force, publish, pause, and the key by which stores know HQ's bundles."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from cloud_bridge.hq import bundle as bundles
from cloud_bridge.hq import program_views
from cloud_bridge.hq.database import Database
from cloud_bridge.hq.http import shop_answers
from cloud_bridge.hq.http.access import Access, Refused
from cloud_bridge.hq.http.bodies import read_body
from cloud_bridge.hq.http.problems import language_of, sentences
from cloud_bridge.hq.live import Live
from cloud_bridge.hq.publishing import OURS, Publisher, change_program
from cloud_bridge.hq.publishing import Refused as Faulty
from cloud_bridge.hq.words import WORDS
from gateway.core.programs.check import BUNDLE_BYTES_MAX, words
from gateway.core.programs.faults import Problem
from shopbell.look.words import Language, say

PROBLEMS_TOLD_MAX: Final = 200  # a person mends a handful and tries again
JSON: Final = "application/json"
ProgramId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,47}$")]
_FAULTY: Final[dict[int | str, dict[str, Any]]] = {
    422: {"model": shop_answers.ProgramProblems, "description": "Something is wrong; nothing was published"}
}
_BODY: Final = {"requestBody": {"required": True, "content": {JSON: {"schema": {"type": "object"}}}}}


def program_routes(
    database: Database,
    publisher: Publisher,
    public_pem: str,
    access: Access,
    today: Callable[[], str],
    live: Live,
) -> APIRouter:
    """The routes below /v1/programs and /v1/bundle, for staff."""
    router = APIRouter(prefix="/v1", tags=["programs"], dependencies=[Depends(access.staff)])

    @router.get("/programs", response_model=shop_answers.Programs)
    def standing() -> dict[str, Any]:
        """Every program: in force first, with its words, its state, and what is left of its limits."""
        with database.reading() as connection:
            return programs_view(program_views.standing(connection, today()))

    @router.post("/programs", response_model=shop_answers.Publication, responses=_FAULTY, openapi_extra=_BODY)
    async def publish(request: Request) -> Response:
        """Put a bundle in force, or the bundle in force with this program; all or nothing."""
        body = await read_body(request, BUNDLE_BYTES_MAX)
        return await run_in_threadpool(put, request, body)

    @router.get("/programs/{id}", response_model=list[shop_answers.ProgramVersion])
    def versions(id: ProgramId) -> list[dict[str, Any]]:
        """Every version of a program as it was published, the newest first."""
        with database.reading() as connection:
            found = program_views.versions(connection, id)
        if not found:
            raise Refused(404, "not_found")
        return found

    @router.post("/programs/{id}/pause", response_model=shop_answers.Publication, responses=_FAULTY)
    def pause(request: Request, id: ProgramId) -> Response:
        """Publish the next version of a program, which does not happen until it is resumed."""
        return change(request, id, True)

    @router.post("/programs/{id}/resume", response_model=shop_answers.Publication, responses=_FAULTY)
    def resume(request: Request, id: ProgramId) -> Response:
        """Publish the next version of a program, which happens again."""
        return change(request, id, False)

    def change(request: Request, id_: str, paused: bool) -> Response:
        with database.reading() as connection:
            body = change_program(program_views.bundle_in_force(connection), id_, paused=paused)
        if body is None:
            raise Refused(404, "not_found")
        return put(request, body)

    def put(request: Request, body: bytes) -> Response:
        answer = _publish(publisher, body, language_of(request))
        live.tell("programs", {})
        return answer

    @router.get("/bundle", response_class=Response, responses={200: {"content": {JSON: {}}}})
    def bundle() -> Response:
        """The bundle in force: its very bytes."""
        with database.reading() as connection:
            newest = bundles.newest_of(connection)
        if newest is None:
            raise Refused(404, "not_found")
        return Response(newest.body, media_type=JSON)

    @router.get("/bundle/key", response_class=Response)
    def key() -> Response:
        """The public key of bundles as PEM, for every gateway; there is none where HQ does not sign."""
        if not public_pem:
            raise Refused(404, "not_found")
        return Response(public_pem, media_type="application/x-pem-file")

    return router


def programs_view(standing: program_views.Standing) -> dict[str, Any]:
    """What is in force, for programs."""
    programs = [
        {**view._asdict(), "limits": [limit._asdict() for limit in view.limits]} for view in standing.programs
    ]
    return {**standing._asdict(), "programs": programs}


def _publish(publisher: Publisher, body: bytes, language: Language) -> Response:
    try:
        made = publisher.publish(body)
    except Faulty as faulty:
        found = [_problem(one, language) for one in faulty.problems[:PROBLEMS_TOLD_MAX]]
        said = sentences("refused", "bad_program", language, {"count": len(faulty.problems)})
        return JSONResponse({"error": "bad_program", **said, "problems": found}, 422)
    new = [{"id": id_, "version": version} for id_, version in made.new]
    return JSONResponse({"hash": made.hash, "new": new})


def _problem(problem: Problem, language: Language) -> dict[str, str]:
    what = (
        say(f"refused.{problem.reason}", language, WORDS)
        if problem.reason in OURS
        else words(problem)[language]
    )
    return {**problem._asdict(), "what": what}
