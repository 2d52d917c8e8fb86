"""Joins the two doors of check-ins: the portal's, for askers on the store's own network, and the API's."""

from collections.abc import Callable
from typing import Final, NamedTuple

from gateway.counters import Counters
from gateway.guests.asking import Asking
from gateway.guests.found import PORTAL
from gateway.guests.limits import Limits
from gateway.guests.ports import Desk, Teller
from gateway.presence.checkins import CheckIns
from gateway.presence.heard import Presence
from gateway.presence.limits import Bounds, Days
from gateway.presence.tickets import Tickets

API: Final = "api"


class Doors(NamedTuple):
    """Each door has bounds of its own, so that neither can use up the other's; a member's day and the tickets
    are the same at both. `asking` is what else the portal's door asks with."""

    asking: Asking
    portal: CheckIns
    api: CheckIns


def open_doors(
    desk: Desk,
    teller: Teller,
    presence: Presence | None,
    key: bytes,
    counters: Counters,
    steady_ms: Callable[[], int],
) -> Doors:
    """The doors of one gateway; `key` is that of tickets."""
    tickets, days = Tickets(key), Days(counters)
    guests, programs = (Asking(desk, teller, Limits(steady_ms), counters) for _ in range(2))
    return Doors(
        guests,
        CheckIns(PORTAL, True, guests, presence, tickets, days, Bounds(steady_ms)),
        CheckIns(API, False, programs, presence, tickets, days, Bounds(steady_ms)),
    )
