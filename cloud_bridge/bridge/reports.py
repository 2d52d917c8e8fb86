"""Reports the ledger's own numbers of lots to HQ, when events alone might not tell it.

Every number here is in some event as well, so nothing is reported day by day. Two happenings make a report
of all lots worth its line: HQ's last event is not in this ledger (an old image: a number that fell makes HQ
raise the epoch at once, before the first event of the new branch), and a fence (the final report of every
epoch that is over). A page is some lots in the order of the ledger's key; a page sent twice changes nothing.
"""

from itertools import groupby
from typing import Final

from cloud_bridge.asks import REPORT_PARTS_MAX, Reports
from cloud_bridge.bridge.door import HqDoor
from cloud_bridge.bridge.ledger import Ledger, LotPlace
from cloud_bridge.bridge.status import Status
from cloud_bridge.chain import Link
from gateway.core.model import RIGHT_FENCED

BEFORE_ALL: Final = LotPlace("", "", "", 0)


class ReportsUp:
    """One gateway's report, if one is owed."""

    def __init__(self, ledger: Ledger, door: HqDoor, status: Status) -> None:
        self._ledger = ledger
        self._door = door
        self._status = status
        self._at: LotPlace | None = None  # the last lot reported; None: nothing is owed

    def note(self, links: list[Link]) -> bool:
        """HQ has got these events; whether one of them ends an epoch."""
        fenced = any(link.type == RIGHT_FENCED for link in links)
        if fenced:
            self.owe()
        return fenced

    def owe(self) -> None:
        """Report every lot, from the first."""
        self._at = BEFORE_ALL

    async def step(self) -> bool:
        """One page; True if there is more. Raises Trouble; the page is then sent again."""
        if self._at is None:
            return False
        found = self._ledger.lots(self._at, REPORT_PARTS_MAX)
        by_epoch = sorted(found, key=lambda lot: lot.place.epoch)
        for epoch, lots in groupby(by_epoch, key=lambda lot: lot.place.epoch):
            parts = [lot.part for lot in lots]
            await self._door.report(Reports(epoch, parts))
            self._status.count("lots_reported", len(parts))
        self._at = found[-1].place if found else None
        return bool(found)
