"""cbor2 as the independent judge of the codec, and Hypothesis as its enemy (both exist on CPython only)."""

import cbor2
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.protocol import cbor
from firmware.protocol.errors import REASONS, ProtocolError

LEAVES = (
    st.integers(-(2**63), 2**63 - 1) | st.integers(-300, 300) | st.binary(max_size=300) | st.text(max_size=80)
)


def arrays(depth: int) -> "st.SearchStrategy[object]":
    """Values of at most this many arrays inside each other, well below the bounds of size and count."""
    inner = LEAVES if depth == 1 else LEAVES | arrays(depth - 1)
    return st.lists(inner, max_size=3).map(tuple)


VALUES = LEAVES | arrays(cbor.MAX_DEPTH)
FOREIGN = st.recursive(
    LEAVES | st.floats() | st.booleans() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


@settings(max_examples=500, deadline=None)
@given(VALUES)
def test_encodes_as_canonical_cbor_and_reads_it_back(value: object) -> None:
    data = cbor.encode(value)
    assert data == cbor2.dumps(value, canonical=True)
    assert cbor.decode(data) == value


@settings(max_examples=2000, deadline=None)
@given(st.binary(max_size=200))
def test_whatever_is_accepted_is_what_cbor2_reads_in_its_canonical_form(data: bytes) -> None:
    assert_accepted_or_refused(data)


@settings(max_examples=1000, deadline=None)
@given(VALUES, st.data())
def test_damaged_messages_are_refused_or_canonical(value: object, draw: st.DataObject) -> None:
    data = bytearray(cbor.encode(value))
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(data) - 1))
        data[at] = draw.draw(st.integers(0, 255))
    assert_accepted_or_refused(bytes(data))


@settings(max_examples=300, deadline=None)
@given(FOREIGN)
def test_foreign_cbor_is_refused_unless_it_is_ours(value: object) -> None:
    assert_accepted_or_refused(cbor2.dumps(value))


def assert_accepted_or_refused(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except ProtocolError as error:
        assert error.reason in REASONS
        return
    assert cbor.encode(value) == data
    assert cbor2.dumps(value, canonical=True) == data
