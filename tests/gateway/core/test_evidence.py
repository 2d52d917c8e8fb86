"""Keys of evidence: the one form in which a card leaves its message."""

import hashlib
import hmac

from gateway.core.evidence import KEY_BYTES, NFC_UID, QR_STATIC, evidence_key
from tests.gateway.rig import BRAND_KEY, LIN


def test_the_key_is_the_hmac_the_contract_names() -> None:
    expected = hmac.new(BRAND_KEY, b"nfc.uid\x00" + LIN, hashlib.sha256).digest()[:16]
    assert evidence_key(BRAND_KEY, NFC_UID, LIN) == expected
    assert len(expected) == KEY_BYTES


def test_kind_brand_and_value_each_change_it() -> None:
    keys = {
        evidence_key(BRAND_KEY, NFC_UID, LIN),
        evidence_key(BRAND_KEY, QR_STATIC, LIN),
        evidence_key(BRAND_KEY[::-1], NFC_UID, LIN),
        evidence_key(BRAND_KEY, NFC_UID, LIN[:-1]),
    }
    assert len(keys) == 4
