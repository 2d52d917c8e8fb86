"""What stands for a member who spends: the PIN, or a code that was shown here; each up to a limit a day.

A limit is a balance: a lot of unit "USE:risk:*code:<date>" (by codes) or "USE:risk:*pin:<date>" that the
first such act of a day mints for the member and each takes from, in minor units of money; it ends with the
day, and nothing that comes back fills it again. No unit of a bundle begins with "*". Whether a code was shown
at this place and is not used up is what the gateway knows (gateway/showings.py), and HQ looks for both in the
log. Whoever is only named uses coupons up to a face; one above it asks for the PIN or a code as well. Pure.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec import UNSET

from firmware.protocol.messages import CLOCK_UNKNOWN
from gateway.core import model
from gateway.core.book import AMOUNT_MAX
from gateway.core.draft import Draft, Refusal
from gateway.core.errors import EventError
from gateway.core.evidence import CodeShown
from gateway.core.model import Bundle, Facts, Setting
from gateway.core.orders.model import Applied
from gateway.core.promises import MEMBER, RISK, SPENT, Spend, Terms, Transfer
from gateway.core.units import unit_of, value

STANDS_MS: Final = 300_000  # a sale takes minutes; whoever takes longer shows another code
MONEY: Final = "CNY"
COUNTED: Final = RISK + "*code:"
COUNTED_PIN: Final = RISK + "*pin:"
RIGHT: Final = "right"


class Way(NamedTuple):
    """How a member proved themselves: where the day's spending by it is counted, up to how much, and what is
    said of more."""

    counted: str
    limit: int
    refusal: str


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


def by_code(code: CodeShown) -> Way:
    """How a code is bounded."""
    return Way(COUNTED, code.limit, model.CODE_LIMIT)


def way_of(draft: Draft) -> Way | None:
    """What the member proved, as far as the day bounds it; None for no proof, or one that nothing bounds."""
    facts = draft.facts
    if facts.pin is UNSET:
        code = shown(draft)
        return None if code is None else by_code(code)
    bounds = facts.bounds
    if facts.pin != RIGHT or bounds is UNSET or not bounds.pin_day:
        return None
    if not 0 < bounds.pin_day <= AMOUNT_MAX:
        raise EventError("bad_facts", "bounds")
    return Way(COUNTED_PIN, bounds.pin_day, model.PIN_LIMIT)


def left(facts: Facts, setting: Setting, way: Way) -> int:
    """What the day still allows, minor units; a lot that is not among the facts was not begun."""
    lots = (fact for fact in facts.lots or () if fact.nature.unit == way.counted + setting.date)
    known = [fact.left - fact.held for fact in lots if not fact.new]
    return min([way.limit, *known])


def worth(bundle: Bundle, way: Way, spends: Iterable[Spend], points: Iterable[Applied]) -> int:
    """What is spent of money and points, minor units; `points` are those that pay, at what they pay.

    Refusal where a code would spend what has no price: what has no price has no bound.
    """
    total = sum(each.amount for each in points)
    for each in spends:
        cost = each.amount if each.unit.startswith(MONEY) else _price(bundle, each)
        if not cost and way.counted == COUNTED:
            raise Refusal(way.refusal)
        total += cost
    return total


def check(draft: Draft, way: Way, amount: int) -> None:
    """Nothing, if today still allows so much; Refusal otherwise."""
    if amount > left(draft.facts, draft.setting, way):
        raise Refusal(way.refusal)


def charge(draft: Draft, amount: int) -> None:
    """Take from what the day allows; the last transfers of its act, and part of nothing that goes back."""
    way, member = way_of(draft), draft.facts.member
    if way is None or member is None or not amount:
        return
    check(draft, way, amount)
    owner, unit = MEMBER + member.id, way.counted + draft.setting.date
    lot = next((fact for fact in draft.lots_of(owner, unit) if not fact.new), None)
    if lot is None:
        lot = draft.mint(owner, unit, way.limit, Terms(expires_on=draft.setting.date))
    draft.take(lot, amount, SPENT)


def is_above(draft: Draft, face: int | None) -> bool:
    """Whether a coupon of this face is more than whoever is only named may use."""
    bounds = draft.facts.bounds
    return bounds is not UNSET and 0 < bounds.face < (face or 0)


def is_counted(transfers: Iterable[Transfer]) -> bool:
    """Whether an event spent something by a code."""
    return any(each.unit.startswith(COUNTED) for each in transfers)


def _price(bundle: Bundle, spend: Spend) -> int:
    return value(unit_of(bundle, spend.unit), Terms(), spend.amount)
