"""Imports over HTTP: upload a file of members, goods or staff, follow it, read every refused line."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request

from cloud_bridge.hq import import_store
from cloud_bridge.hq.csv_file import FileFault
from cloud_bridge.hq.database import Database
from cloud_bridge.hq.http import answers
from cloud_bridge.hq.http.access import Access, Refused
from cloud_bridge.hq.http.bodies import pieces
from cloud_bridge.hq.http.problems import fault_view, language_of, refusal_view
from cloud_bridge.hq.import_store import Report
from cloud_bridge.hq.imports import Imports, TooManyImports
from cloud_bridge.hq.metrics import Metrics
from shopbell.look.words import Language

IMPORTS_LISTED_MAX: Final = 20
REFUSALS_PAGE_MAX: Final = 500


def import_routes(database: Database, imports: Imports, access: Access, metrics: Metrics) -> APIRouter:
    """The routes below /v1/imports, for staff."""
    router = APIRouter(prefix="/v1/imports", tags=["imports"], dependencies=[Depends(access.staff)])

    @router.post(
        "",
        status_code=202,
        response_model=answers.Started,
        responses={
            422: {"model": answers.Problem, "description": "The file is damaged; nothing was changed"}
        },
        openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {}}}},
    )
    async def start(
        request: Request,
        name: Annotated[str, Query(max_length=255)] = "",
        kind: Literal["members", "goods", "staff"] = "members",
    ) -> dict[str, str]:
        """Take a file whole, check its structure, and start to apply it line by line."""
        try:
            return {"id": await imports.receive(pieces(request), name, kind)}
        except FileFault:
            metrics.refuse("import_fault")
            raise
        except TooManyImports:
            metrics.refuse("imports_waiting")
            raise Refused(503, "imports_waiting") from None
        except OSError:
            metrics.refuse("import_fault")
            raise Refused(507, "disk_failed") from None

    @router.get("", response_model=list[answers.Import])
    def newest(request: Request) -> list[dict[str, Any]]:
        """The newest imports first."""
        with database.reading() as connection:
            reports = import_store.newest(connection, IMPORTS_LISTED_MAX)
        return [report_view(report, language_of(request)) for report in reports]

    @router.get("/{id}", response_model=answers.ImportReport)
    def report(
        request: Request,
        id: str,
        after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
        limit: Annotated[int, Query(ge=1, le=REFUSALS_PAGE_MAX)] = REFUSALS_PAGE_MAX,
    ) -> dict[str, Any]:
        """Where an import stands, and its refused lines after line `after`."""
        with database.reading() as connection:
            found = import_store.read(connection, id)
            refusals = import_store.read_refusals(connection, id, after, limit)
        if found is None:
            raise Refused(404, "not_found")
        language = language_of(request)
        view = report_view(found, language)
        view["refusals"] = [refusal_view(refusal, language) for refusal in refusals]
        view["next"] = refusals[-1].line if len(refusals) >= limit else None
        return view

    return router


def report_view(report: Report, language: Language) -> dict[str, Any]:
    """An import for people and programs."""
    view = report._asdict()
    del view["last_line"]
    view["finished_ms"] = report.finished_ms or None
    view["fault"] = fault_view(report.fault, language) if report.fault else None
    return view
