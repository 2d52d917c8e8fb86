"""The beacons of `shopbell run`: the shop's plan, which beacons stand where, the sample member's tag.

The plan with its keys is made at the first start, as `shopbell device plan` and `beacon` would make it; what
a person changes in it afterwards stays.
"""

import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from firmware.protocol.eid import TAG_START_S
from gateway.presence.registry import TAG, Beacon, Radio, Site, Zone, write_site
from shopbell.run.terminals import Terminal

PLAN, TAG_NAME = "store/beacons.json", "tag-lin"
TAG_OWNER_CODE: Final = "MW-7Q4K-2M9D"  # on the sample card of whoever carries the tag
WIDTH_CM, HEIGHT_CM = 1_800, 700
BEACON_BOARD, TAG_BOARD = "esp32_beacon", "esp32_tag"
KEY_BYTES: Final = 16
ADAPTER: Final = "hci0"


class Place(NamedTuple):
    """A part of the shop with a beacon in it; centimetres from the upper left corner."""

    zone: str
    names: tuple[str, str]  # zh-CN, en
    left_cm: int
    width_cm: int
    beacon: str
    x_cm: int
    y_cm: int


MARGIN_CM: Final = 30
PLACES: Final = (
    Place("door", ("门口", "Door"), 30, 440, "beacon-door", 160, 540),
    Place("shelves", ("货架", "Shelves"), 680, 440, "beacon-shelves", 900, 150),
    Place("counter", ("柜台", "Counter"), 1_330, 440, "beacon-counter", 1_640, 540),
)
SCANNER: Final = Radio(zone="counter", x_cm=1_480, y_cm=110)  # where the Raspberry Pi stands


def plan_of(folder: Path) -> Path:
    """Where the plan of this house lies."""
    return folder / PLAN


def make_plan(folder: Path) -> None:
    """Zones, beacons and the tag, each with a key of its own; once."""
    path = plan_of(folder)
    if not path.exists():
        write_site(path, new_site())


def new_site() -> Site:
    """The shop with new keys. The tag gets its power in a moment, and its own time begins then."""
    epoch_s = int(time.time()) - TAG_START_S
    tag = Beacon(beacon=TAG_NAME, kind=TAG, key=secrets.token_hex(KEY_BYTES), epoch_s=epoch_s)
    return Site(
        uuid=secrets.token_hex(KEY_BYTES),
        width_cm=WIDTH_CM,
        height_cm=HEIGHT_CM,
        zones=tuple(zone_of(place) for place in PLACES),
        radio=SCANNER,
        beacons=(*(beacon_of(place) for place in PLACES), tag),
    )


def zone_of(place: Place) -> Zone:
    """A place's part of the plan."""
    return Zone(
        zone=place.zone,
        name=dict(zip(("zh-CN", "en"), place.names, strict=True)),
        x_cm=place.left_cm,
        y_cm=MARGIN_CM,
        width_cm=place.width_cm,
        height_cm=HEIGHT_CM - 2 * MARGIN_CM,
    )


def beacon_of(place: Place) -> Beacon:
    """A place's beacon."""
    key = secrets.token_hex(KEY_BYTES)
    return Beacon(beacon=place.beacon, key=key, zone=place.zone, x_cm=place.x_cm, y_cm=place.y_cm)


def device_of(known: Beacon) -> Terminal:
    """A beacon or tag as a device to provision."""
    return Terminal(known.beacon, TAG_BOARD if known.kind == TAG else BEACON_BOARD, known.kind)


def settings_of(site: Site, beacon: Beacon) -> Mapping[str, str | int]:
    """What a beacon's or tag's device.json says besides what a terminal's says."""
    identity: dict[str, str | int] = {
        "identity_key": beacon.key,
        "rotation": beacon.rotation,
        "power_dbm": beacon.power_dbm,
    }
    if beacon.kind == TAG:
        return identity
    return {**identity, "uuid": site.uuid, "epoch_s": beacon.epoch_s}
