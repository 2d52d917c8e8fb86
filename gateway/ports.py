"""The small interfaces between the gateway's middle and the world; app.py joins them."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from gateway.core.model import Bundle, Outcome


class Inbound(NamedTuple):
    """A message as the broker delivered it: nothing about it is checked yet."""

    topic: str
    payload: bytes


class Outbound(NamedTuple):
    """A message to be published at QoS 1."""

    topic: str
    payload: bytes


class Desk(Protocol):
    """What an MQTT link hands its batches to."""

    def serve(self, batch: Sequence[Inbound]) -> Sequence[Outbound]:
        """Answers that may be sent: whatever they promise is durable. Raises only what ends the gateway."""
        ...

    def greet(self) -> Sequence[Outbound]:
        """What to say once a connection to the broker stands."""
        ...


class Painter(Protocol):
    """Draws outcomes."""

    def encoded(self, bundle: Bundle, outcome: Outcome, name: str | None, language: str | None) -> bytes:
        """The encoded screen for an outcome; `name` is masked, None where nobody is to be named."""
        ...
