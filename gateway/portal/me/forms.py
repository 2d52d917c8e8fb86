"""Forms of the member's pages come from a page that we drew for that very visit.

A ticket is a sealed text in each form: it opens for the visit (or, before there is one, the client) it was
drawn for, within two hours. What is booked for a form has a key made of ticket, act and values: sent twice,
by a double press or by "back", it is one act, and the second answer is the first.
"""

import hashlib
import secrets
from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from gateway.portal.cookies import Seals

TICKET_AGE_MS: Final = 2 * 3_600 * 1_000
PURPOSE: Final = "form"
FIELD: Final = "ticket"


class Ticket(Struct, frozen=True):
    """Whom a form was drawn for, and when (unix milliseconds); `key` is no other form's."""

    subject: str
    key: str
    at_ms: int


class Tickets:
    """Makes and reads them."""

    def __init__(self, seals: Seals, now_ms: Callable[[], int]) -> None:
        self._seals = seals
        self._now_ms = now_ms

    def make(self, subject: str) -> str:
        """A ticket for a form that is being drawn."""
        return self._seals.seal(PURPOSE, Ticket(subject, secrets.token_hex(8), self._now_ms()))

    def key(self, text: str, subject: str) -> str | None:
        """The key of a form that was drawn for this subject; None for any other."""
        body = self._seals.open(PURPOSE, text)
        if body is None:
            return None
        try:
            ticket = msgspec.json.decode(body, type=Ticket)
        except msgspec.MsgspecError:  # sealed by another version of this program
            return None
        young = abs(self._now_ms() - ticket.at_ms) < TICKET_AGE_MS
        return ticket.key if young and ticket.subject == subject else None


def act_key(key: str, do: str, *values: str) -> str:
    """The key under which the gateway books what a form asks for, 51 characters."""
    told = "\0".join((key, do, *values))
    return "me." + hashlib.sha256(told.encode(errors="replace")).hexdigest()[:48]
