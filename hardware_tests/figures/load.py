"""The load client of the figures: raw MQTT 3.1.1 over one socket, to cost less than what it measures.

It publishes prepared payloads at QoS 1 to `sb/v1/<device>/up/tap` and takes every PUBLISH on
`sb/v1/<device>/down/booked` as the answer to the request whose number it carries. Two ways to drive:
`keep_open` (n requests always open) and `paced` (so many per second). Times are perf_counter seconds. Only
what is needed of MQTT is here, and the broker is trusted: a measuring tool on loopback, not a client.
"""

import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterator

PUBLISH, PUBACK = 0x30, 0x40
ANSWER_WAIT_S_MAX = 30.0  # no answer for this long means the run is void
RETRY_WAIT_S = 0.2

Payloads = Iterator[tuple[int, bytes]]  # (number, payload)
NumberOf = Callable[[bytes], int]  # the number an answer carries


class NoAnswer(RuntimeError):
    """The other side stopped answering; the run gives no figure."""


class LoadClient:
    """One device's socket. `latencies_s` holds the answers of the last run in order of arrival."""

    def __init__(self, port: int, device: str, number_of: NumberOf) -> None:
        self.latencies_s: list[float] = []
        self._number_of = number_of
        self._topic = f"sb/v1/{device}/up/tap".encode()
        self._open: dict[int, float] = {}
        self._packet_id = 0
        self._received = bytearray()
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._handshake(device)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)

    def keep_open(self, payloads: Payloads, open_count: int, seconds: float) -> float:
        """Keep `open_count` requests open for `seconds`; answers per second."""
        self._begin()
        start = time.perf_counter()
        self._send([next(payloads) for _ in range(open_count)])
        while time.perf_counter() - start < seconds:
            answered = self._receive(ANSWER_WAIT_S_MAX)
            if not answered and not self._open:
                raise NoAnswer("no request is open and none was answered")
            self._send([next(payloads) for _ in range(answered)])
        rate = len(self.latencies_s) / (time.perf_counter() - start)
        self._drain()
        return rate

    def paced(self, payloads: Payloads, per_second: float, count: int) -> None:
        """Send `count` requests evenly; waits for every answer."""
        self._begin()
        start = time.perf_counter()
        for index in range(count):
            while (wait := start + index / per_second - time.perf_counter()) > 0:
                self._receive(wait)
            self._send([next(payloads)])
        self._drain()

    def until_answered(self, request: tuple[int, bytes]) -> None:
        """Send the same request again and again until the other side is there; raises NoAnswer."""
        self._begin()
        for _ in range(int(ANSWER_WAIT_S_MAX / RETRY_WAIT_S)):
            self._send([request])
            if self._receive_answer(RETRY_WAIT_S):
                return
        raise NoAnswer(f"no answer within {ANSWER_WAIT_S_MAX:.0f} s")

    def close(self) -> None:
        self._selector.close()
        self._socket.close()

    def _begin(self) -> None:
        self.latencies_s = []
        self._open.clear()

    def _drain(self) -> None:
        deadline = time.perf_counter() + ANSWER_WAIT_S_MAX
        while self._open:
            self._receive(1.0)
            if time.perf_counter() > deadline:
                raise NoAnswer(f"{len(self._open)} requests were never answered")

    def _handshake(self, device: str) -> None:
        client_id = device.encode()
        connect = struct.pack(">H4sBBHH", 4, b"MQTT", 4, 2, 0, len(client_id)) + client_id
        self._socket.sendall(bytes((0x10, len(connect))) + connect)
        self._expect(4)
        topic = f"sb/v1/{device}/down/booked".encode()
        subscribe = struct.pack(">HH", 1, len(topic)) + topic + b"\x01"
        self._socket.sendall(bytes((0x82, len(subscribe))) + subscribe)
        self._expect(5)

    def _expect(self, size: int) -> None:
        if len(self._socket.recv(size, socket.MSG_WAITALL)) != size:
            raise NoAnswer("the broker closed the connection")

    def _send(self, requests: list[tuple[int, bytes]]) -> None:
        packets = [self._publish(payload) for _, payload in requests]
        now = time.perf_counter()
        for number, _ in requests:
            self._open[number] = now
        self._socket.sendall(b"".join(packets))

    def _publish(self, payload: bytes) -> bytes:
        self._packet_id = self._packet_id % 65535 + 1
        head = struct.pack(">H", len(self._topic)) + self._topic + struct.pack(">H", self._packet_id)
        return bytes((PUBLISH | 2,)) + _length(len(head) + len(payload)) + head + payload

    def _receive(self, wait_s: float) -> int:
        """Take what has come within `wait_s`; how many requests it answered."""
        if not self._selector.select(wait_s):
            return 0
        data = self._socket.recv(262144)
        if not data:
            raise NoAnswer("the broker closed the connection")
        self._received += data
        return self._answers(time.perf_counter())

    def _receive_answer(self, wait_s: float) -> bool:
        deadline = time.perf_counter() + wait_s
        while (left := deadline - time.perf_counter()) > 0:
            if self._receive(left):
                return True
        return False

    def _answers(self, now: float) -> int:
        acks: list[bytes] = []
        answered, start = 0, 0
        while (packet := _packet(self._received, start)) is not None:
            head, body_start, end = packet
            if head & 0xF0 == PUBLISH:
                answered += self._answer(head, body_start, end, now, acks)
            start = end
        del self._received[:start]
        if acks:
            self._socket.sendall(b"".join(acks))
        return answered

    def _answer(self, head: int, start: int, end: int, now: float, acks: list[bytes]) -> int:
        topic_end = start + 2 + int.from_bytes(self._received[start : start + 2], "big")
        if head & 6:
            acks.append(bytes((PUBACK, 2)) + self._received[topic_end : topic_end + 2])
            topic_end += 2
        sent = self._open.pop(self._number_of(bytes(self._received[topic_end:end])), None)
        if sent is None:
            return 0
        self.latencies_s.append(now - sent)
        return 1


def _length(size: int) -> bytes:
    out = bytearray()
    while size > 127:
        out.append(size & 127 | 128)
        size >>= 7
    out.append(size)
    return bytes(out)


def _packet(data: bytearray, start: int) -> tuple[int, int, int] | None:
    """(first byte, start of body, end) of the packet at `start`, or None when it is not all there."""
    size, shift, at = 0, 0, start + 1
    while at < len(data):
        size |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 128:
            return (data[start], at, at + size) if at + size <= len(data) else None
    return None
