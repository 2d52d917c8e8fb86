"""Topics, on both Pythons."""

from firmware.protocol import topics
from firmware.protocol.errors import ProtocolError


def reason_of(call, *arguments):
    """The reason of the refusal, or None if there was none."""
    try:
        call(*arguments)
    except ProtocolError as error:
        return error.reason
    return None


def test_topics_read_back():
    for device in ("a", "counter-1", "0", "-", "z" * 32):
        for kind in topics.UP_KINDS:
            assert topics.parse(topics.up(device, kind)) == (device, "up", kind)
        for kind in topics.DOWN_KINDS:
            assert topics.parse(topics.down(device, kind)) == (device, "down", kind)


def test_topics_look_as_written_in_the_contract():
    assert topics.up("counter-1", "tap") == "sb/v1/counter-1/up/tap"
    assert topics.down("counter-1", "booked") == "sb/v1/counter-1/down/booked"
    assert topics.down_filter("counter-1") == "sb/v1/counter-1/down/+"
    assert topics.UP_FILTER == "sb/v1/+/up/+"


def test_no_device_id_can_widen_a_topic():
    for device in (
        "",
        "+",
        "#",
        "a/b",
        "a+",
        "A",
        "a b",
        "a_b",
        "a.b",
        "\u94c3",
        "a\n",
        "\x00",
        "z" * 33,
        "a/../b",
    ):
        for call in (topics.check_device, topics.down_filter):
            assert reason_of(call, device) == "bad_device"
        assert reason_of(topics.up, device, "tap") == "bad_device"
        assert reason_of(topics.down, device, "time") == "bad_device"


def test_every_other_character_is_refused_anywhere():
    allowed = "abcdefghijklmnopqrstuvwxyz0123456789-"
    for point in range(0x180):
        expected = None if chr(point) in allowed else "bad_device"
        for device in (chr(point), "a" + chr(point) + "b"):
            assert reason_of(topics.check_device, device) == expected


def test_kinds_go_one_way():
    assert reason_of(topics.up, "a", "booked") == "unknown_kind"
    assert reason_of(topics.down, "a", "tap") == "unknown_kind"
    assert reason_of(topics.parse, "sb/v1/a/up/booked") == "unknown_kind"
    assert reason_of(topics.parse, "sb/v1/a/down/tap") == "unknown_kind"
    assert reason_of(topics.parse, "sb/v1/a/up/") == "unknown_kind"


def test_other_topics_are_refused():
    for topic in (
        "",
        "sb",
        "sb/v1/a/up",
        "sb/v1/a/up/tap/",
        "sb/v2/a/up/tap",
        "xx/v1/a/up/tap",
        "/sb/v1/a/up/tap",
    ):
        assert reason_of(topics.parse, topic) == "bad_topic"
    for topic in ("sb/v1/a/sideways/tap", "sb/v1/a//tap", "sb/v1/a/UP/tap", "$SYS/broker/a/up/tap"):
        assert reason_of(topics.parse, topic) == "bad_topic"
    assert reason_of(topics.parse, "sb/v1//up/tap") == "bad_device"
    assert reason_of(topics.parse, "sb/v1/+/up/+") == "bad_device"
