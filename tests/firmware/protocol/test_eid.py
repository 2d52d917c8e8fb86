"""Rotating identities on both Pythons: published vectors, and what changes when."""

import json

from firmware.protocol import eid
from firmware.protocol.aes import Ecb

VECTORS = __file__.rpartition("/")[0] + "/../../vectors/beacons.json"
KEY = bytes.fromhex("0102030405060708090a111213141516")


def vectors():
    with open(VECTORS, encoding="utf-8") as file:
        return json.load(file)["eid"]


def test_one_block_is_that_of_fips_197():
    cipher = Ecb(bytes.fromhex("000102030405060708090a0b0c0d0e0f"))
    block = bytes.fromhex("00112233445566778899aabbccddeeff")
    for _ in range(3):  # a block depends on no block before it
        assert cipher.encrypt(block).hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"


def test_a_key_and_a_block_have_sixteen_bytes():
    for key, block in (
        (bytes(15), bytes(16)),
        (bytes(32), bytes(16)),
        (bytes(16), bytes(32)),
        (bytes(16), b""),
    ):
        try:
            Ecb(key).encrypt(block)
        except AssertionError:
            continue
        raise ValueError("not refused: {} {}".format(len(key), len(block)))


def test_vectors():
    assert len([row for row in vectors() if row["origin"] == "published"]) == 2
    for row in vectors():
        assert eid.eid(bytes.fromhex(row["ik"]), row["k"], row["t"]).hex() == row["eid"], row["id"]


def test_one_identity_lasts_exactly_one_quantum():
    for rotation in (0, 4, 5, 10, 15):
        identity = eid.Identity(KEY, rotation)
        start = eid.quantum(1790000000, rotation) << rotation
        first = identity.at(start)
        assert len(first) == eid.EID_BYTES
        assert identity.at(start + (1 << rotation) - 1) == first
        assert identity.at(start + (1 << rotation)) != first
        assert identity.at(start - 1) != first
        assert identity.at(start) == first


def test_across_the_change_of_the_temporary_key_in_any_order():
    identity = eid.Identity(KEY, 5)
    seconds = list(range(65536 - 96, 65536 + 96, 8)) + list(range(131072 - 32, 131072 + 32, 8))
    fresh = {second: eid.eid(KEY, 5, second) for second in seconds}
    for order in (seconds, seconds[::-1], seconds[::3] + seconds[1::3]):
        assert [identity.at(second) for second in order] == [fresh[second] for second in order]
    assert len(set(fresh.values())) == len({eid.quantum(second, 5) for second in seconds})


def test_seconds_wrap_at_32_bits():
    assert eid.quantum(1 << 32, 5) == 0
    assert eid.quantum((1 << 32) - 1, 5) == (1 << 27) - 1
    assert eid.quantum(-1, 5) == (1 << 27) - 1
    assert eid.eid(KEY, 5, 1 << 32) == eid.eid(KEY, 5, 0)
    assert eid.eid(KEY, 5, -1) == eid.eid(KEY, 5, (1 << 32) - 1)
    assert eid.eid(KEY, 5, (1 << 32) + 1790000000) == eid.eid(KEY, 5, 1790000000)


def test_a_rotation_is_part_of_the_identity():
    assert len({eid.eid(KEY, rotation, 0) for rotation in range(16)}) == 16


def test_a_rotation_or_a_key_that_cannot_be_is_our_mistake():
    for key, rotation in ((KEY, -1), (KEY, 16), (KEY[:-1], 5), (KEY + b"\x00", 5)):
        try:
            eid.Identity(key, rotation)
        except AssertionError:
            continue
        raise ValueError("not refused: {} {}".format(len(key), rotation))


def test_the_short_form_is_the_first_four_bytes():
    assert eid.short(bytes.fromhex("a9b76a71c5f89290")).hex() == "a9b76a71"


def test_a_counter_of_its_own_meets_its_first_change_early():
    assert 0 < 65536 - eid.TAG_START_S <= 256
