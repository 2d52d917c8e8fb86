"""What the gateway shows of itself: taps, devices, sync, cache, bridge, promises and counters, in memory.

Pure data for the console and the API; written by the loop that books, read by the same loop's HTTP side, so
it needs no lock. Everything is bounded; a subscriber that does not keep up is dropped and counted, never
waited for.

    tap     {"seq", "at", "type", "device", "outcome", "member", "name", "tier", "evidence_kind", "late",
             "duplicate", "decide_us"}
    device  {"device", "state", "at", "role", "board", "firmware", "uptime_ms", "counters"}
    sync    {"gateway", "epoch", "seq", "as_of", "waiting", "synced_at_ms", "alarms"}
    cache   {"state": "ready" | "absent" | "damaged", "generation", "cursor", "synced_at_ms"}
    bridge  {"state", and what it says of itself}: see gateway/storage/bridge_status.py
    promises {"frozen", "holds", "holds_due_ms", "refused": {reason: count}, "exposure": None until the first
             reckoning, else {"at_ms", "at_risk_now", "still_possible", "in_box", "worst"} in minor units}
    presence {"on", and who and what is heard in the store}: see gateway/presence/snapshot.py
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from itertools import islice
from types import TracebackType
from typing import Any

from gateway.counters import Counters
from gateway.storage.bridge_status import ABSENT, NOTHING_SAID

Data = dict[str, Any]
Note = tuple[str, Data]

NO_PRESENCE: Data = {
    "on": False,
    "width_cm": 0,
    "height_cm": 0,
    "zones": [],
    "beacons": [],
    "people": [],
    "counts": {"adverts": 0, "resolved": 0, "unknown": 0, "replayed": 0, "cloned": 0, "late": 0},
    "file_broken_ms": 0,
}

TAPS_KEPT_MAX = 500  # a console shows some dozens; more belongs to the ledger
DEVICES_MAX = 1_024  # far above a store's terminals and beacons; a flood of names cannot grow memory
SUBSCRIBERS_MAX = 32  # pages open at once in one store
NOTES_WAITING_MAX = 256  # one batch may bring this many taps before a page reads any


class Subscription:
    """One reader's bounded queue: an async iterator of (event name, data), ending when it was dropped."""

    def __init__(self, live: "Live") -> None:
        self._live = live
        self._waiting: deque[Note] = deque()
        self._ready = asyncio.Event()
        self.dropped = False

    def offer(self, note: Note) -> bool:
        """Queue a note; False when the reader is too slow and must be dropped."""
        if len(self._waiting) >= NOTES_WAITING_MAX:
            self.dropped = True
        else:
            self._waiting.append(note)
        self._ready.set()
        return not self.dropped

    def close(self) -> None:
        """End the iteration and leave the list of subscribers; more than once is fine."""
        self.dropped = True
        self._live.forget(self)
        self._ready.set()

    def __enter__(self) -> "Subscription":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> AsyncIterator[Note]:
        return self

    async def __anext__(self) -> Note:
        while not self._waiting:
            if self.dropped:
                raise StopAsyncIteration
            self._ready.clear()
            await self._ready.wait()
        return self._waiting.popleft()


class Live:
    """The present state, and a bounded stream of its changes; the events' names are stream.py's."""

    def __init__(self, gateway: str, counters: Counters) -> None:
        self.counters = counters
        self.devices: dict[str, Data] = {}
        self.sync: Data = {
            "gateway": gateway,
            "epoch": 0,
            "seq": 0,
            "as_of": 0,
            "waiting": 0,
            "synced_at_ms": 0,
            "alarms": [],
        }
        self.cache: Data = {"state": "absent", "generation": None, "cursor": 0, "synced_at_ms": 0}
        self.bridge: Data = {"state": ABSENT, **NOTHING_SAID}
        self.promises: Data = {
            "frozen": False,
            "holds": 0,
            "holds_due_ms": 0,
            "refused": {},
            "exposure": None,
        }
        self.presence: Data = NO_PRESENCE
        self._taps: deque[Data] = deque(maxlen=TAPS_KEPT_MAX)
        self._subscribers: list[Subscription] = []

    def taps(self, limit: int = TAPS_KEPT_MAX) -> list[Data]:
        """The newest taps first, at most `limit`."""
        return list(islice(reversed(self._taps), max(0, limit)))

    def add_taps(self, taps: list[Data]) -> None:
        """Remember a batch's taps, oldest first, and tell subscribers."""
        self._taps.extend(taps)
        if self._subscribers:
            for tap in taps:
                self._tell("tap", tap)

    def tell_act(self, act: Data) -> None:
        """Tell subscribers of an act that was booked; nobody keeps it, the ledger has it."""
        if self._subscribers:
            self._tell("act", act)

    def tell(self, name: str, data: Data) -> None:
        """Tell subscribers of what passes and nobody keeps: "badge" or "coupon", shown beside a till."""
        if self._subscribers:
            self._tell(name, data)

    def set_device(self, device: str, view: Data) -> None:
        """Replace one device's row; a new device above DEVICES_MAX is counted and left out."""
        if device not in self.devices and len(self.devices) >= DEVICES_MAX:
            self.counters.add("live.devices_refused")
            return
        self.devices[device] = view
        self._tell("device", view)

    def set_sync(self, **changes: Any) -> None:
        """Change fields of the sync position; tells subscribers only if something changed."""
        sync = {**self.sync, **changes}
        self._change(self.sync, {**changes, "waiting": max(0, sync["seq"] - sync["as_of"])})

    def set_cache(self, **changes: Any) -> None:
        """Change fields of the cache's state."""
        self._change(self.cache, changes)

    def set_bridge(self, bridge: Data) -> None:
        """Replace what the bridge says; subscribers are not told of its clock alone, which always moves."""
        before, self.bridge = self.bridge, bridge
        if _without_clock(before) != _without_clock(bridge):
            self._tell("bridge", bridge)

    def set_promises(self, **changes: Any) -> None:
        """Change what is shown of rights and holds; that the loss was merely reckoned again is no news."""
        before, self.promises = self.promises, {**self.promises, **changes}
        if _unreckoned(before) != _unreckoned(self.promises):
            self._tell("promises", self.promises)

    def set_presence(self, presence: Data) -> None:
        """Replace what is known of presence; subscribers are told if it changed, at each second at most."""
        before, self.presence = self.presence, presence
        if before != presence:
            self._tell("presence", presence)

    def count_refused(self, reason: str) -> None:
        """Count an act refused; `reason` is one of the core's own words."""
        refused = self.promises["refused"]
        self.set_promises(refused={**refused, reason: refused.get(reason, 0) + 1})

    def raise_alarm(self, alarm: str) -> None:
        """Show a condition a person must look at, by its code, until it is cleared."""
        if alarm not in self.sync["alarms"]:
            self.set_sync(alarms=[*self.sync["alarms"], alarm])

    def clear_alarm(self, alarm: str) -> None:
        """Take a condition back that is over."""
        if alarm in self.sync["alarms"]:
            self.set_sync(alarms=[other for other in self.sync["alarms"] if other != alarm])

    def tell_counters(self) -> None:
        """Send the counters to subscribers; called by a timer, not for each count."""
        if self._subscribers:
            self._tell("counters", self.counters.snapshot())

    def subscribe(self) -> Subscription | None:
        """A new subscription, to be closed by its reader; None when SUBSCRIBERS_MAX read already."""
        if len(self._subscribers) >= SUBSCRIBERS_MAX:
            self.counters.add("live.subscribers_refused")
            return None
        subscription = Subscription(self)
        self._subscribers.append(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Take a subscription off the list, if it is on it."""
        if subscription in self._subscribers:
            self._subscribers.remove(subscription)

    def close(self) -> None:
        """End every subscription: the gateway is stopping."""
        for subscription in tuple(self._subscribers):
            subscription.close()

    def _change(self, target: Data, changes: Data) -> None:
        if any(target.get(key) != value for key, value in changes.items()):
            target.update(changes)
            self._tell("sync", {"sync": dict(self.sync), "cache": dict(self.cache)})

    def _tell(self, name: str, data: Data) -> None:
        for subscription in tuple(self._subscribers):
            if not subscription.offer((name, data)):
                self.counters.add("live.subscribers_dropped")
                self.forget(subscription)


def _without_clock(bridge: Data) -> Data:
    """A bridge's word without the times that move while all is calm; that HQ was ever heard stays in it."""
    return {**bridge, "heard_ms": 0, "last_contact_ms": bool(bridge["last_contact_ms"])}


def _unreckoned(promises: Data) -> Data:
    """Promises without the time at which their loss was reckoned, which always moves."""
    exposure = promises["exposure"]
    return {**promises, "exposure": exposure and {**exposure, "at_ms": 0}}
