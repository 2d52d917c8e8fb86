"""What beacons say on the air: iBeacon and the frames of Eddystone, built and read.

An advertisement is a row of structures, each `length | type | body`, together at most 31 bytes. Ours are

    02 01 06 | 03 03 AAFE | length 16 AAFE <frame>                       Eddystone, its numbers big endian
    02 01 06 | 1A FF 4C00 02 15 <UUID 16> <major 2> <minor 2> <power 1>  iBeacon, likewise

    UID   00 tx namespace(10) instance(6) 0000      URL   10 tx scheme characters(1..17)
    TLM   20 00 telemetry(12)                       eTLM  20 01 ciphertext(12) salt(2) tag(2)
    EID   30 tx EID(8)

(google/eddystone protocol-specification.md and its eddystone-* folders; AAFE and 4C00 are 16-bit numbers in
the air's own order, lowest byte first.) Power is everywhere the RSSI expected at 1 m: Eddystone sends it for
0 m, which is 41 dB more.

Invariants: parse() and from_parts() raise nothing but ProtocolError, and that only for what claims to be one
of these frames and is not; what a builder here made, parse() gives back.
"""

from collections import namedtuple

from .compat import TYPE_CHECKING, const
from .errors import ProtocolError
from .telemetry import SALT_BYTES, TAG_BYTES, TELEMETRY_BYTES, Sealed, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .telemetry import Telemetry

UID = const(0x00)
IBEACON = const(0x02)
URL = const(0x10)
TLM = const(0x20)
ETLM = const(0x21)
EID = const(0x30)

ADVERT_BYTES_MAX = const(31)
UUID_BYTES = const(16)

_READ_BYTES_MAX = const(1650)  # of an extended advertisement
_SERVICE_DATA = const(0x16)
_MANUFACTURER_DATA = const(0xFF)
_APPLE = const(0x004C)
_AT_ZERO_DB = const(41)
_TX_DBM_MIN = const(-100)
_TX_DBM_MAX = const(20)
_URL_BYTES_MAX = const(17)
_FLAGS = b"\x02\x01\x06"  # found by everybody, Bluetooth Low Energy alone
_EDDYSTONE = b"\xaa\xfe"
_SERVICES = b"\x03\x03" + _EDDYSTONE  # iOS wakes an app in the background for the complete list alone
_EDDYSTONE_UUID = "0000feaa-0000-1000-8000-00805f9b34fb"
_IBEACON = b"\x4c\x00\x02\x15"
_SCHEMES = ("http://www.", "https://www.", "http://", "https://")
_ENDINGS = (".com", ".org", ".edu", ".net", ".info", ".biz", ".gov")
_ENDING_SLASHED = const(7)  # codes 0 to 6 end in a slash, 7 to 13 do not

# identity: EID 8 bytes; iBeacon UUID | major | minor, 20; UID namespace | instance, 16; else empty.
# power_dbm: RSSI expected at 1 m; None for TLM and eTLM. detail: a URL's text, Telemetry, Sealed; else None.
Frame = namedtuple("Frame", "kind identity power_dbm detail")


def uid(namespace: bytes, instance: bytes, power_dbm: int) -> bytes:
    """A fixed identity of 10 and 6 bytes: exactly 31 bytes on the air."""
    return _advert(b"\x00" + _tx(power_dbm) + _sized(namespace, 10) + _sized(instance, 6) + b"\x00\x00")


def url(text: str, power_dbm: int) -> bytes:
    """A web address; raises ProtocolError where its shortened form is longer than 17 bytes."""
    for scheme, prefix in enumerate(_SCHEMES):
        if text.startswith(prefix):
            body = _shortened(text[len(prefix) :])
            if not 1 <= len(body) <= _URL_BYTES_MAX:
                raise ProtocolError("wrong_length", "url")
            return _advert(b"\x10" + _tx(power_dbm) + bytes([scheme]) + body)
    raise ProtocolError("out_of_range", "scheme")


def tlm(telemetry: "Telemetry") -> bytes:
    """Telemetry that everybody can read, for a beacon with a fixed identity, under the same address."""
    return _advert(b"\x20\x00" + pack(telemetry))


def etlm(sealed: "Sealed") -> bytes:
    """Telemetry that telemetry.seal() enciphered, for a beacon with a rotating identity."""
    body = _sized(sealed.ciphertext, TELEMETRY_BYTES) + _sized(sealed.salt, SALT_BYTES)
    return _advert(b"\x20\x01" + body + _sized(sealed.tag, TAG_BYTES))


def eid_frame(identity: bytes, power_dbm: int) -> bytes:
    """A rotating identity of 8 bytes (eid.Identity.at). No frame that names the beacon may go beside it."""
    return _advert(b"\x30" + _tx(power_dbm) + _sized(identity, 8))


def ibeacon(uuid: bytes, identity: bytes, power_dbm: int) -> bytes:
    """A UUID with major and minor, four bytes together (eid.short)."""
    body = _IBEACON + _sized(uuid, UUID_BYTES) + _sized(identity, 4) + _signed(power_dbm, -128, 127)
    return _FLAGS + bytes([len(body) + 1, _MANUFACTURER_DATA]) + body


def parse(advert: bytes) -> "Frame | None":
    """The first frame among an advertisement's structures, None without one; raises ProtocolError."""
    for kind, body in _structures(advert):
        frame = None
        if kind == _SERVICE_DATA and body[:2] == _EDDYSTONE:
            frame = _read_eddystone(body[2:])
        elif kind == _MANUFACTURER_DATA and body[:4] == _IBEACON:
            frame = _read_ibeacon(body[4:])
        if frame:
            return frame
    return None


def from_parts(
    service_data: "dict[str, bytes]", manufacturer_data: "dict[int, bytes]"
) -> "tuple[Frame, ...]":
    """The frames in what a system already took apart: by UUID in full, by company; raises ProtocolError.

    BlueZ merges what came from one address, so the newest Eddystone frame and an iBeacon come together.
    """
    data = service_data.get(_EDDYSTONE_UUID)
    frames = [] if data is None else [_read_eddystone(data)]
    data = manufacturer_data.get(_APPLE)
    if data is not None and data[:2] == _IBEACON[2:]:
        frames.append(_read_ibeacon(data[2:]))
    return tuple([frame for frame in frames if frame])


def _advert(frame: bytes) -> bytes:
    return _FLAGS + _SERVICES + bytes([len(frame) + 3, _SERVICE_DATA]) + _EDDYSTONE + frame


def _tx(power_dbm: int) -> bytes:
    return _signed(power_dbm + _AT_ZERO_DB, _TX_DBM_MIN, _TX_DBM_MAX)


def _signed(power_dbm: int, low: int, high: int) -> bytes:
    if not low <= power_dbm <= high:
        raise ProtocolError("out_of_range", "power_dbm")
    return bytes([power_dbm & 0xFF])


def _sized(value: bytes, size: int) -> bytes:
    if len(value) != size:
        raise ProtocolError("wrong_length", "identity")
    return value


def _structures(advert: bytes) -> "Iterator[tuple[int, bytes]]":
    """Every (type, body); a length of 0 ends them (Core specification, volume 3, part C, 11)."""
    if len(advert) > _READ_BYTES_MAX:
        raise ProtocolError("oversize")
    at = 0
    while at < len(advert) and advert[at]:
        end = at + 1 + advert[at]
        if end > len(advert):
            raise ProtocolError("truncated", "advert")
        yield advert[at + 1], advert[at + 2 : end]
        at = end


def _read_eddystone(frame: bytes) -> "Frame | None":
    """The frame in the service data; None for a type that is not Eddystone's."""
    if not frame:
        raise ProtocolError("truncated", "frame")
    kind = frame[0]
    if kind == EID:
        return _read_fixed(EID, frame, 10)
    if kind == UID:
        # 18 bytes are those of senders before the two reserved ones came
        return _read_fixed(UID, frame[:18] if len(frame) == 20 else frame, 18)
    if kind == TLM:
        return _read_telemetry(frame)
    if kind == URL:
        return _read_url(frame)
    return None


def _read_fixed(kind: int, frame: bytes, size: int) -> "Frame":
    if len(frame) != size:
        raise ProtocolError("wrong_length", "frame")
    return Frame(kind, frame[2:], _read_tx(frame[1]), None)


def _read_telemetry(frame: bytes) -> "Frame":
    if frame[1:2] == b"\x00" and len(frame) == 14:
        return Frame(TLM, b"", None, unpack(frame[2:]))
    if frame[1:2] == b"\x01" and len(frame) == 18:
        return Frame(ETLM, b"", None, Sealed(frame[2:14], frame[14:16], frame[16:]))
    raise ProtocolError("wrong_length" if frame[1:2] in (b"\x00", b"\x01") else "wrong_version", "telemetry")


def _read_url(frame: bytes) -> "Frame":
    if not 4 <= len(frame) <= 3 + _URL_BYTES_MAX:
        raise ProtocolError("wrong_length", "url")
    if frame[2] >= len(_SCHEMES):
        raise ProtocolError("out_of_range", "scheme")
    text = _SCHEMES[frame[2]] + "".join([_expanded(code) for code in frame[3:]])
    return Frame(URL, b"", _read_tx(frame[1]), text)


def _read_ibeacon(body: bytes) -> "Frame":
    if len(body) != UUID_BYTES + 5:
        raise ProtocolError("wrong_length", "ibeacon")
    return Frame(IBEACON, body[:20], _from_signed(body[20]), None)


def _read_tx(byte: int) -> int:
    tx_dbm = _from_signed(byte)
    if not _TX_DBM_MIN <= tx_dbm <= _TX_DBM_MAX:
        raise ProtocolError("out_of_range", "tx")
    return tx_dbm - _AT_ZERO_DB


def _from_signed(byte: int) -> int:
    return byte - 256 if byte & 0x80 else byte


def _expanded(code: int) -> str:
    """The text of one byte of a URL."""
    if code < _ENDING_SLASHED:
        return _ENDINGS[code] + "/"
    if code < 2 * _ENDING_SLASHED:
        return _ENDINGS[code - _ENDING_SLASHED]
    if not 0x20 < code < 0x7F:
        raise ProtocolError("out_of_range", "url")
    return chr(code)


def _shortened(text: str) -> bytes:
    """A URL behind its scheme, endings as one byte, the longest first."""
    codes = bytearray()
    at = 0
    while at < len(text):
        code, length = _code_at(text, at)
        codes.append(code)
        at += length
    return bytes(codes)


def _code_at(text: str, at: int) -> "tuple[int, int]":
    """(byte, characters it stands for)."""
    for number, ending in enumerate(_ENDINGS):
        if text.startswith(ending, at):
            slashed = text[at + len(ending) : at + len(ending) + 1] == "/"
            return (number, len(ending) + 1) if slashed else (number + _ENDING_SLASHED, len(ending))
    if not 0x20 < ord(text[at]) < 0x7F:
        raise ProtocolError("out_of_range", "url")
    return ord(text[at]), 1
