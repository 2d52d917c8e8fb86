"""One transaction on HQ's books: the lock, what was read, the events booked, and how it ends.

Made only inside a write transaction, after the rows of the gateways it is about: whoever holds the lock of
HQ's own log is the one writer of promises. finish() settles what became possible, tells the gateways by the
feed, and writes the books; after it nothing more may be booked.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import UNSET
from sqlalchemy import Connection

from cloud_bridge.hq.books import HQ_EPOCH, Books, Place, lot_names
from cloud_bridge.hq.own_log import BRANCH, Booking, Frame, OwnLog
from gateway.core.event import Sealed
from gateway.core.model import NewLot
from gateway.core.promises import HQ, Transfer

TRANSFERS_AN_EVENT: Final = 400  # some 150 kB: HQ's own events never travel, but a person may read one


class Session:
    """HQ's books, locked, in one transaction."""

    def __init__(self, connection: Connection, frame: Frame) -> None:
        self.connection = connection
        self.frame = frame
        self.log = OwnLog(connection, frame)
        self.books = Books(connection)

    def book(self, booking: Booking) -> Sealed:
        """Book one event of HQ's own; lots its log meets for the first time are told in it."""
        self.books.load(lot_names(booking.transfers))
        self.books.introduce(booking.lots)
        new = [*booking.lots, *self._first_met(booking)]
        sealed = self.log.append(booking._replace(lots=new))
        place = Place(HQ, BRANCH, sealed.seq, self.frame.now_ms)
        self.books.post(place, HQ_EPOCH, booking.transfers)
        return sealed

    def book_all(self, kind: str, transfers: Sequence[Transfer], key: str | None = None) -> int:
        """Book transfers of one type, in as many events as they need; the seq of the first, 0 for none."""
        first = 0
        for start in range(0, len(transfers), TRANSFERS_AN_EVENT):
            piece = transfers[start : start + TRANSFERS_AN_EVENT]
            sealed = self.book(Booking(kind, piece, key=UNSET if key is None else key))
            first = first or sealed.seq
        return first

    def _first_met(self, booking: Booking) -> list[NewLot]:
        told = {new.lot for new in booking.lots}
        names = sorted(set(lot_names(booking.transfers)) - told)
        return [
            NewLot(lot, self.books.natures[lot])
            for lot in names
            if lot in self.books.natures and not self.books.is_met(lot, HQ)
        ]
