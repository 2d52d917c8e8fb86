"""Writes DER (ITU-T X.690): a tag byte, the length, the content. Only what a certificate request needs.

A length below 128 is one byte; a longer one is 0x80 + its own size, then big-endian without leading zeros.
"""

from firmware.protocol.compat import const

INTEGER = const(0x02)
BIT_STRING = const(0x03)
OCTET_STRING = const(0x04)
OBJECT_ID = const(0x06)
UTF8_STRING = const(0x0C)
SEQUENCE = const(0x30)
SET = const(0x31)
CONTEXT = const(0xA0)  # constructed, context-specific: + its number


def item(tag: int, *parts: bytes) -> bytes:
    """The item of this tag whose content is the parts, one after the other; up to 65,535 bytes of them."""
    content = b"".join(parts)
    return bytes((tag,)) + _length(len(content)) + content


def integer(number: int) -> bytes:
    """A non-negative integer below 2^256: no leading zero byte but the one that keeps it positive."""
    raw = number.to_bytes(33, "big").lstrip(b"\x00")
    if not raw or raw[0] & 0x80:
        raw = b"\x00" + raw
    return item(INTEGER, raw)


def bit_string(raw: bytes) -> bytes:
    """Whole bytes as bits: none of the last byte is unused."""
    return item(BIT_STRING, b"\x00", raw)


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes((size,))
    if size < 0x100:
        return bytes((0x81, size))
    return bytes((0x82, size >> 8, size & 0xFF))
