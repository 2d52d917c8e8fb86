"""The key that opens phone numbers, and the boxes they travel in."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from cloud_bridge.errors import SettingsError
from cloud_bridge.hq.phone_boxes import INFO, PLAIN_BYTES, SUITE, Opener, read_opener
from cloud_bridge.hq.signing import read_signer
from gateway.phones import read_phones

NUMBER = "+8613800138000"


def seal(path: str, number: str = NUMBER) -> bytes:
    """As a store does, from the public half alone."""
    return close(path, number.removeprefix("+").encode().ljust(PLAIN_BYTES, b"\0"))


def close(path: str, plain: bytes, info: bytes = INFO) -> bytes:
    public = load_pem_public_key(Path(path + ".pub").read_bytes())
    assert isinstance(public, X25519PublicKey)
    return SUITE.encrypt(plain, public, info)


@pytest.fixture
def key(tmp_path: Path) -> str:
    path = str(tmp_path / "phone.key")
    read_opener(path)
    return path


def test_the_key_is_made_once_for_hq_alone(key: str) -> None:
    made = Path(key).read_bytes()
    opener = read_opener(key)
    assert Path(key).read_bytes() == made and Path(key).stat().st_mode & 0o777 == 0o600
    assert opener.public_pem == Path(key + ".pub").read_text()
    assert "PRIVATE" not in opener.public_pem
    assert list(Path(key).parent.glob("*.part")) == []


def test_what_a_store_closes_hq_opens(key: str) -> None:
    opener = read_opener(key)
    first, second = seal(key), seal(key)
    assert len(first) == 64 and opener.open(first) == opener.open(second) == NUMBER
    assert first[:32] != second[:32] and first[32:48] != second[32:48]
    assert len(seal(key, "+12025")) == len(seal(key, "+" + "9" * 15)) == 64, "no length tells a country"
    assert opener.open(seal(key, "+" + "9" * 15)) == "+" + "9" * 15


def test_hq_opens_what_the_gateway_closes(key: str) -> None:
    phones = read_phones(key + ".pub")
    for typed, number in (("138 0013 8000", NUMBER), ("+1 202-555-0143", "+12025550143")):
        digits = phones.normalise(typed)
        assert digits is not None and read_opener(key).open(phones.seal(digits)) == number


def test_any_byte_that_changed_keeps_a_box_closed(key: str) -> None:
    opener, box = read_opener(key), seal(key)
    for place in range(len(box)):
        other = bytes(byte ^ (1 if at == place else 0) for at, byte in enumerate(box))
        # X25519 ignores the highest bit only, which is not the one that is flipped here.
        assert opener.open(other) is None, place
    for wrong in (b"", box[:31], box[:-1], box + b"\0", bytes(64), b"\xff" * 64):
        assert opener.open(wrong) is None


@pytest.mark.parametrize(
    "plain",
    [
        b"8613800138000",
        b"8613800138000".ljust(17, b"\0"),
        b"+861380013800".ljust(16, b"\0"),
        b"0861380013800".ljust(16, b"\0"),
        b"8613800\x00138000".ljust(16, b"\0"),
        b"1" * 16,
        b"<script>".ljust(16, b"\0"),
        bytes(16),
    ],
)
def test_a_box_without_a_number_is_none(key: str, plain: bytes) -> None:
    assert read_opener(key).open(close(key, plain)) is None


def test_a_box_of_another_purpose_or_brand_stays_closed(key: str, tmp_path: Path) -> None:
    opener, plain = read_opener(key), b"8613800138000".ljust(16, b"\0")
    assert opener.open(close(key, plain, b"shopbell phone 2")) is None
    other = str(tmp_path / "other.key")
    read_opener(other)
    assert opener.open(seal(other)) is None
    assert Opener(None).open(seal(key)) is None and read_opener("").public_pem == ""


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("no key")
    read_signer(str(tmp_path / "bundle.key"))
    for path in (tmp_path / "bad", tmp_path / "no" / "folder", tmp_path / "bundle.key"):
        with pytest.raises(SettingsError, match="phone_key_file"):
            read_opener(str(path))
