"""`shopbell device watch`: messages readable, bad ones with their reason, nothing that garbles a terminal."""

from firmware.protocol import messages, topics
from shopbell.broker.watch import describe

RECORD = messages.Record(3, bytes(8), 7, 1000, 0, 0, 5000)


def tap(uid: bytes = bytes.fromhex("04a1b2c3d4e580")) -> bytes:
    body = messages.encode_body("tap", RECORD, messages.Tap(0, 1, uid, 0x44, 0, b""))
    return messages.seal("tap", body, 12, messages.Witness(1, 9))


def test_a_tap_has_its_fields_by_name() -> None:
    line = describe(topics.up("counter-1", "tap"), tap())
    for part in ("counter-1", "->", "tap", "age_ms=12", "number=7", "uid=04a1b2c3d4e580", "seq=9"):
        assert part in line


def test_pixels_are_shown_by_their_length() -> None:
    strip = messages.Strip(0, 0, 128, 64, bytes(1024))
    screen = messages.Screen(3000, 0xFFFFFF, 1, (strip,))
    line = describe(topics.down("counter-1", "show"), messages.encode("show", messages.Show(0, screen)))
    assert "<-" in line
    assert "<1024 bytes>" in line


def test_a_bad_message_is_shown_with_its_reason_and_its_start() -> None:
    line = describe(topics.up("counter-1", "tap"), tap()[:-1])
    assert line.startswith("REFUSED truncated")
    assert tap()[:8].hex() in line


def test_a_bad_topic_is_shown_without_its_control_characters() -> None:
    line = describe("sb/v1/\x1b[31m/up/tap", b"x" * 100)
    assert line.startswith("REFUSED bad_device")
    assert "\x1b" not in line
    assert line.endswith("...")


def test_an_empty_message_is_no_fault() -> None:
    """A retained status is taken back by an empty one."""
    assert describe(topics.up("counter-1", "status"), b"").endswith("(empty)")
