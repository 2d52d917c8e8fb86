"""The one exception of the contract: a peer's bytes, topic or value that the contract does not allow.

Whoever catches it counts it by `reason` and drops the message; it is never answered and never asserted on.
"""

REASONS = (
    "truncated",  # the bytes end inside an item
    "trailing",  # bytes follow the one item of the message
    "not_canonical",  # valid CBOR, but not in its one shortest definite form
    "too_deep",  # arrays nested deeper than cbor.MAX_DEPTH
    "too_long",  # a declared length or count beyond the bounds of cbor
    "bad_type",  # a map, tag, float or simple value, or a field of another type than its row says
    "bad_utf8",  # text that is not UTF-8 (RFC 3629)
    "out_of_range",  # a number, length or count outside its row, or fields that contradict each other
    "wrong_version",  # the first item is not messages.VERSION
    "wrong_length",  # an array with more or fewer fields than its shape
    "bad_topic",  # not sb/v1/<device>/<up|down>/<kind>
    "bad_device",  # a device id outside [a-z0-9-]{1,32}
    "unknown_kind",  # a kind that the contract does not name, or has no message for
    "oversize",  # the whole message is longer than cbor.MAX_BYTES
)


class ProtocolError(Exception):
    """`reason` is one of REASONS; `detail` names the field or the offset, never the peer's own text."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
