"""The buffered client: paho's own methods replaced, bytes in order, bounds kept."""

import socket
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from gateway.adapters import buffered
from gateway.adapters.buffered import BufferedClient

CONNACK = b"\x20\x02\x00\x00"


def publish(payload: bytes) -> bytes:
    """A PUBLISH at QoS 0 as a broker sends it."""
    body = b"\x00\x01t" + payload
    size, length = bytearray(), len(body)
    while True:
        size.append(length & 127 | (128 if length > 127 else 0))
        length >>= 7
        if not length:
            return b"\x30" + bytes(size) + body


@pytest.fixture
def pair() -> Any:
    """A client on one end of a socket, the broker's end, and what the client took."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(5)
    client = BufferedClient(CallbackAPIVersion.VERSION2, "g1", manual_ack=True)
    client._sock = ours
    taken: list[bytes] = []
    client.on_message = lambda _client, _data, message: taken.append(bytes(message.payload))
    client.on_socket_register_write = lambda *_: None
    yield client, theirs, taken
    ours.close()
    theirs.close()


def read_all(client: BufferedClient) -> MQTTErrorCode:
    read = client.loop_read()
    while read == MQTTErrorCode.MQTT_ERR_SUCCESS and client.pending:
        read = client.loop_read()
    return read


def test_paho_reaches_its_socket_through_the_two_methods_replaced() -> None:
    for name in ("_sock_recv", "_sock_send"):
        assert getattr(BufferedClient, name) is not getattr(paho.Client, name)


def test_many_packets_in_one_block_are_all_read(pair: Any) -> None:
    client, broker, taken = pair
    sent = [bytes([number]) * (number * 7) for number in range(40)]
    broker.sendall(b"".join(map(publish, sent)))
    assert read_all(client) == MQTTErrorCode.MQTT_ERR_SUCCESS
    assert taken == sent
    assert not client.pending


def test_every_split_of_the_bytes_gives_the_same_packets(pair: Any) -> None:
    client, broker, taken = pair
    stream = publish(b"one") + publish(b"") + publish(b"x" * 200)
    for cut in range(1, len(stream)):
        taken.clear()
        for part in (stream[:cut], stream[cut:]):
            broker.sendall(part)
            read_all(client)
        assert taken == [b"one", b"", b"x" * 200], cut


def test_a_block_boundary_inside_a_packet_is_nothing_special(
    pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffered, "READ_AHEAD_BYTES", 7)
    client, broker, taken = pair
    broker.sendall(publish(b"y" * 300) + publish(b"z"))
    for _ in range(200):
        client.loop_read()
    assert taken == [b"y" * 300, b"z"]


def test_the_end_of_the_stream_is_a_lost_connection(pair: Any) -> None:
    client, broker, _ = pair
    broker.sendall(publish(b"last"))
    broker.close()
    read_all(client)
    assert client.loop_read() == MQTTErrorCode.MQTT_ERR_CONN_LOST
    assert client.socket() is None
    assert client.flush()


def test_what_is_written_leaves_in_order_with_one_flush(pair: Any) -> None:
    client, broker, _ = pair
    for number in range(5):
        client.publish("t", bytes((number,)), qos=0)
    client.loop_write()
    broker.setblocking(False)
    with pytest.raises(BlockingIOError):
        broker.recv(1)
    assert client.flush()
    assert broker.recv(1_000) == b"".join(publish(bytes((number,))) for number in range(5))


def test_a_full_socket_keeps_the_rest_for_later(pair: Any) -> None:
    client, broker, _ = pair
    client._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    client.publish("t", bytes(300_000), qos=0)
    client.loop_write()
    assert not client.flush()
    received = bytearray()
    while True:
        done = client.flush()
        if done and len(received) >= len(publish(bytes(300_000))):
            break
        received += broker.recv(65_536)
    assert bytes(received) == publish(bytes(300_000))


def test_what_waits_to_be_written_is_bounded(pair: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffered, "WRITE_BEHIND_BYTES", 100)
    client, broker, _ = pair
    for _ in range(20):
        client.publish("t", bytes(40), qos=0)
    client.loop_write()
    assert len(client._behind) < 200
    assert client.want_write()
    received = bytearray()
    while len(received) < 20 * len(publish(bytes(40))):
        client.flush()
        client.loop_write()
        client.flush()
        received += broker.recv(65_536)
    assert bytes(received) == publish(bytes(40)) * 20
