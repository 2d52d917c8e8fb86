"""A rotating code that was shown here for this act stands for the PIN, up to a limit in a civil day. Pure.

A limit is a balance: a lot of unit "USE:risk:*code:<date>" that the day's first such act mints for the member
and every one of them takes from, in minor units of money; it ends with the day, and nothing that comes back
fills it again. No unit of a bundle can be called "*code". Whether the code was shown at this place and is not
used up is what the gateway knows (gateway/showings.py); HQ looks for both in the log.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import UNSET

from firmware.protocol.messages import CLOCK_UNKNOWN
from gateway.core import model
from gateway.core.book import AMOUNT_MAX
from gateway.core.draft import Draft, Refusal
from gateway.core.errors import EventError
from gateway.core.evidence import CodeShown
from gateway.core.model import Bundle, Facts, Setting
from gateway.core.orders.model import Applied
from gateway.core.promises import MEMBER, RISK, SPENT, LotFact, Spend, Terms, Transfer
from gateway.core.units import unit_of, value

STANDS_MS: Final = 300_000  # a sale takes minutes; whoever takes longer shows another code
MONEY: Final = "CNY"
COUNTED: Final = RISK + "*code:"


def counted_unit(date: str) -> str:
    """The unit in which what a civil day still allows by codes is counted."""
    return COUNTED + date


def is_young(at: int, setting: Setting) -> bool:
    """Whether a code that was shown at this time may still stand for a PIN; by an unknown clock none may."""
    return setting.clock != CLOCK_UNKNOWN and 0 <= setting.at - at <= STANDS_MS


def shown(draft: Draft) -> CodeShown | None:
    """The code that stands for this member's PIN; None where none does. EventError for facts of nobody."""
    code, member = draft.facts.code, draft.facts.member
    if code is UNSET:
        return None
    if not 0 < code.limit <= AMOUNT_MAX:
        raise EventError("bad_facts", "code")
    if member is None or code.member != member.id or not is_young(code.at, draft.setting):
        return None
    return code


def left(facts: Facts, setting: Setting, code: CodeShown) -> int:
    """What the day still allows by codes, minor units; a lot that is not among the facts was not begun."""
    lots = (fact for fact in facts.lots or () if fact.nature.unit == counted_unit(setting.date))
    known = [fact.left - fact.held for fact in lots if not fact.new]
    return min([code.limit, *known])


def worth(bundle: Bundle, spends: Iterable[Spend], points: Iterable[Applied]) -> int:
    """What is spent of money and points, minor units; `points` are those that pay, at what they pay.

    Refusal where something has no price: what has no price has no bound.
    """
    total = sum(each.amount for each in points)
    for each in spends:
        cost = each.amount if each.unit.startswith(MONEY) else _price(bundle, each)
        if not cost:
            raise Refusal(model.CODE_LIMIT)
        total += cost
    return total


def check(draft: Draft, amount: int) -> None:
    """Nothing, if today still allows so much by the code that was shown; Refusal otherwise."""
    code = shown(draft)
    if code is not None and amount > left(draft.facts, draft.setting, code):
        raise Refusal(model.CODE_LIMIT)


def charge(draft: Draft, amount: int) -> None:
    """Take from what the day allows; the last transfers of its act, and part of nothing that goes back."""
    code = shown(draft)
    if code is None or not amount:
        return
    check(draft, amount)
    owner, unit = MEMBER + code.member, counted_unit(draft.setting.date)
    lot = next((fact for fact in draft.lots_of(owner, unit) if not fact.new), None)
    if lot is None:
        lot = draft.mint(owner, unit, code.limit, Terms(expires_on=draft.setting.date))
    draft.take(lot, amount, SPENT)


def is_counted(transfers: Iterable[Transfer]) -> bool:
    """Whether an event spent something by a code."""
    return any(each.unit.startswith(COUNTED) for each in transfers)


def begun(lots: Iterable[LotFact], date: str) -> list[LotFact]:
    """Of these lots, those in which this day's spending by codes is counted."""
    return [fact for fact in lots if fact.nature.unit == counted_unit(date)]


def _price(bundle: Bundle, spend: Spend) -> int:
    return value(unit_of(bundle, spend.unit), Terms(), spend.amount)
