"""How often people may check in by shaking: a bound for each member and day, and one for everybody at a door.

A ticket that is handed out costs nothing, one that is used costs two events: the bounds keep a program that
shakes for somebody from filling their history, and a portal in strange hands from filling the ledger. Buckets
begin anew with each start of the gateway; of a member's day the ledger knows which tickets were used.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from gateway.counters import Counters
from gateway.guests.limits import Bucket
from gateway.presence.tickets import Ticket

TICKETS_A_DAY: Final = 40  # of one member: a child that shakes all the way through the store has enough
MEMBERS_MAX: Final = 5_000  # remembered; a busy store's day. The one that shook longest ago leaves first
SHAKES_BURST: Final = 600  # a full hall that shakes at once, for a prize
SHAKES_A_MINUTE: Final = 240
CLAIMS_BURST: Final = 600
CLAIMS_A_MINUTE: Final = 120  # after the burst: 240 events a minute
HANDED_MAX: Final = 2_000  # remembered by key: an answer that was lost is asked for again within seconds
MEMBERS_LEFT: Final = "checkins.members_left"


class Handed:
    """The tickets that one door handed out of late, by the asker's key."""

    def __init__(self) -> None:
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()

    def again(self, key: str, member: str, at_ms: int) -> Ticket | None:
        """The ticket that this very asking got, used or not; None for a new one, or where it is over."""
        ticket = self._tickets.get(key)
        return None if ticket is None or ticket.member != member or ticket.expires_ms() <= at_ms else ticket

    def keep(self, key: str, ticket: Ticket) -> None:
        """It is handed out under this key."""
        self._tickets[key] = ticket
        self._tickets.move_to_end(key)
        if len(self._tickets) > HANDED_MAX:
            self._tickets.popitem(last=False)


class Bounds:
    """One door's buckets, and the tickets that it handed out; time is steady milliseconds."""

    def __init__(self, steady_ms: Callable[[], int]) -> None:
        self.shakes = Bucket(SHAKES_BURST, SHAKES_A_MINUTE, steady_ms)
        self.claims = Bucket(CLAIMS_BURST, CLAIMS_A_MINUTE, steady_ms)
        self.handed = Handed()


class Days:
    """The tickets that each member was given on a civil day, by all doors together: those remembered here,
    and where that was lost, by a restart or for others, at least those that were used."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._given: OrderedDict[str, tuple[str, set[str]]] = OrderedDict()

    def take(self, member: str, date: str, nonce: str, used: int = 0) -> bool:
        """Whether the member may have this ticket today; the same one again is no other. `used`: how many of
        theirs the ledger knows to have been used today."""
        day, given = self._given.pop(member, (date, set[str]()))
        if day != date:
            given = set()
        fits = nonce in given or max(len(given), used) < TICKETS_A_DAY
        if fits:
            given.add(nonce)
        self._given[member] = (date, given)
        if len(self._given) > MEMBERS_MAX:
            self._given.popitem(last=False)
            self._counters.add(MEMBERS_LEFT)
        return fits
