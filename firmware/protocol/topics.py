"""MQTT topics of the contract: `sb/v1/<device>/<up|down>/<kind>`.

`up` is what a device says, `down` what it is told; the broker's ACL keeps a device inside its own id. A
device id is `[a-z0-9-]{1,32}`, so it can be no wildcard, level or certificate trick.
"""

from .compat import const
from .errors import ProtocolError

UP_KINDS = ("tap", "scan", "sighting", "pin", "apdu", "log", "update", "settings", "status")
DOWN_KINDS = ("booked", "show", "time", "apdu", "settings", "update", "command")
UP_FILTER = "sb/v1/+/up/+"

_DEVICE_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"
_DEVICE_CHARACTERS_MAX = const(32)


def check_device(device: str) -> str:
    """The device id itself; raises ProtocolError bad_device."""
    if not 1 <= len(device) <= _DEVICE_CHARACTERS_MAX or device.strip(_DEVICE_CHARACTERS):
        raise ProtocolError("bad_device")
    return device


def up(device: str, kind: str) -> str:
    """Topic on which this device says `kind`; raises ProtocolError bad_device, unknown_kind."""
    return _topic(device, "up", kind, UP_KINDS)


def down(device: str, kind: str) -> str:
    """Topic on which this device is told `kind`; raises ProtocolError bad_device, unknown_kind."""
    return _topic(device, "down", kind, DOWN_KINDS)


def down_filter(device: str) -> str:
    """Subscription to everything this device is told; raises ProtocolError bad_device."""
    return "sb/v1/" + check_device(device) + "/down/+"


def parse(topic: str) -> tuple[str, str, str]:
    """(device, "up" or "down", kind); raises ProtocolError bad_topic, bad_device, unknown_kind."""
    parts = topic.split("/")
    if len(parts) != 5 or parts[0] != "sb" or parts[1] != "v1":
        raise ProtocolError("bad_topic")
    _, _, device, direction, kind = parts
    check_device(device)
    if direction == "up":
        kinds = UP_KINDS
    elif direction == "down":
        kinds = DOWN_KINDS
    else:
        raise ProtocolError("bad_topic")
    if kind not in kinds:
        raise ProtocolError("unknown_kind")
    return device, direction, kind


def _topic(device: str, direction: str, kind: str, kinds: tuple[str, ...]) -> str:
    if kind not in kinds:
        raise ProtocolError("unknown_kind")
    return "sb/v1/" + check_device(device) + "/" + direction + "/" + kind
