"""What a page shows of an event. Pure.

An event is a fact and is stored whatever it holds, so nothing here trusts a field: what is not as expected is
shown as absent.
"""

from typing import Any, Final

import msgspec

AT_MS_MAX: Final = 2**41  # the year 2039: a gateway's clock may say anything, a page must still be drawn
TEXT_CHARACTERS_MAX: Final = 64


def event_note(gateway: str, seq: int, hash_: bytes, body: bytes) -> dict[str, Any]:
    """The fields of one event's row; None where the event does not say."""
    found = _part(msgspec.json.decode(body))
    outcome, facts = _part(found.get("outcome")), _part(found.get("facts"))
    return {
        "gateway": gateway,
        "seq": seq,
        "hash": hash_.hex(),
        "type": _text(found.get("type")),
        "at": _time(found.get("at")),
        "device": _text(found.get("device")),
        "outcome": _text(outcome.get("name")),
        "moved": bool(found.get("transfers")),
        "late": outcome.get("late") is True,
        "tier": _text(outcome.get("tier")),
        "member": _text(_part(facts.get("member")).get("id")),
    }


def _part(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value[:TEXT_CHARACTERS_MAX] if isinstance(value, str) else None


def _time(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= AT_MS_MAX else None
