"""HQ's side of one gateway's right to one lot, in one epoch of its rights: plain numbers. Pure.

granted and returned are G and Q of the bounded counter; what a gateway may still spend, as far as HQ knows,
is G - Q + minted there - spent there (rest()). Invariant: G - Q grows only by what leaves HQ's own part.
"""

from typing import Final, NamedTuple

from gateway.core.book import Part


class LeaseKey(NamedTuple):
    """Names a lease."""

    lot: str
    gateway: str
    epoch: int


class Lease(NamedTuple):
    """One row of leases; field by field what cloud_bridge/hq/promise_models.py says."""

    granted: int = 0
    returned: int = 0
    recall: int = 0
    ends_ms: int = 0
    wanted: int = 0
    wanted_ms: int = 0
    covered: int = 0
    written: int = 0
    reported_minted: int = 0
    reported_returned: int = 0
    reported_spent: int = 0

    @property
    def asked_back(self) -> int:
        """What was recalled and is not back yet."""
        return max(0, self.recall - self.returned)


NO_LEASE: Final = Lease()


def rest(lease: Lease, part: Part) -> int:
    """What the gateway may still spend as far as HQ knows; below zero: more was spent than there was."""
    return lease.granted - lease.returned + part.minted - part.spent


def owed(lease: Lease, part: Part) -> int:
    """Of an epoch that is settled: what the lot's owner still gets anew, by the log or by the last report."""
    minted = max(part.minted, lease.reported_minted)
    spent = max(part.spent, lease.reported_spent)
    return max(0, lease.granted - lease.returned + minted - spent - lease.written)
