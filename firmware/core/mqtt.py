"""An MQTT 3.1.1 client without I/O: our requests give bytes, the broker's bytes give events.

One object lives for one connection (the session is always clean). Which request and which packet each
state allows is in SENDS and RECEIVES; a missing entry raises. A LocalFault leaves the state, after a
RemoteFault it is GONE.

    NEW --connect--> CONNECTING --CONNACK--> UP --disconnect--> GONE

Time is passed in as `now_ms`, milliseconds that never wrap (aio.Uptime). `check` turns silence into a
PINGREQ, and an answer that does not come into RemoteFault("silent"): a tap on a dead connection is noticed
after ANSWER_WAIT_MS, not after the broker's keepalive.
"""

from firmware.core import mqtt_wire as wire
from firmware.core.errors import LocalFault, RemoteFault

NEW = "new"
CONNECTING = "connecting"
UP = "up"
GONE = "gone"

SENDS = {  # request -> the state that allows it, the state after it
    "connect": (NEW, CONNECTING),
    "publish": (UP, UP),
    "puback": (UP, UP),
    "subscribe": (UP, UP),
    "pingreq": (UP, UP),
    "disconnect": (UP, GONE),
}
RECEIVES = {  # event -> the state that allows it, the state after it, what it answers
    wire.Connected: (CONNECTING, UP, "connack"),
    wire.Refused: (CONNECTING, GONE, "connack"),
    wire.Message: (UP, UP, None),
    wire.Published: (UP, UP, "puback"),
    wire.Subscribed: (UP, UP, "suback"),
    wire.Pong: (UP, UP, "pingresp"),
}

KEEPALIVE_S = 30  # the broker gives us up after 45 s and publishes our will: it shows within a minute
PING_AFTER_MS = 15000  # of sending nothing; half the keepalive, so that one lost turn costs no connection
ANSWER_WAIT_MS = 5000  # a broker in the same shop answers in milliseconds; 5 s covers a Wi-Fi retry storm
IN_FLIGHT_MAX = 16  # mosquitto allows 20 by default; 16 records of 200 bytes are 3 KiB on their way
ID_MAX = 65535

_PING = 0  # place of the ping among the waits; packet ids start at 1


class Client:
    """The client's side of one connection."""

    def __init__(self, client_id: str, will: "wire.Will | None" = None) -> None:
        self.state = NEW
        self._client_id = client_id
        self._will = will
        self._buffer = bytearray()
        self._last_id = 0
        self._waits: dict[int, tuple[str, int]] = {}  # packet id -> what we wait for, since when
        self._sent_ms = 0

    # our requests: each returns the bytes to write

    def connect(self, now_ms: int) -> bytes:
        """CONNECT; its answer is the event Connected or Refused."""
        self._send("connect", now_ms)
        self._waits[_PING] = ("connack", now_ms)
        return wire.connect(self._client_id, KEEPALIVE_S, self._will)

    def publish(self, topic: str, payload: bytes, now_ms: int, qos: int = 1, retain: bool = False):
        """(packet id, bytes); the id is None at QoS 0. LocalFault("in_flight") when there is no `room`."""
        if not qos:
            data = wire.publish(topic, payload, None, retain)
            self._send("publish", now_ms)
            return None, data
        packet_id = self._free_id()
        data = wire.publish(topic, payload, packet_id, retain)
        self._send("publish", now_ms)
        self._wait(packet_id, "puback", now_ms)
        return packet_id, data

    def subscribe(self, topic_filter: str, now_ms: int, qos: int = 1):
        """(packet id, bytes); its answer is the event Subscribed."""
        packet_id = self._free_id()
        self._send("subscribe", now_ms)
        self._wait(packet_id, "suback", now_ms)
        return packet_id, wire.subscribe(packet_id, topic_filter, qos)

    def acknowledge(self, packet_id: int, now_ms: int) -> bytes:
        """PUBACK of a Message, once it has been acted upon."""
        self._send("puback", now_ms)
        return wire.puback(packet_id)

    def disconnect(self, now_ms: int) -> bytes:
        """DISCONNECT; the broker then drops our will."""
        self._send("disconnect", now_ms)
        return wire.disconnect()

    # the broker's bytes

    def receive(self, data: bytes) -> list:
        """Events of all packets that `data` completes. Raises RemoteFault; events before it are lost."""
        if self.state == GONE:
            raise LocalFault("gone")
        self._buffer.extend(data)
        events = []
        try:
            while True:
                packet = wire.take(self._buffer)
                if packet is None:
                    return events
                first, body, self._buffer = packet
                events.append(self._received(wire.parse(first, body)))
        except RemoteFault:
            self.state = GONE
            raise

    # time

    def check(self, now_ms: int) -> bytes:
        """Bytes to write because time passed (PINGREQ or none). Raises RemoteFault("silent")."""
        for what, since_ms in self._waits.values():
            if now_ms - since_ms >= ANSWER_WAIT_MS:
                self.state = GONE
                raise RemoteFault("silent", what)
        if self.state != UP or now_ms - self._sent_ms < PING_AFTER_MS or _PING in self._waits:
            return b""
        self._send("pingreq", now_ms)
        self._wait(_PING, "pingresp", now_ms)
        return wire.pingreq()

    def wait_ms(self, now_ms: int) -> int:
        """How long `check` may be left alone; 0 = call it now."""
        due_ms = self._sent_ms + PING_AFTER_MS
        for _what, since_ms in self._waits.values():
            due_ms = min(due_ms, since_ms + ANSWER_WAIT_MS)
        return max(0, due_ms - now_ms)

    @property
    def in_flight(self) -> int:
        """Packets of ours that wait for the broker's answer."""
        return len(self._waits)

    @property
    def room(self) -> bool:
        """Whether `publish` at QoS 1 would be accepted."""
        return self.state == UP and len(self._waits) < IN_FLIGHT_MAX

    # inside

    def _send(self, what: str, now_ms: int) -> None:
        allowed, following = SENDS[what]
        if self.state != allowed:
            raise LocalFault("not_now", what + " while " + self.state)
        self.state = following
        self._sent_ms = now_ms

    def _wait(self, packet_id: int, what: str, now_ms: int) -> None:
        self._waits[packet_id] = (what, now_ms)

    def _free_id(self) -> int:
        """The next id that is not in flight; wraps from ID_MAX to 1."""
        if len(self._waits) >= IN_FLIGHT_MAX:
            raise LocalFault("in_flight")
        packet_id = self._last_id % ID_MAX + 1
        while packet_id in self._waits:
            packet_id = packet_id % ID_MAX + 1
        self._last_id = packet_id
        return packet_id

    def _received(self, event):
        allowed, following, wanted = RECEIVES[type(event)]
        if self.state != allowed:
            raise RemoteFault("unexpected", type(event).__name__)
        if wanted is not None:
            self._settle(getattr(event, "packet_id", _PING), wanted)
        self.state = following
        return event

    def _settle(self, packet_id: int, wanted: str) -> None:
        what, _since_ms = self._waits.get(packet_id, ("nothing", 0))
        if what != wanted:
            raise RemoteFault("unknown_id", wanted)
        del self._waits[packet_id]
