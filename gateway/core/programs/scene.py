"""What conditions and effects see while programs are tried: one basket, or one happening without any.

`net` is what each line still costs, and changes as discounts happen; `start` is what it cost after the steps
before this one, which thresholds are tested on. Lives for one decision. Pure.
"""

from collections.abc import Sequence

from msgspec import UNSET

from gateway.core.draft import Refusal
from gateway.core.errors import EventError
from gateway.core.model import (
    BAD_AMOUNT,
    GOODS_UNKNOWN,
    MEMBER_BLOCKED,
    MEMBER_UNKNOWN,
    Bundle,
    Facts,
    Setting,
)
from gateway.core.orders.model import AMOUNT_MAX, GOODS, TOPUP, Basket, Good, Line
from gateway.core.programs.civil import weekday
from gateway.core.programs.purse import Purse
from gateway.core.programs.selecting import Selector
from gateway.core.promises import MEMBER
from gateway.core.tiers import standing

WHOLE = 10_000  # basis points
LIVE = ("active", "provisional")
PROVISIONAL = "provisional"
Row = tuple[Good, int, int]  # the article, how many pieces, the price of one


class Scene:
    """Facts as programs read them; see the module."""

    def __init__(self, bundle: Bundle, facts: Facts, setting: Setting, rows: Sequence[Row] = ()) -> None:
        self.facts, self.setting = facts, setting
        self.rows = rows
        self.gross = [price * quantity for _, quantity, price in rows]
        self.net = list(self.gross)
        self.start = list(self.gross)
        self.points = [0] * len(rows)
        self.paid: dict[str, int] | None = None  # by kind of tender; None: nothing is paid yet
        self.base: Sequence[int] = ()  # by line, what is earned on
        self.asked = 0  # the amount that was asked for or topped up
        self.wanted_points = 0
        self.chosen: frozenset[str] = frozenset()
        self.unsold = False  # a basket that nobody sells yet: who may is asked when it is sold
        self.purse = Purse(bundle, facts, setting)
        self.member = facts.member
        self.owner = "" if facts.member is None else MEMBER + facts.member.id
        self.tier = None if facts.member is None else _tier(bundle, facts)
        self.weekday = weekday(setting.date)
        self.store = None if facts.store is UNSET else facts.store
        self.classes: set[str] = set()  # exclusive classes taken in this step
        self._matched: dict[Selector, list[int]] = {}

    @property
    def provisional(self) -> bool:
        """Whether the member was enrolled here and HQ has no other word yet."""
        return self.member is not None and self.member.status == PROVISIONAL

    @property
    def counts_here(self) -> bool:
        """Whether this store keeps the counts of what the member may do so many times."""
        return self.member is not None and (self.provisional or self.member.at_home is True)

    def matched(self, selector: Selector) -> list[int]:
        """Numbers of the lines that are meant, in their order."""
        found = self._matched.get(selector)
        if found is None:
            found = [line for line, row in enumerate(self.rows) if selector.fits(row[0])]
            self._matched[selector] = found
        return found

    def begin_step(self) -> None:
        """What follows tests its thresholds on what lines cost now."""
        self.start = list(self.net)
        self.classes = set()


def scene_of(bundle: Bundle, facts: Facts, setting: Setting, basket: Basket) -> Scene:
    """The scene of a basket; Refusal where an article, an amount or the member cannot be."""
    check_member(facts, basket.member)
    goods = {good.sku: good for good in (() if facts.goods is UNSET else facts.goods)}
    rows = [_row(goods, line) for line in basket.lines]
    if sum(price * quantity for _, quantity, price in rows) > AMOUNT_MAX:
        raise Refusal(BAD_AMOUNT)
    scene = Scene(bundle, facts, setting, rows)
    scene.wanted_points = basket.points
    scene.chosen = frozenset(basket.chosen)
    scene.unsold = facts.staff is UNSET and facts.approver is UNSET
    return scene


def check_member(facts: Facts, name: str | None) -> None:
    """Nothing, if the member who was named is the one that was looked up, and may take part."""
    if name is None:
        if facts.member is not None:
            raise Refusal(MEMBER_UNKNOWN)
        return
    aliases = {} if facts.aliases is UNSET else facts.aliases
    member = facts.member
    if member is None or MEMBER + member.id not in (MEMBER + name, aliases.get(MEMBER + name)):
        raise Refusal(MEMBER_UNKNOWN)
    if member.status not in LIVE:
        raise Refusal(MEMBER_BLOCKED)


def _tier(bundle: Bundle, facts: Facts) -> str:
    assert facts.member is not None
    return standing(bundle, facts.member.tier, facts.member.qualifying).tier


def _row(goods: dict[str, Good], line: Line) -> Row:
    good = goods.get(line.sku)
    if good is None:
        raise Refusal(GOODS_UNKNOWN)
    if not 0 <= good.price <= AMOUNT_MAX or not 0 <= good.tax <= WHOLE:
        raise EventError("bad_facts", f"goods {good.sku[:48]}")
    if (line.amount is None) != (good.kind == GOODS):
        raise Refusal(BAD_AMOUNT)
    price = good.price if line.amount is None else line.amount
    if good.kind == TOPUP and not price:
        raise Refusal(BAD_AMOUNT)
    return good, line.quantity, price
