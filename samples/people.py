"""Who comes to the demo bakery: the members in its cache, some far oftener than others, and who joins."""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from random import Random

from gateway.storage import layout
from samples.seeded import name_of

_OWN = (
    "SELECT m.id, p.name FROM members m LEFT JOIN people p ON p.member = m.id"
    " WHERE m.home = ? AND m.status = 'active' ORDER BY m.id"
)
NEWCOMER_WEIGHT = 0.35  # of the least regular member: most who join come now and then
FALLING = 0.6  # the n-th regular comes 1 / n ** FALLING times as often as the first


class People:
    """Members by how often they come; grows as people join."""

    def __init__(self, regulars: Collection[str]) -> None:
        self._ids = list(regulars)
        self._weights = [1 / (place + 1) ** FALLING for place in range(len(self._ids))]
        self._newcomer = NEWCOMER_WEIGHT * (self._weights[-1] if self._weights else 1)

    def __len__(self) -> int:
        return len(self._ids)

    def draw(self, random: Random) -> str | None:
        """Somebody; None where there is nobody yet."""
        return random.choices(self._ids, self._weights)[0] if self._ids else None

    def join(self, member: str) -> None:
        """One more."""
        self._ids.append(member)
        self._weights.append(self._newcomer)


def members_of(cache_file: Path, store: str) -> dict[str, str]:
    """Names by id of a store's own active members in a cache."""
    with closing(sqlite3.connect(layout.read_only_uri(cache_file), uri=True)) as db:
        return dict(db.execute(_OWN, (store,)).fetchall())


def new_name(random: Random) -> str:
    """An invented name."""
    return name_of(random.randbytes(16))


def new_card(random: Random) -> bytes:
    """The UID of a card of a range that no sample card has."""
    return b"\x08" + random.randbytes(6)
