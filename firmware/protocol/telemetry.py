"""A beacon's battery, temperature and counts: twelve bytes, plain (TLM) or for the key's holders (eTLM).

    battery mV(2) | temperature, signed, 1/256 degree(2) | adverts(4) | uptime 0.1 s(4)         big endian

eTLM is those bytes in AES-EAX with the identity key and a tag of 2 bytes; the nonce is the second at which
the EID's quantum began (4 bytes), then a salt (2 bytes) which is sent along (google/eddystone
eddystone-tlm/tlm-encrypted.md). It names no beacon: the EID heard from the same address does.
"""

import struct
from collections import namedtuple

from .compat import const
from .eax import Eax
from .errors import ProtocolError

TELEMETRY_BYTES = const(12)
SALT_BYTES = const(2)
TAG_BYTES = const(2)
_U16 = const(0xFFFF)
_U32 = const(0xFFFFFFFF)
_NO_TEMPERATURE = const(-0x8000)
_LAYOUT = ">HhII"

# battery_mv 0 where there is none; temperature in 1/256 degree Celsius, None where it is not known; adverts
# and uptime_ds since power-on.
Telemetry = namedtuple("Telemetry", "battery_mv temperature adverts uptime_ds")
Sealed = namedtuple("Sealed", "ciphertext salt tag")


def pack(telemetry: "Telemetry") -> bytes:
    """The twelve bytes; raises ProtocolError for a number that does not fit."""
    battery_mv, temperature, adverts, uptime_ds = telemetry
    if temperature is None:
        temperature = _NO_TEMPERATURE
    for name, value, low, high in (
        ("battery_mv", battery_mv, 0, _U16),
        ("temperature", temperature, _NO_TEMPERATURE, -_NO_TEMPERATURE - 1),
        ("adverts", adverts, 0, _U32),
        ("uptime_ds", uptime_ds, 0, _U32),
    ):
        if not low <= value <= high:
            raise ProtocolError("out_of_range", name)
    return struct.pack(_LAYOUT, battery_mv, temperature, adverts, uptime_ds)


def unpack(data: bytes) -> "Telemetry":
    """The telemetry in twelve bytes; raises ProtocolError for another length."""
    if len(data) != TELEMETRY_BYTES:
        raise ProtocolError("wrong_length", "telemetry")
    battery_mv, temperature, adverts, uptime_ds = struct.unpack(_LAYOUT, data)
    return Telemetry(battery_mv, None if temperature == _NO_TEMPERATURE else temperature, adverts, uptime_ds)


def seal(key: bytes, rotation: int, t: int, telemetry: "Telemetry", salt: bytes) -> "Sealed":
    """The telemetry enciphered at second `t`, as the EID counts it; 2 random bytes of salt, new each time."""
    ciphertext, tag = Eax(key, TAG_BYTES).seal(_nonce(rotation, t, salt), pack(telemetry))
    return Sealed(ciphertext, salt, tag)


def unseal(key: bytes, rotation: int, t: int, sealed: "Sealed") -> "Telemetry | None":
    """The telemetry, or None: another beacon's, of another quantum than that of `t`, or altered.

    Two bytes of tag let one alteration in 65,536 pass: nothing that matters may hang on telemetry.
    """
    text = Eax(key, TAG_BYTES).open(_nonce(rotation, t, sealed.salt), sealed.ciphertext, sealed.tag)
    return None if text is None else unpack(text)


def _nonce(rotation: int, t: int, salt: bytes) -> bytes:
    return ((t & _U32) >> rotation << rotation).to_bytes(4, "big") + salt
