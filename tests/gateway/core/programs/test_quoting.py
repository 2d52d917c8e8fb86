"""A quote's refusals, its digest, and what may be used when rights lie elsewhere."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.draft import Refusal
from gateway.core.errors import EventError
from gateway.core.event import canonical
from gateway.core.model import BAD_AMOUNT, GOODS_UNKNOWN, MEMBER_BLOCKED, MEMBER_UNKNOWN, Bundle, Facts
from gateway.core.orders.model import AMOUNT_MAX, Basket, Line, Quote, Staff, TenderShare
from gateway.core.programs.book import BOOKS_MAX, book_of
from gateway.core.programs.check import problems
from gateway.core.programs.earning import earned
from gateway.core.programs.model import (
    AllOf,
    Earn,
    Fixed,
    Issue,
    Limits,
    MemberIs,
    PaidIs,
    PointsAsCash,
    Program,
    Role,
    RoleIs,
    Show,
    Subtotal,
)
from gateway.core.programs.quoting import digest, quote
from gateway.core.promises import AT_RISK, Policy, Unit
from tests.gateway.core.programs.baskets import (
    GOODS,
    RIGHTS,
    SETTING,
    TEMPLATES,
    bundle,
    lot,
    member,
    said,
    said_missed,
    text,
)

ONLINE, FROZEN = replace(RIGHTS, online=True), replace(RIGHTS, frozen=True)
FIVE = Program("five", 1, text("five"), text("five"), "order.quoted", (Fixed(500),), coupon="five")
PAY = Program("pay", 1, text("pay"), text("pay"), "order.quoted", (PointsAsCash(1, 1),))
EARN = Program("earn", 1, text("earn"), text("earn"), "order.committed", (Earn("PTS", gives=1, per=100),))


def known(*lots: Any, **more: Any) -> Facts:
    plain = {"member": member(), "lots": lots, "rights": RIGHTS, "goods": tuple(GOODS.values())}
    return Facts(**{**plain, **more})


def quoted(facts: Facts, *programs: Program, rules: Any = None, **more: Any) -> Quote:
    basket = Basket(**{"lines": (Line("cake"),), "member": "lin", **more})
    return quote(rules or bundle(*programs), facts, SETTING, basket)


REFUSED = [
    (known(), {"lines": (Line("pie"),)}, GOODS_UNKNOWN),
    (known(goods=()), {}, GOODS_UNKNOWN),
    (known(), {"lines": (Line("cake", 1, 100),)}, BAD_AMOUNT),
    (known(), {"lines": (Line("open"),)}, BAD_AMOUNT),
    (known(), {"lines": (Line("topup"),)}, BAD_AMOUNT),
    (known(), {"lines": (Line("topup", 1, 0),)}, BAD_AMOUNT),
    (known(), {"lines": (Line("open", 2, AMOUNT_MAX),)}, BAD_AMOUNT),
    (known(), {"member": None}, MEMBER_UNKNOWN),
    (known(), {"member": "bo"}, MEMBER_UNKNOWN),
    (known(member=None), {}, MEMBER_UNKNOWN),
    (known(member=member(status="merged")), {}, MEMBER_BLOCKED),
]


@pytest.mark.parametrize(("facts", "more", "reason"), REFUSED)
def test_a_basket_that_cannot_be_priced(facts: Facts, more: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refusal) as refusal:
        quoted(facts, EARN, **more)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("more", [{"price": -1}, {"price": AMOUNT_MAX + 1}, {"tax": -1}, {"tax": 10_001}])
def test_goods_that_no_catalogue_has(more: dict[str, int]) -> None:
    with pytest.raises(EventError, match="bad_facts"):
        quoted(known(goods=(replace(GOODS["cake"], **more),)), EARN)


def test_the_digest_is_of_the_canonical_bytes_and_tells_every_difference() -> None:
    made = quoted(known(), EARN)
    assert digest(made) == digest(quoted(known(), replace(EARN)))
    assert len(digest(made)) == 64
    others = [
        quoted(known(), EARN, lines=(Line("cake", 2),)),
        quoted(known(), replace(EARN, version=2)),
        quoted(known()),
        quoted(known(goods=(replace(GOODS["cake"], tax=600),)), EARN),
    ]
    assert len({digest(each) for each in (made, *others)}) == 5


def test_random_has_no_part_in_a_quote() -> None:
    assert b"random" not in canonical(quoted(known(), EARN))
    assert quoted(known(), EARN).earns == quoted(known(), EARN).earns


REACHED = [
    ({"left": 1}, RIGHTS, True),
    ({"left": 0, "offered": 1}, RIGHTS, True),
    ({"left": 1, "held": 1}, RIGHTS, "used_up"),
    ({"left": 0, "elsewhere": 1}, RIGHTS, "held_elsewhere"),
    ({"left": 0, "elsewhere": 1}, ONLINE, True),
    ({"left": 0, "elsewhere": 1, "owed": 1}, ONLINE, "used_up"),
    ({"left": 1, "owed": 1}, RIGHTS, "used_up"),
    ({"left": 1}, FROZEN, "rights_frozen"),
    ({"left": 1, "vests_at": SETTING.at + 1}, RIGHTS, "not_vested"),
    ({"left": 1, "vests_at": SETTING.at}, RIGHTS, True),
]


@pytest.mark.parametrize(("more", "rights", "expected"), REACHED)
def test_what_a_coupons_right_allows(more: dict[str, Any], rights: Any, expected: Any) -> None:
    made = quoted(known(lot("F", "CPN:five", **more), rights=rights), FIVE, coupons=("F",))
    assert [said(each) for each in made.applied] == (["five: 500 = 500 with F"] if expected is True else [])
    assert [said_missed(each) for each in made.missed] == (
        [] if expected is True else [f"five: {expected} (F)"]
    )


def test_a_policy_of_risk_lets_a_coupon_count_that_lies_elsewhere() -> None:
    rules = replace(bundle(FIVE), units=(Unit("CPN:*", Policy(AT_RISK)),))
    far = known(lot("F", "CPN:five", 0, elsewhere=1))
    assert quoted(far, rules=rules, coupons=("F",)).total == 5_100


def test_points_elsewhere_pay_only_where_they_can_be_had() -> None:
    lots = (lot("a", "PTS", 100), lot("b", "PTS", 0, elsewhere=50))
    assert quoted(known(*lots), PAY, points=9_999).total == 5_500
    assert quoted(known(*lots, rights=ONLINE), PAY, points=9_999).total == 5_450
    frozen = quoted(known(*lots, rights=FROZEN), PAY, points=9_999)
    assert [said_missed(each) for each in frozen.missed] == ["pay: rights_frozen 1"]


def test_a_coupon_that_was_shown_twice_counts_once() -> None:
    made = quoted(known(lot("F", "CPN:five", 1)), FIVE, coupons=("F", "F"))
    assert made.total == 5_100


def test_one_coupon_serves_one_program_the_first_that_happens() -> None:
    full = replace(FIVE, id="a-full", when=Subtotal(at_least=9_999_99))
    more = replace(FIVE, id="z-more")
    made = quoted(known(lot("F", "CPN:five", 1)), full, FIVE, more, coupons=("F",))
    assert [said(each) for each in made.applied] == ["five: 500 = 500 with F"]
    assert made.missed == ()


def test_near_programs_are_said_nearest_first_and_no_more_than_three() -> None:
    near = [
        Program(f"n{least}", 1, text("n"), text("n"), "order.quoted", (Fixed(1),), when=Subtotal(least))
        for least in (9_000, 6_000, 8_000, 7_000, 99_999)
    ]
    made = quoted(known(), *near)
    assert [said_missed(each) for each in made.missed] == [
        "n6000: subtotal_low 400",
        "n7000: subtotal_low 1400",
        "n8000: subtotal_low 2400",
    ]


def test_a_near_program_is_not_said_where_its_class_is_taken_before_it() -> None:
    base = Program("got", 1, text("n"), text("n"), "order.quoted", (Fixed(1),), exclusive="x", priority=50)
    after = replace(base, id="after", priority=60, when=Subtotal(6_000))
    before = replace(base, id="before", priority=40, when=Subtotal(6_000))
    assert [said_missed(each) for each in quoted(known(), base, after).missed] == []
    assert [each.program for each in quoted(known(), base, before).missed] == ["before"]


def test_a_program_of_a_limit_tells_nothing_when_it_is_used_up() -> None:
    once = Program("once", 1, text("n"), text("n"), "order.quoted", (Fixed(1),), limits=Limits(per_member=1))
    made = quoted(known(lot("u", "USE:once", 0)), once)
    assert made.applied == made.missed == ()


def test_a_bundle_is_compiled_once_and_old_ones_go() -> None:
    rules = bundle(FIVE)
    book = book_of(rules)
    assert book_of(rules) is book
    assert book_of(replace(rules)) is not book
    for _ in range(BOOKS_MAX):
        book_of(replace(rules))
    assert book_of(rules) is not book
    assert set(book.templates) == {each.code for each in TEMPLATES}


def test_what_would_be_earned_is_near_too_and_answered_where_it_was_chosen() -> None:
    gift = Program("gift", 1, text("n"), text("n"), "payment.captured", (Issue("five"),), when=PaidIs(6_000))
    extra = replace(EARN, opt_in=True, when=Subtotal(99_999))
    assert [said_missed(each) for each in quoted(known(), gift, extra).missed] == ["gift: paid_low 400"]
    assert [said_missed(each) for each in quoted(known(), extra, chosen=("earn",)).missed] == [
        "earn: subtotal_low 94399"
    ]


def test_a_walk_in_who_paid_enough_is_shown_how_to_become_a_member() -> None:
    when = AllOf((MemberIs("none"), PaidIs(3_000)))
    claim = Program(
        "claim", 1, text("n"), text("n"), "payment.captured", (Show(text("扫码"), "claim"),), when=when
    )
    stranger, basket = known(member=None), Basket((Line("cake"),))
    made = quote(bundle(claim), stranger, SETTING, basket)
    assert [(each.does, each.because, each.terms) for each in made.earns] == [("show", text("扫码"), None)]

    def paid(random: str, facts: Facts = stranger, asked: Basket = basket, amount: int = 5_600) -> list[str]:
        tenders = (TenderShare("wechat", amount, (amount,)),)
        found = earned(bundle(claim), facts, SETTING, random, asked, made, tenders)
        return [str(each.terms.code) for each in found if each.terms is not None]

    (code,) = paid("00")
    assert code.startswith("K")
    assert paid("01") != paid("00") == [code]
    assert paid("00", amount=2_999) == []
    assert paid("00", known(), Basket((Line("cake"),), member="lin")) == []


def test_a_favour_holds_in_a_quote_and_asks_who_sells_it() -> None:
    favour = Program(
        "favour", 1, text("n"), text("n"), "order.quoted", (Fixed(600),), opt_in=True, when=RoleIs(("lead",))
    )
    amy, bo = Staff("amy", "lead"), Staff("bo", "clerk")
    chosen = {"chosen": ("favour",)}
    shown = quoted(known(), favour, **chosen)
    assert shown.total == 5_000
    assert quoted(known(), favour).total == 5_600
    for facts in (known(staff=amy), known(staff=bo, approver=amy)):
        assert digest(quoted(facts, favour, **chosen)) == digest(shown)
    for facts in (known(staff=bo), known(staff=bo, approver=None), known(staff=None)):
        refused = quoted(facts, favour, **chosen)
        assert [said_missed(each) for each in refused.missed] == ["favour: role_other"]
    assert problems(canonical(bundle_with_roles(favour))) == []
    assert problems(canonical(bundle_with_roles(replace(favour, opt_in=False)))) != []


def bundle_with_roles(*programs: Program) -> Bundle:
    return replace(bundle(*programs), roles=(Role("lead", text("lead"), ("sell",)),))
