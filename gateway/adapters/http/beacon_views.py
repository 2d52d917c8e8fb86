"""From what is known of presence to what a page shows: pure. The floor plan, who is here, beacons, troubles.

The plan is drawn WIDE units wide whatever the store measures; a place in centimetres times `scale` is a place
in units. Moods are as in views.py: a word or a sign always stands with them.
"""

from collections.abc import Iterable
from typing import Final

from gateway.adapters.http.beacon_words import WORDS
from gateway.live import Data
from gateway.presence.health import CLOCK_LOST, CLONED, LOST, MOVED, NEVER, OK, SILENT
from gateway.presence.registry import LANGUAGES, RADIO, TAG

WIDE: Final = 1_000
DOTS_MAX: Final = 80  # more on a phone's screen is one stain; the list has everybody
LISTED_MAX: Final = 24  # names of one zone on its own page
LISTED_SHORT: Final = 3  # and where the plan is one part among others
NAMED_MAX: Final = 5  # beacons in one notice
STEP: Final = 64  # between dots that nobody can place more exactly than in their zone
EDGE: Final = 48  # from a zone's side to the first of them
HEAD: Final = 72  # the height that a zone's name takes
LABEL: Final = 40  # units high, on a phone
LOW_MV: Final = 2_500  # a lithium cell keeps 2.9 V for most of its life, and has next to nothing left here

MOODS: Final = {OK: "yes", NEVER: "calm", SILENT: "heed", LOST: "no", MOVED: "heed", CLONED: "no"}
ICONS: Final = {
    OK: "check",
    NEVER: "clock",
    SILENT: "silent",
    LOST: "unplug",
    MOVED: "arrow",
    CLONED: "repeat",
}
WORST_FIRST: Final = (CLONED, LOST, SILENT, MOVED, CLOCK_LOST, NEVER, OK)
ALARMING: Final = (CLONED, LOST, SILENT, MOVED, CLOCK_LOST)
PROOFS: Final = ("tag", "beacon", "network")


def floor(presence: Data) -> Data:
    """The plan's shapes in units; `hidden` people are not drawn."""
    if not presence["on"]:
        return {"on": False}
    scale = WIDE / max(1, presence["width_cm"])
    marks = [_mark(sender, scale) for sender in presence["beacons"] if sender["kind"] != TAG]
    zones = [_zone(zone, scale, marks) for zone in presence["zones"]]
    dots = list(_dots(presence["people"], {zone["zone"]: zone for zone in zones}, scale))
    return {
        "on": True,
        "scale": scale,
        "height": round(presence["height_cm"] * scale),
        "zones": zones,
        "marks": marks,
        "dots": dots[:DOTS_MAX],
        "people": len(presence["people"]),
        "hidden": len(dots[DOTS_MAX:]),
    }


def _zone(zone: Data, scale: float, marks: list[Data]) -> Data:
    """A zone's sides; its name stands at its top, or `low`, where a beacon is in the way."""
    sides = {side: round(zone[f"{side}_cm"] * scale) for side in ("x", "y", "width", "height")}
    label = {language: shortened(zone["name"].get(language, ""), sides["width"]) for language in LANGUAGES}
    over, under = range(sides["x"], sides["x"] + sides["width"]), range(sides["y"], sides["y"] + HEAD)
    low = any(mark["x"] in over and mark["y"] in under for mark in marks)
    return {"zone": zone["zone"], "name": zone["name"], "label": label, "low": low, **sides}


def shortened(name: str, width: int) -> str:
    """As much of a name as fits into so many units; a Chinese character is as wide as it is high."""
    left, fitting = float(width - LABEL), ""
    for character in name:
        left -= LABEL * (0.6 if character.isascii() else 1.0)
        if left < 0:
            return fitting + "…"
        fitting += character
    return fitting


def _mark(sender: Data, scale: float) -> Data:
    return {
        "beacon": sender["beacon"],
        "kind": sender["kind"],
        "state": sender["state"],
        "wrong": sender["state"] not in (OK, NEVER),
        "x": round(sender["x_cm"] * scale),
        "y": round(sender["y_cm"] * scale),
    }


def _dots(people: Iterable[Data], zones: dict[str, Data], scale: float) -> Iterable[Data]:
    """Whoever can be placed; of whom only the zone is known, in rows along its lower side."""
    rows: dict[str, int] = {}
    for person in people:
        if person["x_cm"] is not None and person["y_cm"] is not None:
            yield _dot(person, round(person["x_cm"] * scale), round(person["y_cm"] * scale), True)
        elif person["zone"] in zones:
            zone = zones[person["zone"]]
            number = rows[person["zone"]] = rows.get(person["zone"], -1) + 1
            yield _dot(person, *_stand(zone, number), False)


def _stand(zone: Data, number: int) -> tuple[int, int]:
    """Where the one of this number stands in a zone, row by row from below."""
    a_row = max(1, (zone["width"] - EDGE) // STEP)
    down, across = divmod(number, a_row)
    lowest = zone["height"] - EDGE - (HEAD if zone["low"] else 0)
    return zone["x"] + EDGE + across * STEP, zone["y"] + max(0, lowest - down * STEP)


def _dot(person: Data, x: int, y: int, moves: bool) -> Data:
    name = person["name"] or ""
    return {"member": person["member"], "name": name, "initial": name[:1], "x": x, "y": y, "moves": moves}


def people(presence: Data, now_ms: int, listed: int = LISTED_MAX) -> Data:
    """Who is here, zone by zone, `listed` names of each; the last group is of those whom nobody can place."""
    known = {zone["zone"] for zone in presence["zones"]}
    groups = [
        _group(zone["zone"], zone["name"], _of(presence, zone["zone"]), now_ms, listed)
        for zone in presence["zones"]
    ]
    lost = [person for person in presence["people"] if person["zone"] not in known]
    groups.append(_group("", {}, lost, now_ms, listed))
    return {
        "on": presence["on"],
        "count": len(presence["people"]),
        "groups": [one for one in groups if one["count"]],
    }


def _of(presence: Data, zone: str) -> list[Data]:
    return [person for person in presence["people"] if person["zone"] == zone]


def _group(zone: str, name: dict[str, str], found: list[Data], now_ms: int, listed: int) -> Data:
    newest = sorted(found, key=lambda person: -person["since_ms"])
    rows = [_person(person, now_ms) for person in newest[:listed]]
    return {"zone": zone, "name": name, "count": len(found), "rows": rows, "rest": len(found) - len(rows)}


def _person(person: Data, now_ms: int) -> Data:
    proof = person["proof"] if person["proof"] in PROOFS else "other"
    return {**person, "since_ms": now_ms - person["since_ms"], "proof": f"people.proof.{proof}"}


def senders(presence: Data, now_ms: int) -> Data:
    """Beacons and the gateway's radio, what is wrong first; of tags those whose battery or identity is."""
    every = presence["beacons"]
    fixed = [sender for sender in every if sender["kind"] != TAG]
    tags = [sender for sender in every if sender["kind"] == TAG]
    wrong = [tag for tag in tags if tag["state"] == CLONED or is_low(tag)]
    names = {zone["zone"]: zone["name"] for zone in presence["zones"]}
    rows = [
        _sender(sender, names, now_ms) for sender in sorted(fixed, key=_worst) + sorted(wrong, key=_worst)
    ]
    well = sum(sender["state"] == OK for sender in fixed)
    return {
        "on": presence["on"],
        "count": len(fixed),
        "well": well,
        "tags": len(tags),
        "rows": rows,
        "broken_ms": now_ms - presence["file_broken_ms"] if presence["file_broken_ms"] else None,
    }


def is_low(sender: Data) -> bool:
    """Whether its battery is nearly empty."""
    return sender["battery_mv"] is not None and sender["battery_mv"] < LOW_MV


def _worst(sender: Data) -> tuple[int, bool, str]:
    state = sender["state"]
    rank = WORST_FIRST.index(state) if state in WORST_FIRST else 0
    return rank, sender["kind"] == RADIO, sender["beacon"]


def _sender(sender: Data, names: dict[str, dict[str, str]], now_ms: int) -> Data:
    state = sender["state"] if sender["state"] in WORST_FIRST else "unknown"
    own = f"sender.radio.{state}.next"
    following = own if sender["kind"] == RADIO and own in WORDS else f"sender.{state}.next"
    return {
        **sender,
        "mood": MOODS.get(state, "heed"),
        "icon": ICONS.get(state, "heed"),
        "word": f"sender.{state}",
        "next": following if following in WORDS else "",
        "heard": now_ms - sender["heard_ms"] if sender["heard_ms"] else None,
        "for_ms": now_ms - sender["since_ms"],
        "place": names.get(sender["zone"] or "", {}),
        "volts": "" if sender["battery_mv"] is None else f"{sender['battery_mv'] / 1_000:.2f}",
        "low": is_low(sender),
    }


def troubles(presence: Data) -> list[Data]:
    """What must be said on top of the console, as rows of its notices: one for each kind of trouble."""
    rows = [_trouble(state, [one["beacon"] for one in _troubled(presence, state)]) for state in ALARMING]
    if presence["file_broken_ms"]:
        rows.append(_row("heed", "beacons_file", ""))
    radio = next((one["state"] for one in presence["beacons"] if one["kind"] == RADIO), OK)
    if radio in (LOST, SILENT):
        rows.append(_row("heed", "radio_away", ""))
    elif radio == MOVED:
        rows.append(_row("heed", "radio_moved", ""))
    return [row for row in rows if row is not None]


def _troubled(presence: Data, state: str) -> list[Data]:
    """Of tags, only a copy is the store's concern: their clocks stray, and they leave with their owners."""
    found = [one for one in presence["beacons"] if one["state"] == state and one["kind"] != RADIO]
    return [one for one in found if one["kind"] != TAG or state == CLONED]


def _trouble(state: str, names: list[str]) -> Data | None:
    if not names:
        return None
    more = ", …" if len(names) > NAMED_MAX else ""
    mood = MOODS.get(state, "heed")
    return _row(mood, f"beacon_{state}", ", ".join(sorted(names)[:NAMED_MAX]) + more)


def _row(mood: str, what: str, names: str) -> Data:
    return {"mood": mood, "key": f"notice.{what}", "alarm": names, "href": "/beacons"}
