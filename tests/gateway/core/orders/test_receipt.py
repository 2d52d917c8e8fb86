"""What a receipt warns of: a tier reached, near or about to fall, and points that lapse."""

from typing import Any

from msgspec.structs import replace

from gateway.core.model import Member
from gateway.core.orders.words import LANGUAGES, WORDS, told
from gateway.core.programs.model import Ladder
from tests.gateway.core.orders.programs import QUALIFY
from tests.gateway.core.orders.till import LIN, Till, basket, bundle, record
from tests.gateway.core.shop import fact

BRAND = bundle(QUALIFY, ladder=Ladder(near=150, warn_days=30))


def said(member: Member | None = LIN, price: int = 100, lots: Any = (), brand: Any = BRAND) -> list[str]:
    """What the receipt of a purchase says, in English."""
    till = Till(brand, member)
    till.goods["bread"] = replace(till.goods["bread"], price=price)
    what = basket(("bread", 1), member=None if member is None else "lin")
    event = till.sold(what, facts={"lots": till.facts(lots).lots})
    return [each.because["en"] for each in record(event).warnings]


def qpt(amount: int, day: str | None) -> Any:
    return fact(f"q.{amount}", amount, "QPT", expires_on=day)


def test_a_walk_in_is_told_nothing() -> None:
    assert said(None) == []


def test_far_from_the_next_tier_nothing_is_said() -> None:
    assert said() == []


def test_near_the_next_tier_the_distance_is_said() -> None:
    assert said(replace(LIN, qualifying=150), 100) == ["149 to test"]
    assert said(replace(LIN, qualifying=148), 100) == []


def test_a_tier_that_is_reached_is_said_at_once() -> None:
    assert said(replace(LIN, qualifying=290), 1_000) == ["You are now test"]


def test_before_a_tier_falls_the_day_and_the_missing_points_are_said() -> None:
    member = replace(LIN, qualifying=320, tier="silver")
    lots = [qpt(70, "2026-12-10"), qpt(250, "2027-06-30")]
    # One point comes with this purchase: 321 - 70 = 251, and 300 keep the tier.
    assert said(member, 100, lots) == ["49 more by 2026-12-10 keeps test; otherwise test"]
    assert said(member, 100, [qpt(20, "2026-12-10"), qpt(300, "2027-06-30")]) == []
    assert said(member, 100, [qpt(70, "2026-12-22"), qpt(250, "2027-06-30")]) == []  # 31 days away


def test_points_that_lapse_within_thirty_days_are_said_with_their_day() -> None:
    lots = [
        fact("p.1", 40, expires_on="2026-12-21"),
        fact("p.2", 5, expires_on="2026-12-21", elsewhere=5),
        fact("p.3", 7, expires_on="2026-12-22"),
        fact("p.4", 9, expires_on="2026-11-20"),
        fact("p.5", 9),
    ]
    assert said(lots=lots) == ["50 points lapse after 2026-12-21"]
    assert said(lots=lots[2:]) == []


def test_points_that_pay_now_do_not_lapse() -> None:
    from tests.gateway.core.orders.programs import POINTS

    till = Till(bundle(POINTS), LIN)
    till.pin = "right"
    till.give(100, expires_on="2026-12-01")
    event = till.sold(basket(("cake", 1), member="lin", points=100))
    assert record(event).warnings == ()


def test_every_sentence_is_there_in_both_languages() -> None:
    assert all(len(texts) == len(LANGUAGES) and all(texts) for texts in WORDS.values())
    words = told("tier_falls", amount=5, day="2026-12-31", name={"zh-CN": "金卡", "en": "Gold"}, lower="-")
    assert words == {
        "zh-CN": "2026-12-31 前再得 5 成长值可保留金卡，否则降为-",
        "en": "5 more by 2026-12-31 keeps Gold; otherwise -",
    }
