"""What a gateway's bridge asks: its position, to take events, the change feed, a snapshot.

A gateway's token opens its own path and no other.
"""

from collections.abc import AsyncIterator, Callable
from typing import IO, Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from cloud_bridge.chain import ChainError
from cloud_bridge.hq.http import answers
from cloud_bridge.hq.http.access import Access, Refused
from cloud_bridge.hq.http.bodies import head_of, read_body
from cloud_bridge.hq.ingest import Gap
from cloud_bridge.hq.intake import Busy, Gone, Intake
from cloud_bridge.hq.metrics import Metrics
from cloud_bridge.wire import (
    BATCH_BYTES_MAX,
    BATCH_TYPE,
    SNAPSHOT_TYPE,
    Accepted,
    WireError,
    encode,
)
from gateway.storage.layout import FEED_ROWS_MAX

SNAPSHOT_PIECE_BYTES: Final = 256 * 1024
JSON: Final = "application/json"

_BATCH_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            BATCH_TYPE: {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/CloudEvent"}}}
        },
    }
}


def gateway_routes(intake: Intake, access: Access, metrics: Metrics) -> APIRouter:
    """The routes below /v1/gateways/{gateway}."""

    async def admit(gateway: str, request: Request) -> None:
        access.gateway(gateway, request)
        intake.heard(gateway, head_of(request))

    # As a dependency it runs before any parameter is looked at: who has no token learns nothing else.
    router = APIRouter(prefix="/v1/gateways/{gateway}", tags=["gateways"], dependencies=[Depends(admit)])

    @router.get("/position", response_model=answers.Position | answers.Hashes)
    def position(gateway: str, at: Annotated[int | None, Query(ge=0, lt=2**63)] = None) -> Response:
        """Where this gateway's events stand; with `at`, every hash known at that seq."""
        found = intake.position(gateway) if at is None else intake.hashes(gateway, at)
        return Response(encode(found), media_type=JSON)

    @router.post(
        "/events",
        response_model=answers.Accepted,
        responses={409: {"model": answers.Position, "description": "A gap: go on from this position"}},
        openapi_extra=_BATCH_BODY,
    )
    async def events(gateway: str, request: Request) -> Response:
        """Take a batch of CloudEvents, whole or not at all; what is known already is counted and ignored."""
        body = await _batch_body(request, metrics.refuse)
        return await run_in_threadpool(_take, intake, metrics.refuse, gateway, body)

    @router.get(
        "/changes",
        response_model=answers.Changes,
        responses={410: {"model": answers.Problem, "description": "Take a snapshot"}},
    )
    def changes(
        gateway: str,
        generation: Annotated[str, Query(max_length=32)],
        cursor: Annotated[int, Query(ge=0, lt=2**63)],
        limit: Annotated[int, Query(ge=1, le=FEED_ROWS_MAX)] = FEED_ROWS_MAX,
    ) -> Response:
        """What changed after the cursor, oldest first."""
        try:
            page = intake.changes(gateway, generation, cursor, limit)
        except Gone:
            raise Refused(410, "gone") from None
        return Response(page.body, media_type=JSON)

    @router.get(
        "/snapshot",
        response_class=StreamingResponse,
        responses={200: {"content": {SNAPSHOT_TYPE: {}}}, 503: {"model": answers.Problem}},
    )
    async def snapshot(gateway: str) -> StreamingResponse:
        """All rows, consistent at one cursor, under a new generation: one JSON object a line."""
        try:
            file = await run_in_threadpool(intake.snapshot, gateway)
        except Busy:
            raise Refused(503, "snapshots_busy") from None
        return StreamingResponse(_read(file), media_type=SNAPSHOT_TYPE)

    return router


async def _batch_body(request: Request, count: Callable[[str], None]) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip() != BATCH_TYPE:
        count("malformed")
        raise Refused(415, "not_a_batch", type=BATCH_TYPE)
    try:
        return await read_body(request, BATCH_BYTES_MAX)
    except Refused as refusal:
        count("too_large" if refusal.status == 413 else "malformed")
        raise


def _take(intake: Intake, count: Callable[[str], None], gateway: str, body: bytes) -> Response:
    try:
        taken = intake.take(gateway, body)
    except (WireError, ChainError) as fault:
        count("malformed")
        raise Refused(422, "bad_batch", detail=str(fault)) from None
    except Gap as gap:
        count("gap")
        return Response(encode(gap.position), status_code=409, media_type=JSON)
    answer = Accepted(taken.position.seq, taken.position.hash, len(taken.fresh), taken.known)
    return Response(encode(answer), media_type=JSON)


async def _read(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := await run_in_threadpool(file.read, SNAPSHOT_PIECE_BYTES):
            yield piece
