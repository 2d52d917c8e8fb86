"""What an app says it heard, what that proves, and who judges it: the words that check-ins and the resolver
share.

An identity is trusted for what it is, never for who says it: a phone only carries it to us.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

IDENTITY_OLD: Final = "identity_old"  # a beacon of this store made it, at another time
IDENTITY_UNKNOWN: Final = "identity_unknown"  # no beacon of this store makes it within a day
IDENTITY_CLONED: Final = "identity_cloned"  # two senders say it at once, so nobody knows which is ours
CLOCK_UNKNOWN: Final = "clock_unknown"  # nobody knows the time, so nobody knows what is fresh


class Relayed(NamedTuple):
    """An identity that a phone says it heard: 8 bytes of an EID, or the 4 of a rotating iBeacon's major and
    minor with its `uuid`; `rssi_dbm` None where the phone does not tell."""

    identity: bytes
    uuid: bytes | None = None
    rssi_dbm: int | None = None


class Spot(NamedTuple):
    """Where somebody is: the beacon that was heard or that heard the tag, its zone in the store's plan (""
    where it has none), and which of its identities it was."""

    beacon: str
    place: str
    quantum: int


class Presence(Protocol):
    """Who hears the store's beacons."""

    def judge(self, heard: Sequence[Relayed], at_ms: int, clock_known: bool) -> Spot | str:
        """The strongest of these that a beacon of this store makes now; else the constant above that says why
        none of them counts. `at_ms` is unix time."""
        ...

    def tag_of(self, member: str, at_ms: int) -> Spot | None:
        """Where the member's tag was heard loud enough within the last minute; None where it was not."""
        ...

    def zone_name(self, place: str) -> Mapping[str, str] | None:
        """What a zone of the plan is called, by language; None where the plan has none of this id."""
        ...

    def used(self, member: str, proof: str, spot: Spot) -> None:
        """A check-in of the member is booked: they are in the store, at this spot."""
        ...
