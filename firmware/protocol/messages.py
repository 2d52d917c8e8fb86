"""The messages of the contract: fields in wire order, the range of each, and both directions of the codec.

    tap, scan, sighting (a record, going up)    [1, age_ms, [epoch, seq], [record ...], [payload ...]]
    status, pin (up)                            [1, field, field, ...]
    booked, show, time, command (down)          [1, field, field, ...]

The tables below are the contract: encode() and decode() walk them, docs/contract is tested against them. A
row is (name, type, low, high): the range of an int, the length of bytes (in bytes) or text (in characters).
Where the type is itself a shape (named tuple, rows), the field is that shape, or, given low and high, an
array of so many.

Invariants: decode() raises nothing but ProtocolError; what it accepts re-encodes to the very same bytes;
record and payload never change from one sending to the next, only age_ms and the witness do.
"""

from collections import namedtuple

from . import cbor
from .compat import TYPE_CHECKING, const
from .errors import ProtocolError

if TYPE_CHECKING:
    from typing import Any

VERSION = const(1)
AGE_UNKNOWN = const(0xFFFFFFFF)  # a record of an earlier boot, or older than 49 days

STATE_OFFLINE = const(0)
STATE_ONLINE = const(1)
CLOCK_UNKNOWN = const(0)  # of a record, and of `time`
CLOCK_SET = const(1)
TECH_A3 = const(1)  # ISO/IEC 14443-3 type A
TECH_ISO_DEP = const(2)  # speaks ISO/IEC 14443-4 as well
TONE_NONE = const(0)
TONE_YES = const(1)
TONE_NO = const(2)
TONE_ATTENTION = const(3)
SLOT_NOW = const(0)
SLOT_IDLE = const(1)
DISPLAY_WIDTH = const(128)
DISPLAY_HEIGHT = const(64)
HOLD_STAYS = const(60000)  # a screen held so long stays until a key, a card, a code or another screen ends it
ASK_NOTHING = const(0)  # end the question of this session
ASK_PIN = const(1)  # digits, shown as dots in the bottom DOTS_HEIGHT rows, sent at the OK key
ASK_CHOICE = const(2)  # one digit, sent at once
ENDED_DIGITS = const(1)
ENDED_CLEARED = const(2)  # the clear key, with nothing typed
ENDED_TIMEOUT = const(3)
ENDED_NO_KEYPAD = const(4)  # none is fitted, or it does not answer
SIGHTED_EID = const(1)  # of a sighting: an Eddystone EID (8), then the address it came from (6)
SIGHTED_IBEACON = const(2)  # the brand's rotating iBeacon: major and minor (4), then the address (6)
SIGHTED_OWN = const(3)  # what the sender itself advertises from now on: its EID (8), its own address (6)
DIGITS_MAX = const(8)
DOTS_HEIGHT = const(16)

_U8 = const(0xFF)
_U16 = const(0xFFFF)
_U32 = const(0xFFFFFFFF)
_WHOLE = const(0x1FFFFFFFFFFFFF)  # 2^53 - 1: the most that every JSON reader keeps exact

Witness = namedtuple("Witness", "epoch seq")  # the highest ever seen in a booked; (0, 0) none
Record = namedtuple("Record", "boot nonce number uptime_ms unix_ms clock deadline_ms")
Upward = namedtuple("Upward", "age_ms witness record payload")
Tap = namedtuple("Tap", "reader tech uid atqa sak ats")
Scan = namedtuple("Scan", "scanner code")
Sighting = namedtuple("Sighting", "kind identity rssi_dbm age_ms")
Counter = namedtuple("Counter", "name value")
Status = namedtuple("Status", "state boot nonce uptime_ms witness firmware board role counters")
Strip = namedtuple("Strip", "x y width height pixels")  # pixels MONO_VLSB: width * ((height + 7) // 8) bytes
Screen = namedtuple("Screen", "hold_ms light tone strips")
Booked = namedtuple("Booked", "boot nonce number epoch seq outcome screen")
Show = namedtuple("Show", "slot screen")
Time = namedtuple("Time", "unix_ms quality gateway_run")
Command = namedtuple("Command", "session ask seconds screen")
Pin = namedtuple("Pin", "session ended digits")

_BOOT = ("boot", int, 1, _U32)  # counts up at each start
_NONCE = ("nonce", bytes, 8, 8)  # new at each start: a wiped flash never repeats a record
_NUMBER = ("number", int, 1, _U32)
_UPTIME = ("uptime_ms", int, 0, _WHOLE)  # since this boot
_UNIX = ("unix_ms", int, 0, _WHOLE)

WITNESS = (Witness, (("epoch", int, 0, _WHOLE), ("seq", int, 0, _WHOLE)))
_WITNESS = ("witness", WITNESS, None, None)
RECORD = (
    Record,
    (
        _BOOT,
        _NONCE,
        _NUMBER,
        _UPTIME,  # of the happening
        _UNIX,  # of the happening; 0 where the clock is unknown
        ("clock", int, CLOCK_UNKNOWN, CLOCK_SET),
        ("deadline_ms", int, 0, _U32),  # the age past which nothing may be shown
    ),
)
_RECORD = ("record", RECORD, None, None)
TAP = (
    Tap,
    (
        ("reader", int, 0, _U8),
        ("tech", int, TECH_A3, TECH_A3 | TECH_ISO_DEP),
        ("uid", bytes, 4, 10),  # 4, 7 or 10
        ("atqa", int, 0, _U16),
        ("sak", int, 0, _U8),
        ("ats", bytes, 0, 64),
    ),
)
SCAN = (Scan, (("scanner", int, 0, _U8), ("code", bytes, 1, 512)))
SIGHTING = (
    Sighting,
    (
        ("kind", int, 0, _U8),
        ("identity", bytes, 1, 32),
        ("rssi_dbm", int, -128, 127),
        ("age_ms", int, 0, _U32),  # at the record's uptime_ms
    ),
)
STATUS = (
    Status,
    (
        ("state", int, STATE_OFFLINE, STATE_ONLINE),
        _BOOT,
        _NONCE,
        _UPTIME,
        _WITNESS,
        ("firmware", str, 1, 32),
        ("board", str, 1, 32),
        ("role", str, 1, 32),
        ("counters", (Counter, (("name", str, 1, 32), ("value", int, 0, _WHOLE))), 0, 32),
    ),
)
STRIP = (
    Strip,
    (
        ("x", int, 0, DISPLAY_WIDTH - 1),
        ("y", int, 0, DISPLAY_HEIGHT - 8),  # a multiple of 8, the height of a display page
        ("width", int, 1, DISPLAY_WIDTH),
        ("height", int, 1, DISPLAY_HEIGHT),
        ("pixels", bytes, 1, DISPLAY_WIDTH * DISPLAY_HEIGHT // 8),
    ),
)
SCREEN = (
    Screen,
    (
        ("hold_ms", int, 0, 60000),  # 0 shows nothing
        ("light", int, 0, 0xFFFFFF),  # 0xRRGGBB
        ("tone", int, TONE_NONE, TONE_ATTENTION),
        ("strips", STRIP, 0, 16),
    ),
)
_SCREEN = ("screen", SCREEN, None, None)
BOOKED = (
    Booked,
    (
        _BOOT,
        _NONCE,
        _NUMBER,
        ("epoch", int, 1, _WHOLE),
        ("seq", int, 1, _WHOLE),
        ("outcome", int, 1, _U8),  # outcomes.py; a device may meet one it does not know
        _SCREEN,
    ),
)
SHOW = (Show, (("slot", int, SLOT_NOW, SLOT_IDLE), _SCREEN))
TIME = (
    Time,
    (
        _UNIX,
        ("quality", int, CLOCK_UNKNOWN, CLOCK_SET),
        ("gateway_run", bytes, 8, 8),  # new at each start of the gateway: send the unbooked again
    ),
)
_SESSION = ("session", bytes, 8, 8)  # random, of one question: an answer to another one is dropped
COMMAND = (
    Command,
    (
        _SESSION,
        ("ask", int, ASK_NOTHING, ASK_CHOICE),
        ("seconds", int, 0, 120),  # without a key for so long it ends by itself; 0 with ASK_NOTHING
        _SCREEN,  # the question, its hold_ms not counted
    ),
)
PIN = (
    Pin,
    (
        _SESSION,
        ("ended", int, ENDED_DIGITS, ENDED_NO_KEYPAD),
        ("digits", str, 0, DIGITS_MAX),  # of 0-9, at least one where it ended by digits, else none
    ),
)

_AGE = ("age_ms", int, 0, AGE_UNKNOWN)


def _upward(shape: "Any", low: "int | None", high: "int | None") -> "Any":
    return (
        Upward,
        (
            _AGE,
            _WITNESS,
            _RECORD,
            ("payload", shape, low, high),
        ),
    )


SHAPES = {
    "tap": _upward(TAP, None, None),
    "scan": _upward(SCAN, None, None),
    "sighting": _upward(SIGHTING, 1, 32),
    "status": STATUS,
    "booked": BOOKED,
    "show": SHOW,
    "time": TIME,
    "command": COMMAND,
    "pin": PIN,
}
RECORD_KINDS = ("tap", "scan", "sighting")


def encode(kind: str, message: "Any") -> bytes:
    """The message's bytes; raises ProtocolError for a kind or value that the tables do not allow."""
    return cbor.encode((VERSION,) + tuple(build(_shape(kind), message)))


def decode(kind: str, data: bytes) -> "Any":
    """The named tuple that these bytes are, checked to the last field; raises ProtocolError."""
    shape = _shape(kind)
    items = cbor.decode(data)
    if type(items) is not tuple:
        raise ProtocolError("bad_type", kind)
    if not items or items[0] != VERSION:
        raise ProtocolError("wrong_version", kind)
    return build(shape, items[1:])


def encode_body(kind: str, record: "Any", payload: "Any") -> bytes:
    """What an outbox stores of a record: the encodings of record and payload, one after the other."""
    _, rows = _record_shape(kind)
    return cbor.encode(_field(rows[2], record)) + cbor.encode(_field(rows[3], payload))


def seal(kind: str, body: bytes, age_ms: int, witness: "Any") -> bytes:
    """What is sent of a stored body, now `age_ms` old; an age that does not fit becomes AGE_UNKNOWN."""
    _, rows = _record_shape(kind)
    age_ms = _field(_AGE, min(age_ms, AGE_UNKNOWN))
    return b"\x85\x01" + cbor.encode(age_ms) + cbor.encode(_field(rows[1], witness)) + body


def _shape(kind: str) -> "Any":
    shape = SHAPES.get(kind)
    if shape is None:
        raise ProtocolError("unknown_kind")
    return shape


def _record_shape(kind: str) -> "Any":
    if kind not in RECORD_KINDS:
        raise ProtocolError("unknown_kind")
    return SHAPES[kind]


def build(shape: "Any", values: "Any") -> "Any":
    """The shape's named tuple of these values, each checked against its row; raises ProtocolError."""
    make, rows = shape
    if not isinstance(values, (tuple, list)):
        raise ProtocolError("bad_type", make.__name__)
    if len(values) != len(rows):
        raise ProtocolError("wrong_length", make.__name__)
    built = make(*map(_field, rows, values))
    if make is Tap and len(built.uid) not in (4, 7, 10):
        raise ProtocolError("out_of_range", "uid")
    if make is Strip:
        _check_strip(built)
    elif make is Pin:
        _check_pin(built)
    return built


def _field(row: "Any", value: "Any") -> "Any":
    """The value that this row allows, nested shapes built; raises ProtocolError."""
    name, kind, low, high = row
    if type(kind) is tuple:
        if low is None:
            return build(kind, value)
        if not isinstance(value, (tuple, list)):
            raise ProtocolError("bad_type", name)
        if not low <= len(value) <= high:
            raise ProtocolError("out_of_range", name)
        return tuple([build(kind, item) for item in value])
    if type(value) is not kind:
        raise ProtocolError("bad_type", name)
    if not low <= (value if kind is int else len(value)) <= high:
        raise ProtocolError("out_of_range", name)
    return value


def _check_strip(strip: "Any") -> None:
    if strip.y % 8 or strip.x + strip.width > DISPLAY_WIDTH or strip.y + strip.height > DISPLAY_HEIGHT:
        raise ProtocolError("out_of_range", "strip")
    if len(strip.pixels) != strip.width * ((strip.height + 7) // 8):
        raise ProtocolError("out_of_range", "pixels")


def _check_pin(pin: "Any") -> None:
    if bool(pin.digits) != (pin.ended == ENDED_DIGITS) or pin.digits.strip("0123456789"):
        raise ProtocolError("out_of_range", "digits")
