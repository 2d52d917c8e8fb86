"""Askers: tills and pages that want something done, each time under a key of its own, until they are told.

An asker never gives up by itself: it asks again with the same key, also after it was told, and must be told
the same. What it was told is a promise made to a person.
"""

from typing import NamedTuple

from gateway.acting import Request
from gateway.core.model import ASKED

WAITING_MAX = 60  # asks that are remembered to be put again


class Told(NamedTuple):
    """A verdict as it reached its asker."""

    seq: int
    body: bytes


class Ask:
    """One thing wanted of one gateway."""

    def __init__(self, gateway: str, request: Request) -> None:
        self.gateway = gateway
        self.request = request
        self.told: Told | None = None
        self.done = False

    def hear(self, seq: int, body: bytes, outcome: str) -> bool:
        """Take a verdict; False if it differs from the one told before."""
        told = Told(seq, body)
        if outcome == ASKED:
            self.request = self.request._replace(final=True, asked=seq)
            return True
        same = self.told in (None, told)
        self.told, self.done = told, True
        return same

    def forget(self) -> None:
        """Its gateway's ledger is an older one now: what was told is lost, and asking again is new."""
        self.told, self.done = None, False
