"""AES-EAX and telemetry on both Pythons: the paper's vectors, ours, and every bit turned."""

import json

from firmware.protocol import telemetry
from firmware.protocol.eax import Eax
from firmware.protocol.errors import ProtocolError
from firmware.protocol.telemetry import Sealed, Telemetry

VECTORS = __file__.rpartition("/")[0] + "/../../vectors/beacons.json"
KEY = bytes.fromhex("0102030405060708090a111213141516")
SAMPLE = Telemetry(2987, 5504, 123456, 864000)


def vectors(name):
    with open(VECTORS, encoding="utf-8") as file:
        return json.load(file)[name]


def reason_of(call, *arguments):
    try:
        call(*arguments)
    except ProtocolError as error:
        return error.reason
    return None


def turned(data, bit):
    """The same bytes but for one bit."""
    flipped = bytearray(data)
    flipped[bit // 8] ^= 1 << bit % 8
    return bytes(flipped)


def test_the_paper_s_ten_vectors():
    rows = vectors("eax")
    assert len(rows) == 10
    for row in rows:
        key, nonce, header, text, sealed = (
            bytes.fromhex(row[name]) for name in ("key", "nonce", "header", "text", "sealed")
        )
        ciphertext, tag = Eax(key).seal(nonce, text, header)
        assert ciphertext + tag == sealed, row["id"]
        assert Eax(key).open(nonce, sealed[:-16], sealed[-16:], header) == text
        short = Eax(key, 2)
        assert short.seal(nonce, text, header) == (sealed[:-16], sealed[-16:-14])
        assert short.open(nonce, sealed[:-16], sealed[-16:-14], header) == text


def test_one_turned_bit_opens_nothing():
    cipher = Eax(KEY)
    nonce, header, text = b"sixbyt", b"head", b"telemetry of a beacon, 33 bytes.."
    sealed, tag = cipher.seal(nonce, text, header)
    assert cipher.open(nonce, sealed, tag, header) == text
    for name, value in (("nonce", nonce), ("sealed", sealed), ("tag", tag), ("header", header)):
        parts = {"nonce": nonce, "sealed": sealed, "tag": tag, "header": header}
        for bit in range(8 * len(value)):
            parts[name] = turned(value, bit)
            assert cipher.open(parts["nonce"], parts["sealed"], parts["tag"], parts["header"]) is None


def test_a_tag_of_another_length_opens_nothing():
    sealed, tag = Eax(KEY, 2).seal(b"n", b"text")
    for other in (b"", tag[:1], tag + b"\x00"):
        assert Eax(KEY, 2).open(b"n", sealed, other) is None


def test_the_counter_runs_over():
    """A start of all ones: the block after it is all zeros, and no byte more."""

    class Ones(Eax):
        def _mac(self, number, data):
            return b"\xff" * 16

    first, second = Ones(KEY).seal(b"", bytes(32))[0][:16], Ones(KEY).seal(b"", bytes(32))[0][16:]
    assert first == Ones(KEY)._encrypt(b"\xff" * 16)
    assert second == Ones(KEY)._encrypt(bytes(16))


def test_telemetry_vectors():
    for row in vectors("etlm"):
        key, salt = bytes.fromhex(row["ik"]), bytes.fromhex(row["salt"])
        sealed = telemetry.seal(key, row["k"], row["t"], Telemetry(*row["telemetry"]), salt)
        assert (sealed.ciphertext.hex(), sealed.salt, sealed.tag.hex()) == (
            row["ciphertext"],
            salt,
            row["tag"],
        )
        assert telemetry.unseal(key, row["k"], row["t"], sealed) == Telemetry(*row["telemetry"]), row["id"]


def test_telemetry_opens_in_its_own_quantum_with_its_own_key_only():
    sealed = telemetry.seal(KEY, 5, 66032, SAMPLE, b"\xbe\xef")
    for t in (66016, 66032, 66047):
        assert telemetry.unseal(KEY, 5, t, sealed) == SAMPLE
    for key, rotation, t in ((KEY, 5, 66048), (KEY, 5, 66015), (KEY, 4, 66032), (turned(KEY, 0), 5, 66032)):
        assert telemetry.unseal(key, rotation, t, sealed) is None


def test_altered_telemetry_does_not_open():
    sealed = telemetry.seal(KEY, 5, 66016, SAMPLE, b"\xbe\xef")
    for field in range(3):
        for bit in range(8 * len(sealed[field])):
            parts = list(sealed)
            parts[field] = turned(sealed[field], bit)
            assert telemetry.unseal(KEY, 5, 66016, Sealed(*parts)) is None


def test_every_field_at_its_bounds():
    for sample in (
        Telemetry(0, None, 0, 0),
        Telemetry(65535, 32767, 4294967295, 4294967295),
        Telemetry(1, -32767, 1, 1),
    ):
        data = telemetry.pack(sample)
        assert len(data) == telemetry.TELEMETRY_BYTES
        assert telemetry.unpack(data) == sample
    for wrong in (
        Telemetry(-1, 0, 0, 0),
        Telemetry(65536, 0, 0, 0),
        Telemetry(0, 32768, 0, 0),
        Telemetry(0, -32769, 0, 0),
        Telemetry(0, 0, -1, 0),
        Telemetry(0, 0, 4294967296, 0),
        Telemetry(0, 0, 0, -1),
        Telemetry(0, 0, 0, 4294967296),
    ):
        assert reason_of(telemetry.pack, wrong) == "out_of_range", wrong


def test_telemetry_of_another_length_is_refused():
    for size in (0, 11, 13, 64):
        assert reason_of(telemetry.unpack, bytes(size)) == "wrong_length"
