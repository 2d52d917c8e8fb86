"""What makes a genuine identity prove nothing: heard before, or heard from two senders at once.

A quantum never goes back: one that is more than GRACE below the highest heard is a repetition, however
genuine it looks. GRACE is for scanners, whose reports come in a little apart from each other.

A beacon has one address for each of its identities. A beacon of the store says itself which it is, another
one after a restart (SIGHTED_OWN), and then no other sender counts; of one that says nothing the first address
counts, until a second one shows up. A tag that sleeps wakes with a new address each time, so of tags one
address may follow another, but none may come back: two whose times overlap are two senders.

Then nobody can say who is who, and that identity proves nothing to whoever cannot tell its sender, such as a
phone, until it changes. An address alone is never trusted: a clone that copies it too, or that speaks only
while a tag sleeps, is left to gateway/presence/distance.py.

Kept over a restart: the highest quantum. Addresses are kept of the quanta within GRACE, ADDRESSES_MAX each.
"""

from typing import Final

ACCEPTED: Final = "accepted"
REPLAYED: Final = "replayed"
CLONED: Final = "cloned"

GRACE: Final = 1
NEVER: Final = -1  # below every quantum
ADDRESSES_MAX: Final = 16  # of one identity, the newest: a tag that wakes each 5 s makes 7 in its 32 s
OVERLAP_MS: Final = 2_000  # by which reports' ages may be wrong


class _Quantum:
    """The senders of one identity: addresses said by the beacon itself; those heard, each with the first and
    the last time in unix milliseconds; and whether it was found to have two."""

    __slots__ = ("heard", "own", "twice")

    def __init__(self) -> None:
        self.own: list[bytes] = []
        self.heard: dict[bytes, tuple[int, int]] = {}
        self.twice = False

    def hear(self, address: bytes, at_ms: int) -> None:
        """A sender was heard."""
        before = self.heard.get(address)
        if before is not None:
            self.heard[address] = min(before[0], at_ms), max(before[1], at_ms)
            return
        if len(self.heard) >= ADDRESSES_MAX:
            self.heard.pop(next(iter(self.heard)))
        self.heard[address] = at_ms, at_ms

    def strangers(self) -> int:
        """Senders that the beacon did not name."""
        return sum(address not in self.own for address in self.heard)

    def overlaps(self, address: bytes) -> bool:
        """Whether this sender was heard both before and after another one."""
        first_ms, last_ms = self.heard[address]
        return any(
            first + OVERLAP_MS < last_ms and first_ms + OVERLAP_MS < last
            for other, (first, last) in self.heard.items()
            if other != address
        )


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

    def follow(self, number: int, before: "ReplayLedger", old: int) -> None:
        """Know of a beacon all that another ledger knew of it under its `old` number."""
        if old in before._entries:
            self._entries[number] = before._entries[old]

    def hear(self, number: int, quantum: int, address: bytes, at_ms: int, sleeps: bool) -> str:
        """What a hearing is worth: ACCEPTED, REPLAYED or CLONED. What `sleeps` has many addresses."""
        if self.is_replayed(number, quantum):
            return REPLAYED
        senders = self._senders(number, quantum)
        if address:
            senders.hear(address, at_ms)
            if address in senders.own and not senders.twice:
                return ACCEPTED
            if sleeps and senders.overlaps(address):
                senders.twice = True
        return CLONED if self._is_cloned(senders, sleeps) else ACCEPTED

    def own(self, number: int, quantum: int, address: bytes) -> None:
        """The beacon itself says which address it uses; what is too old to matter is passed over."""
        if not self.is_replayed(number, quantum):
            own = self._senders(number, quantum).own
            if address not in own and len(own) < ADDRESSES_MAX:
                own.append(address)

    def clone(self, number: int, quantum: int) -> None:
        """Two places were found at once."""
        self._senders(number, quantum).twice = True

    def is_cloned(self, number: int, quantum: int, sleeps: bool) -> bool:
        """Whether this identity is in doubt for whoever cannot tell its sender."""
        entry = self._entries.get(number)
        return (
            entry is not None and quantum in entry.quanta and self._is_cloned(entry.quanta[quantum], sleeps)
        )

    def is_replayed(self, number: int, quantum: int) -> bool:
        """Whether a hearing of this quantum would be a repetition."""
        return quantum < self.highest(number) - GRACE

    def _is_cloned(self, senders: _Quantum, sleeps: bool) -> bool:
        if senders.twice or sleeps:
            return senders.twice
        return senders.strangers() > (0 if senders.own else 1)

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
