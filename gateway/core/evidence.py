"""What a card or code proves, and the only form in which it leaves the device's message.

A key is HMAC-SHA256(brand key, kind + 0x00 + value) cut to 16 bytes: the same card gives the same key in
every store of a brand, and neither a UID nor a code can be read back from an event, a cache or HQ.
"""

import hmac

from gateway.core.values import Model

KEY_BYTES = 16
BRAND_KEY_BYTES = 32

NFC_UID = "nfc.uid"  # value: the UID's 4, 7 or 10 bytes
QR_STATIC = "qr.static"  # value: the code's bytes as scanned
BLE_TAG = "ble.tag"  # value: the tag's id as the store's file of beacons has it
PHONE = "phone"  # value: the number in E.164, digits only

WEAK = "weak"  # may identify; alone it never spends stored value
FRESH = "fresh"  # made for this moment: a rotating code within its time
STALE = "stale"  # a genuine rotating code out of its time, or nobody knows the time: it opens nothing


def evidence_key(brand_key: bytes, kind: str, value: bytes) -> bytes:
    """The 16-byte key of a piece of evidence; equal inputs give equal keys on the gateway and at HQ."""
    return hmac.digest(brand_key, kind.encode() + b"\0" + value, "sha256")[:KEY_BYTES]


class Bounds(Model, frozen=True):
    """How far members go who are only named, minor units of money, 0 for no bound: `face` of one coupon
    without a PIN or a code, `pin_day` of points and money in a civil day by the PIN."""

    face: int
    pin_day: int


class CodeShown(Model, frozen=True):
    """A rotating code that was shown at the place where an act happens, and has stood for no PIN yet.

    `seq` is the event of this log that booked it, at time `at`, of this member; `limit` is how much all such
    codes may spend for a member in a civil day, minor units of money.
    """

    at: int
    limit: int
    member: str
    place: str
    seq: int
