"""The plan of a day: as many people, at such hours, for such goods, as a bakery sees; a seed is a day."""

from collections import Counter
from datetime import date, timedelta
from random import Random

from samples.day import CLOSE_HOUR, MID_AUTUMN, OPEN_HOUR, Visit, assortment, visits
from samples.shop import read_goods

GOODS = assortment(
    {article.good.sku: article.good.category for article in read_goods() if article.good.kind == "goods"}
)
MONDAY, SATURDAY = date(2026, 11, 16), date(2026, 11, 21)
ORDERS = 100


def days(first: date, count: int = 10) -> list[Visit]:
    """So many days, one a week."""
    random = Random(1)
    return [
        visit for week in range(count) for visit in visits(random, first + timedelta(7 * week), ORDERS, GOODS)
    ]


def hours(found: list[Visit]) -> Counter[int]:
    return Counter(visit.minute // 60 for visit in found)


def test_a_seed_is_a_day() -> None:
    one, two, other = (visits(Random(seed), MONDAY, ORDERS, GOODS) for seed in (1, 1, 2))
    assert one == two != other


def test_a_saturday_has_half_as_many_again_as_a_monday() -> None:
    mondays, saturdays = len(days(MONDAY)), len(days(SATURDAY))
    assert 0.75 * ORDERS * 10 < mondays < 0.95 * ORDERS * 10
    assert 1.35 < saturdays / mondays < 1.75


def test_everybody_comes_while_it_is_open_in_the_order_of_the_clock() -> None:
    day = visits(Random(1), MONDAY, ORDERS, GOODS)
    minutes = [visit.minute for visit in day]
    assert minutes == sorted(minutes)
    assert minutes[0] >= OPEN_HOUR * 60
    assert minutes[-1] < CLOSE_HOUR * 60


def test_working_days_have_two_peaks_and_weekends_a_long_one() -> None:
    working, weekend = hours(days(MONDAY)), hours(days(SATURDAY))
    assert working[8] > 1.5 * working[14] < working[17]
    assert weekend[11] > 1.3 * weekend[8]


def test_bread_is_for_the_evening_and_coffee_for_the_morning() -> None:
    found = days(MONDAY)

    def share(hour_from: int, hour_until: int, start: str) -> float:
        skus = [
            item.sku
            for visit in found
            if hour_from <= visit.minute // 60 < hour_until
            for item in visit.items
        ]
        return sum(sku.startswith(start) for sku in skus) / len(skus)

    assert share(17, 21, "bread") > 3 * share(7, 10, "bread")
    assert share(7, 10, "coffee") > 0.2


def test_mooncakes_end_with_the_festival() -> None:
    before = {item.sku for visit in days(MID_AUTUMN - timedelta(63)) for item in visit.items}
    after = {item.sku for visit in days(MID_AUTUMN + timedelta(1)) for item in visit.items}
    assert "gift-moon" in before
    assert "gift-moon" not in after
    assert "gift-autumn" in after


def test_a_basket_has_each_article_once() -> None:
    for visit in days(MONDAY, 2):
        skus = [item.sku for item in visit.items]
        assert 1 <= len(skus) == len(set(skus)) <= 4
        assert all(1 <= item.quantity <= 6 for item in visit.items)
