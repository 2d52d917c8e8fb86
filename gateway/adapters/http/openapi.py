"""The API as an OpenAPI 3.1 document, made of operations.py and of the shapes that it names:

    python -m gateway.adapters.http.openapi > docs/contract/gateway-openapi.json

A test compares the file with this, and the paths with the app's own routes.
"""

import json
import re
import sys
from typing import Any, Final

import msgspec

from gateway.adapters.http import act_shapes, shapes
from gateway.adapters.http.act_words import sentences
from gateway.adapters.http.bodies import BODY_BYTES_MAX
from gateway.adapters.http.operation import JSON, TOKEN, Operation, Parameter
from gateway.adapters.http.operations import OPERATIONS
from gateway.adapters.http.orders import ORDERS_MAX
from gateway.adapters.http.sessions import COOKIE
from gateway.live import TAPS_KEPT_MAX

VERSION: Final = "1"
OPENAPI: Final = "3.1.0"

FIELDS: Final = {"request.missing": "key", "request.number": "limit"}  # of the examples of faults
UNSETTLED: Final = {
    "asked": "HQ was asked for the right; nothing has changed yet. Send the same again.",
    "refused": "The rules refuse it, or the key was used for something else; nothing has changed.",
}
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
    kinds = [operation.shape for operation in OPERATIONS if operation.shape]
    kinds += [operation.body[0] for operation in OPERATIONS if operation.body]
    kinds += [shapes.Problem, act_shapes.Fault]
    _, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "Shopbell gateway",
            "version": VERSION,
            "description": "What a store's gateway shows, and the acts it books for tills and pages.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "http://127.0.0.1:8080", "description": "The gateway's own port, on the Pi"}],
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }


def _paths() -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _method(operation)
    return paths


def _method(operation: Operation) -> dict[str, Any]:
    name = re.sub(r"\W+", "_", operation.path.replace("/v1/", "")).strip("_")
    parameters = [_parameter(found) for found in operation.query]
    for found in re.findall(r"{(\w+)}", operation.path):
        pattern = operation.patterns.get(found, act_shapes.NAME)
        parameters.append(_id(found, *operation.ids[found], pattern))
    return {
        "operationId": name if operation.method == "get" else f"{operation.method}_{name}",
        "summary": operation.summary,
        "description": operation.text,
        **_access(operation),
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": _body(*operation.body)} if operation.body else {}),
        "responses": {operation.status: _answer(operation), **_refusals(operation), **_faults(operation)},
    }


def _id(name: str, text: str, example: str, pattern: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern}
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": text,
        "schema": schema,
        "example": example,
    }


def _body(shape: Any, example: Any) -> dict[str, Any]:
    return {"required": True, "content": {JSON: {"schema": _schema(shape), "example": example}}}


def _faults(operation: Operation) -> dict[str, Any]:
    return {status: _fault(stem) for status, stem in operation.faults}


def _fault(stem: str) -> dict[str, Any]:
    field = FIELDS.get(stem)
    says = sentences(stem, field=field, limit=BODY_BYTES_MAX, highest=ORDERS_MAX)
    english = says["en"]
    example = {
        "error": english["what"],
        "next": english["do"],
        "reason": stem.rpartition(".")[2],
        "field": field,
        "says": says,
    }
    content = {"schema": _schema(act_shapes.Fault), "example": example}
    return {"description": f"Such as: {english['what']}.", "content": {JSON: content}}


def _access(operation: Operation) -> dict[str, Any]:
    """Nothing where it is as for the whole document: with the token."""
    if operation.access == TOKEN:
        return {}
    return {"security": [{name: []} for name in operation.access]}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if parameter.highest is not None:
        schema = {"type": "integer", "minimum": 0, "maximum": parameter.highest}
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.text,
        "schema": schema,
        "example": parameter.example,
    }


def _answer(operation: Operation) -> dict[str, Any]:
    schema = {"type": "string"} if operation.shape is None else _schema(operation.shape)
    content = {operation.media_type: {"schema": schema, "example": operation.example}}
    return {"description": operation.summary + ".", "content": content}


def _schema(shape: Any) -> Any:
    return msgspec.json.schema_components([shape], ref_template="#/components/schemas/{name}")[0][0]


def _refusals(operation: Operation) -> dict[str, Any]:
    path = operation.path
    if not operation.access:
        return {}
    refusals = {status: _problem(*refusal) for status, refusal in REFUSALS.items()}
    if operation.refused is not None:
        refusals |= {"202": _unsettled(operation, "asked"), "409": _unsettled(operation, "refused")}
    if path == "/v1/taps":
        next_step = f"give 1 to {TAPS_KEPT_MAX}"
        refusals["400"] = _problem("limit is wrong.", "limit is not a whole number above 0", next_step)
    if path == "/v1/stream":
        refusals["503"] = _problem(
            "Too many readers.", "32 readers follow already", "close a page, then try again"
        )
    return refusals


def _unsettled(operation: Operation, outcome: str) -> dict[str, Any]:
    """The same body, of an act that was not done."""
    content = {"schema": _schema(operation.refused), "example": operation.example | {"outcome": outcome}}
    return {"description": UNSETTLED[outcome], "content": {JSON: content}}


def _problem(text: str, error: str, next_step: str) -> dict[str, Any]:
    content = {"schema": _schema(shapes.Problem), "example": {"error": error, "next": next_step}}
    return {"description": text, "content": {JSON: content}}


def text() -> str:
    """The document as the file holds it."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
