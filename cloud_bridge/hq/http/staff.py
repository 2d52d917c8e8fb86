"""What staff and their programs ask: gateways, events, members, stores, exceptions, metrics."""

from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from cloud_bridge.hq import views
from cloud_bridge.hq.database import Database, Row
from cloud_bridge.hq.http import answers, people_answers
from cloud_bridge.hq.http.access import Access, Refused
from cloud_bridge.hq.http.bodies import read_body
from cloud_bridge.hq.issuing import Issue, NoMember, Other
from cloud_bridge.hq.live import Live
from cloud_bridge.hq.metrics import Metrics
from cloud_bridge.hq.own_log import Frame
from cloud_bridge.hq.promises import Promises
from cloud_bridge.hq.stores import Store, put_store, read_stores
from gateway.core.model import Bundle

LISTED_MAX: Final = 200
ISSUE_BYTES_MAX: Final = 4_096
Limit = Annotated[int, Query(ge=1, le=LISTED_MAX)]


def staff_routes(
    database: Database,
    live: Live,
    promises: Promises,
    access: Access,
    metrics: Metrics,
    frame: Callable[[], Frame],
    bundle: Callable[[], Bundle],
) -> APIRouter:
    """The routes for staff, and /health for anybody."""
    router = APIRouter(tags=["staff"])
    guarded = [Depends(access.staff)]

    @router.get("/health", response_model=answers.Health)
    def health() -> dict[str, str]:
        """Whether HQ and its database answer."""
        with database.reading() as connection:
            read_stores(connection)
        return {"status": "ok"}

    @router.get("/metrics", dependencies=guarded, response_class=Response)
    def exposition() -> Response:
        """Counters in Prometheus' text format."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @router.get("/v1/gateways", dependencies=guarded, response_model=list[answers.Gateway])
    def gateways() -> list[Row]:
        """Every gateway: position, lag, branches, last contact."""
        with database.reading() as connection:
            return views.gateways(connection, live.contacts)

    @router.get("/v1/events", dependencies=guarded, response_model=list[answers.Event])
    def events(limit: Limit = 50) -> list[Row]:
        """The events received last, newest first."""
        with database.reading() as connection:
            return views.newest_events(connection, limit)

    @router.get("/v1/exceptions", dependencies=guarded, response_model=list[answers.Trouble])
    def exceptions(limit: Limit = 50) -> list[Row]:
        """What a person must look at, newest first."""
        with database.reading() as connection:
            return views.newest_exceptions(connection, limit)

    @router.get("/v1/members", dependencies=guarded, response_model=people_answers.Members)
    def members(query: Annotated[str, Query(max_length=views.QUERY_CHARACTERS_MAX)] = "") -> dict[str, Any]:
        """How many members there are, and those whose number begins with `query`, or whose phone it is."""
        with database.reading() as connection:
            found = views.find_members(connection, query, bundle(), frame())
            return {"count": views.count_members(connection), "found": found}

    @router.post("/v1/members/{id}/credits", dependencies=guarded, response_model=answers.Issued)
    async def credit(id: str, request: Request) -> dict[str, Any]:
        """Give a member something, once for the key; a coupon's right goes to the home store at once."""
        asked = await _issue(request)
        try:
            return (await run_in_threadpool(promises.issue, id, asked))._asdict()
        except NoMember:
            raise Refused(404, "not_found") from None
        except Other:
            raise Refused(409, "key_reused") from None

    @router.get("/v1/stores", dependencies=guarded, response_model=list[answers.Store])
    def stores() -> list[dict[str, Any]]:
        """Every store by id."""
        with database.reading() as connection:
            return [_store_view(store) for store in read_stores(connection)]

    @router.put("/v1/stores/{id}", dependencies=guarded, status_code=204)
    def put(id: Annotated[str, Path(pattern="^[a-z0-9-]{1,32}$")], body: answers.StoreBody) -> None:
        """Add a store, or give it other names."""
        with database.writing() as connection:
            put_store(connection, Store(id, body.name.zh_cn, body.name.en))

    return router


async def _issue(request: Request) -> Issue:
    try:
        return msgspec.json.decode(await read_body(request, ISSUE_BYTES_MAX), type=Issue)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise Refused(422, "bad_request", detail=str(fault)[:200]) from None


def _store_view(store: Store) -> dict[str, Any]:
    return {"id": store.id, "name": {"zh-CN": store.name_zh_cn, "en": store.name_en}}
