"""Post, Hold and Release: what an owner gets, uses and keeps back; and what an act lacks. Pure.

How a spend finds its lots is gateway/core/spending.py's. A hold is never at risk. A hold made in time may be
posted after its lot's last day: the hold was the use.
"""

from datetime import date

from msgspec import UNSET

from gateway.core import model
from gateway.core.book import AMOUNT_MAX
from gateway.core.draft import Draft, Refusal
from gateway.core.model import Bundle
from gateway.core.orders import returning, running, selling
from gateway.core.orders.model import GoBack, Run, Sell
from gateway.core.promises import (
    BONUS,
    HELD,
    ORDER,
    PAID,
    POSTED,
    RELEASED,
    RETURN,
    SPENT,
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
from gateway.core.spending import LIVE as LIVE
from gateway.core.spending import PART_MAX as PART_MAX
from gateway.core.spending import asks, check_owned, go_elsewhere, need, spend
from gateway.core.units import unit_of

NO_PROGRAMS = Bundle()


def post(bundle: Bundle, draft: Draft, act: Post) -> None:
    """Credits and spends, all or none, and the pieces in which they may be returned."""
    if not act.parts or not 0 <= act.returnable <= AMOUNT_MAX:
        raise Refusal(model.BAD_AMOUNT)
    risk = Risk(draft)
    for part in act.parts:
        if isinstance(part, Credit):
            _credit(draft, part)
        else:
            spend(bundle, draft, risk, part)
    if act.returnable:
        random = draft.given.random
        draft.mint(ORDER + random, RETURN + random, act.returnable, Terms())


def hold(bundle: Bundle, draft: Draft, act: Hold) -> None:
    """Keep back what is free here under the event's random."""
    if act.until <= draft.setting.at or act.until > AMOUNT_MAX:
        raise Refusal(model.BAD_AMOUNT)
    found = need(draft, Risk(draft), act)
    if found.missing:
        go_elsewhere(draft, found)
        raise refusal(unit_of(bundle, act.unit).offline, draft.rights)
    for share in found.shares:
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


def missing(facts: model.Facts, given: model.Input, bundle: Bundle = NO_PROGRAMS) -> tuple[Ask, ...]:
    """What HQ must be asked for so that an act found ASKED can succeed; () where asking would not help.

    A sale, a return and a run need the `bundle` by which they were decided.
    """
    act, draft = given.act, Draft(facts, given)
    try:
        if isinstance(act, Reverse):
            return pieces_missing(draft, act)
        if isinstance(act, GoBack):
            return returning.missing(draft, act)
        return asks(draft, _uses(bundle, draft, act))
    except Refusal:
        return ()


def _uses(bundle: Bundle, draft: Draft, act: object) -> list[Spend | Hold]:
    """What an act would use, in its order."""
    if isinstance(act, Post):
        return [part for part in act.parts if isinstance(part, Spend)]
    if isinstance(act, Sell):
        return [*selling.uses(bundle, draft, act)]
    if isinstance(act, Run):
        return [*running.uses(bundle, draft, act)]
    return [act] if isinstance(act, Hold) else []


def _credit(draft: Draft, part: Credit) -> None:
    check_owned(part.owner, part.unit, part.amount)
    if not _is_sound(part.terms):
        raise Refusal(model.BAD_AMOUNT)
    draft.mint(part.owner, part.unit, part.amount, part.terms)


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
