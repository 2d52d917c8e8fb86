"""MQTT 3.1.1 packets as bytes (OASIS mqtt-v3.1.1-os); no state, no I/O. mqtt.py holds the state.

    packet      kind << 4 | flags | remaining length, 1..4 bytes of 7 bits, low first | body
    CONNECT     "MQTT" 4 | flags | keepalive | client id | [will topic | will payload]
    CONNACK     session present | code
    PUBLISH     topic | [packet id] | payload        flags: dup 8, qos 6, retain 1
    PUBACK      packet id
    SUBSCRIBE   packet id | (filter | qos)...        SUBACK: packet id | code...
    PINGREQ, PINGRESP, DISCONNECT: no body
    text and will payload = length(2) + bytes; numbers are big-endian

Parsing is strict and bounded: RemoteFault with a reason of REASONS, never another exception.
"""

from collections import namedtuple

from firmware.core.errors import LocalFault, RemoteFault

CONNECT = 1
CONNACK = 2
PUBLISH = 3
PUBACK = 4
SUBSCRIBE = 8
SUBACK = 9
PINGREQ = 12
PINGRESP = 13
DISCONNECT = 14

BODY_BYTES_MAX = 4096  # four times a full screen (1 KiB of pixels); a Pico W keeps one such buffer
TOPIC_BYTES_MAX = 256  # our longest topic has 54
ANSWER_CODES_MAX = 8  # we subscribe to one filter

REASONS = (
    "oversize",
    "bad_length",
    "bad_packet",
    "bad_flags",
    "bad_topic",
    "unexpected",
    "unknown_id",
    "silent",
)

Connected = namedtuple("Connected", ("session_present",))
Refused = namedtuple("Refused", ("code", "name"))
Message = namedtuple("Message", ("topic", "payload", "qos", "retain", "dup", "packet_id"))  # id None at QoS 0
Published = namedtuple("Published", ("packet_id",))
Subscribed = namedtuple("Subscribed", ("packet_id", "codes"))  # codes: granted qos, 128 = refused
Pong = namedtuple("Pong", ())
Will = namedtuple("Will", ("topic", "payload", "qos", "retain"))

REFUSALS = {
    1: "unacceptable_protocol",
    2: "identifier_rejected",
    3: "server_unavailable",
    4: "bad_user_or_password",
    5: "not_authorised",
}


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        out.append(size & 127 | (128 if size > 127 else 0))
        size >>= 7
        if not size:
            return bytes(out)


def _blob(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _packet(kind: int, flags: int, body: bytes = b"") -> bytes:
    if len(body) > BODY_BYTES_MAX:
        raise LocalFault("oversize", str(len(body)))
    return bytes((kind << 4 | flags,)) + _length(len(body)) + body


def connect(client_id: str, keepalive_s: int, will: "Will | None") -> bytes:
    """CONNECT with a clean session and no user name: the certificate says who we are."""
    flags = 2
    tail = b""
    if will is not None:
        flags |= 4 | will.qos << 3 | (32 if will.retain else 0)
        tail = _blob(will.topic.encode()) + _blob(will.payload)
    head = _blob(b"MQTT") + bytes((4, flags)) + keepalive_s.to_bytes(2, "big")
    return _packet(CONNECT, 0, head + _blob(client_id.encode()) + tail)


def publish(topic: str, payload: bytes, packet_id: "int | None", retain: bool) -> bytes:
    """PUBLISH at QoS 1, or at QoS 0 when `packet_id` is None."""
    if packet_id is None:
        return _packet(PUBLISH, int(retain), _blob(topic.encode()) + payload)
    return _packet(PUBLISH, 2 | int(retain), _blob(topic.encode()) + packet_id.to_bytes(2, "big") + payload)


def puback(packet_id: int) -> bytes:
    """PUBACK of a received message."""
    return _packet(PUBACK, 0, packet_id.to_bytes(2, "big"))


def subscribe(packet_id: int, topic_filter: str, qos: int) -> bytes:
    """SUBSCRIBE to one filter."""
    return _packet(SUBSCRIBE, 2, packet_id.to_bytes(2, "big") + _blob(topic_filter.encode()) + bytes((qos,)))


def pingreq() -> bytes:
    """PINGREQ."""
    return _packet(PINGREQ, 0)


def disconnect() -> bytes:
    """DISCONNECT: the broker then forgets our will."""
    return _packet(DISCONNECT, 0)


def take(buffer: "bytes | bytearray") -> "tuple[int, memoryview, bytearray] | None":
    """Split off the first packet: (first byte, body, the rest); None while it is incomplete.

    The body is a view of `buffer`, which must be left alone as long: a copy of 4 KiB is much for a Pico W.
    """
    size = 0
    for place in range(4):
        if len(buffer) < place + 2:
            return None
        digit = buffer[place + 1]
        size |= (digit & 127) << 7 * place
        if size > BODY_BYTES_MAX:
            raise RemoteFault("oversize", str(size))
        if digit < 128:
            return _cut(buffer, place + 2, size, place > 0 and digit == 0)
    raise RemoteFault("bad_length")


def _cut(buffer, start: int, size: int, padded: bool) -> "tuple[int, memoryview, bytearray] | None":
    if padded:  # a length written with more bytes than it needs
        raise RemoteFault("bad_length")
    end = start + size
    if len(buffer) < end:
        return None
    view = memoryview(buffer)
    return buffer[0], view[start:end], bytearray(view[end:])


def parse(first: int, body: memoryview):
    """The event of one packet: Connected, Refused, Message, Published, Subscribed or Pong."""
    kind = first >> 4
    reader = _READERS.get(kind)
    if reader is None:
        raise RemoteFault("unexpected", str(kind))
    if kind != PUBLISH and first & 15:
        raise RemoteFault("bad_flags", str(first))
    return reader(first & 15, body)


def _number(body: memoryview, at: int) -> int:
    if len(body) < at + 2:
        raise RemoteFault("bad_packet")
    return body[at] << 8 | body[at + 1]


def _packet_id(body: memoryview, at: int) -> int:
    packet_id = _number(body, at)
    if packet_id == 0:
        raise RemoteFault("bad_packet", "id 0")
    return packet_id


def _read_connack(_flags: int, body: memoryview):
    if len(body) != 2 or body[0] > 1 or body[1] > 5:
        raise RemoteFault("bad_packet", "connack")
    if body[1]:
        return Refused(body[1], REFUSALS[body[1]])
    return Connected(body[0])


def _read_publish(flags: int, body: memoryview) -> Message:
    qos = flags >> 1 & 3
    if qos > 1 or (qos == 0 and flags & 8):  # we subscribe at QoS 1 at most; dup needs a QoS
        raise RemoteFault("bad_flags", str(flags))
    end = 2 + _number(body, 0)
    topic = _topic(body, end)
    packet_id = None
    if qos:
        packet_id = _packet_id(body, end)
        end += 2
    return Message(topic, bytes(body[end:]), qos, bool(flags & 1), bool(flags & 8), packet_id)


def _topic(body: memoryview, end: int) -> str:
    raw = bytes(body[2:end])
    if not 0 < len(raw) <= TOPIC_BYTES_MAX or len(body) < end:
        raise RemoteFault("bad_topic", str(len(raw)))
    try:
        topic = raw.decode()
    except UnicodeError:
        raise RemoteFault("bad_topic", "utf-8") from None
    if "\0" in topic or "+" in topic or "#" in topic:
        raise RemoteFault("bad_topic", "wildcard")
    return topic


def _read_puback(_flags: int, body: memoryview) -> Published:
    if len(body) != 2:
        raise RemoteFault("bad_packet", "puback")
    return Published(_packet_id(body, 0))


def _read_suback(_flags: int, body: memoryview) -> Subscribed:
    codes = tuple(body[2:])
    if not 0 < len(codes) <= ANSWER_CODES_MAX or any(code > 2 and code != 128 for code in codes):
        raise RemoteFault("bad_packet", "suback")
    return Subscribed(_packet_id(body, 0), codes)


def _read_pingresp(_flags: int, body: memoryview) -> Pong:
    if body:
        raise RemoteFault("bad_packet", "pingresp")
    return Pong()


_READERS = {
    CONNACK: _read_connack,
    PUBLISH: _read_publish,
    PUBACK: _read_puback,
    SUBACK: _read_suback,
    PINGRESP: _read_pingresp,
}
