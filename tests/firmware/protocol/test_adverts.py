"""What is on the air, on both Pythons: vectors, every length and every byte turned, strangers left alone."""

import json

from firmware.protocol import adverts
from firmware.protocol.errors import REASONS, ProtocolError
from firmware.protocol.telemetry import Sealed, Telemetry

VECTORS = __file__.rpartition("/")[0] + "/../../vectors/beacons.json"
KINDS = {
    "uid": adverts.UID,
    "url": adverts.URL,
    "tlm": adverts.TLM,
    "eid": adverts.EID,
    "ibeacon": adverts.IBEACON,
}
EDDYSTONE_UUID = "0000feaa-0000-1000-8000-00805f9b34fb"
EDDYSTONE = "0201060303aafe"


def vectors(name="adverts"):
    with open(VECTORS, encoding="utf-8") as file:
        return json.load(file)[name]


def reason_of(call, *arguments):
    try:
        call(*arguments)
    except ProtocolError as error:
        assert error.reason in REASONS
        return error.reason
    return None


def read(hexadecimal):
    return adverts.parse(bytes.fromhex(hexadecimal))


def refusal(hexadecimal):
    return reason_of(adverts.parse, bytes.fromhex(hexadecimal))


def eddystone(frame, length=None):
    """An advertisement around this frame (hex), its length byte perhaps a lie."""
    size = len(frame) // 2 + 3 if length is None else length
    return EDDYSTONE + "{:02x}16aafe".format(size) + frame


def built(row):
    """What the builder makes of a vector's fields."""
    kind, power_dbm = row["kind"], row.get("power_dbm")
    identity = bytes.fromhex(row.get("identity", ""))
    if kind == "uid":
        return adverts.uid(identity[:10], identity[10:], power_dbm)
    if kind == "url":
        return adverts.url(row["text"], power_dbm)
    if kind == "tlm":
        return adverts.tlm(Telemetry(*row["telemetry"]))
    if kind == "eid":
        return adverts.eid_frame(identity, power_dbm)
    return adverts.ibeacon(identity[:16], identity[16:], power_dbm)


def test_vectors_are_read():
    for row in vectors():
        frame = read(row["advert"])
        assert frame.kind == KINDS[row["kind"]], row["id"]
        assert frame.identity.hex() == row.get("identity", "")
        assert frame.power_dbm == row.get("power_dbm")
        telemetry = row.get("telemetry")
        assert frame.detail == (Telemetry(*telemetry) if telemetry else row.get("text"))


def test_vectors_are_built():
    assert {row["kind"] for row in vectors()} == set(KINDS)
    for row in vectors():
        if row["id"] != "uid-older-sender":
            assert built(row).hex() == row["advert"], row["id"]


def test_encrypted_telemetry_is_built_and_read():
    for row in vectors("etlm"):
        sealed = Sealed(*[bytes.fromhex(row[name]) for name in ("ciphertext", "salt", "tag")])
        assert adverts.etlm(sealed).hex() == row["advert"]
        assert read(row["advert"]) == (adverts.ETLM, b"", None, sealed)


def test_nothing_is_longer_than_an_advertisement():
    longest = [bytes.fromhex(row["advert"]) for row in vectors() + vectors("etlm")]
    longest.append(adverts.url("https://" + "a" * 17, -59))
    assert max(map(len, longest)) == adverts.ADVERT_BYTES_MAX


def test_power_at_one_metre_within_what_a_frame_can_say():
    identity = bytes(8)
    for power_dbm in (-141, -100, -59, -21):
        assert adverts.parse(adverts.eid_frame(identity, power_dbm)).power_dbm == power_dbm
    for power_dbm in (-128, -59, 0, 127):
        assert adverts.parse(adverts.ibeacon(bytes(16), bytes(4), power_dbm)).power_dbm == power_dbm
    for power_dbm in (-142, -20, 127):
        assert reason_of(adverts.eid_frame, identity, power_dbm) == "out_of_range"
        assert reason_of(adverts.uid, bytes(10), bytes(6), power_dbm) == "out_of_range"
        assert reason_of(adverts.url, "http://a", power_dbm) == "out_of_range"
    for power_dbm in (-129, 128):
        assert reason_of(adverts.ibeacon, bytes(16), bytes(4), power_dbm) == "out_of_range"


def test_builders_refuse_another_length():
    assert reason_of(adverts.eid_frame, bytes(7), -59) == "wrong_length"
    assert reason_of(adverts.uid, bytes(9), bytes(6), -59) == "wrong_length"
    assert reason_of(adverts.uid, bytes(10), bytes(7), -59) == "wrong_length"
    assert reason_of(adverts.ibeacon, bytes(15), bytes(4), -59) == "wrong_length"
    assert reason_of(adverts.ibeacon, bytes(16), bytes(8), -59) == "wrong_length"
    for sealed in (
        Sealed(bytes(11), b"ss", b"tt"),
        Sealed(bytes(12), b"s", b"tt"),
        Sealed(bytes(12), b"ss", b""),
    ):
        assert reason_of(adverts.etlm, sealed) == "wrong_length"


def test_urls_there_and_back():
    for text, size in (
        ("http://www.a.com/", 2),
        ("http://www.a.com", 2),
        ("https://www.x.net.org/info/", 8),
        ("https://.gov", 1),
        ("http://a.community", 8),
        ("https://shop.cn/s?b=1", 13),
    ):
        advert = adverts.url(text, -59)
        assert adverts.parse(advert).detail == text
        assert len(advert) == 7 + 4 + 3 + size, text


def test_urls_that_do_not_fit_or_are_none():
    for text in ("", "shop.example", "ftp://a", "HTTP://a", "http:/a"):
        assert reason_of(adverts.url, text, -59) == "out_of_range"
    for text in ("http://a b", "https://\u94c3", "http://a\x7f", "http://\x00"):
        assert reason_of(adverts.url, text, -59) == "out_of_range"
    assert reason_of(adverts.url, "https://", -59) == "wrong_length"
    assert reason_of(adverts.url, "https://" + "a" * 18, -59) == "wrong_length"
    assert adverts.parse(adverts.url("https://" + "a" * 15 + ".com/x", -59)).detail[-6:] == ".com/x"


def test_strangers_are_left_alone():
    for advert in (
        "",
        "020106",
        "0201060303aafe",  # the service, without its data
        "02010607094d792054616c",  # a name
        "0bff4c0010050118a1b2c3d4",  # another sort of Apple's data
        "0303aafe0416332201",  # another service's data
        eddystone("40010203"),  # a frame type that is not given out
        "1bff1801beac" + "00" * 22,  # AltBeacon
        "02ff4c",
        "0116",
        "01ff",
        "00ffffffffff",  # a length of 0 ends it
        "020106" + "00" * 28,
    ):
        assert (advert, refusal(advert)) == (advert, None)
        assert read(advert) is None


def test_a_frame_is_found_behind_other_structures():
    frame = "0d16aafe30ee" + "0102030405060708"
    for before in ("", "020106", "0303aafe", "0409414243", "0416332201", "02ff4c"):
        assert read(before + frame).identity.hex() == "0102030405060708"
    assert read(frame + "00" + "ff" * 9).identity.hex() == "0102030405060708"
    assert read(frame + "1aff4c000215" + "11" * 21).kind == adverts.EID  # the first one counts


def test_every_truncation_is_refused_or_has_no_frame():
    for row in vectors() + vectors("etlm"):
        data = bytes.fromhex(row["advert"])
        for end in range(len(data)):
            try:
                assert adverts.parse(data[:end]) is None
            except ProtocolError as error:
                assert error.reason == "truncated"
            else:
                assert end in (0, 3, 7)


def test_frames_of_another_length_are_refused():
    lengths = {"00": (18, 20), "10": range(4, 21), "2000": (14,), "2001": (18,), "30": (10,)}
    for start, allowed in lengths.items():
        for size in range(len(start) // 2, 28):
            body = "00" * (size - len(start) // 2)
            if start == "10":
                body = "61" * len(body[2:]) if size < 3 else "0000" + "61" * (size - 3)
            reason = refusal(eddystone(start + body))
            assert (start, size, reason) == (start, size, None if size in allowed else "wrong_length")
    for size in range(28):
        reason = refusal("{:02x}ff4c000215".format(5 + size) + "00" * size)
        assert reason == (None if size == 21 else "wrong_length")
    assert refusal(eddystone("")) == "truncated"


def test_what_a_frame_cannot_say_is_refused():
    assert refusal(eddystone("3015" + "00" * 8)) == "out_of_range"  # +21 dBm at 0 m
    assert refusal(eddystone("309b" + "00" * 8)) == "out_of_range"  # -101
    assert refusal(eddystone("10000461")) == "out_of_range"  # a fifth scheme
    for code in ("0e", "20", "7f", "ff"):
        assert refusal(eddystone("100000" + code)) == "out_of_range"
    assert refusal(eddystone("2002" + "00" * 12)) == "wrong_version"
    assert refusal(eddystone("20")) == "wrong_version"


def test_a_length_that_lies_is_refused():
    frame = "30ee" + "0102030405060708"
    for length in range(4, 256):
        reason = refusal(eddystone(frame, length))
        if length > 13:
            assert reason == "truncated"
        elif length < 13:
            assert reason == "wrong_length"
    assert reason_of(adverts.parse, bytes(1651)) == "oversize"


def test_every_byte_turned_is_read_or_refused_and_nothing_else():
    for row in vectors() + vectors("etlm"):
        data = bytes.fromhex(row["advert"])
        for at in range(len(data)):
            for byte in (0, 1, 0x15, 0x16, 0x7F, 0x80, 0xFF, data[at] ^ 1, data[at] ^ 0x80):
                reason_of(adverts.parse, data[:at] + bytes([byte]) + data[at + 1 :])


def test_parts_of_a_system_are_the_same_frames():
    for row in vectors() + vectors("etlm"):
        data = bytes.fromhex(row["advert"])
        apple = row.get("kind") == "ibeacon"
        parts = ({}, {0x004C: data[7:]}) if apple else ({EDDYSTONE_UUID: data[11:]}, {})
        assert adverts.from_parts(*parts) == (adverts.parse(data),), row["id"]


def test_parts_of_one_address_come_together():
    eid = {EDDYSTONE_UUID: bytes.fromhex("30ee0102030405060708")}
    ibeacon = {0x004C: b"\x02\x15" + bytes(20) + b"\xc5"}
    kinds = [frame.kind for frame in adverts.from_parts(eid, ibeacon)]
    assert kinds == [adverts.EID, adverts.IBEACON]
    assert adverts.from_parts({}, {}) == ()
    assert adverts.from_parts({"0000180f-0000-1000-8000-00805f9b34fb": b"d"}, {0x0059: b"\x02\x15"}) == ()
    assert adverts.from_parts({EDDYSTONE_UUID: b"\x40\x00"}, {0x004C: b"\x10\x05\x01"}) == ()
    assert reason_of(adverts.from_parts, {EDDYSTONE_UUID: b""}, {}) == "truncated"
    assert reason_of(adverts.from_parts, {}, {0x004C: b"\x02\x15"}) == "wrong_length"
