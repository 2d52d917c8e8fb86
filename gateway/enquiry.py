"""What this store knows of a member, for people: looked up when asked, and nothing is booked.

Read in one transaction of the ledger and one of the cache, so that the figures agree with each other; what is
shown is member_view.py's.
"""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from gateway.acting import Acting
from gateway.batch import Batch
from gateway.core.names import mask_name
from gateway.live import Data
from gateway.member_view import MemberView

Done = TypeVar("Done")


class Consulted(Protocol):
    """Who lets things be looked up, with or without a cache: the desk."""

    def consult(self, ask: Callable[[Batch, Acting], Done]) -> Done:
        """What `ask` finds out; nothing of it is booked. Raises LedgerRefused, LedgerUnsafe."""
        ...


class Enquiry:
    """Looks members up where the desk books, in the same loop."""

    def __init__(self, desk: Consulted) -> None:
        self._desk = desk

    def member(self, id_: str) -> Data | None:
        """What is known of a member, merged ones followed; None where nobody here has this id.

        Raises LedgerRefused where the ledger cannot be read just now.
        """
        return self._desk.consult(lambda batch, acting: MemberView(batch, acting.rights.frozen).of(id_))

    def names(self, ids: Iterable[str]) -> dict[str, str | None]:
        """Masked names by member's id, None where this store knows none. Raises as member()."""
        return self._desk.consult(
            lambda batch, acting: {id_: mask_name(batch.lookup.person(id_).name) for id_ in ids}
        )

    def presence_counts(self, day: str | None = None) -> list[Data]:
        """What a civil day (None: today) came to, by hour, beacon and place: {hour, beacon, place, shakes,
        visitors, redeemed}; gateway/storage/visits.py, Count, says of what. Raises as member()."""

        def counted(batch: Batch, acting: Acting) -> list[Data]:
            return [row._asdict() for row in batch.page.visits.counts(day or batch.setting.date)]

        return self._desk.consult(counted)
