"""Bodies that no honest till sends, over the real desk: never a crash, never a booking, always a field."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.adapters.http.operations import OPERATIONS
from tests.gateway.adapters.http.till_rig import Clerk, play
from tests.gateway.day import LIN_ID
from tests.gateway.rig import House

__all__ = ["play"]  # a fixture

NASTY: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 1.5, "", " ", "\x00", "é" * 40, "../../etc/passwd", "<img src=x>", "x" * 4_000,
    [], {}, [[]], [None], {"do": "fence"}, ["a"] * 300,
)  # fmt: skip
CHANGES = [operation for operation in OPERATIONS if operation.method == "post"]
FINE = (200, 201, 202, 400, 401, 403, 404, 409, 413, 422, 429, 501)


def _mutants(value: Any) -> Iterator[Any]:
    """The body with each of its places, however deep, made nasty, missing or crowded."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield {other: kept for other, kept in value.items() if other != key}
            yield from ({**value, key: made} for made in _mutants(part))
        yield {**value, "surprise": 1}
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from ([*value[:number], made, *value[number + 1 :]] for made in _mutants(part))
        yield value * 1_000
    yield from NASTY


@pytest.mark.parametrize("operation", CHANGES, ids=lambda operation: operation.path)
def test_no_body_crashes_the_gateway_or_its_rules(play: Any, bakery: House, operation: Any) -> None:
    path = operation.path.removeprefix("/v1").replace("{id}", LIN_ID).replace("{iid}", "c-1")
    example = copy.deepcopy(operation.body[1]) if operation.body else {}

    async def attack(clerk: Clerk) -> None:
        for number, body in enumerate(_mutants(example)):
            if isinstance(body, dict) and isinstance(body.get("key"), str) and len(body["key"]) > 1:
                body["key"] = f"attack.{number}"
            answer = await clerk.client.post("/v1" + path, content=json.dumps(body))
            assert answer.status_code in FINE, (body, answer.text)
            if answer.status_code == 400:
                told = answer.json()
                assert told["reason"] == "not_json" or told["field"], (body, told)
                assert set(told["says"]) == {"zh-CN", "en"} and told["next"]

    play(attack)


def test_whatever_is_no_object_is_refused_at_once(play: Any, bakery: House) -> None:
    async def attack(clerk: Clerk) -> None:
        before = bakery.ledger.seq
        for operation in CHANGES:
            path = operation.path.replace("{id}", LIN_ID).replace("{iid}", "c-1")
            for body in (b"", b"null", b"[]", b"{", b"\xff", b"[" * 60_000, b'{"key":' * 9_000):
                answer = await clerk.client.post(path, content=body)
                assert answer.status_code in (400, 404) or path.endswith("sign_out"), (path, body[:9])
        assert bakery.ledger.seq == before

    play(attack)
