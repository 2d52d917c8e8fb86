"""Texts that only this gateway can have made: BASE64URL(JSON) "." HEX(HMAC-SHA256 of that).

Nothing in them is secret; they cannot be made or changed by anybody without the key. A seal of one purpose
opens under no other. What was sealed is a struct of ours, decoded strictly.
"""

import base64
import binascii
import hmac
from typing import Final, Generic, TypeVar

import msgspec

TEXT_MAX: Final = 512  # ours are some 200 characters; what is longer is not read

Kept = TypeVar("Kept")


class Seals(Generic[Kept]):
    """Makes and opens texts of one purpose; `kind` is what they carry."""

    def __init__(self, key: bytes, purpose: str, kind: type[Kept]) -> None:
        assert key, "an empty key would let everybody make them"
        self._key = hmac.digest(key, b"shopbell " + purpose.encode(), "sha256")
        self._decoder = msgspec.json.Decoder(kind)

    def seal(self, value: Kept) -> str:
        """The value as a text for cookies and JSON."""
        body = base64.urlsafe_b64encode(msgspec.json.encode(value)).decode()
        return f"{body}.{self._mark(body)}"

    def open(self, text: str) -> Kept | None:
        """The value again; None for what was not made here."""
        body, point, mark = text[: TEXT_MAX + 1].rpartition(".")
        if not point or len(text) > TEXT_MAX:
            return None
        if not hmac.compare_digest(mark.encode(errors="replace"), self._mark(body).encode()):
            return None
        try:
            return self._decoder.decode(base64.urlsafe_b64decode(body))
        except (binascii.Error, msgspec.MsgspecError):  # sealed by another version of this program
            return None

    def _mark(self, body: str) -> str:
        return hmac.digest(self._key, body.encode(errors="replace"), "sha256").hex()
