"""One tap per visit: a card that rests on the reader, or is polled badly, yields one tap and no more.

A card is gone after GONE_AFTER polls that did not see it; another card is another tap, also beside the first.
A phone picks a new random UID (first byte 08, four bytes: ISO/IEC 14443-3) each time the field comes on, and
the field is off between polls: all random UIDs count as one card here, or a resting phone would tap ten times
a second.
"""

GONE_AFTER = (
    4  # polls; at one per 90 ms a card must be away for a third of a second, less than a deliberate tap
)
CARDS_MAX = 4  # a wallet held to the reader; the longest unseen makes room
_RANDOM = b"\x08"


def _key(uid: bytes) -> bytes:
    return _RANDOM if len(uid) == 4 and uid[0] == 8 else uid


class Presence:
    """Which cards lie in the field."""

    def __init__(self) -> None:
        self._missed: dict[bytes, int] = {}  # key of a card -> polls since it was seen

    def polled(self, target):
        """The target if it has just arrived, else None. `target` is what one poll saw: a Target or None."""
        seen = None if target is None else _key(target.uid)
        arrived = seen is not None and seen not in self._missed
        self._age(seen)
        if seen is not None:
            self._missed[seen] = 0
        return target if arrived else None

    def _age(self, seen: "bytes | None") -> None:
        """One more poll missed by every card but `seen`; leaves room for it."""
        others = [(missed + 1, key) for key, missed in self._missed.items() if key != seen]
        others.sort()
        self._missed = {key: missed for missed, key in others[: CARDS_MAX - 1] if missed < GONE_AFTER}
