"""What a payment asks of the ledger: what became of the sale or the return of a key."""

from typing import Final, Protocol

from gateway.acting import Acting
from gateway.batch import Batch
from gateway.core.event import Event
from gateway.core.model import ASKED, DONE
from gateway.core.orders.model import OrderRecord, ReturnRecord
from gateway.enquiry import Consulted
from gateway.payments.course import Payment

WAITS: Final = ASKED  # an act that waits for HQ: its key is still open


class Ledger(Protocol):
    """Who knows what was booked."""

    def event(self, key: str) -> Event | None:
        """The event that an asker's key led to; None where none is booked. Raises LedgerRefused."""
        ...


class Booked:
    """The gateway's own ledger, read where it is written."""

    def __init__(self, desk: Consulted) -> None:
        self._desk = desk

    def event(self, key: str) -> Event | None:
        """As Ledger.event()."""

        def found(batch: Batch, acting: Acting) -> Event | None:
            seq = batch.page.key(key)
            return None if seq is None else batch.page.event(seq)

        return self._desk.consult(found)


def order_of(event: Event, payment: Payment) -> str | None:
    """The order that an event is, if this payment paid it."""
    record = event.settled
    if event.outcome.name != DONE or not isinstance(record, OrderRecord):
        return None
    mine = (payment.tender, payment.amount, payment.reference)
    paid = any((tender.kind, tender.amount, tender.reference) == mine for tender in record.tenders)
    return event.random if paid else None


def given_back(event: Event) -> ReturnRecord | None:
    """What a return gave back; None where it was refused."""
    record = event.settled
    return record if event.outcome.name == DONE and isinstance(record, ReturnRecord) else None
