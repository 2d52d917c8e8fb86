"""The store's beacons, members' tags and floor plan: one JSON file with keys in it, read and written whole.

    {"uuid": "<32 hex>", "width_cm", "height_cm",
     "zones": [{"zone", "name": {"zh-CN", "en"}, "x_cm", "y_cm", "width_cm", "height_cm"}, ...],
     "radio": {"zone", "x_cm", "y_cm"},
     "beacons": [{"beacon", "kind": "beacon" | "tag", "key": "<32 hex>", "rotation", "epoch_s", "power_dbm",
                  "zone", "x_cm", "y_cm"}, ...]}

`uuid` is the brand's own, of its rotating iBeacons. Places are centimetres from the plan's upper left
corner. `radio` is where the gateway's own scanner stands, absent where it has none. A beacon is named as its
device is in MQTT, and takes unix seconds for its time (`epoch_s` 0); a tag is named as its instrument, has no
place, and counts its own time, which was 0 at `epoch_s` in unix seconds (it may be before 1970). `power_dbm`
is heard at one metre.

Invariants: names and keys are each of one beacon; the file is for its owner alone, and never half written.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from firmware.protocol.errors import ProtocolError
from firmware.protocol.topics import check_device
from gateway.errors import SettingsError

BEACON, TAG = "beacon", "tag"
KINDS = (BEACON, TAG)
RADIO = "radio"  # what the gateway's own scanner is called; no beacon can have this name
LANGUAGES = ("zh-CN", "en")

BEACONS_MAX = 10_000  # beacons and tags; what the resolver is measured with
ZONES_MAX = 32  # of one store; more cannot be told apart on a floor plan
SIDE_CM_MAX = 50_000
ROTATION_MAX = 15
EPOCH_S_MAX = 1 << 33  # far beyond a beacon's 32 bits of seconds, either way
POWERS_DBM = range(-100, -20)  # Eddystone says 41 more, for 0 m, and may say 20 at most
ZONE_NAME = re.compile(r"[a-z0-9-]{1,32}")
KEY_HEX = re.compile(r"[0-9a-f]{32}")
OTHERS = 0o077  # the rights of everybody else


class Zone(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the plan, with its name in both languages."""

    zone: str
    name: dict[str, str]
    x_cm: int
    y_cm: int
    width_cm: int
    height_cm: int


class Radio(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the gateway's own scanner stands."""

    zone: str
    x_cm: int
    y_cm: int


class Beacon(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A beacon of the store, or a member's tag; `zone` is empty where it has no place."""

    beacon: str
    kind: str = BEACON
    key: str
    rotation: int = 5
    epoch_s: int = 0
    power_dbm: int = -59
    zone: str = ""
    x_cm: int = 0
    y_cm: int = 0

    @property
    def identity_key(self) -> bytes:
        """The 16 bytes of its identity."""
        return bytes.fromhex(self.key)


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """All of the file."""

    uuid: str
    width_cm: int
    height_cm: int
    zones: tuple[Zone, ...] = ()
    radio: Radio | None = None
    beacons: tuple[Beacon, ...] = ()

    @property
    def uuid_bytes(self) -> bytes:
        """The UUID as the air has it."""
        return bytes.fromhex(self.uuid)

    def zone(self, name: str) -> Zone | None:
        """The zone of this name; None where the plan has none."""
        return next((zone for zone in self.zones if zone.zone == name), None)

    def beacon(self, name: str) -> Beacon | None:
        """The beacon or tag of this name; None where nobody registered it."""
        return next((beacon for beacon in self.beacons if beacon.beacon == name), None)


def read_site(path: Path) -> Site:
    """What the file says. Raises SettingsError: it cannot be read, or says what cannot be."""
    try:
        with open(path, "rb") as file:
            private = not os.fstat(file.fileno()).st_mode & OTHERS
            content = file.read()
    except OSError as problem:
        raise SettingsError(
            f"[gateway] beacons_file: cannot read {path} ({problem.strerror})",
            "Make it with `shopbell device plan`, or leave the setting empty",
        ) from problem
    if not private:
        raise SettingsError(f"{path} holds keys, and others may read it", f"Say `chmod 600 {path}`")
    try:
        site = msgspec.json.decode(content, type=Site)
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        hint = "Put the file of a backup back, or mend what the line names"
        raise SettingsError(f"{path} is no list of beacons: {problem}", hint) from problem
    check_site(site, str(path))
    return site


def write_site(path: Path, site: Site) -> None:
    """Put the file in place, whole and on the disk, for its owner alone. Raises SettingsError, OSError."""
    check_site(site, str(path))
    aside = path.with_name(path.name + ".new")
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(site), indent=1) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)


def check_site(site: Site, where: str = "the plan") -> None:
    """Raises SettingsError that names what is wrong."""
    problem = next(_problems(site), None)
    if problem is not None:
        raise SettingsError(f"{where}: {problem}", "Mend it with `shopbell device`, or by hand")


def same_keys(before: Site, after: Site) -> frozenset[str]:
    """The beacons and tags that both have with one key, kind and rotation: what was learned of them holds."""
    known = {(each.beacon, each.kind, each.key, each.rotation) for each in before.beacons}
    return frozenset(
        each.beacon for each in after.beacons if (each.beacon, each.kind, each.key, each.rotation) in known
    )


def _problems(site: Site) -> Iterator[str]:
    if not KEY_HEX.fullmatch(site.uuid):
        yield f"uuid {site.uuid!r} is not 32 hexadecimal digits"
    for side in (site.width_cm, site.height_cm):
        if not 1 <= side <= SIDE_CM_MAX:
            yield f"a side of {side} cm is not within 1 to {SIDE_CM_MAX}"
    if len(site.zones) > ZONES_MAX or len(site.beacons) > BEACONS_MAX:
        yield f"more than {ZONES_MAX} zones or {BEACONS_MAX} beacons"
    yield from _twice("zone", [zone.zone for zone in site.zones])
    yield from _twice("beacon", [beacon.beacon for beacon in site.beacons])
    yield from _twice("the key of beacon", [beacon.key for beacon in site.beacons], site.beacons)
    for zone in site.zones:
        yield from _zone_problems(site, zone)
    if site.radio is not None:
        yield from _place_problems(site, RADIO, site.radio)
    for beacon in site.beacons:
        yield from _beacon_problems(site, beacon)


def _twice(what: str, values: list[str], of: Iterable[Beacon] = ()) -> Iterator[str]:
    """Values that are there more than once; `of` names them where they must not be told."""
    names = [beacon.beacon for beacon in of] or values
    seen: set[str] = set()
    for name, value in zip(names, values, strict=True):
        if value in seen:
            yield f"{what} {name!r} is there twice"
        seen.add(value)


def _zone_problems(site: Site, zone: Zone) -> Iterator[str]:
    named = f"zone {zone.zone!r}"
    if not ZONE_NAME.fullmatch(zone.zone):
        yield f"{named} needs a name of a-z, 0-9 and hyphen"
    if set(zone.name) != set(LANGUAGES) or not all(text.strip() for text in zone.name.values()):
        yield f"{named} needs its name in {' and '.join(LANGUAGES)}"
    right, below = zone.x_cm + zone.width_cm, zone.y_cm + zone.height_cm
    inside = 0 <= zone.x_cm < right <= site.width_cm and 0 <= zone.y_cm < below <= site.height_cm
    if not inside:
        yield f"{named} does not lie within the plan"


def _beacon_problems(site: Site, beacon: Beacon) -> Iterator[str]:
    named = f"beacon {beacon.beacon!r}"
    if not _is_device(beacon.beacon) or beacon.beacon == RADIO:
        yield f"{named} needs a name of a-z, 0-9 and hyphen, other than {RADIO!r}"
    if beacon.kind not in KINDS:
        yield f"{named} is a {beacon.kind!r}, not {' or '.join(KINDS)}"
    if not KEY_HEX.fullmatch(beacon.key):
        yield f"{named} has no key of 32 hexadecimal digits"
    if not 0 <= beacon.rotation <= ROTATION_MAX:
        yield f"{named} turns by {beacon.rotation}, which is not within 0 to {ROTATION_MAX}"
    if abs(beacon.epoch_s) > EPOCH_S_MAX or beacon.power_dbm not in POWERS_DBM:
        yield f"{named} has a time or a power that cannot be"
    if beacon.kind == BEACON or beacon.zone:
        yield from _place_problems(site, beacon.beacon, beacon)


def _place_problems(site: Site, name: str, at: Any) -> Iterator[str]:
    if site.zone(at.zone) is None:
        yield f"beacon {name!r} is in zone {at.zone!r}, which the plan does not have"
    if not (0 <= at.x_cm <= site.width_cm and 0 <= at.y_cm <= site.height_cm):
        yield f"beacon {name!r} does not stand within the plan"


def _is_device(name: str) -> bool:
    try:
        check_device(name)
    except ProtocolError:
        return False
    return True
