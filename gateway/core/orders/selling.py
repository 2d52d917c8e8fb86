"""Committing an order: the quote again from the event's own facts, what pays it, and all that it moves. Pure.

Order of the event's transfers: coupons used, points and other units paid, balance, counts of programs, top-up
principal, what is earned, a RETURN lot for each line, and what the PIN or a code may spend in a day. Each
stretch but the last two is a part of the record, tied to lines by its split. A count's lot that this event
makes is in no part: it is the period's, and stays when its use comes back.
"""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import UNSET
from msgspec.structs import replace

from gateway.core import model
from gateway.core.draft import TRANSFERS_MAX, Draft, Refusal
from gateway.core.model import Bundle
from gateway.core.orders import spender, staff
from gateway.core.orders.model import (
    BALANCE,
    OPEN,
    TOPUP,
    Applied,
    OrderRecord,
    PartShare,
    Quote,
    QuoteLine,
    Sell,
    TenderShare,
)
from gateway.core.orders.moving import (
    CREDIT,
    DEBIT,
    EARNED,
    ISSUE,
    USED,
    WHOLE,
    Step,
    needs_pin,
    owner_of,
    post,
    uses_of,
)
from gateway.core.orders.parking import check_parked
from gateway.core.orders.receipt import warnings
from gateway.core.orders.settling import GIFT, MONEY, Split, added, shares
from gateway.core.orders.signing import check_spender
from gateway.core.programs.because import leaves
from gateway.core.programs.book import book_of
from gateway.core.programs.caps import caps_of
from gateway.core.programs.earning import earned
from gateway.core.programs.giving import VISIT
from gateway.core.programs.model import Program, RoleIs
from gateway.core.programs.quoting import digest, quote
from gateway.core.programs.split import split
from gateway.core.promises import (
    COUPON,
    ISSUER,
    ORDER,
    RETURN,
    LotFact,
    Spend,
    Terms,
)
from gateway.core.risk import Risk, refusal, worth_of
from gateway.core.spending import check_known, need
from gateway.core.units import unit_of

POINTS_AS_CASH = "points_as_cash"
TAKES_MONEY_OFF = (
    "set_price_book", "percent", "fixed", "free_item", "buy_get", "bundle_price",
)  # fmt: skip


class Sale(NamedTuple):
    """An order as it is to be: priced, paid, and cut into steps."""

    quote: Quote
    tenders: tuple[TenderShare, ...]
    applied: tuple[Applied, ...]  # all that happened, earned at the end
    steps: tuple[Step, ...]
    bounded: int = 0  # what is spent of points and money that the day bounds, minor units


def sell(bundle: Bundle, draft: Draft, act: Sell) -> None:
    """Commit an order, or refuse it with the first thing that stands against it."""
    clerk = staff.clerk_at(bundle, draft, staff.SELL, act.till, act.approver)
    check_parked(draft, act.parked)
    sale = sale_of(bundle, draft, act)
    _check_alone(bundle, draft, clerk, sale.quote)
    parts = post(bundle, draft, sale.steps)
    _make_returnable(draft, sale.quote.lines)
    spender.charge(draft, sale.bounded)
    _check_room(draft, parts)
    member = draft.facts.member
    draft.settled = OrderRecord(
        lines=sale.quote.lines,
        total=sale.quote.total,
        tax=sale.quote.tax,
        shift=clerk.shift,
        till=act.till,
        applied=sale.applied,
        member=None if member is None else member.id,
        parts=parts,
        tenders=sale.tenders,
        warnings=warnings(bundle, draft, sale.applied),
    )


def uses(bundle: Bundle, draft: Draft, act: Sell) -> list[Spend]:
    """What an order uses of anybody's lots, in its order; Refusal where it cannot be priced or paid."""
    return uses_of(sale_of(bundle, draft, act).steps)


def sale_of(bundle: Bundle, draft: Draft, act: Sell) -> Sale:
    """The order priced from this event's facts, and settled; Refusal where it is not what was shown."""
    if not act.basket.lines:
        raise Refusal(model.BAD_AMOUNT)
    missing = _check_coupons(draft, act.basket.coupons)
    # As it was quoted, before anybody sold it: who may do a favour is asked by itself, and refused by name.
    quoted = replace(draft.facts, staff=UNSET, approver=UNSET)
    priced = quote(bundle, quoted, draft.setting, act.basket)
    if act.quote is not None and digest(priced) != act.quote:
        raise Refusal(model.QUOTE_CHANGED)
    _check_counted(bundle, draft, missing, priced)
    tenders = shares(priced.lines, priced.total, act.tenders)
    gains = earned(bundle, draft.facts, draft.setting, draft.given.random, act.basket, priced, tenders)
    applied = (*priced.applied, *gains)
    owner = owner_of(draft)
    steps = [
        *_coupons(owner, applied, priced.lines, draft),
        *_debits(draft, owner, applied, priced.lines),
        *_balance(draft, owner, tenders),
        *_counts(bundle, draft, applied, priced.lines),
        *_topups(draft, owner, priced.lines),
        *_gains(gains, priced.lines),
    ]
    return Sale(priced, tenders, applied, tuple(steps), _bounded(bundle, draft, applied, tenders))


# -- steps


def _coupons(owner: str, applied: Sequence[Applied], lines: Sequence[QuoteLine], draft: Draft) -> list[Step]:
    """Each coupon that counted, once, however many effects it had."""
    by_lot: dict[str, list[Applied]] = {}
    for each in applied:
        if each.lot is not None:
            by_lot.setdefault(each.lot, []).append(each)
    steps = []
    for lot, effects in by_lot.items():
        unit = _coupon(draft, lot).nature.unit
        spends = (Spend(1, owner, unit, lot),)
        steps.append(Step(WHOLE, _touched(effects, lines), effects[0].program, spends))
    return steps


def _debits(draft: Draft, owner: str, applied: Sequence[Applied], lines: Sequence[QuoteLine]) -> list[Step]:
    """Points that pay, by what they pay of each line; and what programs ask for beside that."""
    steps = []
    for each in applied:
        amount = each.points if each.does == POINTS_AS_CASH else each.amount
        if each.does not in (POINTS_AS_CASH, DEBIT) or not amount:
            continue
        if needs_pin(each.unit):
            check_spender(draft)
        weights = _weights(each.split, lines)
        steps.append(Step(USED, split(amount, weights), each.program, (Spend(amount, owner, each.unit),)))
    return steps


def _balance(draft: Draft, owner: str, tenders: Sequence[TenderShare]) -> list[Step]:
    """What the balance pays: the gift first, then the principal."""
    paid = [share for share in tenders if share.kind == BALANCE]
    if not paid:
        return []
    if not owner:
        raise Refusal(model.MEMBER_UNKNOWN)
    check_spender(draft)
    amount = sum(share.amount for share in paid)
    gift = _gift(draft, owner, amount)
    parts = ((gift, GIFT), (amount - gift, MONEY))
    spends = tuple(Spend(part, owner, unit) for part, unit in parts if part)
    return [Step(USED, added([share.split for share in paid], 0), "", spends)]


def _bounded(bundle: Bundle, draft: Draft, applied: Sequence[Applied], tenders: Sequence[TenderShare]) -> int:
    """What of the order the day bounds by what the member proved, minor units; Refusal above that."""
    for each in applied:
        if each.lot is not None and spender.is_above(draft, _coupon(draft, each.lot).nature.terms.face):
            check_spender(draft)
    way, owner = spender.way_of(draft), owner_of(draft)
    if way is None:
        return 0
    points = [each for each in applied if each.does == POINTS_AS_CASH]
    spends = [
        Spend(each.amount, owner, each.unit)
        for each in applied
        if each.does == DEBIT and each.amount and needs_pin(each.unit)
    ]
    spends += [Spend(share.amount, owner, MONEY) for share in tenders if share.kind == BALANCE]
    amount = spender.worth(bundle, way, spends, points)
    spender.check(draft, way, amount)
    return amount


def _gift(draft: Draft, owner: str, amount: int) -> int:
    """How much of it gift money pays: what is here; what lies elsewhere only where principal does not do."""
    risk = Risk(draft)
    gift = need(draft, risk, Spend(amount, owner, GIFT))
    here, known = amount - gift.missing, amount - gift.unknown
    if here == amount:
        return amount
    rest = need(draft, risk, Spend(amount - here, owner, MONEY))
    return min(known, here + rest.unknown)


def _counts(
    bundle: Bundle, draft: Draft, applied: Sequence[Applied], lines: Sequence[QuoteLine]
) -> list[Step]:
    """How often and for how much programs happened, of those that have a limit."""
    by_program: dict[str, list[Applied]] = {}
    for each in applied:
        by_program.setdefault(each.program, []).append(each)
    steps = []
    for program, effects in by_program.items():
        caps = caps_of(bundle, draft.facts, draft.setting, effects)
        touched, worth = _touched(effects, lines), worth_of(bundle, effects)
        steps += [Step(WHOLE, touched, program, counts=(cap,), worth=worth) for cap in caps]
    return steps


def _topups(draft: Draft, owner: str, lines: Sequence[QuoteLine]) -> list[Step]:
    """One lot of principal for all that is topped up in this order; it never expires."""
    amounts = tuple(line.net if line.kind == TOPUP else 0 for line in lines)
    if not any(amounts):
        return []
    if not owner:
        raise Refusal(model.MEMBER_UNKNOWN)
    made = Applied("", 0, CREDIT, {}, sum(amounts), unit=MONEY, terms=Terms())
    return [Step(EARNED, amounts, makes=(made,))]


def _gains(gains: Sequence[Applied], lines: Sequence[QuoteLine]) -> list[Step]:
    """What is earned: amounts by their shares; a coupon or a pass as a whole."""
    steps = []
    for each in gains:
        if each.amount and (each.does == CREDIT or (each.does == ISSUE and each.unit.startswith(VISIT))):
            shared = each.split
            if sum(shared) != each.amount:
                shared = split(each.amount, _weights(shared, lines))
            steps.append(Step(EARNED, shared, each.program, makes=(each,)))
        elif each.does == ISSUE and each.amount:
            steps.append(Step(WHOLE, _touched([each], lines), each.program, makes=(each,)))
    return steps


def _make_returnable(draft: Draft, lines: Sequence[QuoteLine]) -> None:
    random = draft.given.random
    for number, line in enumerate(lines):
        draft.mint(ORDER + random, f"{RETURN}{random}:{number}", line.quantity, Terms())


def _check_room(draft: Draft, parts: Sequence[PartShare]) -> None:
    """A whole return must fit an event too: it may take twice a transfer to take back what is earned."""
    twice = sum(transfer.debit == ISSUER for transfer in draft.transfers)
    if len(draft.transfers) + twice > TRANSFERS_MAX:
        raise Refusal(model.BAD_AMOUNT)


# -- what is checked before


def _check_alone(bundle: Bundle, draft: Draft, clerk: staff.Clerk, priced: Quote) -> None:
    """What a role may not do alone: type a price, and do a customer a favour, which a quote leaves open."""
    if clerk.role is None:
        return
    if any(line.kind == OPEN for line in priced.lines) and staff.PRICE not in clerk.role.may:
        staff.check_approved(bundle, draft, clerk)
    programs, given = book_of(bundle).programs, 0
    for each in priced.applied:
        roles = _roles(programs[each.program])
        if roles:
            staff.check_role(draft, clerk, roles)
            given += each.amount if each.does in TAKES_MONEY_OFF else 0
    staff.check_limit(bundle, draft, clerk, given, "discount_max")


def _roles(program: Program) -> set[str]:
    """Who may do a favour; nobody named: it is none."""
    return {role for leaf in leaves(program.when) if isinstance(leaf, RoleIs) for role in leaf.any_of}


def _check_coupons(draft: Draft, coupons: Sequence[str]) -> list[LotFact]:
    """Coupons that were shown and lie elsewhere; Refusal where one may not be used at all, saying why not."""
    if len(set(coupons)) != len(coupons):
        raise Refusal(model.BAD_AMOUNT)
    owner, risk, elsewhere = owner_of(draft), Risk(draft), []
    for lot in coupons:
        fact = _coupon(draft, lot)
        if not owner:
            raise Refusal(model.MEMBER_UNKNOWN)
        found = need(draft, risk, Spend(1, owner, fact.nature.unit, lot))
        check_known(draft, found)
        if found.missing:
            elsewhere.append(fact)
    return elsewhere


def _check_counted(bundle: Bundle, draft: Draft, elsewhere: Sequence[LotFact], priced: Quote) -> None:
    """Nothing, unless a coupon that was shown did not count because its right cannot be had."""
    counted = {each.lot for each in priced.applied}
    for fact in elsewhere:
        if fact.lot not in counted:
            raise refusal(unit_of(bundle, fact.nature.unit).offline, draft.rights)


def _coupon(draft: Draft, lot: str) -> LotFact:
    found = next((fact for fact in draft.lots() if fact.lot == lot), None)
    if found is None or not found.nature.unit.startswith(COUPON):
        raise Refusal(model.LOT_UNKNOWN)
    return found


def _touched(effects: Sequence[Applied], lines: Sequence[QuoteLine]) -> Split:
    """By line, more than 0 where any of these effects bears on it; everything where none says."""
    together = added([each.split for each in effects if each.split], len(lines))
    return together if any(together) else tuple(line.quantity for line in lines)


def _weights(shared: Sequence[int], lines: Sequence[QuoteLine]) -> Sequence[int]:
    """By what an amount is shared among lines: its own split, else what they cost, else their pieces."""
    if any(shared):
        return shared
    costs = [line.net for line in lines]
    return costs if any(costs) else [line.quantity for line in lines]
