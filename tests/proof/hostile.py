"""Messages that nobody should send, the same for the same seed: damaged, random, and well-made but wrong.

    damage    a golden message with bits flipped, bytes put in, taken out, repeated, or two messages joined
    noise     bytes without any sense, sometimes longer than a message may be
    crafted   CBOR built along the contract's own tables, each field sometimes beyond its row, each head
              sometimes longer than it need be: the only kind that reaches the last check of all

Crafted ones may be right: a judge has to say which. Text is written as bytes, so that it can be wrong too.
"""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from firmware.protocol import messages

VECTORS = Path(__file__).parents[1] / "vectors" / "contract.json"
KINDS = (*sorted(messages.SHAPES), "log", "")
KINDS_WITH_MESSAGES = tuple(sorted(messages.SHAPES))
NOISE_BYTES_MAX = 200
OVERSIZE_BYTES = 4_200  # a little above cbor.MAX_BYTES
DAMAGES_MAX = 3
# One in so many: fields beyond their row, heads in another form, messages far too long.
WRONG_FIELD, WRONG_HEAD, TOO_LONG = 40, 200, 50
# Not UTF-8: an overlong slash, half a surrogate pair, a point beyond U+10FFFF, a lone continuation, a cut.
WRONG_TEXTS = (b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80", b"\xe6\x99")
# A map, a tag, a float, true, null, an undefined, an indefinite array, a break.
FOREIGN_ITEMS = ("a10102", "c100", "fb3ff8000000000000", "f5", "f6", "f7", "9f01ff", "ff")


class Case(NamedTuple):
    """A payload, and the kind of message it is said to be."""

    kind: str
    data: bytes


def golden() -> list[Case]:
    """The golden messages of the contract."""
    rows = json.loads(VECTORS.read_text("utf-8"))["messages"]
    return [Case(row["kind"], bytes.fromhex(row["hex"])) for row in rows]


def cases(seed: int, count: int) -> list[Case]:
    """`count` cases of this seed: half damage, three in ten crafted, the rest noise."""
    chance = random.Random(seed)
    known = golden()
    makers: tuple[Callable[[], Case], ...] = (
        *(lambda: damaged(chance, known) for _ in range(5)),
        *(lambda: crafted(chance) for _ in range(3)),
        *(lambda: noise(chance) for _ in range(2)),
    )
    return [chance.choice(makers)() for _ in range(count)]


def noise(chance: random.Random) -> Case:
    """Random bytes as a message of any kind, of unknown ones too."""
    long = chance.randrange(TOO_LONG) == 0
    size = chance.randrange(OVERSIZE_BYTES) if long else chance.randrange(NOISE_BYTES_MAX)
    return Case(chance.choice(KINDS), chance.randbytes(size))


def damaged(chance: random.Random, known: list[Case]) -> Case:
    """A golden message, damaged up to DAMAGES_MAX times."""
    kind, data = chance.choice(known)
    for _ in range(chance.randint(1, DAMAGES_MAX)):
        data = chance.choice(DAMAGES)(chance, data, known)
    return Case(kind, data)


def flip(chance: random.Random, data: bytes, known: list[Case]) -> bytes:
    """One bit the other way round."""
    if not data:
        return data
    at = chance.randrange(len(data))
    return data[:at] + bytes((data[at] ^ (1 << chance.randrange(8)),)) + data[at + 1 :]


def flip_in_front(chance: random.Random, data: bytes, known: list[Case]) -> bytes:
    """One bit of the first bytes, where heads and versions are."""
    return flip(chance, data[:12], known) + data[12:]


def put_in(chance: random.Random, data: bytes, known: list[Case]) -> bytes:
    """Some bytes more."""
    at = chance.randint(0, len(data))
    return data[:at] + chance.randbytes(chance.randint(1, 4)) + data[at:]


def take_out(chance: random.Random, data: bytes, known: list[Case]) -> bytes:
    """Some bytes less."""
    at = chance.randint(0, len(data))
    return data[:at] + data[at + chance.randint(1, 8) :]


def cut(chance: random.Random, data: bytes, known: list[Case]) -> bytes:
    """The front part alone."""
    return data[: chance.randint(0, len(data))]


def repeat(chance: random.Random, data: bytes, known: list[Case]) -> bytes:
    """A part of it twice."""
    begin = chance.randint(0, len(data))
    end = chance.randint(begin, min(len(data), begin + 64))
    return data[:end] + data[begin:end] + data[end:]


def join(chance: random.Random, data: bytes, known: list[Case]) -> bytes:
    """The front of it, the back of another."""
    other = chance.choice(known).data
    return data[: chance.randint(0, len(data))] + other[chance.randint(0, len(other)) :]


DAMAGES: tuple[Callable[[random.Random, bytes, list[Case]], bytes], ...] = (
    flip,
    flip_in_front,
    put_in,
    take_out,
    cut,
    repeat,
    join,
)


def crafted(chance: random.Random) -> Case:
    """CBOR in the shape of a message; about one in three is a right one."""
    kind = chance.choice(KINDS_WITH_MESSAGES)
    version = 1 if chance.randrange(WRONG_FIELD) else chance.choice((0, 2, 255, -1))
    rows = messages.SHAPES[kind][1]
    fields = [field(chance, row) for row in rows]
    return Case(kind, array(chance, [integer(chance, version), *fields]))


def field(chance: random.Random, row: Any) -> bytes:
    """A field's encoding by its row, sometimes by none."""
    _, kind, low, high = row
    if chance.randrange(WRONG_FIELD) == 0:
        return wrong(chance)
    if isinstance(kind, tuple):
        return shaped(chance, kind, low, high)
    if kind is int:
        return integer(chance, near(chance, low, high))
    size = near(chance, low, min(high, 40)) if chance.randrange(8) else near(chance, low, high)
    return string(chance, kind, max(0, size))


def shaped(chance: random.Random, shape: Any, low: int | None, high: int | None) -> bytes:
    """A nested shape, or an array of them."""
    rows = shape[1]
    if low is None or high is None:
        return array(chance, [field(chance, row) for row in rows])
    count = near(chance, low, min(high, 3)) if chance.randrange(8) else near(chance, low, high)
    return array(chance, [shaped(chance, shape, None, None) for _ in range(max(0, count))])


def near(chance: random.Random, low: int, high: int) -> int:
    """A number of this range, often at its ends, seldom just beyond them."""
    if chance.randrange(WRONG_FIELD) == 0:
        return chance.choice((low - 1, high + 1))
    return chance.choice((low, high, chance.randint(low, high), min(high, low + chance.randrange(8))))


def wrong(chance: random.Random) -> bytes:
    """An item of another type, or of none of ours."""
    return chance.choice(
        (
            bytes.fromhex(chance.choice(FOREIGN_ITEMS)),
            b"",
            integer(chance, chance.choice((-1, 2**63, 2**64 - 1, -(2**64)))),
            string(chance, chance.choice((bytes, str)), chance.randrange(8)),
            array(chance, [array(chance, [array(chance, [array(chance, [])])])]),
        )
    )


def string(chance: random.Random, kind: type, size: int) -> bytes:
    """Bytes, or text of so many letters (not all of them one byte); text is sometimes not UTF-8."""
    if kind is bytes:
        return head(chance, 0x40, size) + chance.randbytes(size)
    text = "".join(chance.choice("az-0 晨é\U0001f514") for _ in range(size)).encode()
    if chance.randrange(WRONG_FIELD) == 0:
        text += chance.choice(WRONG_TEXTS)
    return head(chance, 0x60, len(text)) + text


def integer(chance: random.Random, value: int) -> bytes:
    """A whole number from -2^64 to 2^64 - 1."""
    return head(chance, 0x00, value) if value >= 0 else head(chance, 0x20, -1 - value)


def array(chance: random.Random, items: list[bytes]) -> bytes:
    """An array of these encodings; seldom one is missing or there twice, or the count is a lie."""
    if items and chance.randrange(WRONG_HEAD) == 0:
        items = items[1:] if chance.randrange(2) else [*items, items[-1]]
    count = len(items) if chance.randrange(WRONG_HEAD) else chance.randrange(300)
    return head(chance, 0x80, count) + b"".join(items)


def head(chance: random.Random, major: int, argument: int) -> bytes:
    """A head, seldom in a longer form than the shortest."""
    widths = [width for width in (0, 1, 2, 4, 8) if argument < (24 if width == 0 else 1 << (8 * width))]
    width = widths[0] if chance.randrange(WRONG_HEAD) else chance.choice(widths)
    if width == 0:
        return bytes((major | argument,))
    return bytes((major | (23 + width.bit_length()),)) + argument.to_bytes(width, "big")
