"""Giving without a right, at the merchant's risk: by policy, and while the civil day's limits last. Pure.

A limit is a balance: a lot of unit "USE:risk:<unit>:<date>" that the day's first use mints for the member and
for the gateway, and that each use spends by its value in money. <unit> is the code of the policy's Unit, so
that all units of one pattern share its limits. What is given comes out of SUSPENSE, from a lot of the same
name, until HQ settles who bears it.
"""

from collections.abc import Iterable

from msgspec import UNSET

from firmware.protocol.messages import CLOCK_SET
from gateway.core.draft import Draft, Refusal
from gateway.core.lots import Share
from gateway.core.model import HELD_ELSEWHERE, HQ_UNREACHABLE, RISK_LIMIT, Bundle, Facts, RightsFact, Setting
from gateway.core.orders.model import Applied
from gateway.core.promises import (
    AT_RISK,
    GATEWAY,
    ONLINE,
    RISK,
    SPENT,
    SUSPENSE,
    LotFact,
    Policy,
    Terms,
    Transfer,
    Unit,
)
from gateway.core.units import unit_of, value

HOUR_MS = 3_600_000


def allowance_unit(unit: Unit, date: str) -> str:
    """The unit in which what a civil day still allows of this unit's policy is counted."""
    return f"{RISK}{unit.code}:{date}"


def refusal(policy: Policy, rights: RightsFact) -> Refusal:
    """Why nothing is given where the right is elsewhere and HQ did not bring it."""
    unreachable = policy.kind == ONLINE and not rights.online
    return Refusal(HQ_UNREACHABLE if unreachable else HELD_ELSEWHERE)


def worth_of(bundle: Bundle, applied: Iterable[Applied]) -> int:
    """What effects cost the merchant, minor units of money: discounts, faces of coupons, priced units."""
    return sum(_worth(bundle, each) for each in applied if each.does != "debit")


def _worth(bundle: Bundle, applied: Applied) -> int:
    if applied.does not in ("credit", "issue"):
        return applied.amount
    terms = Terms() if applied.terms is None else applied.terms
    return value(unit_of(bundle, applied.unit), terms, applied.amount)


def why_not(facts: Facts, setting: Setting, unit: Unit, owner: str, worth: int) -> str | None:
    """Why the merchant would not bear so much, found before anything is moved; None if they would.

    A day's allowance that is not among the facts was not begun: its whole limit is left.
    """
    policy = unit.offline
    if policy.kind != AT_RISK or facts.rights is UNSET:
        return HELD_ELSEWHERE
    if not _is_fresh(policy, facts.rights, setting):
        return HQ_UNREACHABLE
    code = allowance_unit(unit, setting.date)
    known = [fact for fact in facts.lots or () if fact.nature.unit == code and not fact.new]
    mine = [fact.left - fact.held for fact in known if fact.nature.owner == owner]
    ours = [fact.left - fact.held for fact in known if fact.nature.owner.startswith(GATEWAY)]
    room = min(policy.per_use, *(mine or [policy.per_member]), *(ours or [policy.per_gateway]))
    return None if 0 < worth <= room else RISK_LIMIT


class Risk:
    """What one act gives without a right, over all its parts; raises Refusal where a limit ends it."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._used: dict[str, int] = {}  # by unit: value given in this act, for the limit of one use
        self._allowances: dict[tuple[str, str], LotFact] = {}
        self._given: dict[str, int] = {}

    def known(self, fact: LotFact) -> int:
        """What other logs may still hold of a lot, as far as is known here."""
        elsewhere = fact.elsewhere + fact.offered - fact.owed - self._given.get(fact.lot, 0)
        return max(elsewhere, 0)

    def give(self, unit: Unit, owner: str, shares: list[Share], worth: int | None = None) -> None:
        """Give these amounts, which other logs hold, out of SUSPENSE; `worth` in place of their own price."""
        values = [value(unit, share.fact.nature.terms, share.amount) for share in shares]
        self.bear(unit, owner, sum(values) * all(values) if worth is None else worth)
        for share in shares:
            self._suspend(share)

    def bear(self, unit: Unit, owner: str, worth: int) -> None:
        """Let the merchant bear so much, within the limits of one use, one member and one gateway's day."""
        policy, draft = unit.offline, self._draft
        if policy.kind != AT_RISK:
            raise refusal(policy, draft.rights)
        if not _is_fresh(policy, draft.rights, draft.setting):
            raise Refusal(HQ_UNREACHABLE)
        if not worth:
            raise Refusal(RISK_LIMIT)  # what has no price has no bound
        self._spend_limits(unit, owner, worth)

    def _spend_limits(self, unit: Unit, owner: str, worth: int) -> None:
        policy = unit.offline
        used = self._used[unit.code] = self._used.get(unit.code, 0) + worth
        if used > policy.per_use:
            raise Refusal(RISK_LIMIT)
        for holder, limit in (
            (owner, policy.per_member),
            (GATEWAY + self._draft.gateway, policy.per_gateway),
        ):
            allowance = self._allowance(unit, holder, limit)
            if allowance is None or self._draft.free(allowance) < worth:
                raise Refusal(RISK_LIMIT)
            self._draft.take(allowance, worth, SPENT)

    def _allowance(self, unit: Unit, holder: str, limit: int) -> LotFact | None:
        """The day's lot, made by its first use; None where the limit is nothing."""
        code = allowance_unit(unit, self._draft.setting.date)
        known = self._allowances.get((holder, code))
        if known is None:
            known = next((fact for fact in self._draft.lots_of(holder, code) if not fact.new), None)
        if known is None and limit > 0:
            terms = Terms(expires_on=self._draft.setting.date)
            known = self._draft.mint(holder, code, limit, terms)
        if known is not None:
            self._allowances[holder, code] = known
        return known

    def _suspend(self, share: Share) -> None:
        fact = share.fact
        self._given[fact.lot] = self._given.get(fact.lot, 0) + share.amount
        unit = fact.nature.unit
        self._draft.move(Transfer(share.amount, SPENT, SUSPENSE, unit, UNSET, fact.lot), fact)


def _is_fresh(policy: Policy, rights: RightsFact, setting: Setting) -> bool:
    """Whether HQ's last word is young enough; by a clock that nobody set, no word is."""
    age_ms = setting.at - rights.synced_at
    return setting.clock == CLOCK_SET and rights.synced_at > 0 and age_ms <= policy.hours * HOUR_MS
