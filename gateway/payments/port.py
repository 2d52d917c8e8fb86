"""The port to whoever takes cashless money: what it is asked, and what it may answer. Values, no I/O.

Amounts are minor units of money. Everything is asked under a key: the same key is the same charge or refund
for ever, so it may be asked again after any silence. Only Paid and Declined are answers; Unknown is anything
else, and says nothing about the customer's money.
"""

from collections.abc import Collection
from typing import Final, NamedTuple, Protocol

# Why a charge or a refund was declined; a reason that we have no word for is DECLINED_OTHER.
CODE_BAD, CODE_OLD, NO_MONEY, CANCELLED, DECLINED_OTHER = (
    "code_bad", "code_old", "no_money", "cancelled", "declined",
)  # fmt: skip
NEVER_ARRIVED: Final = "never_arrived"  # ours: they never heard of it, and must not begin it any more
CLOSED_BY_HAND: Final = "closed"  # ours: somebody asked the other side, and no money is there
DECLINES: Final = (CODE_BAD, CODE_OLD, NO_MONEY, CANCELLED, DECLINED_OTHER, NEVER_ARRIVED, CLOSED_BY_HAND)

# Why nothing is known: no whole answer came, one that we cannot read, the customer is still typing, or the
# other side has not heard of it (yet).
SILENT, STRANGE, PENDING, ABSENT = "silent", "strange", "pending", "absent"
UNKNOWNS: Final = (SILENT, STRANGE, PENDING, ABSENT)


class Charge(NamedTuple):
    """Take so much from whoever shows `code` ("" for a card that the other side reads itself); not to be
    begun after `until_ms` of unix time."""

    key: str
    tender: str
    amount: int
    code: str
    till: str
    until_ms: int


class Paid(NamedTuple):
    """Money moved: of a charge so much was taken, of a refund so much went back. `reference` is the other
    side's own number for it; "" where it told none."""

    amount: int
    reference: str = ""


class Declined(NamedTuple):
    """No money moved, and none ever will under this key."""

    reason: str


class Unknown(NamedTuple):
    """Nobody can tell yet: look, or ask again with the same key."""

    reason: str


Answer = Paid | Declined | Unknown


class Port(Protocol):
    """Who takes the money. Methods end within a deadline of their own, and raise nothing for the world."""

    @property
    def tenders(self) -> Collection[str]:
        """The kinds of cashless tenders that it takes."""
        ...

    async def charge(self, charge: Charge) -> Answer:
        """Take the money, once for its key."""
        ...

    async def look(self, key: str) -> Answer:
        """What became of a charge."""
        ...

    async def refund(self, key: str, payment: str, amount: int) -> Answer:
        """Give so much of a charge back, once for `key`."""
        ...

    async def close(self) -> None:
        """Nothing more is asked."""
        ...
