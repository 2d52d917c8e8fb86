"""How the store's plan, its beacons and its tags read on a terminal, in the terminal's language. No keys."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.presence.registry import TAG, Beacon, Site
from shopbell.beacon_words import WORDS
from shopbell.beacons import Change
from shopbell.look.words import say
from shopbell.terminal import language


def word(key: str, **values: object) -> str:
    """A line of the catalogue."""
    return say("beacon." + key, language(), WORDS, **values)


def plan_lines(site: Site) -> list[str]:
    """The floor plan: its size, zones and the gateway's own scanner."""
    lines = [word("plan", width=site.width_cm, height=site.height_cm, uuid=site.uuid)]
    for zone in site.zones:
        lines.append(
            word(
                "zone",
                zone=zone.zone,
                chinese=zone.name["zh-CN"],
                english=zone.name["en"],
                x=zone.x_cm,
                y=zone.y_cm,
                width=zone.width_cm,
                height=zone.height_cm,
            )
        )
    if site.radio is not None:
        lines.append(word("radio", zone=site.radio.zone, x=site.radio.x_cm, y=site.radio.y_cm))
    return lines


def beacon_lines(site: Site) -> list[str]:
    """A line each, beacons before tags, by name."""
    ordered = sorted(site.beacons, key=lambda beacon: (beacon.kind == TAG, beacon.beacon))
    return [_line(beacon) for beacon in ordered] or [word("none")]


def put_line(changed: Change, name: str) -> str:
    """What is registered now under this name."""
    beacon = changed.after.beacon(name)
    assert beacon is not None
    return _line(beacon)


def taken_up_lines(changed: Change) -> list[str]:
    """When the gateway follows, where anything changed at all."""
    return [] if changed.before == changed.after else [word("taken_up")]


def board_lines(path: Path, missing: list[str]) -> list[str]:
    """What was written for the board, and what it still lacks."""
    lacks = [word("fill_in", keys=", ".join(missing))] if missing else []
    return [word("board", path=path), *lacks]


def link_line(verdict: Mapping[str, Any], name: str, member: str) -> str:
    """What the gateway said to a link."""
    if verdict.get("outcome") == "done":
        return word("linked", name=name, member=member)
    says = verdict.get("says", {}).get(language(), {})
    return word("not_linked", name=name, member=member, what=says.get("what", ""), do=says.get("do", ""))


def _line(beacon: Beacon) -> str:
    if beacon.kind == TAG:
        return word("tag", name=beacon.beacon, power=beacon.power_dbm)
    return word(
        "beacon",
        name=beacon.beacon,
        zone=beacon.zone,
        x=beacon.x_cm,
        y=beacon.y_cm,
        power=beacon.power_dbm,
    )
