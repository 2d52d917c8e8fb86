"""Who is heard, and what of it is worth telling: bounded, and quiet where nothing changes.

    heard -> new: told in the next slot
          -> known: told when its level has changed by LEVEL_DB, or TELL_EVERY_MS after it was told last
          -> unheard for GONE_MS: forgotten

What is told of an identity is the mean of its level since it was told last, so no packet counts twice and the
gateway's filter gets independent values. One sender may be heard with an EID and with an iBeacon that has the
EID's first bytes: it is one entry, told as its EID. Nobody is known by address: it only keeps apart two
senders of the same identity, which is what a copy looks like.

A full table takes a new identity in place of one that is no longer heard, else of one heard once only, the
longest unheard: whoever fills the air with inventions pushes out inventions.
"""

from firmware.protocol.compat import const
from firmware.protocol.messages import SIGHTED_EID, Sighting

ENTRIES_MAX = 64  # 32 tags around one beacon while their identities change; 12 KB of the bench's heap
PER_LETTER_MAX = 32  # the contract's bound
LEVEL_DB = 4  # less is the fading of a tag that lies still
TELL_EVERY_MS = 10000  # the gateway calls a tag gone after a minute
FRESH_MS = 6000  # later it says where somebody was: three slots, a wake of a tag that sleeps 5 s
GONE_MS = 15000  # three wakes of a tag that sleeps 5 s: an identity that has changed is soon out of the table

SHORT_BYTES = const(4)
_RSSI_UNKNOWN = const(127)  # Core specification, volume 4, part E, 7.7.65.2

_KIND = const(0)
_IDENTITY = const(1)  # with the address, as the contract has it
_HEARD_MS = const(2)
_TIMES = const(3)
_SUM_DB = const(4)  # of the levels since it was told last
_COUNT = const(5)
_TOLD_MS = const(6)  # _NEVER: it is new
_TOLD_DBM = const(7)
_NEVER = const(-1)


class Sightings:
    """The table of one scanner."""

    def __init__(self) -> None:
        self._entries: dict[bytes, list] = {}  # address and the identity's first bytes -> entry
        self._evicted = 0
        self._full = 0
        self._unread = 0
        self._told = 0

    def __len__(self) -> int:
        return len(self._entries)

    def counters(self) -> tuple:
        """What hearing has come to, as (name, value) pairs."""
        return (
            ("sightings.now", len(self._entries)),
            ("sightings.told", self._told),
            ("sightings.evicted", self._evicted),
            ("sightings.full", self._full),
            ("sightings.unread", self._unread),
        )

    def heard(self, kind: int, identity: bytes, address: bytes, rssi_dbm: int, now_ms: int) -> None:
        """An identity (EID 8 bytes, iBeacon's major and minor 4) came from this address so loud."""
        if rssi_dbm == _RSSI_UNKNOWN:
            self._unread += 1
            return
        key = address + identity[:SHORT_BYTES]
        entry = self._entries.get(key)
        if entry is None:
            if not self._room(now_ms):
                self._full += 1
                return
            entry = [kind, identity + address, now_ms, 0, 0, 0, _NEVER, 0]
            self._entries[key] = entry
        elif kind == SIGHTED_EID and entry[_KIND] != kind:  # the whole identity, where half of it was known
            entry[_KIND], entry[_IDENTITY] = kind, identity + address
        entry[_HEARD_MS] = now_ms
        entry[_TIMES] += 1
        entry[_SUM_DB] += rssi_dbm
        entry[_COUNT] += 1

    def _room(self, now_ms: int) -> bool:
        """Whether there is a place; one is made, if somebody is no longer heard, or was once only."""
        if len(self._entries) < ENTRIES_MAX:
            return True
        heard_ms, key = min([(entry[_HEARD_MS], key) for key, entry in self._entries.items()])
        if now_ms - heard_ms < FRESH_MS:
            once = [(entry[_HEARD_MS], key) for key, entry in self._entries.items() if entry[_TIMES] == 1]
            if not once:
                return False
            key = min(once)[1]
            self._evicted += 1
        del self._entries[key]
        return True

    def forget(self, now_ms: int) -> None:
        """Leave out who has gone."""
        gone = [key for key, entry in self._entries.items() if now_ms - entry[_HEARD_MS] >= GONE_MS]
        for key in gone:
            del self._entries[key]

    def worth_telling(self, now_ms: int) -> tuple:
        """One letter of Sightings, at most PER_LETTER_MAX, the longest untold first: they count as told."""
        self.forget(now_ms)
        due = [(entry[_TOLD_MS], entry[_IDENTITY], entry) for entry in self._entries.values()]
        due = [row for row in due if _worth(row[2], now_ms)]
        due.sort(key=_order)
        return tuple([self._tell(row[2], now_ms) for row in due[:PER_LETTER_MAX]])

    def _tell(self, entry: list, now_ms: int) -> Sighting:
        self._told += 1
        entry[_TOLD_MS] = now_ms
        entry[_TOLD_DBM] = _mean(entry)
        entry[_SUM_DB] = entry[_COUNT] = 0
        return Sighting(entry[_KIND], entry[_IDENTITY], entry[_TOLD_DBM], now_ms - entry[_HEARD_MS])


def _order(row: tuple) -> tuple:
    return row[:2]


def _mean(entry: list) -> int:
    """The mean level since it was told last, to the nearest dB."""
    return (2 * entry[_SUM_DB] + entry[_COUNT]) // (2 * entry[_COUNT])


def _worth(entry: list, now_ms: int) -> bool:
    if not entry[_COUNT] or now_ms - entry[_HEARD_MS] >= FRESH_MS:
        return False
    told_ms = entry[_TOLD_MS]
    if told_ms == _NEVER or now_ms - told_ms >= TELL_EVERY_MS:
        return True
    return abs(_mean(entry) - entry[_TOLD_DBM]) >= LEVEL_DB
