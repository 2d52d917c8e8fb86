"""HQ's second opinion on an event: decide again from its own facts and compare byte for byte. Pure.

A difference is never a reason to refuse an event, which is a fact; it becomes an exception for a person.
"""

import threading
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from cloud_bridge.chain import ChainError, Link
from gateway.core.errors import EventError
from gateway.core.event import canonical
from gateway.core.model import Bundle
from gateway.core.redecide import redecide

BRANCH: Final = "ledger_branch"
DIFFERS: Final = "decision_differs"
NO_BUNDLE: Final = "bundle_unknown"
NOT_DECIDED: Final = "not_decided"
KINDS: Final = (BRANCH, DIFFERS, NO_BUNDLE, NOT_DECIDED)


# The core keeps the programs it compiled, for one thread; deciding would not run beside itself anyway.
_ONE_AT_A_TIME: Final = threading.Lock()


class Doubt(NamedTuple):
    """A reason for an exception. `about` is its subject beside the gateway: raised once for that."""

    kind: str
    about: str
    detail: dict[str, Any]


def judge(link: Link, bundle_of: Callable[[str], Bundle | None]) -> Doubt | None:
    """None if HQ decides the same; raises ChainError if the body is not canonical JSON of integers."""
    bundle = bundle_of(link.bundle)
    if bundle is None:
        check_canonical(link)
        return Doubt(NO_BUNDLE, link.bundle[:64], {"bundle": link.bundle[:64]})
    try:
        with _ONE_AT_A_TIME:
            again = redecide(link.body, bundle)
    except EventError as fault:
        check_canonical(link)
        return Doubt(NOT_DECIDED, f"{fault.reason}:{fault.detail}"[:64], {"reason": str(fault)[:200]})
    if again == link.body:
        return None
    check_canonical(link)
    return Doubt(DIFFERS, f"{link.seq}:{link.hash.hex()}", _difference(link.body, again))


def _difference(booked: bytes, derived: bytes) -> dict[str, Any]:
    """Both outcomes: what a person compares first."""
    return {
        name: msgspec.json.decode(body).get("outcome")
        for name, body in (("booked", booked), ("derived", derived))
    }


def check_canonical(link: Link) -> None:
    """Nothing, if the body is what canonical JSON of integers would write. Raises ChainError."""
    try:
        value = msgspec.json.decode(link.body)
        sound = canonical(value) == link.body and _integers_only(value)
    except RecursionError:
        sound = False
    if not sound:
        raise ChainError(link.seq, "its body is not canonical JSON of integers")


def _integers_only(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_integers_only, value.values()))
    if isinstance(value, list):
        return all(map(_integers_only, value))
    return not isinstance(value, float)
