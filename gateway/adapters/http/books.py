"""What pages and API need of the middle: somebody who books acts, and somebody who looks things up."""

from typing import NamedTuple, Protocol

from gateway.acting import Request, Verdict
from gateway.live import Data


class Teller(Protocol):
    """Books acts."""

    async def ask(self, request: Request) -> Verdict:
        """The verdict, durable; raises Refused where none was booked."""
        ...


class Enquiry(Protocol):
    """Looks up what this store knows."""

    def member(self, id_: str) -> Data | None:
        """act_shapes.MemberShown of a member, merged ones followed; None where nobody has this id."""
        ...


class Books(NamedTuple):
    """Both, as app.py joins them."""

    teller: Teller
    enquiry: Enquiry
