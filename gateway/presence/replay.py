"""What makes a genuine identity prove nothing: heard before, or heard from two senders at once.

A quantum never goes back: one that is more than GRACE below the highest heard is a repetition, however
genuine it looks. GRACE is for scanners, whose reports come in a little apart from each other.

A beacon has one address for each of its identities. A beacon of the store says itself which it is, another
one after a restart (SIGHTED_OWN), and then no other sender counts. Of all others the first address heard
counts, until a second one shows up: then nobody can say who is who. Either way that identity is in doubt for
whoever cannot tell its sender, such as a phone, until it changes. An address alone is never trusted: whoever
copies both is left to gateway/presence/distance.py.

Kept over a restart: the highest quantum. Addresses are kept of the quanta within GRACE, ADDRESSES_MAX each.
"""

from typing import Final

ACCEPTED: Final = "accepted"
REPLAYED: Final = "replayed"
CLONED: Final = "cloned"

GRACE: Final = 1
NEVER: Final = -1  # below every quantum
ADDRESSES_MAX: Final = 8  # what a flood of copies with an address each can make of one quantum


class _Quantum:
    """The senders of one identity: said by the beacon itself, and heard in order; `twice` where two places
    were found at once by other means."""

    __slots__ = ("heard", "own", "twice")

    def __init__(self) -> None:
        self.own: list[bytes] = []
        self.heard: list[bytes] = []
        self.twice = False

    def is_cloned(self) -> bool:
        strangers = [each for each in self.heard if each not in self.own]
        return self.twice or len(strangers) > (0 if self.own else 1)


class _Entry:
    __slots__ = ("highest", "quanta")

    def __init__(self, highest: int) -> None:
        self.highest = highest
        self.quanta: dict[int, _Quantum] = {}


class ReplayLedger:
    """By a beacon's number; addresses are 6 bytes, empty where a system does not tell them."""

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}

    def highest(self, number: int) -> int:
        """The highest quantum heard; NEVER if none was."""
        entry = self._entries.get(number)
        return NEVER if entry is None else entry.highest

    def restore(self, number: int, highest: int) -> None:
        """What an earlier run heard."""
        self._entries[number] = _Entry(highest)

    def hear(self, number: int, quantum: int, address: bytes) -> str:
        """What a hearing is worth: ACCEPTED, REPLAYED or CLONED."""
        if self.is_replayed(number, quantum):
            return REPLAYED
        senders = self._senders(number, quantum)
        if address and address not in senders.heard and len(senders.heard) < ADDRESSES_MAX:
            senders.heard.append(address)
        if address in senders.own and not senders.twice:
            return ACCEPTED
        return CLONED if senders.is_cloned() else ACCEPTED

    def own(self, number: int, quantum: int, address: bytes) -> None:
        """The beacon itself says which address it uses; what is too old to matter is passed over."""
        if not self.is_replayed(number, quantum):
            own = self._senders(number, quantum).own
            if address not in own and len(own) < ADDRESSES_MAX:
                own.append(address)

    def clone(self, number: int, quantum: int) -> None:
        """Two places were found at once."""
        self._senders(number, quantum).twice = True

    def is_cloned(self, number: int, quantum: int) -> bool:
        """Whether this identity is in doubt for whoever cannot tell its sender."""
        entry = self._entries.get(number)
        return entry is not None and quantum in entry.quanta and entry.quanta[quantum].is_cloned()

    def is_replayed(self, number: int, quantum: int) -> bool:
        """Whether a hearing of this quantum would be a repetition."""
        return quantum < self.highest(number) - GRACE

    def _senders(self, number: int, quantum: int) -> _Quantum:
        entry = self._entries.get(number)
        if entry is None:
            entry = self._entries[number] = _Entry(quantum)
        found = entry.quanta.get(quantum)
        if found is None:
            found = entry.quanta[quantum] = _Quantum()
            entry.highest = max(entry.highest, quantum)
            for old in [each for each in entry.quanta if each < entry.highest - GRACE]:
                del entry.quanta[old]
        return found
