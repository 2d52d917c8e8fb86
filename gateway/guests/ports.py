"""What the guests' door needs of the gateway's middle; door.py joins them."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from gateway.acting import Acting, Request, Verdict
from gateway.batch import Batch
from gateway.booking import Shown

Done = TypeVar("Done")


class Desk(Protocol):
    """Who lets things be looked up: gateway/desk.py."""

    def consult(self, ask: Callable[[Batch, Acting], Done]) -> Done:
        """What `ask` finds out; nothing of it is booked."""
        ...

    def show(self, place: str, text: str) -> Shown | None:
        """What a code proves that is shown somewhere, booked; None where nothing could be written."""
        ...


class Teller(Protocol):
    """Who books acts: gateway/teller.py."""

    async def ask(self, request: Request) -> Verdict:
        """The verdict, durable; raises Refused."""
        ...


class Pins(Protocol):
    """Who knows PINs: gateway/pins.py."""

    async def check(self, owner: str, digits: str) -> str:
        """ "right", "wrong", "locked" or "none". Raises PinsBusy."""
        ...


class Phones(Protocol):
    """Who reads phone numbers and seals them: gateway/phones.py."""

    def normalise(self, typed: str) -> str | None:
        """The digits of a number; None where it is none."""
        ...

    def seal(self, number: str) -> bytes:
        """The box of it."""
        ...
