"""The link to the broker: one paho client per connection, driven by asyncio, feeding batches to a desk.

Whatever has arrived when the socket runs dry is one batch, so messages that came during a commit share the
next one and no timer delays anybody. Answers are published, then the batch is acknowledged: a PUBACK
promises nothing, but unacknowledged messages would stop the flow at the broker's in-flight limit.

Every connection starts from nothing (clean session, a new client): what was not booked is sent again by its
device, and an answer kept from before an outage would be shown too late.
"""

import asyncio
import random
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic_ns
from typing import Any, NamedTuple

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from firmware.protocol.topics import UP_FILTER
from gateway.adapters.backoff import Backoff
from gateway.adapters.buffered import BufferedClient
from gateway.counters import Counters
from gateway.ports import Desk, Inbound, Outbound

BATCH_MAX = 256  # one commit's worth: some 200 kB of events, 15 ms of deciding
IN_FLIGHT_MAX = 256  # answers sent and not acknowledged by the broker, as its own limit for us
QUEUED_MAX = 2_048  # answers waiting behind them; beyond, a device asks again
CONNECT_WAIT_S = 3.0  # the broker is in the house
HANDSHAKE_WAIT_S = 5.0  # from TCP to a granted subscription
KEEPALIVE_S = 30
MISC_INTERVAL_S = 1.0
LIVE = "/command"  # the topics of the live lane: what comes too late is worth nothing, so it is not kept


class Address(NamedTuple):
    """Where the broker is and who we are; password None where the listener asks for none."""

    host: str
    port: int
    client_id: str
    user: str
    password: str | None


class Link:
    """Keeps a connection to the broker until stop(), and hands what comes to the desk."""

    def __init__(
        self,
        address: Address,
        desk: Desk,
        counters: Counters,
        log: Callable[..., object],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._address = address
        self._desk = desk
        self._counters = counters
        self._log = log
        self._backoff = Backoff(chance)
        self._stopping = asyncio.Event()
        self._connection: Connection | None = None

    async def run(self) -> None:
        """Until stop(). Raises what the desk raises: it ends the gateway."""
        while not self._stopping.is_set():
            started_ns = monotonic_ns()
            connection = Connection(self._address, self._desk, self._counters)
            self._connection = connection
            reason = await connection.run(self._stopping)
            self._connection = None
            if self._stopping.is_set():
                return
            held_ms = (monotonic_ns() - started_ns) // 1_000_000 if connection.up else 0
            wait_ms = self._backoff.failed(held_ms)
            self._counters.add("mqtt.disconnected")
            self._log("mqtt.disconnected", reason=reason, wait_ms=wait_ms)
            await _pause(self._stopping, wait_ms / 1000)

    @property
    def up(self) -> bool:
        """Whether the broker granted our subscription."""
        return self._connection is not None and self._connection.up

    def send(self, messages: Iterable[Outbound]) -> None:
        """Publish now; dropped and counted while there is no connection."""
        if self._connection is not None and self._connection.up:
            self._connection.publish(messages)
        else:
            self._counters.add("mqtt.unsent", len(list(messages)))

    def stop(self) -> None:
        """End run() soon, with a clean disconnect."""
        self._stopping.set()


class Connection:
    """One connection from its TCP handshake to its end; never used twice."""

    def __init__(self, address: Address, desk: Desk, counters: Counters) -> None:
        self._address = address
        self._desk = desk
        self._counters = counters
        self._batch: list[paho.MQTTMessage] = []
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._client = self._build()
        self.up = False

    async def run(self, stopping: asyncio.Event) -> str:
        """Why it ended; "stopped" when asked to. Raises what the desk raised."""
        try:
            await asyncio.to_thread(self._client.connect, self._address.host, self._address.port, KEEPALIVE_S)
        except OSError as problem:
            return f"cannot connect ({problem})"
        stopper = asyncio.ensure_future(stopping.wait())
        try:
            self._watch()
            await self._live(stopper)
            return self._ended.result() if self._ended.done() else "stopped"
        finally:
            stopper.cancel()
            self._close()

    def publish(self, messages: Iterable[Outbound]) -> None:
        """Queue messages and send what the socket takes."""
        self._queue(messages)
        self._flush()

    def opened(self) -> Any:
        """paho's socket in use, for tests of its options; None when there is none."""
        return self._client.socket()

    async def _live(self, stopper: "asyncio.Future[Any]") -> None:
        deadline = self._loop.time() + HANDSHAKE_WAIT_S
        while not self._ended.done() and not stopper.done():
            await asyncio.wait(
                (self._ended, stopper), timeout=MISC_INTERVAL_S, return_when=asyncio.FIRST_COMPLETED
            )
            self._client.loop_misc()
            self._flush()  # its PINGREQ: the broker drops who is silent for 1.5 times the keepalive
            if not self.up and self._loop.time() > deadline:
                self._end("the broker did not grant the subscription in time")

    def _build(self) -> BufferedClient:
        client = BufferedClient(
            CallbackAPIVersion.VERSION2,
            self._address.client_id,
            clean_session=True,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = CONNECT_WAIT_S
        client.max_inflight_messages_set(IN_FLIGHT_MAX)
        client.max_queued_messages_set(QUEUED_MAX)
        if self._address.password is not None:
            client.username_pw_set(self._address.user, self._address.password)
        client.on_socket_open = _send_at_once
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._on_wants_write
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        return client

    def _watch(self) -> None:
        opened = self._client.socket()
        if opened is None:
            self._end("closed while connecting")
            return
        self._loop.add_reader(opened, self._on_readable)
        self._flush()

    def _close(self) -> None:
        self._client.disconnect()
        self._client.loop_write()
        still_open = self._client.socket()
        if still_open is not None:
            self._on_socket_close(self._client, None, still_open)
            still_open.close()

    def _end(self, reason: str) -> None:
        if not self._ended.done():
            self._ended.set_result(reason)

    def _on_readable(self) -> None:
        try:
            self._read_until_dry()
            if self._batch:
                self._serve()
            self._flush()
        except Exception as problem:
            # Out of a callback it would only be printed: it must end run(), and with it the gateway.
            if not self._ended.done():
                self._ended.set_exception(problem)
            raise

    def _read_until_dry(self) -> None:
        """What has come, up to a batch; what is left in the client's buffer is read on in the next turn."""
        read = self._client.loop_read()
        while (
            read == MQTTErrorCode.MQTT_ERR_SUCCESS and self._client.pending and len(self._batch) < BATCH_MAX
        ):
            read = self._client.loop_read()
        if self._client.pending:
            self._loop.call_soon(self._on_readable)

    def _serve(self) -> None:
        batch, self._batch = self._batch, []
        self._queue(self._desk.serve([_inbound(message) for message in batch]))
        for message in batch:
            self._client.ack(message.mid, message.qos)

    def _queue(self, messages: Iterable[Outbound]) -> None:
        for topic, payload in messages:
            sent = self._client.publish(topic, payload, qos=0 if topic.endswith(LIVE) else 1)
            if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._counters.add("mqtt.unsent")

    def _flush(self) -> None:
        """Let paho write, and the socket take what it wrote; the rest when the socket is ready again."""
        self._client.loop_write()
        try:
            done = self._client.flush() and not self._client.want_write()
        except OSError as problem:
            self._end(f"cannot send ({problem})")
            return
        opened = self._client.socket()
        if opened is not None and not done:
            self._loop.add_writer(opened, self._on_writable, opened)

    def _on_writable(self, opened: Any) -> None:
        self._loop.remove_writer(opened)
        self._flush()

    def _on_wants_write(self, client: paho.Client, userdata: Any, opened: Any) -> None:
        """paho writes only in _flush(); with this in place it does not write by itself in publish()."""

    def _on_socket_close(self, client: paho.Client, userdata: Any, closing: Any) -> None:
        with suppress(OSError):
            self._client.flush(closing)
        self._loop.remove_reader(closing)
        self._loop.remove_writer(closing)
        self._end("the connection was lost")

    def _on_connect(self, client: paho.Client, userdata: Any, flags: Any, reason: Any, more: Any) -> None:
        if reason.is_failure:
            self._end(f"the broker refused us ({reason})")
        else:
            client.subscribe(UP_FILTER, qos=1)

    def _on_subscribe(self, client: paho.Client, userdata: Any, mid: int, reasons: Any, more: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._end("the broker refused the subscription")
            return
        self.up = True
        self._queue(self._desk.greet())

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        self._batch.append(message)

    def _on_disconnect(self, client: paho.Client, userdata: Any, flags: Any, reason: Any, more: Any) -> None:
        self._end(f"the broker closed the connection ({reason})")


def _send_at_once(client: paho.Client, userdata: Any, opened: Any) -> None:
    """Nagle's algorithm and delayed ACKs make 44 ms of two small writes; paho leaves it on."""
    if opened.family in (socket.AF_INET, socket.AF_INET6):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _inbound(message: paho.MQTTMessage) -> Inbound:
    payload = bytes(message.payload)  # paho gives a bytearray, the codec takes bytes alone
    try:
        return Inbound(message.topic, payload)
    except UnicodeDecodeError:
        return Inbound("", payload)  # no topic of ours: the desk counts it as such


async def _pause(stopping: asyncio.Event, wait_s: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), wait_s)
    except TimeoutError:
        return
