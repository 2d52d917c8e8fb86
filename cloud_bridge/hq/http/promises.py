"""Promises over HTTP: what a gateway's bridge asks of HQ's books, and what staff order."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from cloud_bridge.asks import People, Reports, RightsWanted
from cloud_bridge.hq.http import answers
from cloud_bridge.hq.http.access import Access, Refused
from cloud_bridge.hq.http.bodies import head_of, read_body
from cloud_bridge.hq.promises import NoGateway, Promises
from cloud_bridge.wire import WireError, WireShape, encode, read

ASK_BYTES_MAX: Final = 512 * 1024  # 1,000 reported parts are some 250 kB
JSON: Final = "application/json"
Shape = TypeVar("Shape", bound=WireShape)


def _body(model: type) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}


def promise_routes(promises: Promises, access: Access) -> APIRouter:
    """What is asked of the books."""
    router = APIRouter(prefix="/v1/gateways/{gateway}")

    async def admit(gateway: str, request: Request) -> None:
        access.gateway(gateway, request)

    mine: dict[str, Any] = {"dependencies": [Depends(admit)], "tags": ["gateways"]}

    @router.post(
        "/rights", response_model=answers.RightsGiven, openapi_extra=_body(answers.RightsWanted), **mine
    )
    async def rights(gateway: str, request: Request) -> Response:
        """Get the right to what is free of an owner's unit; what others hold is asked back from them."""
        return await _answer(request, RightsWanted, lambda asked: promises.rights(gateway, asked))

    @router.post("/reports", response_model=answers.Reported, openapi_extra=_body(answers.Reports), **mine)
    async def reports(gateway: str, request: Request) -> Response:
        """Take the maxima of a gateway's own numbers; one that fell ends the epoch of its rights."""
        return await _answer(request, Reports, lambda said: promises.reports(gateway, said, head_of(request)))

    @router.post("/people", response_model=answers.PeopleTaken, openapi_extra=_body(answers.People), **mine)
    async def people(gateway: str, request: Request) -> Response:
        """Take names of members enrolled in a store, whose events are here; says from where to go on."""
        return await _answer(request, People, lambda rows: promises.people(gateway, rows))

    @router.post(
        "/epoch", response_model=answers.Reported, dependencies=[Depends(access.staff)], tags=["staff"]
    )
    def epoch(gateway: str) -> dict[str, int]:
        """End the rights of a lost gateway: what it held is the merchant's loss, members get it back."""
        try:
            return {"rights_epoch": promises.raise_epoch(gateway)}
        except NoGateway:
            raise Refused(404, "not_found") from None

    @router.get(
        "/digest", response_model=answers.Digest, dependencies=[Depends(access.staff)], tags=["staff"]
    )
    def digest(gateway: str) -> dict[str, Any]:
        """The digest of HQ's mirror of a log: what `shopbell ledger verify` prints there at the same seq."""
        try:
            seq, found = promises.digest(gateway)
        except NoGateway:
            raise Refused(404, "not_found") from None
        return {"seq": seq, "digest": found}

    return router


async def _answer(request: Request, shape: type[Shape], ask: Callable[[Shape], WireShape]) -> Response:
    try:
        asked = read(await read_body(request, ASK_BYTES_MAX), shape)
    except WireError as fault:
        raise Refused(422, "bad_request", detail=fault.detail) from None
    return Response(encode(await run_in_threadpool(ask, asked)), media_type=JSON)
