"""The byte codec, on both Pythons: one encoding per value, and no other accepted."""

from firmware.protocol import cbor
from firmware.protocol.errors import REASONS, ProtocolError

# RFC 8949 appendix A, those of our types and within 64 bits signed.
PUBLISHED = (
    (0, "00"),
    (1, "01"),
    (10, "0a"),
    (23, "17"),
    (24, "1818"),
    (25, "1819"),
    (100, "1864"),
    (1000, "1903e8"),
    (1000000, "1a000f4240"),
    (1000000000000, "1b000000e8d4a51000"),
    (-1, "20"),
    (-10, "29"),
    (-100, "3863"),
    (-1000, "3903e7"),
    (b"", "40"),
    (b"\x01\x02\x03\x04", "4401020304"),
    ("", "60"),
    ("a", "6161"),
    ("IETF", "6449455446"),
    ('"\\', "62225c"),
    ("\u00fc", "62c3bc"),
    ("\u6c34", "63e6b0b4"),
    ("\U00010151", "64f0908591"),
    ((), "80"),
    ((1, 2, 3), "83010203"),
    ((1, (2, 3), (4, 5)), "8301820203820405"),
    (
        tuple(range(1, 26)),
        "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
    ),
)

REFUSED = (
    ("truncated", "", "81", "8201", "18", "1901", "1a000000", "1b00000000000000", "41", "4261", "61"),
    ("truncated", "58", "5818", "590fff", "591000", "7818", "98", "9818", "9901"),
    ("trailing", "0000", "8000", "400a", "810101", "6161ff"),
    ("not_canonical", "1800", "1817", "190000", "1900ff", "1a0000ffff", "1b00000000ffffffff", "3817"),
    ("not_canonical", "5800", "581741", "5900ff", "7801", "9800", "980101", "99000101", "9a00000001"),
    ("not_canonical", "5f", "5f4101ff", "7f", "9f", "9f01ff", "1f", "3f"),
    ("not_canonical", "1c", "1d", "1e", "3c", "5d", "7e", "9c"),
    (
        "bad_type",
        "a0",
        "a10101",
        "bf",
        "c000",
        "c11a514b67b0",
        "d8184101",
        "f4",
        "f5",
        "f6",
        "f7",
        "f818",
        "ff",
    ),
    ("bad_type", "f90000", "fa47c35000", "fb3ff199999999999a", "f97e00", "81f6"),
    ("too_deep", "8181818180", "818181818101", "8181818181818181818181"),
    ("too_long", "9901000000", "98ff" + "81" * 3, "9a00010000", "9bffffffffffffffff", "9b7fffffffffffffff"),
    ("too_long", "591001", "5a7fffffff", "5bffffffffffffffff", "7bffffffffffffffff", "791001"),
    ("out_of_range", "1b8000000000000000", "1bffffffffffffffff", "3b8000000000000000", "3bffffffffffffffff"),
    (
        "bad_utf8",
        "61ff",
        "6180",
        "61c3",
        "62c328",
        "62c080",
        "63e08080",
        "63eda080",
        "63edbfbf",
        "64f0808080",
    ),
    ("bad_utf8", "64f4908080", "64f5808080", "64f8888080", "65f888808080", "62e282", "63616180"),
)


def reason_of(call, *arguments):
    """The reason of the refusal, or None if there was none."""
    try:
        call(*arguments)
    except ProtocolError as error:
        assert error.reason in REASONS
        return error.reason
    return None


def sample():
    """A message of all types, every width of head, and the deepest nesting."""
    return (1, 255, 65536, 1 << 40, -1, -500, b"", b"x" * 24, "", "h\u00e9\u94c3\U0001f514", ((), ((7,),)))


def test_published_examples():
    for value, hexadecimal in PUBLISHED:
        data = bytes.fromhex(hexadecimal)
        assert cbor.encode(value) == data
        assert cbor.decode(data) == value


def test_every_head_is_the_shortest():
    for edge in (24, 1 << 8, 1 << 16, 1 << 32, 1 << 63):
        for number in (edge - 2, edge - 1, edge, edge + 1):
            for value in (number, -1 - number):
                if number >= 1 << 63:
                    assert reason_of(cbor.encode, value) == "out_of_range"
                    continue
                data = cbor.encode(value)
                short = (1, 2, 3, 5, 9)[
                    (number > 23) + (number > 0xFF) + (number > 0xFFFF) + (number >> 32 > 0)
                ]
                assert len(data) == short
                assert cbor.decode(data) == value


def test_lengths_at_the_edge_of_each_head():
    for length in (0, 1, 23, 24, 255, 256, 4000):
        for value in (b"b" * length, "t" * length):
            data = cbor.encode(value)
            assert cbor.decode(data) == value
            assert len(data) == length + 1 + (length > 23) + (length > 255)


def test_refusals_name_their_reason():
    for row in REFUSED:
        for hexadecimal in row[1:]:
            assert (hexadecimal, reason_of(cbor.decode, bytes.fromhex(hexadecimal))) == (hexadecimal, row[0])


def test_no_float_bool_none_dict_or_other_type_is_encoded():
    for value in (1.0, True, None, {}, {1}, bytearray(b"a"), memoryview(b"a"), object()):
        assert reason_of(cbor.encode, value) == "bad_type"
        assert reason_of(cbor.encode, [value]) == "bad_type"


def test_text_without_utf8_is_not_encoded():
    for point in (0xD800, 0xDBFF, 0xDC00, 0xDFFF):
        assert reason_of(cbor.encode, chr(point)) == "bad_utf8"


def test_lists_and_tuples_are_the_same_array():
    assert cbor.encode([1, [2]]) == cbor.encode((1, (2,)))
    assert cbor.decode(cbor.encode([1, [2]])) == (1, (2,))


def test_depth_is_bounded_both_ways():
    deepest = ((((),),),)
    assert cbor.decode(cbor.encode(deepest)) == deepest
    assert reason_of(cbor.encode, (deepest,)) == "too_deep"
    assert reason_of(cbor.decode, b"\x81" + cbor.encode(deepest)) == "too_deep"
    assert reason_of(cbor.decode, b"\x81" * 4096) == "too_deep"


def test_items_are_bounded_both_ways():
    full = ((0,) * 100, (0,) * 100, (0,) * 52)
    over = ((0,) * 100, (0,) * 100, (0,) * 53)
    assert cbor.decode(cbor.encode(full)) == full
    assert reason_of(cbor.encode, over) == "too_long"
    assert reason_of(cbor.decode, cbor.encode(full) + b"\x00") == "trailing"
    assert reason_of(cbor.decode, b"\x83" + b"".join([cbor.encode(item) for item in over])) == "too_long"


def test_size_is_bounded_both_ways():
    assert len(cbor.encode(b"x" * 4093)) == 4096
    assert cbor.decode(cbor.encode(b"x" * 4093)) == b"x" * 4093
    assert reason_of(cbor.encode, b"x" * 4094) == "oversize"
    assert reason_of(cbor.decode, b"\x59\x0f\xfe" + b"x" * 4094) == "oversize"


def test_every_truncation_is_refused():
    data = cbor.encode(sample())
    assert cbor.decode(data) == sample()
    for end in range(len(data)):
        assert reason_of(cbor.decode, data[:end]) == "truncated"


def test_anything_behind_is_refused():
    data = cbor.encode(sample())
    for byte in range(256):
        assert reason_of(cbor.decode, data + bytes([byte])) == "trailing"


def test_every_byte_replaced_is_refused_or_has_exactly_these_bytes():
    data = cbor.encode(sample())
    accepted = 0
    for at in range(len(data)):
        for byte in range(256):
            flipped = data[:at] + bytes([byte]) + data[at + 1 :]
            try:
                value = cbor.decode(flipped)
            except ProtocolError as error:
                assert error.reason in REASONS
            else:
                accepted += 1
                assert cbor.encode(value) == flipped
    assert accepted > len(data)


def is_utf8(raw):
    """RFC 3629 section 4, written from its grammar: which four bytes or fewer are one character."""
    first = raw[0]
    if len(raw) == 1:
        return first < 0x80
    if len(raw) == 2:
        ranges = ((0xC2, 0xDF), (0x80, 0xBF))
    elif len(raw) == 3:
        second = {0xE0: (0xA0, 0xBF), 0xED: (0x80, 0x9F)}.get(first, (0x80, 0xBF))
        ranges = ((0xE0, 0xEF), second, (0x80, 0xBF))
    else:
        second = {0xF0: (0x90, 0xBF), 0xF4: (0x80, 0x8F)}.get(first, (0x80, 0xBF))
        ranges = ((0xF0, 0xF4), second, (0x80, 0xBF), (0x80, 0xBF))
    return all(low <= raw[at] <= high for at, (low, high) in enumerate(ranges))


def assert_text_verdict(raw, valid):
    data = bytes([0x60 | len(raw)]) + raw
    if valid:
        assert cbor.encode(cbor.decode(data)) == data
    else:
        assert reason_of(cbor.decode, data) == "bad_utf8"


def test_utf8_is_that_of_rfc_3629():
    edges = (0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF)
    for first in range(256):
        assert_text_verdict(bytes([first]), first < 0x80)
        for second in edges:
            pair = bytes([first, second])
            assert_text_verdict(pair, is_utf8(pair) or (first < 0x80 and second < 0x80))
            if first >= 0xE0:
                for last in edges:
                    assert_text_verdict(pair + bytes([last]), is_utf8(pair + bytes([last])))
                    four = pair + bytes([last, 0x80])
                    assert_text_verdict(four, is_utf8(four))
