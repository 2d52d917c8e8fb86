"""What GET /v1/presence answers, as shapes; gateway/presence/snapshot.py makes it."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from gateway.adapters.http.shapes import UnixMs

Cm = Annotated[int, Meta(description="Centimetres from the plan's upper left corner.")]


class Zone(Struct, kw_only=True, forbid_unknown_fields=True):
    """A part of the floor plan, its name by language."""

    zone: str
    name: dict[str, str]
    x_cm: Cm
    y_cm: Cm
    width_cm: Annotated[int, Meta(ge=1)]
    height_cm: Annotated[int, Meta(ge=1)]


class Sender(Struct, kw_only=True, forbid_unknown_fields=True):
    """A beacon, a tag that was ever heard, or the gateway's own radio."""

    beacon: str
    kind: Annotated[str, Meta(description="beacon, tag or radio.", examples=["beacon"])]
    state: Annotated[
        str, Meta(description="ok, never, silent, lost, moved, cloned or clock_lost.", examples=["ok"])
    ]
    since_ms: UnixMs
    heard_ms: UnixMs
    rssi_dbm: int | None
    battery_mv: int | None
    zone: str | None
    x_cm: Cm | None
    y_cm: Cm | None


class Visitor(Struct, kw_only=True, forbid_unknown_fields=True):
    """A member who is in the store."""

    member: str
    name: Annotated[str | None, Meta(description="Masked.", examples=["林**"])]
    zone: Annotated[str | None, Meta(description="Null where nobody can say.")]
    x_cm: Cm | None
    y_cm: Cm | None
    since_ms: UnixMs
    proof: Annotated[str, Meta(description="tag, beacon or network.", examples=["tag"])]


class Presence(Struct, kw_only=True):
    """The floor plan, what is heard and who is here; `on` is false where no beacons are set up."""

    on: bool
    width_cm: int
    height_cm: int
    zones: list[Zone]
    beacons: list[Sender]
    people: list[Visitor]
    counts: Annotated[dict[str, int], Meta(description="Of what was heard, since the process began.")]
    file_broken_ms: Annotated[
        int,
        Meta(
            description="Since when beacons_file cannot be used, and the beacons of before stay; 0: it can."
        ),
    ]


EXAMPLE: dict[str, Any] = {
    "on": True,
    "width_cm": 1200,
    "height_cm": 700,
    "zones": [
        {"zone": "door", "name": {"zh-CN": "门口", "en": "Door"}, "x_cm": 30, "y_cm": 30,
         "width_cm": 340, "height_cm": 640},
    ],
    "beacons": [
        {"beacon": "beacon-door", "kind": "beacon", "state": "ok", "since_ms": 1767232000000,
         "heard_ms": 1767232799000, "rssi_dbm": -67, "battery_mv": None, "zone": "door", "x_cm": 120,
         "y_cm": 560},
    ],
    "people": [
        {"member": "m4f4ce89e1f90b234809c", "name": "林**", "zone": "door", "x_cm": 208, "y_cm": 318,
         "since_ms": 1767232700000, "proof": "tag"},
    ],
    "counts": {"adverts": 1222, "resolved": 1175, "unknown": 47, "replayed": 0, "cloned": 0, "late": 0},
    "file_broken_ms": 0,
}  # fmt: skip
