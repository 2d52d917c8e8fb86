"""What HQ's books read of an event: nothing of a tap, which asks for nothing; all of any other. Pure."""

import re
from typing import Final

import msgspec

from cloud_bridge.chain import Link
from gateway.core.event import Event
from gateway.core.model import RECORD_TYPES, STATUS_CHANGED

_STILL: Final = frozenset((*RECORD_TYPES.values(), STATUS_CHANGED))
_ACT: Final = b'{"act":'  # how the canonical JSON of an event with an act begins
_NO_TRANSFERS: Final = b'"transfers":[]'  # canonical JSON; inside a text the quotes would be escaped
_MEMBER: Final = re.compile(r"[a-z0-9-]{1,32}\Z")
_KEY: Final = re.compile(r"[0-9a-f]{32}\Z")
_DECODER: Final = msgspec.json.Decoder(Event)


def moves_nothing(link: Link) -> bool:
    """Whether an event is of those that never do anything, and did not: its body is not opened again."""
    still = link.type in _STILL and _NO_TRANSFERS in link.body
    return still and not link.body.startswith(_ACT)


def is_member(text: str) -> bool:
    """Whether this can be a member's id: an event is a fact, whatever is in it, and a database takes less."""
    return _MEMBER.match(text) is not None


def is_key(text: str) -> bool:
    """Whether this can be an evidence key."""
    return _KEY.match(text) is not None


def read_event(body: bytes) -> Event | None:
    """The event of a body that was checked before; None where this HQ cannot read it."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
