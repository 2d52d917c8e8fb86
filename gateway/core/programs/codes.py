"""Codes that people can read out, made of the event's random: the same at the gateway and at HQ. Pure.

A prefix, then 10 characters of Crockford's base 32 (no I, L, O, U): 50 bits of a SHA-256.
"""

from hashlib import sha256

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
COUPON, CLAIM = "C", "K"
CHARACTERS = 10


def code(prefix: str, random: str, index: int) -> str:
    """The code of the index-th thing of its kind (from 0) that an event gives."""
    digest = sha256(f"{prefix}:{random}:{index}".encode()).digest()
    bits = int.from_bytes(digest[:8], "big") >> (64 - 5 * CHARACTERS)
    return prefix + "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(CHARACTERS)))
