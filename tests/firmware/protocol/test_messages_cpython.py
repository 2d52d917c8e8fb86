"""The golden messages judged by cbor2, and the message decoder under fire (tools of CPython only)."""

import json
from pathlib import Path

import cbor2
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.protocol import messages, topics
from firmware.protocol.errors import REASONS, ProtocolError

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/contract.json").read_text("utf-8"))["messages"]
KINDS = st.sampled_from(sorted(messages.SHAPES))


def plain(coded: object) -> object:
    """The JSON form of a vector as lists, bytes, text and integers."""
    if isinstance(coded, list):
        return [plain(item) for item in coded]
    return bytes.fromhex(coded["bytes"]) if isinstance(coded, dict) else coded


def values(row: "tuple[str, object, int | None, int | None]") -> "st.SearchStrategy[object]":
    """Values of a field, mostly inside its range, so that whole messages get through to the last check."""
    _, kind, low, high = row
    if isinstance(kind, tuple):
        one = st.tuples(*[values(inner) for inner in kind[1]])
        return one if low is None else st.lists(one, min_size=low, max_size=min(high or 0, 4)).map(tuple)
    assert low is not None and high is not None
    if kind is int:
        return st.integers(low, high)
    make = st.binary if kind is bytes else st.text
    return make(min_size=low, max_size=min(high, 16))


def messages_of(kind: str) -> "st.SearchStrategy[tuple[str, object]]":
    rows = messages.SHAPES[kind][1]
    return st.tuples(st.just(kind), st.tuples(*[values(row) for row in rows]))


def assert_decodes_or_is_refused(kind: str, data: bytes) -> None:
    try:
        message = messages.decode(kind, data)
    except ProtocolError as error:
        assert error.reason in REASONS
    else:
        assert messages.encode(kind, message) == data


def test_golden_bytes_are_what_cbor2_makes_of_the_messages() -> None:
    for vector in VECTORS:
        message = [messages.VERSION, *plain(vector["message"])]  # type: ignore[misc]
        assert cbor2.dumps(message, canonical=True).hex() == vector["hex"], vector["what"]


def test_golden_topics_are_those_of_their_kind() -> None:
    for vector in VECTORS:
        _, direction, kind = topics.parse(vector["topic"])
        assert kind == vector["kind"]
        assert direction == ("up" if kind in topics.UP_KINDS else "down")


@settings(max_examples=800, deadline=None)
@given(KINDS.flatmap(messages_of))
def test_messages_within_their_ranges_come_back_or_break_a_rule_between_fields(
    drawn: "tuple[str, object]",
) -> None:
    kind, message = drawn
    try:
        data = messages.encode(kind, message)
    except ProtocolError as error:
        assert error.reason == "out_of_range"
        assert error.detail in ("uid", "strip", "pixels", "digits")
    else:
        assert messages.decode(kind, data) == message
        assert cbor2.loads(data)[0] == messages.VERSION


@settings(max_examples=500, deadline=None)
@given(KINDS, st.binary(max_size=120))
def test_noise_is_refused(kind: str, data: bytes) -> None:
    assert_decodes_or_is_refused(kind, data)


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(VECTORS), st.data())
def test_damage_is_refused_or_a_message_of_its_own(vector: "dict[str, str]", draw: st.DataObject) -> None:
    data = bytearray(bytes.fromhex(vector["hex"]))
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, min(len(data) - 1, 200)))] = draw.draw(st.integers(0, 255))
    assert_decodes_or_is_refused(vector["kind"], bytes(data))


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=60) | st.lists(st.sampled_from(["sb", "v1", "+", "a", "up", "tap", ""])).map("/".join)
)
def test_any_topic_is_read_or_refused(topic: str) -> None:
    try:
        device, direction, kind = topics.parse(topic)
    except ProtocolError as error:
        assert error.reason in REASONS
    else:
        assert topic == f"sb/v1/{device}/{direction}/{kind}"
