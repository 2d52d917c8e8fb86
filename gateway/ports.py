"""The small interfaces between the gateway's middle and the world; app.py joins them."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from gateway.core.model import Bundle, Outcome


class Inbound(NamedTuple):
    """A message as the broker delivered it: nothing about it is checked yet."""

    topic: str
    payload: bytes


class Outbound(NamedTuple):
    """A message to be published: at QoS 0 in the live lane (`command`), else at QoS 1."""

    topic: str
    payload: bytes


class Told(NamedTuple):
    """An outcome of gateway/screens.py and the figures that its words need; a figure that is a tuple of
    (language, word) pairs is said in each language by its own word."""

    outcome: str
    figures: tuple[tuple[str, Any], ...] = ()

    def words(self, language: str) -> dict[str, Any]:
        """The figures as said in this language."""
        return {
            name: dict(value).get(language, "") if isinstance(value, tuple) else value
            for name, value in self.figures
        }


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

    def encoded(
        self,
        bundle: Bundle,
        outcome: Outcome,
        name: str | None,
        language: str | None,
        role: str = "counter",
        told: Told | None = None,
    ) -> bytes:
        """The encoded screen for an outcome at a terminal of this role; `name` is masked, None where nobody
        is to be named. `told` is what a greeting says besides."""
        ...

    def told(self, role: str, told: Told, language: str | None, name: str | None = None) -> bytes:
        """The encoded screen of what came of something else; `name` is masked."""
        ...
