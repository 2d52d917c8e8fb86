"""Phone numbers: one spelling for all ways to type one, and boxes that only HQ's key opens."""

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cloud_bridge.hq.phone_boxes import Opener
from gateway.errors import SettingsError
from gateway.phones import INFO, SUITE, TYPED_CHARACTERS_MAX, Phones, normalise, read_phones

KEY = X25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.mark.parametrize(
    "typed",
    ["13800138000", "138 0013 8000", "138-0013-8000", "+86 138 0013 8000", "0086 138 0013 8000",
     "１３８００１３８０００", "(+86)13800138000", " 13800138000\t"],
)  # fmt: skip
def test_every_way_to_type_a_number_is_the_same_number(typed: str) -> None:
    assert normalise(typed) == "8613800138000"


def test_numbers_of_other_countries_need_their_code() -> None:
    assert normalise("+49 1512 3456789") == "4915123456789"
    assert normalise("+1 650 253 0000") == "16502530000"
    assert normalise("0171 123456") is None
    assert normalise("0171 1234567", "DE") == "491711234567"


@pytest.mark.parametrize(
    "typed",
    ["", "abc", "110", "123456", "138001380001", "+999 123 456 789", "138 0013 8000 ext. 5",
     "1" * (TYPED_CHARACTERS_MAX + 1), "13800138000;drop", "\0", "+"],
)  # fmt: skip
def test_what_no_country_gave_out_is_no_number(typed: str) -> None:
    assert normalise(typed) is None


def test_hq_opens_what_a_store_sealed() -> None:
    box = Phones(KEY.public_key()).seal("8613800138000")
    assert Opener(KEY).open(box) == "+8613800138000"


def test_boxes_tell_nothing_but_that_they_are_boxes() -> None:
    phones = Phones(KEY.public_key())
    boxes = [phones.seal(number) for number in ("8613800138000", "8613800138000", "67612")]
    assert {len(box) for box in boxes} == {64}
    assert len(set(boxes)) == 3
    assert not any(b"138" in box for box in boxes)


def test_another_key_opens_nothing_nor_does_a_changed_box() -> None:
    box = Phones(KEY.public_key()).seal("8613800138000")
    with pytest.raises(InvalidTag):
        SUITE.decrypt(box, X25519PrivateKey.generate(), INFO)
    for place in (0, 40, 63):
        with pytest.raises(InvalidTag):
            SUITE.decrypt(box[:place] + bytes((box[place] ^ 1,)) + box[place + 1 :], KEY, INFO)


def test_the_key_is_read_from_hqs_public_file(tmp_path: Path) -> None:
    path = tmp_path / "phone.pub"
    path.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert Opener(KEY).open(read_phones(str(path)).seal("8613800138000")) == "+8613800138000"


def test_files_that_hold_no_such_key_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "phone.pub"
    with pytest.raises(SettingsError, match="phone_key_file"):
        read_phones(str(path))
    path.write_text("not a key")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_phones(str(path))
    other = Ed25519PrivateKey.generate().public_key()
    path.write_bytes(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(SettingsError, match="no X25519 key"):
        read_phones(str(path))
