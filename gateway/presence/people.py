"""Whose tags are: looked up in the books as any instrument is, and remembered for a while.

Invariants: nobody who is blocked, unknown or forgotten is found; at most TAGS_MAX answers are remembered, and
none for longer than REMEMBERED_MS, so a tag that changes hands, and a member who is forgotten, is followed.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, Protocol, TypeVar

from gateway.acting import Acting
from gateway.batch import Batch
from gateway.core.evidence import BLE_TAG
from gateway.core.names import mask_name
from gateway.core.spending import LIVE
from gateway.errors import LedgerRefused

TAGS_MAX: Final = 1_024
REMEMBERED_MS: Final = 60_000
LINKED: Final = "active"  # of an instrument that says whose it is

Done = TypeVar("Done")


class Desk(Protocol):
    """Who lets things be looked up: gateway/desk.py."""

    def consult(self, ask: Callable[[Batch, Acting], Done]) -> Done:
        """What `ask` finds out; nothing of it is booked. Raises LedgerRefused."""
        ...


class Person(NamedTuple):
    """Whose a tag is: the member's id, and their name masked, None where none is known."""

    member: str
    name: str | None = None


class People:
    """Members of one desk, by tag and by id."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tags: dict[str, Person | None] = {}
        self._asked_ms = 0

    def of(self, tag: str) -> Person | None:
        """Whose a tag is, as far as was looked up; None also for a tag of nobody."""
        return self._tags.get(tag)

    def is_asked(self, tag: str) -> bool:
        """Whether a tag was looked up of late."""
        return tag in self._tags

    def look(self, tags: Iterable[str], at_ms: int) -> None:
        """Look up the tags that are not remembered; from time to time, all of them."""
        if not 0 <= at_ms - self._asked_ms < REMEMBERED_MS:
            self._tags, self._asked_ms = {}, at_ms
        wanted = [tag for tag in tags if tag not in self._tags][: TAGS_MAX - len(self._tags)]
        if wanted:
            found = self._consult(lambda batch: _by_tag(batch, wanted))
            self._tags.update({tag: found.get(tag) for tag in wanted} if found is not None else {})

    def named(self, members: Sequence[str]) -> dict[str, Person] | None:
        """Those of these members who are somebody still; None where nobody can tell just now."""
        if not members:
            return {}
        found = self._consult(lambda batch: {id_: _person(batch, id_) for id_ in members})
        return None if found is None else {id_: each for id_, each in found.items() if each is not None}

    def _consult(self, find: Callable[[Batch], Done]) -> Done | None:
        """None where the ledger cannot be read just now: the next look will."""
        try:
            return self._desk.consult(lambda batch, acting: find(batch))
        except LedgerRefused:
            return None


def _by_tag(batch: Batch, tags: Sequence[str]) -> dict[str, Person]:
    keys = {tag: batch.key(BLE_TAG, tag.encode()) for tag in tags}
    found = batch.lookup.find([key for key in keys.values() if key is not None])
    people = {}
    for tag, key in keys.items():
        facts = found[key].facts if key is not None and key in found else None
        if facts is not None and facts.instrument is not None and facts.instrument.status == LINKED:
            person = _person(batch, facts.instrument.member)
            if person is not None:
                people[tag] = person
    return people


def _person(batch: Batch, id_: str) -> Person | None:
    member = batch.lookup.member(id_)
    if member is None or member.status not in LIVE:
        return None
    return Person(member.id, mask_name(batch.lookup.person(member.id).name))
