"""Who works at each terminal: signed in there by a badge, one at a time, for some minutes; nobody else's act.

A badge shown at a terminal signs its owner in, and whoever worked there out; shown once more, it signs its
owner out. Beside a till it does neither: it lies ready for the till's page, which takes it within TAKEN_MS,
and once. A reader that sees one badge twice within BOUNCE_MS saw it once.

In memory: who was signed in when the gateway stopped shows the badge again. What was booked is in the log.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from gateway.batch import Batch
from gateway.core.badges import SIGNED_OUT
from gateway.core.orders.model import Staff
from gateway.core.orders.staff import DEVICE, role_of
from gateway.core.promises import STAFF
from gateway.live import DEVICES_MAX, Live

BOUNCE_MS = 2_000
TAKEN_MS = 10_000  # its page is told at once: long enough for a slow line, too short for another purpose
MINUTES = 30
MINUTE_MS = 60_000
BADGES_SHOWN = "badges.shown"
BADGES_LATE = "badges.late"
BADGES_FULL = "badges.full"


class Badge(NamedTuple):
    """A badge that was shown and booked; `name` is how its owner is called on pages, `did` what it did."""

    device: str
    staff: str
    name: str
    did: str | None


class _At(NamedTuple):
    staff: str
    since_ms: int


class Attendance:
    """One gateway's; `terminals` is the device beside each till that has one, `steady_ms` monotonic."""

    def __init__(
        self, terminals: Mapping[str, str], minutes: int, steady_ms: Callable[[], int], live: Live
    ) -> None:
        self._tills = {device: till for till, device in terminals.items()}
        self._for_ms = minutes * MINUTE_MS
        self._steady_ms = steady_ms
        self._live = live
        self._at: dict[str, _At] = {}
        self._ready: dict[str, _At] = {}

    def till(self, device: str) -> str | None:
        """The till that a terminal stands beside; None where it stands alone."""
        return self._tills.get(device)

    def at(self, device: str) -> str | None:
        """Who works at a terminal now."""
        found = self._at.get(device)
        if found is None or self._steady_ms() - found.since_ms >= self._for_ms:
            return None
        return found.staff

    def before(self, device: str) -> str | UnsetType | None:
        """Who worked at a terminal before the badge that is shown now; UNSET beside a till."""
        if device in self._tills:
            return UNSET
        found = self._at.get(device)
        if found is not None and self._steady_ms() - found.since_ms < BOUNCE_MS:
            return None
        return self.at(device)

    def shown(self, badge: Badge) -> None:
        """A badge was shown, and that is booked."""
        self._live.counters.add(BADGES_SHOWN)
        till = self._tills.get(badge.device)
        if till is not None:
            self._ready[till] = _At(badge.staff, self._steady_ms())
            self._live.tell("badge", {"device": badge.device, "staff": badge.staff, "name": badge.name})
        elif badge.did == SIGNED_OUT:
            self._at.pop(badge.device, None)
        elif badge.device in self._at or len(self._at) < DEVICES_MAX:
            self._at[badge.device] = _At(badge.staff, self._steady_ms())
        else:
            self._live.counters.add(BADGES_FULL)

    def take(self, till: str) -> str | None:
        """Whose badge lies ready for a till, which it then does no longer."""
        found = self._ready.pop(till, None)
        if found is None or self._steady_ms() - found.since_ms >= TAKEN_MS:
            self._live.counters.add(BADGES_LATE)
            return None
        return found.staff

    def forget(self, till: str) -> None:
        """Nobody's badge lies ready for a till any more: whoever showed one has signed out by it."""
        self._ready.pop(till, None)


def staff_known(batch: Batch, id_: str) -> Staff | None:
    """Somebody who works here now; None for who left."""
    row = batch.cache.catalogue.staff(id_)
    return Staff(row.id, row.role) if row is not None and row.works_here else None


def actor_at(batch: Batch, device: str, attending: str | None) -> str:
    """Who asks for what is done at a terminal: whoever works there, while the store knows them in a role that
    the bundle knows; else the terminal."""
    known = None if attending is None else staff_known(batch, attending)
    if known is None or role_of(batch.cache.bundle, known) is None:
        return DEVICE + device
    return STAFF + known.id
