"""What the gateway says as a page shows it: money, names, times."""

from zoneinfo import ZoneInfo

import pytest

from gateway.portal.me import views
from tests.gateway.portal.me.door import CARD, CARDS, NOW_MS, ROWS

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (500, "CNY", "¥5"),
        (1_250, "CNY", "¥12.50"),
        (5, "CNY", "¥0.05"),
        (-1_550, "CNY", "-¥15.50"),
        (123_456_700, "CNY", "¥1,234,567"),
        (0, "EUR", "EUR 0"),
    ],
)
def test_money(amount: int, currency: str, shown: str) -> None:
    assert views.money(amount, currency) == shown


def test_a_name_is_told_in_the_language_or_in_whatever_there_is() -> None:
    assert views.told({"zh-CN": "券", "en": "coupon"}, "en") == "coupon"
    assert views.told({"zh": "券", "en": "coupon"}, "zh-CN") == "券"
    assert views.told({"fr": "bon"}, "en") == "bon"
    assert views.told(None, "en") == views.told({}, "en") == ""


def test_a_shops_name_may_be_given_in_both_languages() -> None:
    assert [views.in_language("麦铃 / Mailing", each) for each in ("zh-CN", "en")] == ["麦铃", "Mailing"]
    assert views.in_language("Bread / Wine / Cheese", "en") == "Bread / Wine / Cheese"


def test_what_is_stored_counts_wherever_it_is_and_points_and_coupons_stand_elsewhere() -> None:
    units = views.card_view(CARD, "en", ZONE, "CNY")["units"]
    assert units == [
        {"name": "Stored value", "total": "¥100.50", "elsewhere": "¥20.50"},
        {"name": "Coffee pass", "total": "7", "elsewhere": None},
    ]


def test_a_unit_with_nothing_in_it_is_not_shown_and_what_is_held_still_counts() -> None:
    unit = CARD["units"][1]  # type: ignore[index]
    for held, shown in ((0, []), (100, ["¥1"])):
        card = {**CARD, "units": [{**unit, "here": 0, "held": held, "elsewhere": 0}]}
        assert [each["total"] for each in views.card_view(card, "en", ZONE, "CNY")["units"]] == shown


@pytest.mark.parametrize(
    ("unusable", "why"), [(None, None), ("held_elsewhere", "held_elsewhere"), ("of_a_later_core", "other")]
)
def test_a_coupon_that_may_not_be_used_says_why(unusable: str | None, why: str | None) -> None:
    coupon = {**CARD["coupons"][0], "unusable": unusable}  # type: ignore[index]
    assert views.coupon_view(coupon, "en", "CNY")["why_not"] == why


def test_history_is_by_the_days_of_the_stores_zone() -> None:
    days = views.history_view(ROWS, "zh-CN", ZONE, "CNY")
    assert list(days) == ["2026-01-01", "2025-12-31"]
    assert days["2026-01-01"] == [{"time": "09:59", "title": "到店签到", "amount": None, "points": "+5"}]
    assert days["2025-12-31"][1] == {"time": "08:55", "title": "退货", "amount": "-¥15.50", "points": "-15"}


def test_consents_are_those_with_words_and_what_else_was_given() -> None:
    told = [
        {"purpose": "research", "given": True, "text": "research-3", "at": NOW_MS},
        {"purpose": "profiling", "given": False, "text": "p-1", "at": NOW_MS},
    ]
    assert views.consent_view(told, ZONE) == [
        {"purpose": "marketing", "given": False, "when": None, "worded": True},
        {"purpose": "research", "given": True, "when": "2026-01-01 10:00", "worded": False},
    ]


def test_only_cards_in_use_may_be_lost_and_a_phone_number_never() -> None:
    assert [card["may_lose"] for card in views.cards_view(CARDS)] == [True, False, True, False]
    strange = views.cards_view([{"id": "i", "kind": "dna.sun", "status": "melted"}])[0]
    assert (strange["kind"], strange["status"], strange["last4"]) == (
        "me.kind.other",
        "me.status.other",
        None,
    )


def test_the_code_of_now_is_the_one_whose_time_it_is() -> None:
    codes = [{"text": text, "from_ms": at, "until_ms": at + 30} for text, at in (("a", 0), ("b", 30))]
    found = [views.code_at(codes, now) for now in (-1, 0, 29, 30, 60)]
    assert found == [None, codes[0], codes[0], codes[1], None]
