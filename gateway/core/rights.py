"""What a gateway does about rights by itself: take, give back, ask, expire, and begin a new epoch. Pure.

Nothing here needs a person, and each does what the facts allow and no more: with nothing to do it is refused.
"""

from gateway.core import model
from gateway.core.book import AMOUNT_MAX
from gateway.core.draft import TRANSFERS_MAX, Draft, Refusal
from gateway.core.lots import is_over
from gateway.core.model import Bundle
from gateway.core.promises import EXPIRED, RIGHT, RISK, Ask, Expire, Fence, GiveBack, TakeGrants, Transfer
from gateway.core.spending import check_owned

EXPIRED_TOGETHER_MAX = 100  # lots an event, so that a day's change never holds the till up


def take_grants(bundle: Bundle, draft: Draft, act: TakeGrants) -> None:
    """Take what HQ granted of these lots, while the lease lasts; what is past its day too, to expire it."""
    _check_not_frozen(draft)
    source = RIGHT + draft.gateway
    for fact in draft.lots()[:TRANSFERS_MAX]:
        if fact.offered and (fact.lease_end == 0 or draft.setting.at < fact.lease_end):
            nature = fact.nature
            transfer = Transfer(fact.offered, nature.owner, source, nature.unit, credit_lot=fact.lot)
            draft.move(transfer, fact)
    _check_done(draft, model.HELD_ELSEWHERE)


def give_back(bundle: Bundle, draft: Draft, act: GiveBack) -> None:
    """Return of each lot what HQ wants, as far as it is free."""
    _check_not_frozen(draft)
    for fact in draft.lots()[:TRANSFERS_MAX]:
        amount = min(fact.recall, draft.free(fact))
        if amount > 0:
            draft.take(fact, amount, RIGHT + draft.gateway)
    _check_done(draft, model.NOT_ENOUGH)


def expire(bundle: Bundle, draft: Draft, act: Expire) -> None:
    """Move what is free of lots past their last day to EXPIRED."""
    _check_not_frozen(draft)
    over = [fact for fact in draft.lots() if is_over(fact.nature.terms, draft.setting, draft.facts.dates)]
    for fact in [fact for fact in over if draft.free(fact) > 0][:EXPIRED_TOGETHER_MAX]:
        draft.take(fact, draft.free(fact), EXPIRED)
    _check_done(draft, model.NOT_ENOUGH)


def ask(bundle: Bundle, draft: Draft, act: Ask) -> None:
    """Nothing moves: the event itself is the question. Allowances are each gateway's own."""
    check_owned(act.owner, act.unit, act.amount, barred=(RISK,))
    raise Refusal(model.HELD_ELSEWHERE, model.ASKED)


def fence(bundle: Bundle, draft: Draft, act: Fence) -> None:
    """A later epoch begins."""
    if not draft.rights.epoch < act.epoch <= AMOUNT_MAX:
        raise Refusal(model.BAD_AMOUNT)


def _check_not_frozen(draft: Draft) -> None:
    if draft.rights.frozen:
        raise Refusal(model.RIGHTS_FROZEN)


def _check_done(draft: Draft, reason: str) -> None:
    if not draft.transfers:
        raise Refusal(reason)
