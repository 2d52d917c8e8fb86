"""A log in memory for tests of acts: facts made of its State, decided, sealed, decided again, applied.

Harsher than a gateway: every act is decided a second time from its bytes alone, its transfers must balance in
each unit, and State must take the event.
"""

from collections.abc import Iterable
from itertools import count
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from gateway.core.book import LotKey, moves
from gateway.core.decide import decide
from gateway.core.event import GENESIS, Event, open_event, seal
from gateway.core.model import (
    DONE,
    TRANSFER_POSTED,
    Act,
    Bundle,
    CacheMark,
    Decision,
    Facts,
    Input,
    Outcome,
    RightsFact,
    Setting,
)
from gateway.core.promises import (
    AT_RISK,
    ONLINE,
    Credit,
    LotFact,
    Nature,
    Policy,
    Post,
    Spend,
    Terms,
    Transfer,
    Unit,
)
from gateway.core.redecide import redecide
from gateway.core.state import State

NOON_MS = 1_795_233_600_000  # 2026-11-21 04:00 UTC, noon in Shanghai
HOUR_MS = 3_600_000
TODAY, YESTERDAY, TOMORROW = "2026-11-21", "2026-11-20", "2026-11-22"
SHANGHAI = "Asia/Shanghai"
SETTING = Setting(NOON_MS, "b" * 64, CacheMark(7, "g1"), 1, 1, TODAY, SHANGHAI)
RIGHTS = RightsFact(1, False, False, NOON_MS - HOUR_MS)
ONLINE_NOW = replace(RIGHTS, online=True)
FROZEN = replace(RIGHTS, frozen=True)
LIN, BO = "member:lin", "member:bo"
POINTS = Unit("PTS", worth=1, per=10)
TEN_OFF = Unit("CPN:ten", Policy(AT_RISK, per_use=1_000, per_member=1_000, per_gateway=3_000, hours=24))
CARDS = Unit("CPN:card", Policy(ONLINE))
BUNDLE = Bundle(units=(POINTS, TEN_OFF, CARDS))

_RANDOMS = count(1)


def credit(amount: int, owner: str = LIN, unit: str = "PTS", **terms: Any) -> Credit:
    return Credit(amount, owner, Terms(**terms), unit)


def spend(amount: int, owner: str = LIN, unit: str = "PTS", lot: str | None = None) -> Spend:
    return Spend(amount, owner, unit, lot)


def post(*parts: Credit | Spend, returnable: int = 0) -> Post:
    return Post(parts, returnable)


def fact(lot: str, left: int = 0, unit: str = "PTS", owner: str = LIN, **more: Any) -> LotFact:
    """A lot that no log here made; terms by name, what else a LotFact has too."""
    terms = {name: more.pop(name) for name in list(more) if name in Terms.__struct_fields__}
    numbers = {"elsewhere": 0, "held": 0, "lease_end": 0, "new": False, "offered": 0, **more}
    return LotFact(left=left, lot=lot, nature=Nature(owner, Terms(**terms), unit), **numbers)


def given(act: Act, setting: Setting = SETTING, type: str = TRANSFER_POSTED, **more: Any) -> Input:
    """An act as it reaches a gateway, with random bytes of its own."""
    more = {"random": f"{next(_RANDOMS):016x}", "gateway": "g1", "actor": "staff:till", **more}
    random = more.pop("random")
    return Input(setting, "", random, type, act=act, **more)


class Log:
    """One gateway's log, with time as a value; `rights` and `setting` may be changed between acts."""

    def __init__(self, gateway: str = "g1", bundle: Bundle = BUNDLE) -> None:
        self.state = State(gateway)
        self.bundle = bundle
        self.setting = SETTING
        self.rights = RIGHTS
        self.events: list[Event] = []
        self._prev = GENESIS

    def lot(self, owner: str, unit: str, lot: str) -> LotFact:
        """What this log knows of one lot."""
        part = self.state.part(LotKey(owner, unit, lot))
        nature = self.state.natures[lot]
        owed = -self.state.part(LotKey("suspense", unit, lot)).left
        return LotFact(0, part.held, 0, part.left, lot, nature, False, 0, owed=max(owed, 0))

    def lots(self) -> tuple[LotFact, ...]:
        """Every lot that this log has met, but for SUSPENSE."""
        keys = dict.fromkeys(key for key, _ in self.state.parts if key.owner != "suspense")
        return tuple(self.lot(*key) for key in keys)

    def facts(self, more: Iterable[LotFact] = (), **others: Any) -> Facts:
        """All that is known here, and `more` in place of or beside it."""
        mine = {(fact.nature.owner, fact.nature.unit, fact.lot): fact for fact in (*self.lots(), *more)}
        return Facts(**{"lots": tuple(mine.values()), "rights": self.rights, **others})

    def do(self, act: Act, facts: Facts | None = None, **more: Any) -> Event:
        """Decide, check and apply; the event."""
        asked = given(act, self.setting, gateway=self.state.gateway, **more)
        decision = decide(self.bundle, self.facts() if facts is None else facts, asked)
        body = seal(decision, self.state.gateway, self.state.seq + 1, self._prev).body
        assert redecide(body, self.bundle) == body
        return self._append(decision)

    def book(self, kind: str, *transfers: Transfer) -> Event:
        """An event that HQ books without an act."""
        asked = Input(self.setting, "", f"{next(_RANDOMS):016x}", kind)
        return self._append(Decision(asked, Facts(), Outcome(False, DONE), transfers))

    def _append(self, decision: Decision) -> Event:
        sealed = seal(decision, self.state.gateway, self.state.seq + 1, self._prev)
        event = open_event(sealed.body)
        check_balanced(event)
        self.state.apply(event)
        self._prev = sealed.hash.hex()
        self.events.append(event)
        return event

    def done(self, act: Act, facts: Facts | None = None, **more: Any) -> Event:
        """As do(), for an act that must not be refused."""
        event = self.do(act, facts, **more)
        assert event.outcome.name == DONE, event.outcome
        return event

    def left(self, owner: str, unit: str = "PTS") -> int:
        """What this log may still give of an owner's unit, held or not."""
        return sum(
            part.left
            for (key, epoch), part in self.state.parts.items()
            if (key.owner, key.unit, epoch) == (owner, unit, self.state.epoch)
        )

    def balance(self, account: str, unit: str = "PTS") -> int:
        """A plain account's balance."""
        return sum(
            posted for key, posted in self.state.accounts.items() if key.owner == account and key.unit == unit
        )


def check_balanced(event: Event) -> None:
    """What one event moves sums to zero in every unit; a refused one moves nothing."""
    made = moves(event.transfers)
    sums: dict[str, int] = {}
    for lot, part in made.parts.items():
        sums[lot.unit] = sums.get(lot.unit, 0) + part.left
    for account, change in made.accounts.items():
        sums[account.unit] = sums.get(account.unit, 0) + change
    assert not any(sums.values()), sums
    if event.outcome.name != DONE:
        assert event.transfers == ()
        assert event.lots is UNSET


def outcome(
    act: Act, facts: Facts, setting: Setting = SETTING, bundle: Bundle = BUNDLE, **more: Any
) -> Outcome:
    """What an act becomes on these facts alone, on the gateway and again from its bytes."""
    decision = decide(bundle, facts, given(act, setting, **more))
    sealed = seal(decision, "g1", 1, GENESIS)
    assert redecide(sealed.body, bundle) == sealed.body
    check_balanced(open_event(sealed.body))
    return decision.outcome


def reason(act: Act, facts: Facts, setting: Setting = SETTING, **more: Any) -> str:
    """Outcome and reason in two words, as tables of tests put it."""
    found = outcome(act, facts, setting, **more)
    return f"{found.name} {found.reason}" if found.reason else found.name


def knows(*lots: LotFact, rights: RightsFact = RIGHTS, **more: Any) -> Facts:
    """Facts of these lots."""
    return Facts(lots=lots, rights=rights, **more)
