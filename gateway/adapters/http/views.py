"""From the live view to what a page shows: pure, one function per part of the console.

Moods are the stylesheet's tags: "yes", "no", "heed", "calm" or "" (plain). A word always stands with them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from statistics import median
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from gateway.adapters.http import beacon_views, counter_words, member_views
from gateway.adapters.http.device_words import COUNTS, ROUTINE
from gateway.adapters.http.words import WORDS
from gateway.live import Data, Live
from gateway.storage.bridge_status import RUNNING
from shopbell.look.outcomes import EVIDENCE_ICONS, evidence_icon, milliseconds, outcome_look

CACHE_DAMAGED: Final = "cache_damaged"  # both a state of the cache and an alarm
RIGHTS_FROZEN: Final = "rights_frozen"
TAPS_SHOWN: Final = 40  # more is for the API; a page is for a glance


class Shop(NamedTuple):
    """What the settings say that a page shows; name is the store's id where it has no name. `checked`: the
    signature of programs is."""

    name: str
    zone: ZoneInfo
    secured: bool
    checked: bool = True


def notices(live: Live, shop: Shop, now_ms: int) -> Data:
    """Sentences that must be read before anything else: mood, word key, value of {alarm}."""
    alarms = list(live.sync["alarms"])
    if live.promises["frozen"]:
        alarms.insert(0, RIGHTS_FROZEN)
    if live.cache["state"] != "ready":
        alarms.append("cache_absent" if live.cache["state"] == "absent" else CACHE_DAMAGED)
    rows: list[Data] = [_notice("no", alarm) for alarm in dict.fromkeys(alarms)]
    rows += beacon_views.troubles(live.presence)
    if not shop.secured:
        rows.append(_notice("heed", "unsecured"))
    if not shop.checked:
        rows.append(_notice("heed", "bundle_unchecked"))
    return {"rows": rows}


def _notice(mood: str, alarm: str) -> Data:
    key = f"notice.{alarm}"
    return {"mood": mood, "key": key if key in WORDS else "notice.alarm", "alarm": alarm, "href": ""}


def glance(live: Live, shop: Shop, now_ms: int) -> Data:
    """The four figures of the first line; decide_ms None before a tap, cache_age_ms None before HQ."""
    took = [tap["decide_us"] for tap in live.taps() if not tap["duplicate"]]
    states = [device["state"] for device in live.devices.values()]
    return {
        "decide_ms": milliseconds(round(median(took))) if took else None,
        "decided": len(took),
        "online": states.count("online"),
        "devices": len(states),
        "waiting": live.sync["waiting"],
        "cache_age_ms": age_ms(live.cache["synced_at_ms"], now_ms),
    }


def promises(live: Live, shop: Shop, now_ms: int) -> Data:
    """The worst loss now, the rights and the holds."""
    return member_views.promises(live, now_ms)


def taps(live: Live, shop: Shop, now_ms: int) -> Data:
    """The newest taps as rows."""
    today = _local(now_ms, shop.zone).date()
    return {"rows": [_tap_row(tap, shop.zone, today) for tap in live.taps(TAPS_SHOWN)]}


def _tap_row(tap: Data, zone: ZoneInfo, today: object) -> Data:
    look = outcome_look(tap["outcome"])
    at = _local(tap["at"], zone)
    return {
        **tap,
        "key": f"{tap['seq']}{'d' if tap['duplicate'] else ''}",
        "icon": look.icon,
        "mood": look.mood,
        "time": at.strftime("%H:%M:%S"),
        "date": "" if at.date() == today else at.strftime("%m-%d"),
        "iso": at.isoformat(timespec="milliseconds"),
        "evidence_icon": evidence_icon(tap["evidence_kind"]),
        "evidence": tap["evidence_kind"] if tap["evidence_kind"] in EVIDENCE_ICONS else "none",
        "took_ms": milliseconds(tap["decide_us"]),
    }


def sync(live: Live, shop: Shop, now_ms: int) -> Data:
    """Ledger and HQ side by side; share is what HQ has of the log, in whole percent rounded down."""
    head, as_of = live.sync["seq"], live.sync["as_of"]
    return {
        **live.sync,
        "share": min(100, 100 * as_of // head) if head else 100,
        "known": bool(live.sync["synced_at_ms"] or as_of),
        "generation": live.cache["generation"],
        "cursor": live.cache["cursor"],
        "age_ms": age_ms(live.cache["synced_at_ms"], now_ms),
        "bridge": bridge(live, now_ms),
    }


def bridge(live: Live, now_ms: int) -> Data:
    """What the bridge said last; mood of its state, and ages instead of times."""
    said = live.bridge
    running = said["state"] == RUNNING
    trouble = said["trouble"] if running else None
    return {
        "state": said["state"],
        "mood": "yes" if running else "no",
        "icon": "check" if running else "unplug",
        "running": running,
        "silent_ms": now_ms - said["heard_ms"],
        "trouble": trouble,
        "trouble_ms": now_ms - trouble["since_ms"] if trouble else 0,
        "contact_ms": age_ms(said["last_contact_ms"], now_ms),
        "heard": bool(said["heard_ms"]),
        "backlog": said["backlog"],
        "snapshot_rows": said["cache"]["snapshot_rows"],
    }


def devices(live: Live, shop: Shop, now_ms: int) -> Data:
    """Every device, those that are offline first; counts only what is above 0."""
    rows = [_device_row(device, now_ms) for device in live.devices.values()]
    return {"rows": sorted(rows, key=lambda row: (row["state"] == "online", row["device"]))}


def floor(live: Live, shop: Shop, now_ms: int) -> Data:
    """The floor plan."""
    return beacon_views.floor(live.presence)


def people(live: Live, shop: Shop, now_ms: int) -> Data:
    """Who is in the store."""
    return beacon_views.people(live.presence, now_ms, beacon_views.LISTED_SHORT)


def _device_row(device: Data, now_ms: int) -> Data:
    online = device["state"] == "online"
    return {
        **device,
        "state": "online" if online else "offline",
        "icon": "check" if online else "unplug",
        "mood": "yes" if online else "no",
        "since_ms": now_ms - device["at"] + (device["uptime_ms"] if online else 0),
        "heard_ms": age_ms(device["at"], now_ms),
        "counts": device_counts(device["counters"]),
    }


def device_counts(counts: Mapping[str, int]) -> list[Data]:
    """What went wrong on a device, each with its word's key; "" for one of a later firmware."""
    wrong = sorted((name, count) for name, count in counts.items() if count and name not in ROUTINE)
    keys = [(name, count, f"count.{name}") for name, count in wrong]
    return [{"name": name, "count": count, "key": key if key in COUNTS else ""} for name, count, key in keys]


def counters(live: Live, shop: Shop, now_ms: int) -> Data:
    """What was refused or repaired, by the gateway and by the bridge."""
    by_bridge = {f"bridge.{name}": count for name, count in live.bridge["counters"].items()}
    return {"rows": _counter_rows(live.counters.snapshot()), "bridge": _counter_rows(by_bridge)}


def _counter_rows(counts: Mapping[str, int]) -> list[Data]:
    """The largest first; what never happened and what is routine is left out."""
    shown = [(name, count) for name, count in counts.items() if count and name not in counter_words.ROUTINE]
    shown.sort(key=lambda counted: (-counted[1], counted[0]))
    return [{"name": name, "count": count, "explained": counter_words.explain(name)} for name, count in shown]


Part = Callable[[Live, Shop, int], dict[str, Any]]
PARTS: Final[Mapping[str, Part]] = {
    "notices": notices,
    "glance": glance,
    "taps": taps,
    "promises": promises,
    "sync": sync,
    "floor": floor,
    "people": people,
    "devices": devices,
    "counters": counters,
}


def age_ms(at_ms: int, now_ms: int) -> int | None:
    """Time since at_ms; None when it never was (0)."""
    return now_ms - at_ms if at_ms else None


def _local(at_ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, zone)
