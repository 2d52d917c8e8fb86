"""Post, Hold and Release: what an owner gets, uses and keeps back. Pure.

A spend takes what this log may give by itself. What is missing and known to lie elsewhere is asked of HQ;
where HQ cannot be asked the unit's offline policy decides. A hold is never at risk. A hold made in time may
be posted after its lot's last day: the hold was the use.
"""

from datetime import date

from msgspec import UNSET

from gateway.core import model
from gateway.core.book import AMOUNT_MAX
from gateway.core.draft import Draft, Refusal
from gateway.core.lots import pick, usable
from gateway.core.model import Bundle
from gateway.core.promises import (
    BONUS,
    COUPON,
    GATEWAY,
    HELD,
    MEMBER,
    ORDER,
    PAID,
    POSTED,
    PROGRAM,
    RELEASED,
    RETURN,
    SPENT,
    STAFF,
    TIMED_OUT,
    VOIDED,
    Ask,
    Credit,
    Hold,
    Post,
    Release,
    Reverse,
    Spend,
    Terms,
    Transfer,
)
from gateway.core.reversal import pieces_missing
from gateway.core.risk import Risk, refusal
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


def post(bundle: Bundle, draft: Draft, act: Post) -> None:
    """Credits and spends, all or none, and the pieces in which they may be returned."""
    if not act.parts or not 0 <= act.returnable <= AMOUNT_MAX:
        raise Refusal(model.BAD_AMOUNT)
    risk = Risk(draft)
    for part in act.parts:
        if isinstance(part, Credit):
            _credit(draft, part)
        else:
            _spend(bundle, draft, risk, part)
    if act.returnable:
        random = draft.given.random
        draft.mint(ORDER + random, RETURN + random, act.returnable, Terms())


def hold(bundle: Bundle, draft: Draft, act: Hold) -> None:
    """Keep back what is free here under the event's random."""
    if act.until <= draft.setting.at or act.until > AMOUNT_MAX:
        raise Refusal(model.BAD_AMOUNT)
    need = _need(draft, Risk(draft), act)
    if need.missing:
        _go_elsewhere(draft, need)
        raise refusal(unit_of(bundle, act.unit).offline, draft.rights)
    for share in need.shares:
        draft.take(share.fact, share.amount, SPENT, draft.given.random)


def release(bundle: Bundle, draft: Draft, act: Release) -> None:
    """Give all of a pending hold back, and post what was used of it."""
    held = _held(draft, act.hold)
    total = sum(transfer.amount for transfer in held)
    posted = _posted(act, total)
    if posted and draft.rights.frozen:
        raise Refusal(model.RIGHTS_FROZEN)
    for kept in held:
        draft.move(_plain(kept, kept.amount, act.hold))
    for kept in held:
        amount = min(posted, kept.amount)
        if amount:
            draft.move(_plain(kept, amount))
        posted -= amount


def missing(facts: model.Facts, given: model.Input) -> tuple[Ask, ...]:
    """What HQ must be asked for so that an act found ASKED can succeed; () where asking would not help."""
    act, draft = given.act, Draft(facts, given)
    if isinstance(act, Reverse):
        return pieces_missing(draft, act)
    asks = []
    for part in act.parts if isinstance(act, Post) else (act,):
        if isinstance(part, Spend | Hold):
            need = Need(draft, Risk(draft), part)
            if need.missing and not need.unknown:
                asks.append(Ask(need.missing, part.owner, part.unit, part.lot))
            for share in need.shares:
                draft.take(share.fact, share.amount, SPENT)
    return tuple(asks)


def check_owned(owner: str, unit: str, amount: int, barred: tuple[str, ...] = OURS_ALONE) -> None:
    """Nothing, if so much of this owner's unit may be asked for; Refusal otherwise."""
    if not 0 < amount <= PART_MAX or not unit.isprintable() or not unit or unit.startswith(barred):
        raise Refusal(model.BAD_AMOUNT)
    if not owner.startswith(OWNERS) or owner in OWNERS or not owner.isprintable():
        raise Refusal(model.MEMBER_UNKNOWN)


def _credit(draft: Draft, part: Credit) -> None:
    check_owned(part.owner, part.unit, part.amount)
    if not _is_sound(part.terms):
        raise Refusal(model.BAD_AMOUNT)
    draft.mint(part.owner, part.unit, part.amount, part.terms)


def _spend(bundle: Bundle, draft: Draft, risk: Risk, part: Spend) -> None:
    need = _need(draft, risk, part)
    if need.missing:
        _go_elsewhere(draft, need)
        risk.give(unit_of(bundle, part.unit), part.owner, need.elsewhere)
    for share in need.shares:
        draft.take(share.fact, share.amount, SPENT)


def _need(draft: Draft, risk: Risk, act: Spend | Hold) -> Need:
    check_owned(act.owner, act.unit, act.amount)
    member = draft.facts.member
    if member is not None and act.owner == MEMBER + member.id and member.status not in LIVE:
        raise Refusal(model.MEMBER_BLOCKED)
    if draft.rights.frozen:
        raise Refusal(model.RIGHTS_FROZEN)
    return Need(draft, risk, act)


def _go_elsewhere(draft: Draft, need: Need) -> None:
    """Nothing, if the offline policy is to decide; Refusal, or a question to HQ, otherwise."""
    if need.unknown:
        raise Refusal(_why_not(draft, need))
    if draft.rights.online and not draft.rights.asked:
        raise Refusal(model.HELD_ELSEWHERE, model.ASKED)


def _why_not(draft: Draft, need: Need) -> str:
    """Why an owner has not so much, anywhere."""
    act = need.act
    if not need.mine:
        if act.owner.startswith(MEMBER) and draft.facts.member is None:
            return model.MEMBER_UNKNOWN
        return model.NOT_ENOUGH if act.lot is None else model.LOT_UNKNOWN
    if not need.lots:
        return usable(need.mine[0], draft.setting, draft.facts.dates) or model.NOT_ENOUGH
    known = act.amount - need.unknown
    single = act.lot is not None or act.unit.startswith(COUPON)
    return model.USED_UP if single and not known else model.NOT_ENOUGH


def _held(draft: Draft, name: str) -> list[Transfer]:
    transfers = () if draft.facts.transfers is UNSET else draft.facts.transfers
    held = [transfer for transfer in transfers if transfer.phase == HELD and transfer.hold == name]
    if not held:
        raise Refusal(model.HOLD_UNKNOWN)
    return held


def _posted(act: Release, total: int) -> int:
    """How much of a hold is used."""
    if act.verdict in (VOIDED, TIMED_OUT) and act.amount is None:
        return 0
    if act.verdict != POSTED or (act.amount is not None and act.amount <= 0):
        raise Refusal(model.BAD_AMOUNT)
    if act.amount is not None and act.amount > total:
        raise Refusal(model.HOLD_TOO_SMALL)
    return total if act.amount is None else act.amount


def _plain(kept: Transfer, amount: int, released: str | None = None) -> Transfer:
    """What becomes of a held transfer: given back, or (released None) posted."""
    name, phase = (UNSET, UNSET) if released is None else (released, RELEASED)
    return Transfer(amount, kept.credit, kept.debit, kept.unit, kept.credit_lot, kept.debit_lot, name, phase)


def _is_sound(terms: Terms) -> bool:
    numbers = (terms.face or 0, terms.vests_at)
    texts = (terms.code or "", terms.zone or "")
    return (
        all(0 <= number <= AMOUNT_MAX for number in numbers)
        and all(text.isprintable() for text in texts)
        and terms.kind in (PAID, BONUS)
        and (terms.expires_on is None or _is_date(terms.expires_on))
    )


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
