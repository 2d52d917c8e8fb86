"""Giving back so many pieces of what an event posted: the inverse of its transfers, to the same lots. Pure.

An event of n pieces made a lot of n of unit "RETURN:<its random>". Pieces d+1 to d+k of a transfer of a give
back floor(a*(d+k)/n) - floor(a*d/n), so that the last piece takes the remainder and all parts sum to a. What
was earned goes back by the rule that is asked for; what was used comes back to its lot, or to EXPIRED where
the lot's last day is over. An allowance that the event minted stays: it was the day's, not the event's.
"""

from typing import NamedTuple

from msgspec import UNSET

from gateway.core import model
from gateway.core.book import AMOUNT_MAX
from gateway.core.draft import Draft, Refusal
from gateway.core.errors import EventError
from gateway.core.lots import is_over
from gateway.core.model import Bundle
from gateway.core.promises import (
    EXPIRED,
    ISSUER,
    ONLY_PENDING,
    ORDER,
    RETURN,
    RISK,
    SPENT,
    SUSPENSE,
    UNLIMITED,
    WITHIN_BALANCE,
    Ask,
    LotFact,
    Reverse,
    Transfer,
)

EARNED = (ONLY_PENDING, WITHIN_BALANCE, UNLIMITED)


class Undone(NamedTuple):
    """What undoing a transfer came to: given back to its owner, lapsed instead, or taken back."""

    given_back: int = 0
    lapsed: int = 0
    taken_back: int = 0


NOTHING_DONE = Undone()


def reverse(bundle: Bundle, draft: Draft, act: Reverse) -> None:
    """Spend pieces of the event's RETURN lot, and post the inverse of what they were."""
    if act.pieces <= 0 or act.earned not in EARNED:
        raise Refusal(model.BAD_AMOUNT)
    if draft.rights.frozen:
        raise Refusal(model.RIGHTS_FROZEN)
    posted = _posted(draft)
    total, lot = _returnable(draft, act.of, posted)
    left = _left(draft, lot)
    if act.pieces > left or left > total:
        raise Refusal(model.NOTHING_TO_RETURN)
    if act.pieces > draft.free(lot):
        asking = draft.rights.online and not draft.rights.asked
        raise Refusal(model.HELD_ELSEWHERE, model.ASKED if asking else model.REFUSED)
    draft.take(lot, act.pieces, SPENT)
    done = total - left
    for transfer in posted:
        amount = transfer.amount * (done + act.pieces) // total - transfer.amount * done // total
        if amount and transfer.unit != lot.nature.unit:
            undo(draft, act.earned, transfer, amount)


def pieces_missing(draft: Draft, act: Reverse) -> tuple[Ask, ...]:
    """The pieces that HQ must be asked for, where it or another log has them."""
    _, lot = _returnable(draft, act.of, _posted(draft))
    wanted = act.pieces - draft.free(lot)
    if wanted <= 0 or act.pieces > _left(draft, lot):
        return ()
    return (Ask(wanted, lot.nature.owner, lot.nature.unit, lot.lot),)


def _left(draft: Draft, lot: LotFact) -> int:
    """Pieces not returned yet, in this log or in any other."""
    return draft.free(lot) + max(lot.offered + lot.elsewhere, 0)


def _posted(draft: Draft) -> list[Transfer]:
    transfers = () if draft.facts.transfers is UNSET else draft.facts.transfers
    posted = [transfer for transfer in transfers if transfer.phase is UNSET]
    if any(not 0 < transfer.amount <= AMOUNT_MAX for transfer in posted):
        raise EventError("bad_facts", "transfers")
    return posted


def _returnable(draft: Draft, of: str, posted: list[Transfer]) -> tuple[int, LotFact]:
    """In how many pieces the event may be returned, and the lot that counts them."""
    owner, unit = ORDER + of, RETURN + of
    for transfer in posted:
        if transfer.unit == unit and transfer.debit == ISSUER and transfer.credit_lot is not UNSET:
            lot = draft.lot(owner, unit, transfer.credit_lot)
            if lot is not None:
                return transfer.amount, lot
    raise Refusal(model.NOTHING_TO_RETURN)


def undo(draft: Draft, earned: str, transfer: Transfer, amount: int) -> Undone:
    """Post the inverse of so much of a transfer; EventError for what no act of ours posts."""
    if transfer.debit == ISSUER and transfer.credit_lot is not UNSET:
        if transfer.unit.startswith(RISK):
            return NOTHING_DONE
        return Undone(taken_back=_claw_back(draft, earned, transfer, amount))
    if transfer.credit == SPENT and transfer.debit_lot is not UNSET:
        return _restore(draft, transfer, amount)
    raise EventError("bad_facts", "transfers")


def _claw_back(draft: Draft, earned: str, transfer: Transfer, amount: int) -> int:
    """Take earned promises back, as far as the rule goes; how much that was."""
    fact = draft.lot(transfer.credit, transfer.unit, str(transfer.credit_lot))
    if fact is None:
        raise EventError("bad_facts", f"lot {str(transfer.credit_lot)[:64]}")
    if earned == ONLY_PENDING and fact.nature.terms.vests_at <= draft.setting.at:
        return 0
    own = max(min(amount, draft.free(fact)), 0)
    if own:
        draft.take(fact, own, ISSUER)
    if earned == UNLIMITED and amount > own:
        draft.move(Transfer(amount - own, ISSUER, SUSPENSE, transfer.unit, UNSET, fact.lot), fact)
        return amount
    return own


def _restore(draft: Draft, transfer: Transfer, amount: int) -> Undone:
    """Give what was used back to where it came from."""
    lot = str(transfer.debit_lot)
    if transfer.debit == SUSPENSE:
        draft.move(Transfer(amount, SUSPENSE, SPENT, transfer.unit, lot))
        return Undone(given_back=amount)
    fact = draft.lot(transfer.debit, transfer.unit, lot)
    if fact is None:
        raise EventError("bad_facts", f"lot {lot[:64]}")
    if is_over(fact.nature.terms, draft.setting, draft.facts.dates):
        draft.move(Transfer(amount, EXPIRED, SPENT, transfer.unit))
        return Undone(lapsed=amount)
    draft.move(Transfer(amount, transfer.debit, SPENT, transfer.unit, lot), fact)
    return Undone(given_back=amount)
