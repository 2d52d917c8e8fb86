"""Every sample program happens where it should and not where it should not; figures are worked out by hand.

Prices (yuan): 4-inch cake 56, sourdough 28 (members 25.80), country loaf 22 (19.80), new oat loaf 18, rye 26,
croissant 13, almond croissant 18, americano 16, latte 20, oat latte 24, rolls 9.50 / 9 / 8 / 6.50 / 6 / 4.50,
slices of cake 29 / 28 / 26, mooncake box 198, coffee pass 168. The day is 2026-11-22, a Sunday, at noon.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.core import model
from gateway.core.event import open_bundle
from gateway.core.orders.model import Applied, Basket, Missed, Run, RunRecord, TenderShare
from gateway.core.programs import reasons
from gateway.core.programs.earning import earned
from gateway.core.programs.firing import fire
from gateway.core.programs.quoting import Pricing, price
from gateway.core.programs.trying import Verdict
from samples.brand import BUNDLE_JSON
from samples.shop import read_goods
from shopbell.program_basket import Document, Guest, tried

BUNDLE = open_bundle(BUNDLE_JSON.read_bytes())
GOODS = {article.good.sku: article.good for article in read_goods()}
SILVER, GOLD, BLACK = (Guest(tier=tier) for tier in ("silver", "gold", "black"))


def document(lines: str = "", member: Guest | None = SILVER, **more: Any) -> Document:
    """Lines as "sku*2 sku other=799"; the rest as a document has it."""
    items = []
    for item in lines.split():
        sku, _, amount = item.partition("=")
        sku, _, quantity = sku.partition("*")
        items.append(
            {"sku": sku, "quantity": int(quantity or 1), **({"amount": int(amount)} if amount else {})}
        )
    return msgspec.structs.replace(msgspec.convert({"lines": items}, Document), member=member, **more)


def order(lines: str, member: Guest | None = SILVER, **more: Any) -> Pricing:
    facts, setting, asked = tried(document(lines, member, **more), BUNDLE, GOODS)
    assert isinstance(asked, Basket)
    return price(BUNDLE, facts, setting, asked)


def run(happens: str, member: Guest = SILVER, **more: Any) -> RunRecord:
    facts, setting, asked = tried(document(member=member, happens=happens, **more), BUNDLE, GOODS)
    assert isinstance(asked, Run)
    return fire(BUNDLE, facts, setting, "0" * 16, happens, asked)


def verdict(priced: Pricing, program: str) -> Verdict:
    return next(each for each in (*priced.verdicts, *priced.earning) if each.entry.program.id == program)


def gave(priced: Pricing, program: str) -> int:
    """What a program took off, or gave; it did happen."""
    found = verdict(priced, program)
    assert found.unmet is None, found.unmet
    return sum(each.amount for each in found.applied)


def why(priced: Pricing, program: str) -> tuple[str, int | None]:
    """Why a program did not happen, and how much was missing."""
    found = verdict(priced, program)
    assert found.unmet is not None, found.applied
    return found.unmet.reason, found.unmet.short


def given(record: RunRecord, program: str) -> Applied:
    (found,) = (each for each in record.applied if each.program == program and each.does != "debit")
    return found


def missed(record: RunRecord, program: str) -> Missed:
    assert not any(each.program == program for each in record.applied)
    return next(each for each in record.missed if each.program == program)


def has(**units: int) -> Guest:
    """A silver member with these: PTS=5, USE_activation=0 stands for "USE:activation"."""
    return Guest(
        tier="silver", has={unit.replace("__", "-").replace("_", ":"): n for unit, n in units.items()}
    )


# -- what members get for coming


def test_activation() -> None:
    first = given(run("member.activated"), "activation")
    assert (first.unit, first.amount, first.because["zh-CN"]) == ("PTS", 100, "激活会员卡送 100 积分")
    assert first.terms is not None and first.terms.expires_on == "2027-12-31"
    again = missed(run("member.activated", has(USE_activation=0)), "activation")
    assert again.reason == reasons.LIMIT_REACHED


def test_welcome_coupon() -> None:
    first = given(run("member.enrolled", Guest(new=True)), "welcome-coupon")
    assert (first.unit, first.amount) == ("CPN:off-5", 1)
    assert first.terms is not None
    assert (first.terms.face, first.terms.expires_on) == (500, "2026-12-22")  # 30 days
    assert first.because["en"] == "A 5-yuan coupon because it is your first visit"
    again = missed(run("member.enrolled", has(USE_welcome__coupon=0)), "welcome-coupon")
    assert again.reason == reasons.LIMIT_REACHED


def test_check_in() -> None:
    assert given(run("presence.checked_in"), "check-in").amount == 5
    today = Guest(tier="silver", has={"USE:check-in:2026-11-22": 0})
    assert missed(run("presence.checked_in", today), "check-in").reason == reasons.LIMIT_REACHED
    yesterday = Guest(tier="silver", has={"USE:check-in:2026-11-21": 0})
    assert given(run("presence.checked_in", yesterday), "check-in").amount == 5


def test_shake() -> None:
    assert given(run("presence.seen"), "shake").amount == 5
    today = Guest(tier="silver", has={"USE:shake:2026-11-22": 0})
    assert missed(run("presence.seen", today), "shake").reason == reasons.LIMIT_REACHED
    assert given(run("presence.seen", today), "shake-coupon").unit == "CPN:off-5"


def test_shake_coupon() -> None:
    first = given(run("presence.seen"), "shake-coupon")
    assert (first.unit, first.amount) == ("CPN:off-5", 1)
    assert first.because["en"] == "A 5-yuan coupon for your first shake this month"
    this_month = Guest(tier="silver", has={"USE:shake-coupon:2026-11": 0})
    assert missed(run("presence.seen", this_month), "shake-coupon").reason == reasons.LIMIT_REACHED
    assert given(run("presence.seen", this_month), "shake").amount == 5


def test_birthday() -> None:
    near = Guest(tier="silver", occasions=("birthday",))
    gift = given(run("presence.checked_in", near), "birthday")
    assert gift.unit == "CPN:birthday"
    assert gift.terms is not None and gift.terms.expires_on == "2026-12-06"  # 14 days
    assert missed(run("presence.checked_in"), "birthday").reason == reasons.NO_OCCASION
    had = Guest(tier="silver", occasions=("birthday",), has={"USE:birthday:2026": 0})
    assert missed(run("presence.checked_in", had), "birthday").reason == reasons.LIMIT_REACHED


def test_welcome_back() -> None:
    assert given(run("manual", program="welcome-back"), "welcome-back").unit == "CPN:full-100-50"
    assert run("manual").applied == ()
    had = Guest(tier="silver", has={"USE:welcome-back:2026": 0})
    assert missed(run("manual", had, program="welcome-back"), "welcome-back").reason == reasons.LIMIT_REACHED


# -- what an order earns


def test_earn_normal() -> None:
    priced = order("other=799 roll-butter")  # 7.99 and 4.50: a floor for each line, 7 + 4
    assert gave(priced, "earn-normal") == 11
    assert verdict(priced, "earn-normal").applied[0].split == (7, 4)
    assert why(order("gift-moon"), "earn-normal")[0] == reasons.NOTHING_TO_DO
    assert why(order("other=99"), "earn-normal")[0] == reasons.NOTHING_TO_DO
    assert why(order("croissant", None), "earn-normal")[0] == reasons.MEMBER_NEEDED


def test_earn_gift() -> None:
    assert gave(order("gift-moon"), "earn-gift") == 19  # 198 / 10
    assert why(order("cake-berry-4"), "earn-gift")[0] == reasons.NOTHING_TO_DO


def test_earn_tier() -> None:
    basket = "cake-berry-4 roll-butter gift-moon"  # 60.50 without the gift box: 60 points at one for a yuan
    assert gave(order(basket, GOLD), "earn-tier") == 30
    assert gave(order(basket, BLACK), "earn-tier") == 60
    assert gave(order(basket, GOLD), "earn-normal") == 60
    assert why(order(basket, SILVER), "earn-tier")[0] == reasons.TIER_OTHER


def test_qualify() -> None:
    priced = order("roll-butter roll-butter*2")  # 4.50 + 9.00: one floor over the order
    assert gave(priced, "qualify") == 13
    (points,) = verdict(priced, "qualify").applied
    assert points.unit == "QPT"
    assert points.terms is not None and points.terms.expires_on == "2027-11-22"  # the ladder's 12 months
    assert not any(each.unit == "QPT" for each in order("topup=50000").quote.earns)


def test_pay_gift() -> None:
    assert verdict(order("other=3000"), "pay-gift").unmet is None
    assert why(order("other=2999"), "pay-gift") == (reasons.PAID_LOW, 1)
    assert why(order("other=3000", None), "pay-gift")[0] == reasons.MEMBER_NEEDED
    today = Guest(tier="silver", has={"USE:pay-gift:2026-11-22": 0})
    assert why(order("other=3000", today), "pay-gift")[0] == reasons.LIMIT_REACHED


def test_the_coupons_of_pay_gift_are_valid_for_7_14_or_30_days() -> None:
    facts, setting, asked = tried(document("other=3000"), BUNDLE, GOODS)
    assert isinstance(asked, Basket)
    quote = price(BUNDLE, facts, setting, asked).quote
    paid = [TenderShare("wechat", 3_000, (3_000,))]
    days = set()
    for number in range(40):
        gains = earned(BUNDLE, facts, setting, f"{number:016x}", asked, quote, paid)
        days |= {each.terms.expires_on for each in gains if each.program == "pay-gift" and each.terms}
    assert days == {"2026-11-29", "2026-12-06", "2026-12-22"}


def test_pay_to_member() -> None:
    (words,) = verdict(order("other=3000", None), "pay-to-member").applied
    assert (words.does, words.because["en"]) == ("show", "Scan to take a member card and a welcome gift")
    assert why(order("other=2999", None), "pay-to-member") == (reasons.PAID_LOW, 1)
    assert why(order("other=3000"), "pay-to-member")[0] == reasons.WALK_IN_ONLY


# -- prices and promotions of goods


def test_member_price() -> None:
    priced = order("bread-country*2 bread-walnut")  # 2 * (22 - 19.80); the other has no member price
    assert gave(priced, "member-price") == 440
    assert priced.quote.total == 3_960 + 2_400
    assert why(order("bread-country", None), "member-price")[0] == reasons.MEMBER_NEEDED
    assert why(order("bread-walnut"), "member-price")[0] == reasons.NOTHING_TO_DO


def test_buns_3_1() -> None:
    four = order("roll-pork roll-cheese roll-redbean roll-butter", None)  # 9 8 6 4.50
    assert gave(four, "buns-3-1") == 450
    assert four.quote.total == 2_300
    assert why(order("roll-pork*3", None), "buns-3-1")[0] == reasons.NOTHING_TO_DO


def test_breakfast() -> None:
    priced = order("croissant coffee-americano", None, time="08:00")  # 13 + 16 - 25
    assert gave(priced, "breakfast") == 400
    # 400 * 1300 / 2900 = 179.31 and 220.69: the second remainder is the larger
    assert verdict(priced, "breakfast").applied[0].split == (179, 221)
    assert why(order("croissant coffee-americano", None, time="10:30"), "breakfast")[0] == reasons.WRONG_TIME
    assert why(order("croissant", None, time="08:00"), "breakfast")[0] == reasons.NOTHING_TO_DO


def test_coffee_gold() -> None:
    assert gave(order("coffee-latte*2", GOLD), "coffee-gold") == 320  # 8% of 40
    assert gave(order("coffee-oat*6", GOLD), "coffee-gold") == 1_000  # 8% of 144 is 11.52, the cap 10
    assert why(order("coffee-latte*2"), "coffee-gold")[0] == reasons.TIER_OTHER


def test_bread_each() -> None:
    monday = {"member": None, "on": "2026-11-23", "time": "18:30"}
    assert gave(order("bread-sour*2 bread-rye", **monday), "bread-each") == 800  # 82: twice 40
    assert gave(order("bread-sour*8", **monday), "bread-each") == 1_200  # 224: five times 40, three count
    assert why(order("bread-sour", **monday), "bread-each")[0] == reasons.NOTHING_TO_DO
    saturday = {**monday, "on": "2026-11-28"}
    assert why(order("bread-sour*2", **saturday), "bread-each")[0] == reasons.WRONG_TIME
    early = {**monday, "time": "17:59"}
    assert why(order("bread-sour*2", **early), "bread-each")[0] == reasons.WRONG_TIME


def test_new_loaf() -> None:
    assert gave(order("bread-oat"), "new-loaf") == 900
    assert gave(order("bread-oat*3"), "new-loaf") == 1_800  # half of 54 is 27, the cap 18
    assert why(order("bread-oat", None), "new-loaf")[0] == reasons.MEMBER_NEEDED


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"on": "2026-07-31"}, reasons.NOT_STARTED),
        ({"on": "2027-02-01"}, reasons.ENDED),
        ({"member": Guest(has={"USE:new-loaf:2026-11": 0})}, reasons.LIMIT_REACHED),
        ({"member": Guest(at_home=False)}, reasons.CANNOT_BE_SURE),
        ({"left": {"USE:new-loaf": 0}}, reasons.NONE_LEFT),
        ({"left": {"BUDGET:new-loaf": 899}}, reasons.BUDGET_SHORT),
    ],
)
def test_caps_and_days_of_new_loaf(more: dict[str, Any], reason: str) -> None:
    assert why(order("bread-oat", **more), "new-loaf")[0] == reason
    still = {"left": {"BUDGET:new-loaf": 900}, "member": Guest(has={"USE:new-loaf:2026-11": 1})}
    assert gave(order("bread-oat", **still), "new-loaf") == 900


# -- coupons


def test_full_100_50_is_the_demos() -> None:
    priced = order("cake-berry-4*2", coupons=("full-100-50",))
    assert gave(priced, "full-100-50") == 5_000
    assert priced.quote.total == 6_200
    assert verdict(priced, "full-100-50").applied[0].because["zh-CN"] == "满100减50"
    assert why(order("cake-berry-4", coupons=("full-100-50",)), "full-100-50") == (
        reasons.SUBTOTAL_LOW,
        4_400,
    )
    assert why(order("cake-berry-4*2"), "full-100-50")[0] == reasons.COUPON_NEEDED


def test_a_threshold_is_tested_after_item_promotions() -> None:
    """56 + 26 + 4 rolls at 4.50 = 100.00, but one roll is free: 95.50."""
    priced = order("cake-berry-4 slice-cheese roll-butter*4", coupons=("full-100-50",))
    assert why(priced, "full-100-50") == (reasons.SUBTOTAL_LOW, 450)


def test_full_500_50() -> None:
    two = order("cake-birthday-8*2", coupons=("full-500-50",))  # 436
    assert why(two, "full-500-50") == (reasons.SUBTOTAL_LOW, 6_400)
    more = order("cake-birthday-8*2 cake-choc-6", coupons=("full-500-50",))  # 574
    assert gave(more, "full-500-50") == 5_000
    assert more.quote.total == 52_400


def test_only_one_threshold_counts() -> None:
    both = order("cake-birthday-8*2 cake-choc-6", coupons=("full-500-50", "full-100-50"))
    assert both.quote.total == 52_400
    assert why(both, "full-500-50")[0] == reasons.CLASS_TAKEN


def test_coupon_5() -> None:
    assert order("croissant", coupons=("off-5",)).quote.total == 800
    little = order("roll-butter", coupons=("off-5",))  # never below nothing
    assert (gave(little, "coupon-5"), little.quote.total) == (450, 0)
    assert why(order("croissant"), "coupon-5")[0] == reasons.COUPON_NEEDED
    with_threshold = order("cake-berry-4*2", coupons=("off-5", "full-100-50"))
    assert with_threshold.quote.total == 5_700


def test_free_croissant() -> None:
    priced = order("croissant croissant-almond", coupons=("croissant",))
    assert (gave(priced, "free-croissant"), priced.quote.total) == (1_300, 1_800)
    none = order("croissant-almond", coupons=("croissant",))
    assert why(none, "free-croissant") == (reasons.QUANTITY_LOW, 1)


def test_birthday_slice() -> None:
    priced = order("slice-tiramisu slice-cheese", coupons=("birthday",))
    assert gave(priced, "birthday-slice") == 2_600  # the cheaper one
    assert why(order("croissant", coupons=("birthday",)), "birthday-slice") == (reasons.QUANTITY_LOW, 1)


# -- points and money


def test_points_cash() -> None:
    rich = has(PTS=2_000)
    priced = order("cake-berry-4*2", rich, points=1_000)  # 10 yuan of 112
    assert priced.quote.total == 10_200
    assert gave(priced, "earn-normal") == 102  # points earn no points
    half = order("croissant", rich, points=1_000)  # at most 6.50 of 13, and by the hundred
    assert (half.quote.total, verdict(half, "points-cash").applied[0].points) == (700, 600)
    assert why(order("croissant", has(PTS=99), points=100), "points-cash")[0] == model.NOT_ENOUGH


def test_year_end() -> None:
    december = order("cake-berry-4*2", has(PTS=2_000), points=800, on="2026-12-05")
    assert gave(december, "year-end") == 1_000  # 800 / 80
    assert why(december, "points-cash")[0] == reasons.CLASS_TAKEN
    assert why(order("cake-berry-4*2", has(PTS=2_000), points=800), "year-end")[0] == reasons.NOT_STARTED


@pytest.mark.parametrize(
    ("program", "price_points", "unit", "face"),
    [
        ("mall-croissant", 300, "CPN:croissant", 1_300),
        ("mall-100-50", 800, "CPN:full-100-50", 5_000),
        ("mall-500-50", 200, "CPN:full-500-50", 5_000),
    ],
)
def test_the_malls(program: str, price_points: int, unit: str, face: int) -> None:
    bought = run("coupon.claimed", has(PTS=price_points), program=program)
    (debit,) = (each for each in bought.applied if each.does == "debit")
    assert (debit.unit, debit.amount) == ("PTS", price_points)
    coupon = given(bought, program)
    assert coupon.unit == unit
    assert coupon.terms is not None and coupon.terms.face == face
    poor = missed(run("coupon.claimed", has(PTS=price_points - 1), program=program), program)
    assert (poor.reason, poor.short) == (model.NOT_ENOUGH, 1)
    assert run("coupon.claimed", has(PTS=price_points)).applied == ()  # nobody chose


@pytest.mark.parametrize("program", ["mall-100-50", "mall-500-50"])
def test_a_mall_sells_a_member_two_a_month(program: str) -> None:
    member = Guest(has={"PTS": 5_000, f"USE:{program}:2026-11": 0})
    assert missed(run("coupon.claimed", member, program=program), program).reason == reasons.LIMIT_REACHED


def test_recharge() -> None:
    for amount, gift in (
        (20_000, 1_500),
        (49_999, 1_500),
        (50_000, 5_000),
        (100_000, 15_000),
        (300_000, 15_000),
    ):
        assert gave(order(f"topup={amount}"), "recharge") == gift
    assert gave(order("topup=25000 topup=25000"), "recharge") == 5_000
    (gift_money,) = verdict(order("topup=20000"), "recharge").applied
    assert gift_money.terms is not None
    assert (gift_money.unit, gift_money.terms.kind, gift_money.terms.expires_on) == (
        "CNY.bonus",
        "bonus",
        "2027-11-22",
    )
    assert why(order("topup=19999"), "recharge")[0] == reasons.NOTHING_TO_DO


def test_coffee_pass() -> None:
    (bought,) = verdict(order("pass-coffee"), "coffee-pass").applied
    assert (bought.unit, bought.amount) == ("VISIT:coffee", 10)
    (more,) = verdict(order("croissant pass-coffee*2"), "coffee-pass").applied  # ten cups for each pass
    assert (more.amount, more.split) == (20, (0, 20))  # and they go back with the passes alone
    assert bought.terms is not None and bought.terms.expires_on == "2027-05-24"  # 183 days
    assert why(order("coffee-latte"), "coffee-pass") == (reasons.QUANTITY_LOW, 1)


def test_pass_visit() -> None:
    holder = Guest(has={"VISIT:coffee": 3})
    (used,) = run("visit.consumed", holder, program="pass-visit").applied
    assert (used.does, used.unit, used.amount) == ("debit", "VISIT:coffee", 1)
    empty = missed(run("visit.consumed", Guest(), program="pass-visit"), "pass-visit")
    assert (empty.reason, empty.short) == (model.NOT_ENOUGH, 1)


def test_suggestion() -> None:
    asked = {"program": "suggestion", "role": "clerk"}
    granted = run("grant.requested", amount=500, approver="manager", **asked)
    assert given(granted, "suggestion").amount == 500
    assert run("grant.requested", amount=100, approver="lead", **asked).applied[0].amount == 100
    for more, reason in (
        ({"amount": 500}, reasons.ROLE_OTHER),
        ({"amount": 99, "approver": "manager"}, reasons.AMOUNT_LOW),
        ({"amount": 1_001, "approver": "manager"}, reasons.AMOUNT_HIGH),
    ):
        assert missed(run("grant.requested", **more, **asked), "suggestion").reason == reason


def test_no_program_is_without_its_test() -> None:
    """A program is tested where a test or a case is named after it."""
    source = Path(__file__).read_text("utf-8")
    for program in BUNDLE.programs or ():
        name = f"def test_{program.id.replace('-', '_')}"
        assert name in source or f'("{program.id}",' in source, program.id
