"""Who is online, was, and may be again: the portal's sessions in memory, and what becomes of one.

Pure but for the table itself: a change is a new Session, which the caller writes down before it is put here.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from gateway.portal.grants import KEPT_MS, Session

MINUTE_MS: Final = 60_000
SHUT_OUT_MS: Final = 30 * MINUTE_MS  # whom staff sent away comes back after this, at the earliest


class Sessions:
    """By id, the live ones by MAC too; a MAC has at most one live session."""

    def __init__(self, kept: Iterable[Session] = ()) -> None:
        self._all: dict[str, Session] = {}
        self._live: dict[str, Session] = {}
        self._ended: dict[bytes, list[str]] = {}
        for session in kept:
            self.put(session)

    def put(self, session: Session) -> None:
        """This is how it is now."""
        before = self._all.get(session.id)
        if before is not None and before.mac is not None and self._live.get(before.mac) is before:
            del self._live[before.mac]
        self._all[session.id] = session
        if session.mac is not None:
            self._live[session.mac] = session
        elif before is None or before.ended_ms is None:
            self._ended.setdefault(session.hash, []).append(session.id)

    def get(self, session_id: str) -> Session | None:
        """The session of that id."""
        return self._all.get(session_id)

    def live(self, mac: str | None) -> Session | None:
        """The live session of a MAC, wherever it has its address."""
        return self._live.get(mac) if mac is not None else None

    def all_live(self) -> Iterator[Session]:
        """Every live session."""
        return iter(self._live.values())

    def due(self, now_ms: int) -> list[Session]:
        """The live ones whose time is over."""
        return [session for session in self._live.values() if session.ends_ms <= now_ms]

    def ended(self, hashes: Iterable[bytes], since_ms: int) -> list[Session]:
        """The ended ones of these hashes that began after a time, oldest first."""
        found = (self._all[each] for one in hashes for each in self._ended.get(one, ()))
        return sorted((each for each in found if each.begins_ms > since_ms), key=lambda each: each.begins_ms)

    def forget(self, now_ms: int) -> None:
        """Drop what ended longer ago than the book keeps it."""
        for session in list(self._all.values()):
            if session.ended_ms is not None and session.ended_ms < now_ms - KEPT_MS:
                del self._all[session.id]
                self._ended[session.hash].remove(session.id)
                if not self._ended[session.hash]:
                    del self._ended[session.hash]


def over(session: Session, why: str, now_ms: int) -> Session:
    """It ended: what named the phone goes at once."""
    return replace(session, mac=None, ip=None, ended_ms=now_ms, ended_why=why)


def longer(session: Session, minutes: int) -> Session:
    """With more time, counted as one extension."""
    return replace(session, ends_ms=session.ends_ms + minutes * MINUTE_MS, extensions=session.extensions + 1)


def used(sessions: Iterable[Session], kind: str) -> int:
    """How many times of a class these had: each stay is one, and one for each extension."""
    return sum(1 + each.extensions for each in sessions if each.kind == kind and each.ended_why != "refused")


def shut_out(sessions: Iterable[Session], now_ms: int) -> bool:
    """Whether staff ended one of these not long ago."""
    return any(
        each.ended_why == "staff" and each.ended_ms is not None and now_ms - each.ended_ms < SHUT_OUT_MS
        for each in sessions
    )
