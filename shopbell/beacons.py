"""The store's file of beacons as the command changes it, and the settings file that goes onto a board.

All that decides is pure: a Site in, a Site out, checked by the registry before it is written. change() is the
one door to the file: two commands at once take turns, so that neither loses what the other wrote.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from firmware.protocol.aes import KEY_BYTES
from firmware.protocol.eid import TAG_START_S
from gateway.errors import SettingsError
from gateway.presence.registry import (
    BEACON,
    TAG,
    Beacon,
    Radio,
    Site,
    Zone,
    check_site,
    read_site,
    write_site,
)
from shopbell.errors import ShopbellError

BOARDS = {BEACON: "esp32_beacon", TAG: "esp32_tag"}
# What only the shop can say; device.json keeps these when it is written again.
TO_FILL_IN = {"gateway_host": "", "gateway_port": 8883, "tls": 1, "wifi_ssid": "", "wifi_password": ""}
PRIVATE = 0o600


class Place(NamedTuple):
    """Where a beacon stands, in centimetres from the plan's upper left corner."""

    zone: str
    x_cm: int
    y_cm: int


class Wish(NamedTuple):
    """What a person said of a beacon or tag; None where nothing, and what is known stays."""

    name: str
    kind: str
    place: Place | None = None
    power_dbm: int | None = None
    new_key: bool = False


class Plan(NamedTuple):
    """What a person said of the floor plan; None and empty where nothing."""

    size_cm: tuple[int, int] | None = None
    zones: tuple[Zone, ...] = ()
    radio: Radio | None = None
    no_radio: bool = False
    uuid: str = ""


class Change(NamedTuple):
    """The file before, None where there was none, and after."""

    before: Site | None
    after: Site


def change(path: Path, make: Callable[[Site | None], Site]) -> Change:
    """The file as `make` makes it from what is there, None where there is none. Raises ShopbellError."""
    with _turn(path), _refusals():
        before = read_site(path) if path.exists() else None
        after = make(before)
        check_site(after)
        if after != before:
            write_site(path, after)
    return Change(before, after)


def look(path: Path) -> Site:
    """What the file says. Raises ShopbellError."""
    with _refusals():
        return read_site(path)


def planned(site: Site | None, plan: Plan) -> Site:
    """The plan with this changed: zones of a known name replaced, others added. Raises ShopbellError."""
    if site is None:
        if plan.size_cm is None:
            raise ShopbellError("there is no floor plan yet", "give its --size WIDTH,HEIGHT in centimetres")
        site = Site(uuid=secrets.token_hex(KEY_BYTES), width_cm=1, height_cm=1)
    width_cm, height_cm = plan.size_cm or (site.width_cm, site.height_cm)
    zones = {zone.zone: zone for zone in (*site.zones, *plan.zones)}
    return replace(
        site,
        uuid=plan.uuid or site.uuid,
        width_cm=width_cm,
        height_cm=height_cm,
        zones=tuple(zones.values()),
        radio=None if plan.no_radio else plan.radio or site.radio,
    )


def put(site: Site | None, wish: Wish, now_s: int) -> Site:
    """The site with this beacon or tag, new or changed; `now_s` is unix time. Raises ShopbellError."""
    if site is None:
        raise ShopbellError("there is no floor plan yet", "make one with `shopbell device plan`")
    known = site.beacon(wish.name)
    made = _changed(known, wish) if known else _new(wish, now_s)
    if known is None:
        return replace(site, beacons=(*site.beacons, made))
    return replace(site, beacons=tuple(made if beacon is known else beacon for beacon in site.beacons))


def without(site: Site | None, name: str) -> Site:
    """The site as if this beacon or tag had never been. Raises ShopbellError where it is not there."""
    if site is None or site.beacon(name) is None:
        raise ShopbellError(f"no beacon or tag is called {name}", "`shopbell device beacons` lists them")
    return replace(site, beacons=tuple(beacon for beacon in site.beacons if beacon.beacon != name))


def board_settings(site: Site, name: str, found: dict[str, Any]) -> dict[str, Any]:
    """device.json of this beacon or tag: `found` with its identity, what the shop filled in kept.

    Raises ShopbellError where `found` is another device's.
    """
    beacon = site.beacon(name)
    assert beacon is not None
    if found.get("device", name) != name:
        raise ShopbellError(f"that file is {found['device']}'s, not {name}'s", "name another with --out")
    identity = {
        "device": name,
        "role": beacon.kind,
        "board": found.get("board", BOARDS[beacon.kind]),
        "identity_key": beacon.key,
        "rotation": beacon.rotation,
        "power_dbm": beacon.power_dbm,
    }
    if beacon.kind == TAG:
        return found | identity
    return TO_FILL_IN | found | identity | {"uuid": site.uuid, "epoch_s": beacon.epoch_s}


def write_board(path: Path, site: Site, name: str) -> list[str]:
    """Put the board's settings into this file; what the shop still has to fill in. Raises ShopbellError."""
    try:
        settings = board_settings(site, name, _found(path))
        aside = path.with_name(path.name + ".new")
        aside.unlink(missing_ok=True)
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w") as file:
            json.dump(settings, file, indent=1)
            file.write("\n")
        aside.replace(path)
    except OSError as problem:
        raise ShopbellError(f"cannot write {path} ({problem.strerror})", "name another with --out") from None
    return [key for key, value in settings.items() if value == ""]


def _found(path: Path) -> dict[str, Any]:
    """What the file holds already; empty where there is none."""
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ShopbellError(f"{path} is no device.json", "name another with --out")
    return found


def _new(wish: Wish, now_s: int) -> Beacon:
    if wish.kind == BEACON and wish.place is None:
        raise ShopbellError(f"nobody knows where {wish.name} stands", "give --zone and --at")
    # As if a tag's battery were put in now; the gateway finds it whenever that is.
    epoch_s = now_s - TAG_START_S if wish.kind == TAG else 0
    key = secrets.token_hex(KEY_BYTES)
    return _changed(Beacon(beacon=wish.name, kind=wish.kind, key=key, epoch_s=epoch_s), wish)


def _changed(known: Beacon, wish: Wish) -> Beacon:
    if known.kind != wish.kind:
        raise ShopbellError(
            f"{wish.name} is a {known.kind}", f"remove it first, or name the {wish.kind} anew"
        )
    made = known if wish.place is None else replace(known, **wish.place._asdict())
    if wish.power_dbm is not None:
        made = replace(made, power_dbm=wish.power_dbm)
    return replace(made, key=secrets.token_hex(KEY_BYTES)) if wish.new_key else made


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """Wait until no other command changes this file."""
    try:
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as problem:
        raise ShopbellError(f"cannot open {path.parent} ({problem.strerror})", "make that folder") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _refusals() -> Iterator[None]:
    """What the registry and the disk refuse, as one line."""
    try:
        yield
    except SettingsError as problem:
        raise ShopbellError(problem.message, problem.hint) from None
    except OSError as problem:
        raise ShopbellError(str(problem), "look at that folder and its owner") from None
