"""What happens in the demo bakery on one day: who comes when, for what, and how they pay. Pure and seeded.

Figures are a bakery's as people know them: two peaks on working days (breakfast, the way home), one long one
at weekends; coffee and pastry in the morning, rolls at noon, cake in the afternoon, bread in the evening;
whole cakes and gifts at weekends; mooncakes until the Mid-Autumn festival. Nearly half of all orders are
members', and most of these are the regulars'.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from random import Random
from typing import Final, NamedTuple

OPEN_HOUR, NOON_HOUR, CLOSE_HOUR = 7, 14, 21
MID_AUTUMN: Final = date(2026, 9, 25)
WEEKDAY_SHARE: Final = (0.85, 0.85, 0.9, 0.95, 1.1, 1.3, 1.2)  # Monday first
WORKING_HOURS: Final = (5, 11, 8, 6, 7, 10, 6, 5, 6, 7, 11, 10, 6, 3)  # from OPEN_HOUR on
WEEKEND_HOURS: Final = (2, 6, 9, 11, 11, 9, 7, 8, 9, 9, 8, 6, 4, 2)
LINES: Final = (45, 30, 15, 10)  # orders of 1, 2, 3, 4 lines in a hundred
MEMBER_SHARE: Final = 0.47
GIFT_SHARE: Final = 0.02
LATEST_HOURS: Final = ((10, "morning"), (14, "noon"), (17, "afternoon"), (24, "evening"))
CATEGORIES: Final[Mapping[str, Mapping[str, int]]] = {
    "morning": {"coffee": 50, "pastry": 40, "roll": 30, "drink": 20, "bread": 10},
    "noon": {"roll": 40, "coffee": 30, "pastry": 20, "drink": 20, "bread": 10, "slice": 8},
    "afternoon": {"coffee": 40, "slice": 30, "pastry": 20, "drink": 10, "whole": 5},
    "evening": {"bread": 50, "roll": 30, "pastry": 10, "whole": 6, "drink": 5},
}
WEEKEND_CAKES: Final = 3  # times as many whole cakes
TENDERS: Final = {"wechat": 50, "alipay": 26, "cash": 15, "card": 9}


class Item(NamedTuple):
    """One line of a basket."""

    sku: str
    quantity: int


class Visit(NamedTuple):
    """An order: at `minute` of the day; `chance` in [0, 1) decides all that depends on what is found then."""

    minute: int
    member: bool
    items: tuple[Item, ...]
    tender: str
    chance: float


class Assortment(NamedTuple):
    """Skus by what people look for: categories of goods, cakes as slices and whole ones."""

    skus: Mapping[str, Sequence[str]]

    def choose(self, random: Random, kind: str) -> str:
        """One of a kind; the first ones sell best."""
        skus = self.skus[kind]
        return random.choices(skus, [len(skus) * 2 - place for place in range(len(skus))])[0]


def visits(random: Random, day: date, orders: int, goods: Assortment) -> list[Visit]:
    """The orders of a day in which `orders` is what an average day has, in the order of the clock."""
    share = WEEKDAY_SHARE[day.weekday()]
    count = max(1, round(orders * share * random.uniform(0.88, 1.12)))
    hours = WEEKEND_HOURS if day.weekday() > 4 else WORKING_HOURS
    drawn = random.choices(range(OPEN_HOUR, CLOSE_HOUR), hours, k=count)
    minutes = sorted(hour * 60 + random.randrange(60) for hour in drawn)
    return [_visit(random, day, minute, goods) for minute in minutes]


def _visit(random: Random, day: date, minute: int, goods: Assortment) -> Visit:
    member = random.random() < MEMBER_SHARE
    (tender,) = random.choices(list(TENDERS), list(TENDERS.values()))
    return Visit(minute, member, tuple(_items(random, day, minute, goods)), tender, random.random())


def _items(random: Random, day: date, minute: int, goods: Assortment) -> Iterator[Item]:
    if random.random() < GIFT_SHARE:
        yield Item("gift-moon" if day <= MID_AUTUMN else "gift-autumn", 1 if random.random() < 0.7 else 2)
        return
    part = next(name for hour, name in LATEST_HOURS if minute < hour * 60)
    weights = dict(CATEGORIES[part])
    if day.weekday() > 4:
        weights["whole"] = weights.get("whole", 2) * WEEKEND_CAKES
    (lines,) = random.choices(range(1, len(LINES) + 1), LINES)
    kinds = random.choices(list(weights), list(weights.values()), k=lines)
    skus = dict.fromkeys(goods.choose(random, kind) for kind in kinds)
    for sku in skus:
        yield Item(sku, _quantity(random, sku))


def _quantity(random: Random, sku: str) -> int:
    if sku.startswith("roll"):
        return random.choices((1, 2, 3, 4, 6), (40, 25, 12, 18, 5))[0]
    return random.choices((1, 2), (88, 12) if sku.startswith(("cake", "slice")) else (80, 20))[0]


def assortment(goods: Mapping[str, str]) -> Assortment:
    """The kinds of these articles, given as category by sku; services and typed prices are in none."""
    kinds: dict[str, list[str]] = {}
    for sku, category in goods.items():
        kind = category if category != "cake" else ("slice" if sku.startswith("slice") else "whole")
        kinds.setdefault(kind, []).append(sku)
    return Assortment(kinds)
