"""The bakery's ladder and its year's end: what the receipt of an order warns of, worked out by hand.

Silver from 300, gold from 1,000 qualifying points; they count for 12 months; 150 below the next tier is near;
30 days before points lapse that keep a tier, the member is told. Points lapse at the end of a year.
"""

from typing import Any

import msgspec

from gateway.core.decide import decide
from gateway.core.event import open_bundle
from gateway.core.model import ORDER_COMMITTED, Input
from gateway.core.orders.model import Basket, OrderRecord, Sell, Tender
from gateway.core.programs.quoting import quote
from gateway.core.promises import LotFact, Nature, Terms
from samples.brand import BUNDLE_JSON
from samples.shop import read_goods
from shopbell.program_basket import ZONE, Document, Guest, tried

BUNDLE = open_bundle(BUNDLE_JSON.read_bytes())
GOODS = {article.good.sku: article.good for article in read_goods()}
CROISSANT = [{"sku": "croissant"}]  # 13 yuan
CAKES = [{"sku": "cake-berry-4", "quantity": 2}]  # 112 yuan


def sold(
    guest: Guest, lines: list[dict[str, Any]], lots: tuple[LotFact, ...] = (), **more: Any
) -> OrderRecord:
    """An order paid in cash, decided as a gateway would."""
    document = msgspec.structs.replace(msgspec.convert({"lines": lines}, Document), member=guest, **more)
    facts, setting, basket = tried(document, BUNDLE, GOODS)
    assert isinstance(basket, Basket)
    assert isinstance(facts.lots, tuple)
    facts = msgspec.structs.replace(facts, lots=facts.lots + lots, pin="right")
    total = quote(BUNDLE, facts, setting, basket).total
    act = Sell(basket, (Tender("cash", total),), "till-1")
    given = Input(setting, "", "0" * 16, ORDER_COMMITTED, act=act, actor="pos", gateway="g1")
    settled = decide(BUNDLE, facts, given).settled
    assert isinstance(settled, OrderRecord)
    return settled


def warned(record: OrderRecord, language: str = "en") -> list[str]:
    return [each.because[language] for each in record.warnings]


def lot(unit: str, amount: int, last_day: str) -> LotFact:
    nature = Nature("member:guest", Terms(expires_on=last_day, zone=ZONE), unit)
    return LotFact(0, 0, 0, amount, f"old-{unit}", nature, False, 0)


def test_the_next_tier_is_told_when_it_is_near() -> None:
    lin = Guest("silver", 880)
    assert warned(sold(lin, CAKES, coupons=("full-100-50",))) == ["58 to Gold"]  # 120 - 62
    assert warned(sold(lin, CAKES, coupons=("full-100-50",)), "zh-CN") == ["再得 58 成长值升为金卡"]
    assert warned(sold(Guest("silver", 836), CROISSANT)) == []  # 849: 151 below
    assert warned(sold(Guest("silver", 837), CROISSANT)) == ["150 to Gold"]


def test_a_tier_that_is_reached_is_told() -> None:
    assert warned(sold(Guest("silver", 987), CROISSANT)) == ["You are now Gold"]  # 987 + 13


def test_a_tier_that_is_about_to_fall_is_told_a_month_before() -> None:
    """1,020 + 13 - 100 that lapse = 933: 67 below gold."""
    gold, lapsing = Guest("gold", 1_020), lot("QPT", 100, "2026-12-10")
    falls = "67 more by 2026-12-10 keeps Gold; otherwise Silver"
    assert warned(sold(gold, CROISSANT, (lapsing,))) == [falls]
    assert warned(sold(gold, CROISSANT, (lapsing,), on="2026-11-09")) == []  # 31 days before
    assert warned(sold(Guest("gold", 1_087), CROISSANT, (lapsing,))) == []  # 1,000 stay


def test_points_are_told_a_month_before_the_years_end_and_new_ones_last_another_year() -> None:
    guest, lapsing = Guest("member", 10), lot("PTS", 300, "2026-12-31")
    told = "300 points lapse after 2026-12-31"
    assert warned(sold(guest, CROISSANT, (lapsing,), on="2026-12-01")) == [told]
    assert warned(sold(guest, CROISSANT, (lapsing,), on="2026-11-30")) == []  # 31 days before
    record = sold(guest, CROISSANT, on="2026-12-31", time="23:59")
    earned = next(each for each in record.applied if each.program == "earn-normal")
    assert earned.terms is not None and earned.terms.expires_on == "2027-12-31"


def test_points_past_the_years_end_pay_nothing() -> None:
    guest, lapsed = Guest("member", 10), lot("PTS", 3_000, "2026-12-31")
    last = sold(guest, CROISSANT, (lapsed,), on="2026-12-31", points=400)
    assert last.total == 1_300 - 500  # 80 for a yuan in December
    assert sold(guest, CROISSANT, (lapsed,), on="2027-01-01", points=400).total == 1_300
