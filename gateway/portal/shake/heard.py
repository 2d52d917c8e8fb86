"""What a phone says it hears of the store's beacons, as it is handed on to the gateway, which judges it.

    [{"uuid": "fda50693-a4e2-4fb1-afcf-c6eb07647825", "major": 4660, "minor": 22136, "rssi": -61},
     {"eid": "0123456789abcdef", "rssi": -70}]

Apps write a UUID with or without dashes, in any case, and numbers as texts (old mini programs); RSSI is dBm.
0 and 127 mean that a phone cannot tell: then, and where it is absent, none is handed on. Nothing here is
proof of anything: identities that are none, or out of their time, are refused by the gateway.
"""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

HEARD_MAX: Final = 20  # of one asking: a store has some beacons, and a phone hears the near ones
TEXT_MAX: Final = 3_000  # characters of a form's field: HEARD_MAX rotating beacons have some 1,800
RSSI_LOWEST, RSSI_HIGHEST = -127, -1

Number = Annotated[int, Meta(ge=0, le=65_535)]
Heard = dict[str, str | int]


class BadHeard(Exception):
    """Not a list of what phones hear."""


class _Item(Struct, frozen=True):
    uuid: Annotated[str, Meta(pattern=r"^[0-9A-Fa-f-]{32,36}\Z")] | None = None
    major: Number | None = None
    minor: Number | None = None
    eid: Annotated[str, Meta(pattern=r"^[0-9A-Fa-f]{16}\Z")] | None = None
    rssi: float | None = None


_Items = Annotated[list[_Item], Meta(max_length=HEARD_MAX)]


def read_heard(value: object) -> list[Heard]:
    """What a phone hears, as the gateway takes it; None is nothing. Raises BadHeard."""
    if value is None:
        return []
    try:
        return [_told(item) for item in msgspec.convert(value, _Items, strict=False)]
    except (msgspec.ValidationError, ValueError, OverflowError) as problem:
        raise BadHeard(str(problem)) from problem


def read_heard_text(text: str) -> list[Heard]:
    """The same out of a form's field; "" is nothing. Raises BadHeard."""
    if not text:
        return []
    if len(text) > TEXT_MAX:
        raise BadHeard("too long")
    try:
        found: Any = msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, UnicodeEncodeError) as problem:
        raise BadHeard("no JSON") from problem
    return read_heard(found)


def _told(item: _Item) -> Heard:
    rssi: Heard = {} if item.rssi is None else _rssi(item.rssi)
    if item.eid is not None:
        return {"eid": item.eid.lower(), **rssi}
    uuid = (item.uuid or "").replace("-", "").lower()
    if len(uuid) != 32 or item.major is None or item.minor is None:
        raise BadHeard("neither an EID nor uuid, major and minor")
    return {"uuid": uuid, "major": item.major, "minor": item.minor, **rssi}


def _rssi(dbm: float) -> Heard:
    """Whole dBm, where that can be one."""
    whole = round(dbm)
    return {"rssi": whole} if RSSI_LOWEST <= whole <= RSSI_HIGHEST else {}
