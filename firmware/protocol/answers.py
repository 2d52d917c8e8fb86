"""The gateway's short way to `booked`: a screen is encoded once and spliced into every answer that shows it.

Not in the bundle of a device. Byte for byte what messages.encode("booked", ...) gives: a test holds them
together.
"""

from .cbor import MAX_BYTES, encode, head
from .compat import TYPE_CHECKING
from .errors import ProtocolError
from .messages import SCREEN, build

if TYPE_CHECKING:
    from typing import Any

ENVELOPE_BYTES_MAX = 41  # booked without its screen: 1 + 1 + 5 + 9 + 5 + 9 + 9 + 2


def encode_screen(screen: "Any") -> bytes:
    """The bytes of a checked screen, short enough for any `booked`; raises ProtocolError."""
    encoded = encode(build(SCREEN, screen))
    if len(encoded) > MAX_BYTES - ENVELOPE_BYTES_MAX:
        raise ProtocolError("oversize")
    return encoded


def encode_booked(
    boot: int, nonce: bytes, number: int, epoch: int, seq: int, outcome: int, screen: bytes
) -> bytes:
    """`booked` around a screen of encode_screen(); the numbers are the gateway's own, hence asserted."""
    assert len(nonce) == 8 and boot > 0 and number > 0 and epoch > 0 and seq > 0 and 0 < outcome < 256
    return (
        b"\x88\x01"
        + head(0, boot)
        + b"\x48"
        + nonce
        + head(0, number)
        + head(0, epoch)
        + head(0, seq)
        + head(0, outcome)
        + screen
    )
