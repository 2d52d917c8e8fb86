"""Decides who may be online and for how long; the enforcer makes it so.

A phone has one live session, by its MAC. What it had in the last day counts by the hash of its MAC: a stay,
and each time more, is one of the day's times, and there are 1 + extensions_max of them in each class.
"""

import asyncio
import secrets
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from msgspec.structs import replace

from gateway.portal.clients import Client, Hashes
from gateway.portal.enforcer import AWAY, ONLINE, UNKNOWN, Enforcer
from gateway.portal.grants import KEPT_MS, Session
from gateway.portal.sessions import MINUTE_MS, longer, over, shut_out, used

NO_LEASE: Final = "no_lease"
FULL: Final = "full"
OVER: Final = "over"  # the time of a day is used up
SHUT_OUT: Final = "shut_out"  # staff ended it
DONE: Final = frozenset({ONLINE, AWAY})


class Terms(NamedTuple):
    """How long one may be online, by class, and how often that may be repeated in a day."""

    guest_minutes: int
    member_minutes: int
    extensions_max: int

    def minutes(self, kind: str) -> int:
        """Of one stay."""
        return self.member_minutes if kind == "member" else self.guest_minutes


class Clerk:
    """Begins, lengthens and ends sessions."""

    def __init__(self, enforcer: Enforcer, hashes: Hashes, terms: Terms, now_ms: Callable[[], int]) -> None:
        self._enforcer, self._hashes, self._terms, self._now_ms = enforcer, hashes, terms, now_ms
        self._sessions = enforcer.sessions
        self._opening: dict[str, asyncio.Future[str]] = {}

    def live(self, phone: Client) -> Session | None:
        """The session a phone has at the address it asks from; None where it must connect (again)."""
        found = self._sessions.live(phone.mac)
        return found if found is not None and found.ip == phone.ip else None

    def last(self, phone: Client) -> Session | None:
        """The last session of this day that ended for a phone; None where it had none."""
        past = self._past(phone.mac)
        return past[-1] if past else None

    async def begin(self, phone: Client, member: str | None, door: str) -> str:
        """Let a phone online, or say what is in the way; a phone that is online already stays."""
        if phone.mac is None:
            return NO_LEASE
        opening = self._opening.get(phone.mac)
        if opening is None:
            opening = asyncio.ensure_future(self._begin(phone.mac, phone.ip, member, door))
            self._opening[phone.mac] = opening
            opening.add_done_callback(partial(self._opened, phone.mac))
        return await asyncio.shield(opening)

    async def once_more(self, phone: Client) -> str:
        """Give a live session the same time again, as a guest asks for it."""
        live = self.live(phone)
        if live is None:
            return UNKNOWN
        if not self.may_extend(live):
            return OVER
        return await self._enforcer.order(longer(live, self._terms.minutes(live.kind)))

    async def extend(self, session_id: str, minutes: int) -> str:
        """Give a live session more time, whatever it had."""
        found = self._sessions.get(session_id)
        if found is None or found.ended_ms is not None:
            return UNKNOWN
        return await self._enforcer.order(longer(found, minutes))

    async def end(self, session_id: str) -> str:
        """End a live session now, as staff wish."""
        found = self._sessions.get(session_id)
        if found is None or found.ended_ms is not None:
            return UNKNOWN
        return await self._enforcer.order(over(found, "staff", self._now_ms()), found.pair)

    def may_extend(self, session: Session) -> bool:
        """Whether a guest may have the same time once more by asking."""
        times = used([*self._past(session.mac), session], session.kind)
        return times <= self._terms.extensions_max

    async def _begin(self, mac: str, ip: str, member: str | None, door: str) -> str:
        live = self._sessions.live(mac)
        if live is not None:
            return await self._stay(live, ip, member)
        kind, now_ms, past = ("member" if member else "guest"), self._now_ms(), self._past(mac)
        if shut_out(past, now_ms):
            return SHUT_OUT
        if used(past, kind) > self._terms.extensions_max:
            return OVER
        session = Session(
            id=secrets.token_hex(4),
            hash=self._hashes.today(mac, now_ms),
            mac=mac,
            ip=ip,
            member=member,
            door=door,
            kind=kind,
            begins_ms=now_ms,
            ends_ms=now_ms + self._terms.minutes(kind) * MINUTE_MS,
        )
        return await self._enforcer.order(session)

    async def _stay(self, live: Session, ip: str, member: str | None) -> str:
        """Online already: with another address it moves there, and a guest who became a member gains."""
        moved = replace(live, ip=ip)
        if member is not None and live.member is None:
            ends_ms = max(live.ends_ms, self._now_ms() + self._terms.member_minutes * MINUTE_MS)
            moved = replace(moved, member=member, kind="member", door="join", ends_ms=ends_ms)
        if moved == live and self._enforcer.is_open(live):
            return ONLINE
        return await self._enforcer.order(moved, live.pair if moved.pair != live.pair else None)

    def _opened(self, mac: str, _: object) -> None:
        del self._opening[mac]

    def _past(self, mac: str | None) -> list[Session]:
        if mac is None:
            return []
        now_ms = self._now_ms()
        return self._sessions.ended(self._hashes.recent(mac, now_ms), now_ms - KEPT_MS)
