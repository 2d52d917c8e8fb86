"""What HQ's books read of an event: nothing of a tap, which moves nothing; all of any other. Pure."""

from typing import Final

import msgspec

from cloud_bridge.chain import Link
from gateway.core.event import Event
from gateway.core.model import RECORD_TYPES, STATUS_CHANGED

_STILL: Final = frozenset((*RECORD_TYPES.values(), STATUS_CHANGED))
_NO_TRANSFERS: Final = b'"transfers":[]'  # canonical JSON; inside a text the quotes would be escaped
_DECODER: Final = msgspec.json.Decoder(Event)


def moves_nothing(link: Link) -> bool:
    """Whether an event is of those that never move anything, and did not: its body is not opened again."""
    return link.type in _STILL and _NO_TRANSFERS in link.body


def read_event(body: bytes) -> Event | None:
    """The event of a body that was checked before; None where this HQ cannot read it."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
