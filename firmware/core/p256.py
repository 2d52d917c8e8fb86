"""The NIST curve P-256 for one purpose: to make a device's own key and sign the request for its certificate.

ECDSA with SHA-256 and the nonces of RFC 6979, so that a signature needs no randomness and can be tested
against published values. Not constant in time, which is not attainable here: the time MicroPython's long
integers take depends on their digits, and every operation allocates. It runs once, at provisioning, over a
cable and with no attacker present; TLS afterwards is that of the firmware (Mbed TLS).

A key is an int, 1..ORDER - 1. A point inside is (x, y, z) for (x / z^2, y / z^3), modulo PRIME (Jacobian).
"""

import hashlib

from firmware.protocol.compat import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PRIME = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_BASE_X = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
_BASE_Y = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5

_DRAWS_MAX = 8  # one draw in 2^32 is refused: eight in a row is a random source that does not work


def new_key(random_bytes: "Callable[[int], bytes]") -> int:
    """A key evenly drawn from 1..ORDER - 1; ValueError if the source gives nothing usable.

    A draw outside the range is thrown away: reducing it would favour some keys.
    """
    for _ in range(_DRAWS_MAX):
        key = int.from_bytes(random_bytes(32), "big")
        if 0 < key < ORDER:
            return key
    raise ValueError("the random source is broken")


def public_key(key: int) -> bytes:
    """The public point, uncompressed: 04, x, y; 65 bytes."""
    x, y = _times_base(key)
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def sign(key: int, message: bytes) -> "tuple[int, int]":
    """The signature (r, s) of the message's SHA-256."""
    digest = hashlib.sha256(message).digest()
    nonces = _Nonces(key, digest)
    while True:  # a second turn has a chance of 2^-256
        nonce = nonces.next()
        r = _times_base(nonce)[0] % ORDER
        s = pow(nonce, ORDER - 2, ORDER) * (int.from_bytes(digest, "big") + r * key) % ORDER
        if r and s:
            return r, s


class _Nonces:
    """The generator of RFC 6979 section 3.2, with HMAC-SHA-256."""

    def __init__(self, key: int, digest: bytes) -> None:
        seed = key.to_bytes(32, "big") + (int.from_bytes(digest, "big") % ORDER).to_bytes(32, "big")
        self._value = b"\x01" * 32
        self._key = bytes(32)
        self._stir(b"\x00" + seed)
        self._stir(b"\x01" + seed)

    def next(self) -> int:
        """The next candidate within 1..ORDER - 1."""
        while True:  # a second turn has a chance of 2^-32
            self._value = _hmac(self._key, self._value)
            nonce = int.from_bytes(self._value, "big")
            if 0 < nonce < ORDER:
                return nonce
            self._stir(b"\x00")

    def _stir(self, data: bytes) -> None:
        self._key = _hmac(self._key, self._value + data)
        self._value = _hmac(self._key, self._value)


def _hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104) for a key of 32 bytes; not every board's firmware has the module."""
    inner = bytes([byte ^ 0x36 for byte in key]) + b"\x36" * 32
    outer = bytes([byte ^ 0x5C for byte in key]) + b"\x5c" * 32
    return hashlib.sha256(outer + hashlib.sha256(inner + message).digest()).digest()


def _times_base(factor: int) -> "tuple[int, int]":
    """x and y of factor times the base point, for a factor in 1..ORDER - 1.

    Bit by bit from the top. The running multiple is even, and below ORDER - 1, whenever the base point is
    added, so neither the point at infinity nor the addition of equal points can occur.
    """
    assert 0 < factor < ORDER
    point = (_BASE_X, _BASE_Y, 1)
    bit = 1
    while bit <= factor:
        bit <<= 1
    bit >>= 2
    while bit:
        point = _double(*point)
        if factor & bit:
            point = _add_base(*point)
        bit >>= 1
    x, y, z = point
    inverse = pow(z, PRIME - 2, PRIME)
    square = inverse * inverse % PRIME
    return x * square % PRIME, y * square * inverse % PRIME


def _double(x: int, y: int, z: int) -> "tuple[int, int, int]":
    delta = z * z % PRIME
    gamma = y * y % PRIME
    beta = x * gamma % PRIME
    alpha = 3 * (x - delta) * (x + delta) % PRIME  # the curve's a is -3
    x3 = (alpha * alpha - 8 * beta) % PRIME
    return x3, (alpha * (4 * beta - x3) - 8 * gamma * gamma) % PRIME, 2 * y * z % PRIME


def _add_base(x: int, y: int, z: int) -> "tuple[int, int, int]":
    square = z * z % PRIME
    step = (_BASE_X * square - x) % PRIME
    slope = (_BASE_Y * square * z - y) % PRIME
    step2 = step * step % PRIME
    step3 = step2 * step % PRIME
    anchor = x * step2 % PRIME
    x3 = (slope * slope - step3 - 2 * anchor) % PRIME
    return x3, (slope * (anchor - x3) - y * step3) % PRIME, z * step % PRIME
