"""What follows when events have reached HQ, or when HQ turns out to have others: each part notes its own."""

from typing import NamedTuple

from cloud_bridge.bridge.people import PeopleUp
from cloud_bridge.bridge.reports import ReportsUp
from cloud_bridge.bridge.rights import Rights
from cloud_bridge.bridge.wake import Nudge
from cloud_bridge.chain import Link


class Afterwards(NamedTuple):
    """The parts; `due` wakes the loop of people and reports."""

    rights: Rights
    people: PeopleUp
    reports: ReportsUp
    due: Nudge

    def reached(self, seq: int) -> None:
        """HQ has our events up to this one."""
        if self.people.reached(seq):
            self.due.ring()

    def sent(self, links: list[Link]) -> None:
        """HQ has got these events now."""
        self.rights.note(links)
        if any([self.people.note(links), self.reports.note(links)]):
            self.due.ring()

    def parted(self, seq: int) -> None:
        """HQ's last event is not in this ledger: both have the same up to `seq` only."""
        self.people.go_back(seq)
        self.reports.owe()
        self.due.ring()

    async def step(self) -> bool:
        """One page of people or of a report; True if there may be more. Raises Trouble."""
        return await self.people.step() or await self.reports.step()
