"""Visits that a tag began, on their way into the book: each once, under its key.

A visit is handed out when it is known in which zone the tag is, or after ZONE_WAIT_MS: the engine needs some
hearings before it names one. A booking stays until booked() takes it off; whoever could not book it asks
again. At most BOOKINGS_MAX wait: of more, the oldest are dropped, counted, and shown all the same.
"""

from collections import OrderedDict
from typing import Final

from gateway.acting import Request
from gateway.core import model
from gateway.core.promises import OURSELVES, Here
from gateway.counters import Counters
from gateway.presence.visits import Visit
from gateway.presence.zones import ZoneEngine

ZONE_WAIT_MS: Final = 10_000
BOOKINGS_MAX: Final = 256  # people who came in while the ledger took nothing


class Arrivals:
    """The bookings of one store that are still to be done."""

    def __init__(self, zones: ZoneEngine, counters: Counters) -> None:
        self._zones = zones
        self._counters = counters
        self._coming: list[Visit] = []
        self._bookings: OrderedDict[str, Request] = OrderedDict()

    def began(self, visit: Visit) -> None:
        """A tag began a visit."""
        self._coming.append(visit)

    def place_by(self, zones: ZoneEngine) -> None:
        """From now on this engine says where tags are."""
        self._zones = zones

    def tick(self, at_ms: int) -> None:
        """Make bookings of those whose place is known, or who waited long enough."""
        for visit in tuple(self._coming):
            zone = self._zones.where(visit.tag)
            if zone is not None or at_ms - visit.began_ms >= ZONE_WAIT_MS:
                self._coming.remove(visit)
                self._put(visit, zone or "")

    def waiting(self) -> list[Request]:
        """What is to be booked now, the oldest first."""
        return list(self._bookings.values())

    def booked(self, request: Request) -> None:
        """It is in the book, or can never be."""
        self._bookings.pop(str(request.key), None)

    def _put(self, visit: Visit, zone: str) -> None:
        act = Here(visit.member, visit.proof, visit.beacon, zone, visit.quantum)
        self._bookings[visit.key] = Request(visit.key, OURSELVES, model.PRESENCE_SEEN, act)
        if len(self._bookings) > BOOKINGS_MAX:
            self._bookings.popitem(last=False)
            self._counters.add("presence.bookings_dropped")
