"""wifi.sock: what the store's staff see of the guests' network, and what they may do.

    sessions {}                  -> {ok, sessions: [...], enforced, simulated, wan, counters}
    end      {session}           -> {ok}
    extend   {session, minutes}  -> {ok}

A MAC is shown by its last two bytes: enough to tell two phones apart at the counter, not to follow one.
"""

from collections.abc import Callable
from typing import Final

from gateway.counters import Counters
from gateway.lines import Answer, refusal
from gateway.portal.clerk import DONE, Clerk
from gateway.portal.enforcer import ENDED, Enforcer
from gateway.portal.grants import Session

MINUTES_MAX: Final = 24 * 60


class Control:
    """Answers the gateway."""

    def __init__(
        self,
        clerk: Clerk,
        enforcer: Enforcer,
        wan_is_up: Callable[[], bool],
        simulated: bool,
        counters: Counters,
    ) -> None:
        self._clerk, self._enforcer, self._wan_is_up = clerk, enforcer, wan_is_up
        self._simulated = simulated
        self._counters = counters

    async def handle(self, asked: Answer) -> Answer:
        """One question."""
        do = asked.get("do")
        if do == "sessions":
            return self._sessions()
        session = asked.get("session")
        if do == "end" and isinstance(session, str):
            return _became(await self._clerk.end(session))
        minutes = asked.get("minutes")
        if do == "extend" and isinstance(session, str) and _minutes(minutes):
            assert isinstance(minutes, int)
            return _became(await self._clerk.extend(session, minutes))
        return refusal("bad_request")

    def _sessions(self) -> Answer:
        live = sorted(self._enforcer.sessions.all_live(), key=lambda each: each.begins_ms)
        return {
            "ok": True,
            "sessions": [self._shown(session) for session in live],
            "enforced": self._enforcer.enforced,
            "simulated": self._simulated,
            "wan": self._wan_is_up(),
            "counters": self._counters.snapshot(),
        }

    def _shown(self, session: Session) -> Answer:
        mac, ip = session.pair
        held = self._enforcer.held.get(session.pair)
        return {
            "id": session.id,
            "door": session.door,
            "member": session.member,
            "mac": mac[-5:],
            "ip": ip,
            "since_ms": session.begins_ms,
            "until_ms": session.ends_ms,
            "class": session.kind,
            "down_bytes": held.down_bytes if held else None,
            "up_bytes": held.up_bytes if held else None,
            "extensions": session.extensions,
            "enforced": self._enforcer.is_open(session),
        }


def _minutes(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MINUTES_MAX


def _became(outcome: str) -> Answer:
    """Written down is done: a netd that is away hears of it when it is back."""
    return {"ok": True} if outcome in DONE or outcome == ENDED else refusal(outcome)
