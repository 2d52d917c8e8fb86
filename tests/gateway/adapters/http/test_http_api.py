"""The JSON API: shapes, bounds, problems that say what to do, and the document that describes it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from gateway.adapters.http import openapi, shapes
from gateway.adapters.http.api import parse_limit
from gateway.adapters.http.operation import Operation
from gateway.adapters.http.operations import OPERATIONS
from gateway.live import SUBSCRIBERS_MAX, TAPS_KEPT_MAX, Live

ROOT = Path(__file__).parents[4]
DOCUMENT = openapi.document()
PAGES = ("/members", "/till", "/staff", "/wifi", "/beacons")


def test_what_the_live_view_holds_is_what_the_document_says(reader: Any, shop: Any) -> None:
    for operation in OPERATIONS:
        if operation.shape is not None:
            shop.begin_anew()
            sent = {"json": operation.body[1]} if operation.body else {}
            answer = reader.request(operation.method.upper(), _address(operation), **sent)
            assert str(answer.status_code) == operation.status, answer.text
            msgspec.json.decode(answer.content, type=operation.shape)


def _address(operation: Operation) -> str:
    """A path with its examples in it, which are what register and shop know."""
    path = operation.path
    for name, (_, example) in operation.ids.items():
        path = path.replace(f"{{{name}}}", example)
    query = urlencode({one.name: one.example for one in operation.query})
    return f"{path}?{query}" if query else path


def test_the_newest_taps_come_first_and_limit_cuts(
    reader: Any, live: Live, tap: Callable[..., dict[str, Any]]
) -> None:
    live.add_taps([tap(seq) for seq in range(3, 900)])
    assert [row["seq"] for row in reader.get("/v1/taps?limit=3").json()["taps"]] == [899, 898, 897]
    assert len(reader.get("/v1/taps").json()["taps"]) == 100
    assert len(reader.get("/v1/taps?limit=9999").json()["taps"]) == TAPS_KEPT_MAX


@pytest.mark.parametrize("limit", ["0", "-1", "x", "", "1e3", "٣", "9" * 5_000, "1;DROP TABLE events"])
def test_a_limit_that_is_no_number_is_a_clear_problem(reader: Any, limit: str) -> None:
    answer = reader.get("/v1/taps", params={"limit": limit})
    assert answer.status_code == 400
    assert answer.json()["next"] == f"give 1 to {TAPS_KEPT_MAX}"


def test_limit_reads_the_whole_range() -> None:
    assert [parse_limit(text) for text in ("1", "500", "501", "00")] == [1, 500, 500, None]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/none", 404), ("DELETE", "/v1/taps", 405)]
)
def test_wrong_addresses_and_methods_say_what_to_do(reader: Any, method: str, path: str, status: int) -> None:
    answer = reader.request(method, path)
    assert answer.status_code == status and set(answer.json()) == {"error", "next"}


def test_too_many_followers_are_told_so(reader: Any, live: Live) -> None:
    held = [live.subscribe() for _ in range(SUBSCRIBERS_MAX)]
    assert reader.get("/v1/stream").status_code == 503
    assert live.counters.get("live.subscribers_refused") == 1
    assert all(held)


def test_the_document_in_the_contract_is_this_one() -> None:
    kept = (ROOT / "docs/contract/gateway-openapi.json").read_text()
    assert kept == openapi.text(), (
        "stale: python -m gateway.adapters.http.openapi > docs/contract/gateway-openapi.json"
    )


def test_the_document_has_every_api_route_and_no_other(reader: Any) -> None:
    routes = {route.path for route in reader.app.routes}
    pages = {path for path in routes if path.startswith(PAGES)}
    assert set(DOCUMENT["paths"]) == routes - pages - {"/", "/session", "/look/{name}"}
    methods = {
        (route.path, method.lower())
        for route in reader.app.routes
        for method in route.methods
        if route.path in DOCUMENT["paths"] and method != "HEAD"
    }
    assert methods == {(path, method) for path, item in DOCUMENT["paths"].items() for method in item}


def test_open_paths_are_open_and_the_others_are_not(stranger: Any) -> None:
    for operation in OPERATIONS:
        item = DOCUMENT["paths"][operation.path][operation.method]
        answer = stranger.request(operation.method.upper(), _address(operation))
        assert (answer.status_code != 401) is (item.get("security") == []), operation.path


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps({**schema, "$defs": DOCUMENT["components"]["schemas"]})
    resolved: dict[str, Any] = json.loads(text.replace("#/components/schemas/", "#/$defs/"))
    return resolved


def test_every_example_is_what_its_schema_says() -> None:
    checked = 0
    for operation in OPERATIONS:
        item = DOCUMENT["paths"][operation.path][operation.method]
        sent = [item["requestBody"]] if operation.body else []
        for part in [*item["responses"].values(), *sent]:
            for content in part["content"].values():
                Draft202012Validator(_resolved(content["schema"])).validate(content["example"])
                checked += 1
    assert checked >= 2 * len(OPERATIONS)


def test_every_reference_in_the_document_leads_somewhere() -> None:
    names = set(re.findall(r"#/components/schemas/(\w+)", openapi.text()))
    assert names <= set(DOCUMENT["components"]["schemas"])


def test_the_example_tap_names_every_field_once() -> None:
    assert set(shapes.EXAMPLE_TAP) == set(shapes.Tap.__struct_fields__)
