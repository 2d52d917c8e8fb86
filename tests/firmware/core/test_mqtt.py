"""The MQTT client's states, ids, bounds and patience, with a broker of bytes and a clock of integers."""

from firmware.core import mqtt
from firmware.core import mqtt_wire as wire
from firmware.core.errors import LocalFault, MqttError, RemoteFault

CONNACK = bytes.fromhex("20020000")


def up(now_ms=0):
    """A client that is connected."""
    client = mqtt.Client("counter-1")
    client.connect(now_ms)
    assert client.receive(CONNACK) == [wire.Connected(0)]
    return client


def puback(packet_id):
    """The broker's PUBACK."""
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


def refusal(call, *arguments):
    """(type, reason) of the MqttError that the call raises, or None."""
    try:
        call(*arguments)
    except MqttError as error:
        return type(error), error.reason
    return None


def test_a_connection_from_start_to_end():
    client = mqtt.Client("counter-1")
    assert client.connect(0)[0] == 0x10
    assert client.state == mqtt.CONNECTING
    client.receive(CONNACK)
    packet_id, data = client.subscribe("sb/v1/counter-1/down/+", 1)
    assert (packet_id, data[0]) == (1, 0x82)
    assert client.receive(bytes.fromhex("9003000101")) == [wire.Subscribed(1, (1,))]
    packet_id, data = client.publish("a", b"x", 2)
    assert (packet_id, client.in_flight) == (2, 1)
    assert client.receive(puback(2)) == [wire.Published(2)]
    assert client.in_flight == 0
    assert client.acknowledge(9, 3).hex() == "40020009"
    assert client.disconnect(4) == b"\xe0\x00"
    assert client.state == mqtt.GONE


def test_a_refused_connection_names_why():
    for code, name in wire.REFUSALS.items():
        client = mqtt.Client("counter-1")
        client.connect(0)
        assert client.receive(bytes((0x20, 2, 0, code))) == [wire.Refused(code, name)]
        assert client.state == mqtt.GONE


def test_requests_out_of_turn_are_ours_and_leave_the_state():
    requests = {
        "connect": lambda client: client.connect(0),
        "publish": lambda client: client.publish("a", b"", 0),
        "subscribe": lambda client: client.subscribe("a", 0),
        "puback": lambda client: client.acknowledge(1, 0),
        "disconnect": lambda client: client.disconnect(0),
    }
    for state in (mqtt.NEW, mqtt.CONNECTING, mqtt.UP, mqtt.GONE):
        for name, request in requests.items():
            client = mqtt.Client("counter-1")
            client.state = state
            allowed, following = mqtt.SENDS[name]
            if state == allowed:
                request(client)
                assert client.state == following
            else:
                assert refusal(request, client) == (LocalFault, "not_now"), (state, name)
                assert (client.state, client.in_flight) == (state, 0)


def test_answers_out_of_turn_are_the_brokers_fault():
    early = mqtt.Client("counter-1")
    early.connect(0)
    assert refusal(early.receive, puback(1)) == (RemoteFault, "unexpected")
    assert early.state == mqtt.GONE
    assert refusal(early.receive, CONNACK) == (LocalFault, "gone")
    unasked = mqtt.Client("counter-1")
    assert refusal(unasked.receive, CONNACK) == (RemoteFault, "unexpected")
    for data in (puback(1), bytes.fromhex("9003000101"), b"\xd0\x00"):
        assert refusal(up().receive, data) == (RemoteFault, "unknown_id"), data
    assert refusal(up().receive, CONNACK) == (RemoteFault, "unexpected")


def test_an_answer_must_fit_its_request():
    client = up()
    client.publish("a", b"", 0)
    assert refusal(client.receive, bytes.fromhex("9003000101")) == (RemoteFault, "unknown_id")


def test_in_flight_is_bounded():
    client = up()
    ids = [client.publish("a", b"", 0)[0] for _ in range(mqtt.IN_FLIGHT_MAX)]
    assert not client.room
    assert refusal(client.publish, "a", b"", 0) == (LocalFault, "in_flight")
    assert client.publish("a", b"", 0, 0)[0] is None  # QoS 0 waits for nobody
    client.receive(puback(ids[3]))
    assert client.room and client.publish("a", b"", 0)[0] not in ids


def test_packet_ids_wrap_and_skip_those_in_flight():
    client = up()
    stuck = client.publish("a", b"", 0)[0]
    assert stuck == 1
    seen = 1
    for _ in range(mqtt.ID_MAX - 1):
        seen = client.publish("a", b"", 0)[0]
        client.receive(puback(seen))
    assert seen == mqtt.ID_MAX
    assert client.publish("a", b"", 0)[0] == 2


def test_silence_makes_a_ping_and_the_pong_settles_it():
    client = up()
    assert client.wait_ms(0) == mqtt.PING_AFTER_MS
    assert client.check(mqtt.PING_AFTER_MS - 1) == b""
    assert client.check(mqtt.PING_AFTER_MS) == b"\xc0\x00"
    assert client.check(mqtt.PING_AFTER_MS + 1) == b""
    assert client.receive(b"\xd0\x00") == [wire.Pong()]
    assert client.wait_ms(mqtt.PING_AFTER_MS) == mqtt.PING_AFTER_MS


def test_an_unanswered_request_ends_the_connection():
    for start in (lambda c: c.publish("a", b"", 100), lambda c: c.subscribe("a", 100)):
        client = up()
        start(client)
        assert client.wait_ms(100) == mqtt.ANSWER_WAIT_MS
        assert client.check(99 + mqtt.ANSWER_WAIT_MS) == b""
        assert refusal(client.check, 100 + mqtt.ANSWER_WAIT_MS) == (RemoteFault, "silent")
        assert client.state == mqtt.GONE
    waiting = mqtt.Client("counter-1")
    waiting.connect(0)
    assert refusal(waiting.check, mqtt.ANSWER_WAIT_MS) == (RemoteFault, "silent")


def test_what_the_broker_says_meanwhile_does_not_excuse_a_missing_pong():
    client = up()
    client.check(mqtt.PING_AFTER_MS)
    client.receive(bytes.fromhex("3003000161"))
    assert refusal(client.check, mqtt.PING_AFTER_MS + mqtt.ANSWER_WAIT_MS) == (RemoteFault, "silent")


def test_every_split_and_flip_of_a_conversation():
    speech = CONNACK + bytes.fromhex("90030001013205000161000740020002d000")

    def play(pieces):
        client = mqtt.Client("counter-1")
        client.connect(0)
        events = []
        for number, piece in enumerate(pieces):
            events += client.receive(piece)
            if client.state == mqtt.UP and number == 0:
                client.check(mqtt.PING_AFTER_MS)
                client.subscribe("a", mqtt.PING_AFTER_MS)
                client.publish("a", b"", mqtt.PING_AFTER_MS)
        return events

    whole = play([speech[:4], speech[4:]])
    assert [type(event).__name__ for event in whole] == [
        "Connected",
        "Subscribed",
        "Message",
        "Published",
        "Pong",
    ]
    for cut in range(4, len(speech) + 1):
        assert play([speech[:4], speech[4:cut], speech[cut:]]) == whole, cut
    for at in range(4, len(speech)):
        for bit in range(8):
            bent = speech[:at] + bytes((speech[at] ^ 1 << bit,)) + speech[at + 1 :]
            refusal(play, [bent[:4], bent[4:]])
