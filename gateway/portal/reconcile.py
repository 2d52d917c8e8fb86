"""What the kernel must still learn: the difference between our book and its two sets. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from gateway.portal.grants import Session

Pair = tuple[str, str]

GRACE_S: Final = 120  # the kernel's own time-out lies so far behind ours: it is the net below, not the rope
DRIFT_S: Final = 30  # seconds of a time-out that may differ: a grant takes its time, the kernel rounds


class Held(NamedTuple):
    """A pair as the kernel has it; byte counts since its last grant, None where nobody counts."""

    left_s: int
    kind: str
    down_bytes: int | None
    up_bytes: int | None


class Difference(NamedTuple):
    """What to grant, and which pairs to revoke."""

    grant: list[Session]
    revoke: list[Pair]


def left_s(session: Session, now_ms: int) -> int:
    """The kernel's time-out of a live session, in whole seconds, at least 1."""
    return max(1, (session.ends_ms - now_ms) // 1000 + GRACE_S)


def difference(wanted: Iterable[Session], held: Mapping[Pair, Held], now_ms: int) -> Difference:
    """What makes the kernel hold what is wanted: the missing, the wrong, and what nobody wants."""
    pairs = {session.pair: session for session in wanted}
    grant = [session for pair, session in pairs.items() if not _holds(held.get(pair), session, now_ms)]
    return Difference(grant, [pair for pair in held if pair not in pairs])


def _holds(held: Held | None, session: Session, now_ms: int) -> bool:
    return (
        held is not None
        and held.kind == session.kind
        and abs(held.left_s - left_s(session, now_ms)) <= DRIFT_S
    )


def client(session: Session, now_ms: int) -> dict[str, Any]:
    """A live session as netd is asked to grant it."""
    mac, ip = session.pair
    return {"mac": mac, "ip": ip, "seconds": left_s(session, now_ms), "class": session.kind}
