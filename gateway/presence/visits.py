"""Who is in the shop, from when to when: by their tag's being heard, or by a check-in.

    (nobody)  --LOUD_MIN loud hearings of the tag within LOUD_MS-->  begun by tag   (to be booked, once)
    (nobody)  --a check-in--------------------------------------->   begun by it    (booked already)
    visit     --tag or check-in-->                                   the same visit goes on
    visit     --unheard for UNHEARD_MS (by tag), STAYS_MS (else)-->  ended

A tag that only passes the door is heard seldom or faintly and begins nothing. A visit that a check-in began
and the tag then goes on with is one visit, and is not booked again: one visit is one promise.

Invariants: a member has at most one visit; at most VISITS_MAX are open, and PASSING_MAX tags are watched for
one; what has begun by tag is told by exactly one tick(), also after keeping and opening again.
"""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from gateway.core.promises import BY_TAG

VISITS_MAX = 1_024  # members in one shop at once; above, a new one waits for another to end
PASSING_MAX = 1_024  # tags heard and not yet in: bounded as tags that are followed are
LOUD_DBM = -85  # a tag at 10 m, as a beacon hears it across a shop; through the street's wall it is fainter
LOUD_MIN = 3  # hearings: one alone may be a reflection
LOUD_MS = 60_000
UNHEARD_MS = 900_000  # issue's end of a visit: a quarter of an hour
STAYS_MS = 1_800_000  # nobody hears whoever has no tag: they are shown as long as a ticket would live


class Visit(NamedTuple):
    """A member in the shop. `proof` is what began it; `heard_ms` when they were last noticed; `tag` is empty
    until one is heard; `beacon` heard it last (as the visit begins, best), or was heard by their phone; times
    are unix milliseconds."""

    member: str
    proof: str
    began_ms: int
    heard_ms: int
    tag: str
    beacon: str
    quantum: int

    @property
    def key(self) -> str:
        """Under which the visit is booked, once."""
        return f"visit:{self.member}:{self.began_ms}"


class _Loud(NamedTuple):
    """One hearing of a tag that may be in."""

    rssi_dbm: int
    at_ms: int
    scanner: str
    quantum: int


class Turns(NamedTuple):
    """What a tick found: visits that a tag began, to be booked, and visits that are over."""

    began: list[Visit]
    ended: list[Visit]


class Visits:
    """The open visits of one shop."""

    def __init__(self, open_: Iterable[Visit] = ()) -> None:
        """`open_` are the visits that were open when they were last kept."""
        self._visits = {visit.member: visit for visit in open_}
        self._passing: dict[str, deque[_Loud]] = {}
        self._began: list[Visit] = []
        self.refused = 0  # hearings and check-ins that found the house full

    def heard(self, member: str, tag: str, scanner: str, rssi_dbm: int, quantum: int, at_ms: int) -> None:
        """A scanner heard a member's tag."""
        visit = self._visits.get(member)
        if visit is not None:
            self._visits[member] = _heard(visit, tag, scanner, quantum, at_ms)
        elif rssi_dbm >= LOUD_DBM:
            loud = self._loudest(member, _Loud(rssi_dbm, at_ms, scanner, quantum))
            if loud is not None:
                self._begin(Visit(member, BY_TAG, at_ms, at_ms, tag, loud.scanner, loud.quantum), told=False)

    def seen(self, member: str, proof: str, beacon: str, quantum: int, at_ms: int) -> None:
        """A check-in of the member is booked; `beacon` is empty where none had a part in it."""
        visit = self._visits.get(member)
        if visit is None:
            self._begin(Visit(member, proof, at_ms, at_ms, "", beacon, quantum), told=True)
        else:
            self._visits[member] = visit._replace(heard_ms=max(at_ms, visit.heard_ms))

    def tick(self, at_ms: int) -> Turns:
        """What has changed since the last tick; to be called about once a second."""
        began, self._began = [visit for visit in self._began if visit.member in self._visits], []
        ended = [visit for visit in self._visits.values() if at_ms - visit.heard_ms > _patience_ms(visit)]
        for visit in ended:
            del self._visits[visit.member]
        for member in [m for m, heard in self._passing.items() if at_ms - heard[-1].at_ms > LOUD_MS]:
            del self._passing[member]
        return Turns(began, ended)

    def here(self) -> list[Visit]:
        """The open visits that were told, longest first; to be kept, so that a restart begins none again."""
        untold = {visit.member for visit in self._began}
        told = (visit for visit in self._visits.values() if visit.member not in untold)
        return sorted(told, key=lambda visit: visit.began_ms)

    def of(self, member: str) -> Visit | None:
        """A member's visit; None while they are not in the shop."""
        return self._visits.get(member)

    def forget(self, member: str) -> None:
        """The member was forgotten, or may not be counted: nothing of them is kept."""
        self._visits.pop(member, None)
        self._passing.pop(member, None)

    def _loudest(self, member: str, heard: _Loud) -> _Loud | None:
        """Of the hearings by which a member is in, the loudest; None while these are too few."""
        passing = self._passing.get(member)
        if passing is None:
            if len(self._passing) >= PASSING_MAX:
                self.refused += 1
                return None
            passing = self._passing[member] = deque(maxlen=LOUD_MIN)
        passing.append(heard)
        is_in = len(passing) == LOUD_MIN and heard.at_ms - passing[0].at_ms <= LOUD_MS
        return max(passing) if is_in else None

    def _begin(self, visit: Visit, *, told: bool) -> None:
        self._passing.pop(visit.member, None)
        if len(self._visits) >= VISITS_MAX:
            self.refused += 1
            return
        self._visits[visit.member] = visit
        if not told:
            self._began.append(visit)


def _heard(visit: Visit, tag: str, scanner: str, quantum: int, at_ms: int) -> Visit:
    if at_ms < visit.heard_ms:
        return visit
    return visit._replace(heard_ms=at_ms, tag=tag, beacon=scanner, quantum=quantum)


def _patience_ms(visit: Visit) -> int:
    return UNHEARD_MS if visit.tag else STAYS_MS
