"""The same decision once more, from the event alone: what HQ compares with what the gateway booked."""

from gateway.core.decide import decide
from gateway.core.errors import EventError
from gateway.core.event import input_of, open_event, seal
from gateway.core.model import CORE_VERSION, Bundle


def redecide(body: bytes, bundle: Bundle) -> bytes:
    """The bytes this core makes of the event's own facts under `bundle`; equal to `body` if it was honest.

    Raises EventError for bytes that are no event, for another core's, and for what this core does not decide.
    """
    event = open_event(body)
    if event.core != CORE_VERSION:
        raise EventError("other_core", str(event.core))
    decision = decide(bundle, event.facts, input_of(event))
    return seal(decision, event.gateway, event.seq, event.prev).body
