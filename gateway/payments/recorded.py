"""The port where nobody is asked: what the clerk took by a terminal of its own is recorded as they say.

This is what a tender without a payment is, too. A refund is recorded likewise: the clerk gives it back by the
terminal that took it.
"""

from gateway.payments.port import ABSENT, Answer, Charge, Paid, Unknown
from gateway.settings import CASHLESS


class Recorded:
    """Believes whoever asks."""

    tenders = CASHLESS

    async def charge(self, charge: Charge) -> Answer:
        """Paid as said; a slip's number may stand in the code's place."""
        return Paid(charge.amount, charge.code)

    async def look(self, key: str) -> Answer:
        """Nothing is kept here: a charge that a power cut left open was never answered."""
        return Unknown(ABSENT)

    async def refund(self, key: str, payment: str, amount: int) -> Answer:
        """Given back as said."""
        return Paid(amount)

    async def close(self) -> None:
        """There is no line to hang up."""
