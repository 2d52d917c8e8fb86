"""The API as an OpenAPI 3.1 document, made of shapes.py:

    python -m gateway.adapters.http.openapi > docs/contract/gateway-openapi.json

A test compares the file with this, and the paths with the app's own routes.
"""

import json
import sys
from typing import Any, Final, NamedTuple

import msgspec

from gateway.adapters.http import shapes
from gateway.live import TAPS_KEPT_MAX

VERSION: Final = "1"
JSON: Final = "application/json"
OPENAPI: Final = "3.1.0"


class Operation(NamedTuple):
    """One GET: shape None means that the answer is not JSON."""

    path: str
    summary: str
    text: str
    shape: Any
    media_type: str
    example: Any


OPERATIONS: Final = (
    Operation(
        "/v1/taps",
        "The newest taps and scans",
        "Newest first, from memory; the ledger has them all.",
        shapes.Taps,
        JSON,
        {"taps": [shapes.EXAMPLE_TAP]},
    ),
    Operation(
        "/v1/devices",
        "The devices and their last status",
        "A device that left without a word is offline as soon as the broker's will says so.",
        shapes.Devices,
        JSON,
        {"devices": [shapes.EXAMPLE_DEVICE]},
    ),
    Operation(
        "/v1/sync",
        "Where the ledger, HQ, the cache and the bridge stand",
        "as_of is HQ's word, taken from the cache; what is above it is waiting. bridge is what the "
        "bridge last wrote of itself.",
        shapes.Sync,
        JSON,
        shapes.EXAMPLE_SYNC,
    ),
    Operation(
        "/v1/counters",
        "Everything dropped, refused, retried or bounded",
        "Name to count since the process began; the console explains each name.",
        shapes.Counters,
        JSON,
        shapes.EXAMPLE_COUNTERS,
    ),
    Operation(
        "/v1/stream",
        "What changes, as it changes",
        "Server-Sent Events: `sync` (sync and cache as above), `bridge`, `counters` and one `device` each at "
        "first, then those and `tap` at every change; that the bridge's times alone moved is none. A reader "
        "that does not keep up is cut off; connect again and ask /v1/taps.",
        None,
        "text/event-stream",
        "event: tap\ndata: " + json.dumps(shapes.EXAMPLE_TAP, ensure_ascii=False) + "\n\n",
    ),
    Operation(
        "/metrics",
        "Figures for Prometheus",
        "docs/operations/metrics.md explains each.",
        None,
        "text/plain",
        "shopbell_gateway_ledger_seq 1207.0\n",
    ),
    Operation("/health", "Whether the process answers", "Open.", shapes.Health, JSON, {"status": "ok"}),
)
OPEN_PATHS: Final = frozenset({"/health"})
REFUSALS: Final = {
    "401": (
        "No right token.",
        "no right token",
        "send Authorization: Bearer <token>, from the gateway's token file",
    ),
    "429": (
        "Too many wrong tokens wait.",
        "too many wrong tokens",
        "wait some seconds, then send the right one",
    ),
}


def document() -> dict[str, Any]:
    """The whole document as plain values."""
    kinds = [operation.shape for operation in OPERATIONS if operation.shape] + [shapes.Problem]
    _, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "Shopbell gateway",
            "version": VERSION,
            "description": "What a store's gateway shows of itself. It reads; it changes nothing.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "http://127.0.0.1:8080", "description": "The gateway's own port, on the Pi"}],
        "security": [{"token": []}],
        "paths": {operation.path: {"get": _get(operation)} for operation in OPERATIONS},
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _get(operation: Operation) -> dict[str, Any]:
    return {
        "operationId": operation.path.strip("/").replace("v1/", ""),
        "summary": operation.summary,
        "description": operation.text,
        **_access(operation.path),
        **({"parameters": [_limit()]} if operation.path == "/v1/taps" else {}),
        "responses": {"200": _answer(operation), **_refusals(operation.path)},
    }


def _access(path: str) -> dict[str, Any]:
    return {"security": []} if path in OPEN_PATHS else {}


def _limit() -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 1, "maximum": TAPS_KEPT_MAX, "default": 100}
    return {
        "name": "limit",
        "in": "query",
        "description": "How many at most.",
        "schema": schema,
        "example": 20,
    }


def _answer(operation: Operation) -> dict[str, Any]:
    schema = {"type": "string"} if operation.shape is None else _schema(operation.shape)
    content = {operation.media_type: {"schema": schema, "example": operation.example}}
    return {"description": operation.summary + ".", "content": content}


def _schema(shape: Any) -> Any:
    return msgspec.json.schema_components([shape], ref_template="#/components/schemas/{name}")[0][0]


def _refusals(path: str) -> dict[str, Any]:
    if path in OPEN_PATHS:
        return {}
    refusals = {status: _problem(*refusal) for status, refusal in REFUSALS.items()}
    if path == "/v1/taps":
        next_step = f"give 1 to {TAPS_KEPT_MAX}"
        refusals["400"] = _problem("limit is wrong.", "limit is not a whole number above 0", next_step)
    if path == "/v1/stream":
        refusals["503"] = _problem(
            "Too many readers.", "32 readers follow already", "close a page, then try again"
        )
    return refusals


def _problem(text: str, error: str, next_step: str) -> dict[str, Any]:
    content = {"schema": _schema(shapes.Problem), "example": {"error": error, "next": next_step}}
    return {"description": text, "content": {JSON: content}}


def text() -> str:
    """The document as the file holds it."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
