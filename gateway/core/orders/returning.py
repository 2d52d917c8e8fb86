"""Returning pieces of an order, or voiding all of it: the inverse of its parts, to the same lots. Pure.

What was used comes back by pieces; what was earned goes by the program's rule; what belongs to several lines
as a whole (a coupon, a count, a coupon that was given) waits for the last of them. A void is the whole order
within its own shift, and brings everything back whatever programs keep.

Invariants: parts sum to the full; a full return of an order of which nothing was used since restores every
lot and account but the counts of its pieces; nothing comes back twice.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import UNSET

from gateway.core import model
from gateway.core.draft import Draft, Refusal
from gateway.core.errors import EventError
from gateway.core.model import Bundle
from gateway.core.orders import cases, refunding, staff, topups
from gateway.core.orders.cases import Case
from gateway.core.orders.model import Applied, GoBack, PartShare, ReturnRecord
from gateway.core.orders.refunding import Money
from gateway.core.orders.shares import overlap
from gateway.core.orders.soundness import values
from gateway.core.orders.words import BALANCE_BACK, GIVEN_BACK, LAPSED_BACK, TAKEN_BACK, told
from gateway.core.programs.model import RETURNS, Returns
from gateway.core.promises import ISSUER, ONLY_PENDING, RISK, WITHIN_BALANCE, Ask, Transfer
from gateway.core.reversal import Undone, undo

KEEP = "keep"
COUNTS = ("USE:", "BUDGET:")  # come back too, but mean nothing to a customer


class _Undo(NamedTuple):
    """What is to be undone of one part, by which rule for what was earned."""

    part: PartShare
    amounts: list[tuple[Transfer, int]]
    earned: str


def go_back(bundle: Bundle, draft: Draft, act: GoBack) -> None:
    """Return pieces or void an order; refused with the first thing that stands against it."""
    verb = staff.VOID if act.void else staff.RETURN
    clerk = staff.clerk_at(bundle, draft, verb, act.till, act.approver)
    case = cases.case_of(draft, act)
    if act.void:
        _check_void(case, clerk)
    if draft.rights.frozen:
        raise Refusal(model.RIGHTS_FROZEN)
    cases.take_pieces(draft, case)
    topped = topups.refund(draft, case, act.void)
    money = refunding.settle(bundle, case, act, topped.short)
    staff.check_limit(bundle, draft, clerk, money.total, "return_max")
    back = _back(bundle, draft, case, act, money)
    draft.settled = ReturnRecord(
        order=act.order,
        pieces=case.pieces,
        refunds=money.refunds,
        total=money.total,
        tax=money.tax,
        shift=clerk.shift,
        till=act.till,
        back=(*topped.back, *back),
        void=act.void,
        withdrawn=money.withdrawn,
    )


def missing(draft: Draft, act: GoBack) -> tuple[Ask, ...]:
    """What HQ must be asked for so that these pieces can come back; Refusal where they cannot."""
    case = cases.case_of(draft, act)
    return (*cases.pieces_missing(draft, case), *topups.principal_missing(draft, case))


def _check_void(case: Case, clerk: staff.Clerk) -> None:
    if clerk.shift == staff.NO_SHIFT or case.order.shift != clerk.shift:
        raise Refusal(model.SHIFT_UNKNOWN)
    if case.returns or any(case.cut.before):
        raise Refusal(model.NOTHING_TO_RETURN)


def _back(bundle: Bundle, draft: Draft, case: Case, act: GoBack, money: Money) -> list[Applied]:
    """Undo what belongs to the pieces, and say what the customer gets again or loses."""
    programs = {} if bundle.programs is UNSET else {each.id: each.returns for each in bundle.programs}
    said = []
    for part in case.order.parts:
        if topups.is_principal(part) or topups.is_gift(case, part):
            continue
        wanted = _wanted(case, part, programs.get(part.program, RETURNS), act.void, money)
        undone = [(move, undo(draft, wanted.earned, move, much)) for move, much in wanted.amounts]
        said += _say(case, part, undone)
    return said


def _wanted(case: Case, part: PartShare, rules: Returns, void: bool, money: Money) -> _Undo:
    """What of a part comes back now."""
    earned = WITHIN_BALANCE if void and rules.earned == ONLY_PENDING else rules.earned
    if part.rule == "whole":
        keeps = rules.coupon == KEEP and not void
        moves = _whole(case, part, keeps) if case.cut.ends(part.split) else []
        return _Undo(part, moves, earned)
    if part.rule == "stays":
        return _Undo(part, [], earned)
    if part.rule == "used" and not part.program:
        return _Undo(part, _stretch(case, part, money.balance_from, money.balance), earned)
    start, amount = case.cut.position(part.split), sum(case.cut.back(part.split))
    return _Undo(part, _stretch(case, part, start, amount), earned)


def _whole(case: Case, part: PartShare, keeps: bool) -> list[tuple[Transfer, int]]:
    """All of a part; where the program keeps what was used up, only what it gave."""
    moves = case.transfers[part.first : part.first + part.count]
    return [(move, move.amount) for move in moves if move.debit == ISSUER or not keeps]


def _stretch(case: Case, part: PartShare, start: int, amount: int) -> list[tuple[Transfer, int]]:
    """So much of a part's transfers from `start` on, and of a day's allowances in proportion."""
    found = overlap(values(part, case.transfers), start, amount)
    if sum(much for _, much in found) != amount:
        raise EventError("bad_facts", "returns")
    whole = sum(part.split)
    for move in case.transfers[part.first : part.first + part.count]:
        if move.unit.startswith(RISK):
            much = move.amount * (start + amount) // whole - move.amount * start // whole
            if much:
                found.append((move, much))
    return found


def _say(case: Case, part: PartShare, undone: Iterable[tuple[Transfer, Undone]]) -> list[Applied]:
    """What undoing a part means to the customer, by unit."""
    sums: dict[str, list[int]] = {}
    for transfer, what in undone:
        if not transfer.unit.startswith(COUNTS):
            mine = sums.setdefault(transfer.unit, [0, 0, 0])
            for place, amount in enumerate(what):
                mine[place] += amount
    said = []
    for unit, (given, lapsed, taken) in sums.items():
        because, version, lot = _about(case, part, unit)
        if given:
            text = told(GIVEN_BACK, because=because) if part.program else told(BALANCE_BACK)
            said.append(Applied(part.program, version, "restore", text, given, lot, unit=unit))
        if lapsed:
            text = told(LAPSED_BACK, because=because)
            said.append(Applied(part.program, version, "lapse", text, 0, lot, lapsed, unit=unit))
        if taken:
            text = told(TAKEN_BACK, because=because)
            said.append(Applied(part.program, version, "claw_back", text, -taken, unit=unit))
    return said


def _about(case: Case, part: PartShare, unit: str) -> tuple[dict[str, str], int, str | None]:
    """Why the order had this part, of which version of the program, and by which coupon."""
    if not part.program:
        return told(BALANCE_BACK), 0, None
    mine = [each for each in case.order.applied if each.program == part.program]
    exact = [each for each in mine if each.unit == unit] or mine
    if not exact:
        return {"zh-CN": part.program, "en": part.program}, 0, None
    lot = next((each.lot for each in mine if each.lot is not None), None) if part.rule == "whole" else None
    return exact[0].because, exact[0].version, lot
