"""The byte layout of every message: deterministic CBOR (RFC 8949 section 4.2) of int, bytes, text and arrays.

An item is a head, then its content. The head is one byte, `major << 5 | argument`, where an argument of
24..27 says that the real one follows in 1, 2, 4 or 8 bytes, big-endian:

    major 0 integer n >= 0, argument n        major 3 text, argument its length in bytes, then UTF-8
    major 1 integer n < 0, argument -1 - n    major 4 array, argument its count, then the items
    major 2 bytes, argument their length, then the bytes

Invariant: a value has exactly one encoding, and decode() accepts no other, so decode and encode are inverses.
Whatever a peer sends, decode() either gives a value or raises ProtocolError; it reserves no memory on a
peer's word.
"""

from .compat import TYPE_CHECKING, const
from .errors import ProtocolError

if TYPE_CHECKING:
    from typing import Any

MAX_DEPTH = const(4)  # arrays inside arrays: booked > screen > strips > strip
MAX_BYTES = const(4096)  # one message; a full screen takes 1,024, a Pico W has 60 KiB of heap left
MAX_ITEMS = const(256)  # items of one message, arrays counted; 32 sightings take 176

_INT_MAX = const(0x7FFFFFFFFFFFFFFF)


def encode(value: "Any") -> bytes:
    """The one encoding of int (-2^63..2^63-1), bytes, str, list or tuple; ProtocolError for anything else."""
    out = bytearray()
    if _encode(out, value, 0) > MAX_ITEMS:
        raise ProtocolError("too_long")
    if len(out) > MAX_BYTES:
        raise ProtocolError("oversize")
    return bytes(out)


def head(major: int, argument: int) -> bytes:
    """The shortest head; `major` comes shifted (0x00, 0x20 .. 0x80), `argument` is 0..2^64-1."""
    if argument < 24:
        return bytes((major | argument,))
    if argument < 0x100:
        return bytes((major | 24, argument))
    if argument < 0x10000:
        return bytes((major | 25, argument >> 8, argument & 0xFF))
    if argument < 0x100000000:
        return bytes((major | 26,)) + argument.to_bytes(4, "big")
    return bytes((major | 27,)) + argument.to_bytes(8, "big")


def decode(data: bytes) -> "Any":
    """The value of exactly these bytes, arrays as tuples; raises ProtocolError, its detail the offset.

    One loop with an explicit stack, because a call per item costs twice the time, and the gateway decodes
    every tap of its store here.
    """
    size = len(data)
    if size > MAX_BYTES:
        raise ProtocolError("oversize")
    at = 0
    budget = MAX_ITEMS - 1
    stack = []  # the arrays around the one being filled, each with its count of missing items
    items = []
    missing = 1
    while True:
        if at >= size:
            raise ProtocolError("truncated", str(at))
        value = data[at]
        at += 1
        if value < 24:  # a small integer is its own head
            items.append(value)
            missing -= 1
        else:
            major = value >> 5
            value &= 31
            if value >= 24 or major > 4:
                value, at = _argument(data, at, major, value)
            if major == 4:
                if value > budget:
                    raise ProtocolError("too_long", str(at))
                if len(stack) == MAX_DEPTH:
                    raise ProtocolError("too_deep", str(at))
                budget -= value
                stack.append((items, missing))
                items = []
                missing = value
            else:
                if major >= 2:
                    end = at + value
                    if end > size:
                        raise ProtocolError("too_long" if value > MAX_BYTES else "truncated", str(at))
                    value = data[at:end] if major == 2 else _text(data[at:end])
                    at = end
                elif value > _INT_MAX:
                    raise ProtocolError("out_of_range", str(at))
                elif major:
                    value = -1 - value
                items.append(value)
                missing -= 1
        while not missing:
            if not stack:
                if at != size:
                    raise ProtocolError("trailing", str(at))
                return items[0]
            filled = tuple(items)
            items, missing = stack.pop()
            items.append(filled)
            missing -= 1


def _argument(data: bytes, at: int, major: int, short: int) -> "tuple[int, int]":
    """(argument, offset behind it) of a head that is not one byte of a type we know."""
    if major > 4:  # map, tag, float, simple value
        raise ProtocolError("bad_type", str(at))
    if short > 27:  # reserved, or an indefinite length
        raise ProtocolError("not_canonical", str(at))
    width = 1 << (short - 24)
    end = at + width
    if end > len(data):
        raise ProtocolError("truncated", str(at))
    value = int.from_bytes(data[at:end], "big")
    if value < 24 or (width > 1 and not value >> (width << 2)):
        raise ProtocolError("not_canonical", str(at))
    return value, end


def _encode(out: bytearray, value: "Any", depth: int) -> int:
    """Appends the encoding; gives the number of items in it."""
    kind = type(value)
    if kind is int:
        if not -_INT_MAX - 1 <= value <= _INT_MAX:
            raise ProtocolError("out_of_range")
        out.extend(head(0, value) if value >= 0 else head(0x20, -1 - value))
    elif kind is bytes:
        out.extend(head(0x40, len(value)))
        out.extend(value)
    elif kind is str:
        raw = _utf8(value)
        out.extend(head(0x60, len(raw)))
        out.extend(raw)
    elif isinstance(value, (tuple, list)):  # named tuples as well
        if depth == MAX_DEPTH:
            raise ProtocolError("too_deep")
        out.extend(head(0x80, len(value)))
        return 1 + sum([_encode(out, item, depth + 1) for item in value])
    else:
        raise ProtocolError("bad_type")
    return 1


def _text(raw: bytes) -> str:
    """UTF-8 as text. MicroPython 1.29 takes overlong forms, surrogates, points beyond U+10FFFF: refused."""
    try:
        text = str(raw, "utf-8")
    except UnicodeError:
        raise ProtocolError("bad_utf8") from None
    if _utf8_bytes(text) != len(raw):
        raise ProtocolError("bad_utf8")
    return text


def _utf8(text: str) -> bytes:
    _utf8_bytes(text)
    return text.encode()


def _utf8_bytes(text: str) -> int:
    """Length of the shortest UTF-8 (RFC 3629); raises ProtocolError bad_utf8 where there is none."""
    size = 0
    for character in text:
        point = ord(character)
        if 0xD800 <= point < 0xE000 or point > 0x10FFFF:
            raise ProtocolError("bad_utf8")
        size += 1 + (point > 0x7F) + (point > 0x7FF) + (point > 0xFFFF)
    return size
