"""Using an owner's promises: which lots pay for it, what is missing, and who may be asked for that. Pure.

A spend takes what this log may give by itself. What is missing and known to lie elsewhere is asked of HQ;
where HQ cannot be asked the unit's offline policy decides.
"""

from collections.abc import Iterable

from gateway.core import model
from gateway.core.draft import Draft, Refusal
from gateway.core.lots import pick, usable
from gateway.core.model import Bundle
from gateway.core.promises import COUPON, GATEWAY, MEMBER, ORDER, PROGRAM, SPENT, STAFF, Ask, Hold, Spend
from gateway.core.risk import Risk
from gateway.core.units import OURS_ALONE, unit_of

# Of one part: 10^12 minor units is more than any promise, and 2^63 is nine million of it away.
PART_MAX = 10**12
LIVE = ("active", "provisional")
OWNERS = (MEMBER, PROGRAM, ORDER, GATEWAY, STAFF)


class Need:
    """An amount of an owner's unit that an act wants to use: what is here, what is missing, what is known."""

    def __init__(self, draft: Draft, risk: Risk, act: Spend | Hold) -> None:
        self.act = act
        self.mine = draft.lots_of(act.owner, act.unit)
        if act.lot is not None:
            self.mine = [fact for fact in self.mine if fact.lot == act.lot]
        dates = draft.facts.dates
        self.lots = [fact for fact in self.mine if usable(fact, draft.setting, dates) is None]
        self.shares, self.missing = pick(self.lots, act.amount, draft.known_free)
        self.elsewhere, self.unknown = pick(self.lots, self.missing, risk.known)


def spend(bundle: Bundle, draft: Draft, risk: Risk, part: Spend, worth: int | None = None) -> None:
    """Move an owner's amount to SPENT; Refusal, or a question to HQ, where it may not.

    `worth` is what is at stake, minor units of money, where the unit has no price of its own.
    """
    found = need(draft, risk, part)
    if found.missing:
        go_elsewhere(draft, found)
        risk.give(unit_of(bundle, part.unit), part.owner, found.elsewhere, worth)
    for share in found.shares:
        draft.take(share.fact, share.amount, SPENT)


def need(draft: Draft, risk: Risk, act: Spend | Hold) -> Need:
    """What an act needs; Refusal where the owner may not use anything."""
    check_owned(act.owner, act.unit, act.amount)
    member = draft.facts.member
    if member is not None and act.owner == MEMBER + member.id and member.status not in LIVE:
        raise Refusal(model.MEMBER_BLOCKED)
    if draft.rights.frozen:
        raise Refusal(model.RIGHTS_FROZEN)
    return Need(draft, risk, act)


def go_elsewhere(draft: Draft, found: Need) -> None:
    """Nothing, if the offline policy is to decide; Refusal, or a question to HQ, otherwise."""
    check_known(draft, found)
    if draft.rights.online and not draft.rights.asked:
        raise Refusal(model.HELD_ELSEWHERE, model.ASKED)


def check_known(draft: Draft, found: Need) -> None:
    """Nothing, if an owner has so much here or anywhere; Refusal says exactly why not."""
    if found.unknown:
        raise Refusal(_why_not(draft, found))


def asks(draft: Draft, uses: Iterable[Spend | Hold]) -> tuple[Ask, ...]:
    """What HQ must be asked for so that all of these together may be used; nothing for what nobody has."""
    wanted = []
    for use in uses:
        found = Need(draft, Risk(draft), use)
        if found.missing and not found.unknown:
            wanted.append(Ask(found.missing, use.owner, use.unit, use.lot))
        for share in found.shares:
            draft.take(share.fact, share.amount, SPENT)
    return tuple(wanted)


def check_owned(owner: str, unit: str, amount: int, barred: tuple[str, ...] = OURS_ALONE) -> None:
    """Nothing, if so much of this owner's unit may be asked for; Refusal otherwise."""
    if not 0 < amount <= PART_MAX or not unit.isprintable() or not unit or unit.startswith(barred):
        raise Refusal(model.BAD_AMOUNT)
    if not owner.startswith(OWNERS) or owner in OWNERS or not owner.isprintable():
        raise Refusal(model.MEMBER_UNKNOWN)


def _why_not(draft: Draft, found: Need) -> str:
    """Why an owner has not so much, anywhere."""
    act = found.act
    if not found.mine:
        if act.owner.startswith(MEMBER) and draft.facts.member is None:
            return model.MEMBER_UNKNOWN
        return model.NOT_ENOUGH if act.lot is None else model.LOT_UNKNOWN
    if not found.lots:
        return usable(found.mine[0], draft.setting, draft.facts.dates) or model.NOT_ENOUGH
    known = act.amount - found.unknown
    single = act.lot is not None or act.unit.startswith(COUPON)
    return model.USED_UP if single and not known else model.NOT_ENOUGH
