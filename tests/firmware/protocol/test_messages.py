"""The messages, on both Pythons: golden bytes, every bound of every field, and nothing else accepted."""

import json

from firmware.protocol import cbor, messages
from firmware.protocol.errors import REASONS, ProtocolError

VECTORS = __file__.rpartition("/")[0] + "/../../vectors/contract.json"


def value_of(coded):
    """The value that the vector file writes as JSON: {"bytes": hex} for bytes, lists for arrays."""
    if isinstance(coded, list):
        return tuple([value_of(item) for item in coded])
    if isinstance(coded, dict):
        return bytes.fromhex(coded["bytes"])
    return coded


def vectors():
    """(kind, message as nested tuples, bytes) of every golden message."""
    with open(VECTORS, encoding="utf-8") as file:
        rows = json.load(file)["messages"]
    return [(row["kind"], value_of(row["message"]), bytes.fromhex(row["hex"])) for row in rows]


def smallest(kind):
    """The shortest golden message of this kind."""
    return min([(len(data), message) for name, message, data in vectors() if name == kind])[1]


def reason_of(call, *arguments):
    """The reason of the refusal, or None if there was none."""
    try:
        call(*arguments)
    except ProtocolError as error:
        assert error.reason in REASONS
        return error.reason
    return None


def one(value):
    """An array of one; MicroPython has no (*array, value)."""
    return (value,)


def wire(message, version=1):
    """The bytes that a peer without our checks makes of it."""
    return cbor.encode(one(version) + message)


def put(message, path, value):
    """The nested tuples with the item at this path replaced."""
    if not path:
        return value
    at = path[0]
    return message[:at] + one(put(message[at], path[1:], value)) + message[at + 1 :]


def leaves(shape, path=()):
    """(path, row) of every field that is no array, the first item standing for a repeated one."""
    for at, row in enumerate(shape[1]):
        _, kind, low, _ = row
        if type(kind) is not tuple:
            yield path + one(at), row
        else:
            for leaf in leaves(kind, path + (one(at) if low is None else (at, 0))):
                yield leaf


def full(kind):
    """A golden message of this kind in which no array is empty, with fields that may grow on their own."""
    strip = (0, 0, 1, 8, b"\xff")
    if kind == "command":
        return put(smallest(kind), (3, 3), (strip,))
    if kind == "pin":
        return put(put(smallest(kind), (1,), messages.ENDED_DIGITS), (2,), "4821")
    if kind == "booked":
        return put(smallest(kind), (6, 3), (strip,))
    if kind == "show":
        return put(smallest(kind), (1, 3), (strip,))
    if kind == "status":
        return put(smallest(kind), (8,), (("a", 1),))
    return smallest(kind)


def filled(kind, size):
    """A value of this type that measures `size`; text of digits, as every text may be of those."""
    return size if kind is int else (b"x" * size if kind is bytes else "7" * size)


def assert_both_refuse(kind, message, reason):
    """Neither door takes it: encode() of the value, decode() of bytes that somebody else made of it."""
    assert reason_of(messages.encode, kind, message) == reason
    assert reason_of(messages.decode, kind, wire(message)) == reason


def test_golden_messages_are_the_same_bytes_here():
    assert len(vectors()) >= 18
    for kind, message, data in vectors():
        assert messages.encode(kind, message) == data
        assert messages.decode(kind, data) == message


def test_every_kind_has_a_golden_message():
    assert {kind for kind, _, _ in vectors()} == set(messages.SHAPES)


def test_fields_have_names():
    tap = messages.decode("tap", vectors()[0][2])
    assert (tap.age_ms, tap.witness.seq, tap.record.number, tap.payload.uid[0]) == (340, 8, 12, 4)
    assert isinstance(tap, tuple)


def test_every_bound_of_every_field():
    checked = 0
    for kind, shape in messages.SHAPES.items():
        for path, (_, type_, low, high) in leaves(shape):
            message = full(kind)
            for size in (low - 1, high + 1):
                if type_ is int or size >= 0:
                    assert_both_refuse(kind, put(message, path, filled(type_, size)), "out_of_range")
                    checked += 1
    assert checked > 100


def test_every_field_refuses_every_other_type():
    for kind, shape in messages.SHAPES.items():
        for path, (_, type_, _, _) in leaves(shape):
            for other in (5, b"12345", "12345", ()):
                if type(other) is not type_ and (other != () or len(path) < cbor.MAX_DEPTH):
                    assert_both_refuse(kind, put(full(kind), path, other), "bad_type")


def test_both_ends_of_every_lone_range_are_accepted():
    bound_together = ("x", "y", "width", "height", "pixels", "uid", "ended", "digits")
    for kind, shape in messages.SHAPES.items():
        for path, (name, type_, low, high) in leaves(shape):
            if name in bound_together:
                continue
            for size in (low, high):
                message = put(full(kind), path, filled(type_, size))
                assert messages.decode(kind, messages.encode(kind, message)) == message


def test_every_array_refuses_one_field_more_or_less():
    for kind in messages.SHAPES:
        message = full(kind)
        paths = {()} | {path[:-1] for path, _ in leaves(messages.SHAPES[kind])}
        for path in paths:
            inner = message
            for at in path:
                inner = inner[at]
            assert_both_refuse(kind, put(message, path, inner + one(0)), "wrong_length")
            assert_both_refuse(kind, put(message, path, inner[:-1]), "wrong_length")


def test_repeated_arrays_are_bounded():
    sighting = smallest("sighting")
    sighted = sighting[3]
    assert_both_refuse("sighting", put(sighting, (3,), ()), "out_of_range")
    assert_both_refuse("sighting", put(sighting, (3,), sighted * 33), "out_of_range")
    assert messages.decode("sighting", messages.encode("sighting", put(sighting, (3,), sighted * 32)))
    status = put(full("status"), (8,), (("a", 1),) * 33)
    assert_both_refuse("status", status, "out_of_range")
    strips = full("show")[1][3]
    assert_both_refuse("show", put(full("show"), (1, 3), strips * 17), "out_of_range")
    assert_both_refuse("show", put(full("show"), (1, 3), 1), "bad_type")
    assert_both_refuse("show", put(full("show"), (1,), b""), "bad_type")


def test_uid_is_of_4_7_or_10_bytes():
    for length in range(12):
        message = put(smallest("tap"), (3, 2), b"u" * length)
        expected = None if length in (4, 7, 10) else "out_of_range"
        assert reason_of(messages.encode, "tap", message) == expected
        assert reason_of(messages.decode, "tap", wire(message)) == expected


def test_digits_are_digits_and_there_only_where_a_pin_was_typed():
    good = ((1, "0"), (1, "12345678"), (2, ""), (3, ""), (4, ""))
    bad = ((1, ""), (2, "1"), (3, "1234"), (4, "0"), (1, "12a4"), (1, "-1"), (1, " 1"), (1, "\uff11"))
    for rows, expected in ((good, None), (bad, "out_of_range")):
        for ended, digits in rows:
            message = put(put(full("pin"), (1,), ended), (2,), digits)
            assert reason_of(messages.encode, "pin", message) == expected
            assert reason_of(messages.decode, "pin", wire(message)) == expected


def test_strips_stay_inside_the_display_and_measure_their_pixels():
    good = (
        (0, 0, 128, 64, 1024),
        (127, 56, 1, 8, 1),
        (1, 8, 127, 56, 889),
        (3, 16, 5, 1, 5),
        (3, 16, 5, 9, 10),
    )
    bad = (
        (1, 0, 128, 8, 128),
        (0, 8, 1, 64, 8),
        (0, 56, 1, 9, 2),
        (0, 4, 8, 8, 8),
        (0, 0, 8, 8, 7),
        (0, 0, 8, 8, 9),
        (0, 0, 8, 9, 8),
    )
    for rows, expected in ((good, None), (bad, "out_of_range")):
        for x, y, width, height, pixels in rows:
            message = put(full("show"), (1, 3, 0), (x, y, width, height, b"p" * pixels))
            assert reason_of(messages.encode, "show", message) == expected
            assert reason_of(messages.decode, "show", wire(message)) == expected


def test_other_versions_and_things_are_refused():
    for kind in messages.SHAPES:
        message = smallest(kind)
        for version in (0, 2, -1, "1", b"\x01", (1,)):
            assert reason_of(messages.decode, kind, wire(message, version)) == "wrong_version"
        assert reason_of(messages.decode, kind, b"\x80") == "wrong_version"
        for data in (b"\x01", b"\x41\x01", b"\x61\x31"):
            assert reason_of(messages.decode, kind, data) == "bad_type"
        assert reason_of(messages.encode, kind, 1) == "bad_type"


def test_unknown_kinds_are_refused():
    for kind in ("", "log", "Tap", "apdu", "nothing"):
        assert reason_of(messages.encode, kind, ()) == "unknown_kind"
        assert reason_of(messages.decode, kind, b"\x81\x01") == "unknown_kind"
    for kind in ("status", "booked", "show", "time", "pin", "command"):
        assert reason_of(messages.encode_body, kind, (), ()) == "unknown_kind"
        assert reason_of(messages.seal, kind, b"", 0, (0, 0)) == "unknown_kind"


def test_true_is_not_one():
    assert reason_of(messages.encode, "time", (0, True, b"12345678")) == "bad_type"


def test_a_sealed_body_is_the_message():
    for kind, message, data in vectors():
        if kind in messages.RECORD_KINDS:
            age_ms, witness, record, payload = message
            body = messages.encode_body(kind, record, payload)
            assert data.endswith(body)
            assert messages.seal(kind, body, age_ms, witness) == data


def test_an_age_beyond_49_days_is_unknown_and_a_negative_one_our_mistake():
    age_ms, witness, record, payload = smallest("tap")
    body = messages.encode_body("tap", record, payload)
    for age_ms in (messages.AGE_UNKNOWN, messages.AGE_UNKNOWN + 1, 1 << 60):
        sealed = messages.decode("tap", messages.seal("tap", body, age_ms, witness))
        assert sealed.age_ms == messages.AGE_UNKNOWN
    assert reason_of(messages.seal, "tap", body, -1, witness) == "out_of_range"
    assert reason_of(messages.seal, "tap", body, 0, (-1, 0)) == "out_of_range"
    assert reason_of(messages.seal, "tap", body, 0, (0,)) == "wrong_length"


def test_a_body_is_checked_before_it_is_stored():
    _, _, record, payload = smallest("tap")
    assert reason_of(messages.encode_body, "tap", record[:-1], payload) == "wrong_length"
    assert reason_of(messages.encode_body, "tap", record, put(payload, (2,), b"12345")) == "out_of_range"
    assert reason_of(messages.encode_body, "scan", record, payload) == "wrong_length"


def test_the_largest_of_each_kind_fits_the_codec():
    sighting = smallest("sighting")
    largest = put(sighting, (3,), ((255, b"i" * 32, -128, 0xFFFFFFFF),) * 32)
    assert len(messages.encode("sighting", largest)) < cbor.MAX_BYTES
    status = put(full("status"), (8,), (("\U0001f514" * 32, messages.AGE_UNKNOWN << 20),) * 32)
    assert reason_of(messages.encode, "status", status) == "oversize"
    status = put(full("status"), (8,), (("n" * 32, messages.AGE_UNKNOWN << 20),) * 32)
    assert len(messages.encode("status", status)) < cbor.MAX_BYTES


def test_every_truncation_and_every_flipped_bit():
    for kind, _, data in vectors():
        if len(data) > 150:
            continue
        for end in range(len(data)):
            assert reason_of(messages.decode, kind, data[:end]) == "truncated"
        for at in range(len(data)):
            for bit in range(8):
                flipped = data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
                try:
                    message = messages.decode(kind, flipped)
                except ProtocolError as error:
                    assert error.reason in REASONS
                else:
                    assert messages.encode(kind, message) == flipped


def test_a_message_is_not_taken_for_another_kind():
    for kind, _, data in vectors():
        for other in messages.SHAPES:
            if other != kind:
                assert reason_of(messages.decode, other, data) is not None
