"""P-256 against published values, on both Pythons."""

import hashlib

from firmware.core import p256

# RFC 6979 appendix A.2.5
KEY = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
PUBLIC = (
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
SIGNED = (
    (
        b"sample",
        0xA6E3C57DD01ABE90086538398355DD4C3B17AA873382B0F24D6129493D8AAD60,
        0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
        0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8,
    ),
    (
        b"test",
        0xD16B6AE827F17175E040871A1C7EC3500192C4C92677336EC2537ACAEE0008E0,
        0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367,
        0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083,
    ),
)
CURVE_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


class Draws:
    """A random source that gives what the test wrote down, in order, and then nothing more."""

    def __init__(self, *numbers):
        self.left = list(numbers)

    def __call__(self, size):
        return self.left.pop(0).to_bytes(size, "big")


def point(key):
    """(x, y) of the public key."""
    raw = p256.public_key(key)
    assert (len(raw), raw[0]) == (65, 4)
    return int.from_bytes(raw[1:33], "big"), int.from_bytes(raw[33:], "big")


def test_public_key_is_the_published_one():
    assert p256.public_key(KEY) == bytes.fromhex(PUBLIC)


def test_signatures_and_their_nonces_are_the_published_ones():
    for message, nonce, r, s in SIGNED:
        assert p256._Nonces(KEY, hashlib.sha256(message).digest()).next() == nonce
        assert p256.sign(KEY, message) == (r, s)


def test_smallest_and_largest_key():
    base_x, base_y = point(1)
    assert base_x == 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
    assert point(p256.ORDER - 1) == (base_x, p256.PRIME - base_y)
    assert point(2) == (
        0x7CF27B188D034F7E8A52380304B51AC3C08969E277F21B35A60B48FC47669978,
        0x07775510DB8ED040293D9AC69F7430DBBA7DADE63CE982299E04B79D227873D1,
    )
    assert point(3) == (
        0x5ECBE4D1A6330A44C8F7EF951D4BF165E6C6B721EFADA985FB41661BC6E7FD6C,
        0x8734640C4998FF7E374B06CE1A64A2ECD82AB036384FB83D9A79B127A27D5032,
    )


def test_public_keys_lie_on_the_curve():
    for key in (4, 5, 6, 7, 1 << 255, p256.ORDER - 2, (1 << 256) // 3, KEY):
        x, y = point(key)
        assert (y * y - x * x * x + 3 * x - CURVE_B) % p256.PRIME == 0


def test_opposite_keys_have_mirrored_points():
    for key in (2, 3, 12345, KEY):
        x, y = point(key)
        assert point(p256.ORDER - key) == (x, p256.PRIME - y)


def test_draws_outside_the_range_are_thrown_away():
    assert p256.new_key(Draws(1)) == 1
    assert p256.new_key(Draws(p256.ORDER - 1)) == p256.ORDER - 1
    assert p256.new_key(Draws(0, p256.ORDER, (1 << 256) - 1, 77)) == 77


def test_a_dead_random_source_is_not_asked_for_ever():
    draws = Draws(*[0] * 9)
    try:
        p256.new_key(draws)
    except ValueError:
        assert len(draws.left) == 1
    else:
        raise AssertionError("made a key of nothing")


def test_a_longer_hmac_message_and_the_published_hmac():
    # RFC 4231 case 1 pads to the block: a key of 20 bytes 0b, continued with zeros, is the same key.
    key = b"\x0b" * 20 + bytes(12)
    expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    assert p256._hmac(key, b"Hi There") == bytes.fromhex(expected)
