"""MQTT packets: our bytes against hand-made ones, the broker's bytes whole, split, flipped and absurd."""

from firmware.core import mqtt_wire as wire
from firmware.core.errors import LocalFault, RemoteFault

MESSAGE = bytes.fromhex("320c0004612f62630007") + b"abcd"  # QoS 1, topic "a/bc", id 7
SPEECH = (
    (bytes.fromhex("20020000"), wire.Connected(0)),
    (bytes.fromhex("20020100"), wire.Connected(1)),
    (bytes.fromhex("20020005"), wire.Refused(5, "not_authorised")),
    (MESSAGE, wire.Message("a/bc", b"abcd", 1, False, False, 7)),
    (bytes.fromhex("31040001612f"), wire.Message("a", b"/", 0, True, False, None)),
    (bytes.fromhex("40020102"), wire.Published(258)),
    (bytes.fromhex("9003000180"), wire.Subscribed(1, (128,))),
    (bytes.fromhex("d000"), wire.Pong()),
)
NONSENSE = (
    ("20", "0300", "bad_packet"),  # CONNACK of one byte too few
    ("20", "0200", "bad_packet"),  # unknown flag
    ("20", "0006", "bad_packet"),  # unknown code
    ("21", "0000", "bad_flags"),
    ("34", "000161000100", "bad_flags"),  # QoS 2, which we never ask for
    ("38", "000161", "bad_flags"),  # DUP at QoS 0
    ("30", "", "bad_packet"),
    ("30", "0000", "bad_topic"),  # empty topic
    ("30", "0005612f", "bad_topic"),  # topic longer than the packet
    ("30", "000123", "bad_topic"),  # "#"
    ("30", "000100", "bad_topic"),
    ("30", "0001ff", "bad_topic"),  # not UTF-8
    ("32", "00016100", "bad_packet"),  # half a packet id
    ("32", "0001610000", "bad_packet"),  # packet id 0
    ("40", "0000", "bad_packet"),
    ("40", "000102", "bad_packet"),
    ("90", "0001", "bad_packet"),  # no code
    ("90", "000103", "bad_packet"),
    ("d0", "00", "bad_packet"),
    ("10", "", "unexpected"),  # a broker does not CONNECT
    ("82", "", "unexpected"),
    ("f0", "", "unexpected"),
)


def fault(call, *arguments):
    """Reason of the RemoteFault that the call raises, or None."""
    try:
        call(*arguments)
    except RemoteFault as error:
        assert error.reason in wire.REASONS
        return error.reason
    return None


def read(data):
    """All events of `data`."""
    events = []
    while True:
        packet = wire.take(data)
        if packet is None:
            return events, data
        first, body, data = packet
        events.append(wire.parse(first, body))


def test_connect_says_who_we_are_and_leaves_a_will():
    will = wire.Will("t", b"\x01\x02", 1, True)
    expected = "10150004" + b"MQTT".hex() + "042e001e0002" + b"c1".hex() + "0001" + b"t".hex() + "00020102"
    assert wire.connect("c1", 30, will).hex() == expected
    assert wire.connect("c1", 30, None).hex() == "100e0004" + b"MQTT".hex() + "0402001e0002" + b"c1".hex()


def test_our_packets():
    assert wire.publish("a", b"xy", None, False).hex() == "30050001617879"
    assert wire.publish("a", b"xy", 258, True).hex() == "330700016101027879"
    assert wire.puback(7).hex() == "40020007"
    assert wire.subscribe(1, "a/+", 1).hex() == "820800010003612f2b01"
    assert wire.pingreq() == b"\xc0\x00"
    assert wire.disconnect() == b"\xe0\x00"


def test_lengths_of_two_bytes():
    packet = wire.publish("a", b"x" * 200, None, False)
    assert packet[:3].hex() == "30cb01"
    assert wire.take(packet) == (0x30, packet[3:], b"")


def test_too_much_to_send_is_our_fault():
    try:
        wire.publish("a", b"x" * wire.BODY_BYTES_MAX, None, False)
    except LocalFault as error:
        assert error.reason == "oversize"
    else:
        raise AssertionError("sent")


def test_every_answer_of_a_broker():
    for data, event in SPEECH:
        assert read(data) == ([event], b""), data


def test_every_split_gives_the_same_events():
    speech = b"".join([data for data, _event in SPEECH])
    expected = [event for _data, event in SPEECH]
    for cut in range(len(speech) + 1):
        events, rest = read(speech[:cut])
        more, rest = read(rest + speech[cut:])
        assert events + more == expected and rest == b"", cut


def test_every_flip_is_an_event_or_a_fault():
    for data, _event in SPEECH:
        for at in range(len(data)):
            for bit in range(8):
                bent = data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :]
                fault(read, bent + bytes(4))


def test_nonsense_is_refused_with_its_reason():
    for first, body, reason in NONSENSE:
        assert fault(wire.parse, int(first, 16), bytes.fromhex(body)) == reason, (first, body)


def test_a_length_is_bounded_before_the_body_is_awaited():
    assert fault(wire.take, b"\x30\x81\x20") == "oversize"
    assert wire.take(b"\x30\x80\x20") is None
    assert fault(wire.take, b"\x30\xff\xff\xff\x7f") == "oversize"
    assert fault(wire.take, b"\x30\x80\x80\x80\x80") == "bad_length"
    assert fault(wire.take, b"\x30\x82\x00ab") == "bad_length"
