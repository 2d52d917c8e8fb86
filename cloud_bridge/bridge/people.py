"""Sends the personal rows of members enrolled here to HQ: events name nobody, so names travel beside them.

There is no state of our own: HQ is asked at the start above which seq it wants rows, and rows go again with
the events that go again. A row goes up only after its event has, so that HQ can check it against the
commitment in the event. A row that was erased here meanwhile is not there to be sent.
"""

from typing import Final

from cloud_bridge.asks import PEOPLE_ROWS_MAX, People
from cloud_bridge.bridge.door import HqDoor
from cloud_bridge.bridge.ledger import Ledger
from cloud_bridge.bridge.status import Status
from cloud_bridge.chain import Link
from gateway.core.model import MEMBER_ENROLLED

BEGINNING: Final = 0


class PeopleUp:
    """One gateway's personal rows on their way up."""

    def __init__(self, ledger: Ledger, door: HqDoor, status: Status) -> None:
        self._ledger = ledger
        self._door = door
        self._status = status
        self._after: int | None = None  # HQ has the rows up to this seq; None: ask it
        self._upto: int | None = None  # HQ has the events up to this one; None: not known yet
        self._due = True

    def reached(self, seq: int) -> bool:
        """HQ has our events up to this one; whether that is the first we hear."""
        first, self._upto = self._upto is None, seq
        return first

    def note(self, links: list[Link]) -> bool:
        """HQ has got these events; whether somebody was enrolled by one."""
        self._upto = links[-1].seq
        if not any(link.type == MEMBER_ENROLLED for link in links):
            return False
        if self._after is not None:  # lower if HQ lost what it had and takes these again
            self._after = min(self._after, links[0].seq - 1)
        self._due = True
        return True

    def go_back(self, seq: int) -> None:
        """HQ has other events than ours above `seq`, and so other people."""
        self._after = BEGINNING if self._after is None else min(self._after, seq)
        self._upto = seq
        self._due = True

    async def step(self) -> bool:
        """One page; True if there may be more. Raises Trouble; the page is then sent again."""
        if not self._due or self._upto is None:
            return False
        if self._after is None:
            self._after = self._believed((await self._door.people(People([]))).seq)
        rows = self._ledger.people(self._after, self._upto, PEOPLE_ROWS_MAX)
        if not rows:
            self._due = False
            return False
        await self._door.people(People(rows))
        self._status.count("people_sent", len(rows))
        self._after = rows[-1].seq
        return True

    def _believed(self, seq: int) -> int:
        """Where to go on: HQ may know people of a log that an older image has replaced here."""
        head = self._ledger.head() or 0
        return seq if seq <= head else BEGINNING
