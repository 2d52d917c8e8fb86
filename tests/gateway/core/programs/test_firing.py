"""Programs outside any order: what they give, to whom, how often, and what they take for it."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.draft import Refusal
from gateway.core.model import MEMBER_BLOCKED, MEMBER_UNKNOWN, Facts, Setting
from gateway.core.orders.model import Missed, Run, RunRecord, Staff
from gateway.core.programs import reasons
from gateway.core.programs.caps import Cap, caps_of
from gateway.core.programs.firing import fire
from gateway.core.programs.model import (
    AllOf,
    AmountIs,
    Debit,
    Earn,
    Effect,
    Issue,
    Limits,
    PaidIs,
    Program,
    RoleIs,
    Show,
    Step,
    Validity,
)
from gateway.core.promises import Policy, Terms
from tests.gateway.core.programs.baskets import RIGHTS, SETTING, bundle, lot, member, said, text

POINTS = Earn("PTS", amount=100)
RANDOM = "0123456789abcdef"


def promise(*then: Effect, id: str = "gift", trigger: str = "member.activated", **more: Any) -> Program:
    return Program(id, 1, text(id), text(id), trigger, then, **more)  # type: ignore[arg-type]


def known(*lots: Any, **more: Any) -> Facts:
    return Facts(**{"member": member(), "lots": lots, "rights": RIGHTS, **more})


def fired(*programs: Program, facts: Facts | None = None, random: str = RANDOM, **act: Any) -> RunRecord:
    asked = Run(**{"member": "lin", **act})
    setting: Setting = SETTING
    facts = known() if facts is None else facts
    return fire(bundle(*programs), facts, setting, random, programs[0].trigger, asked)


def given(record: RunRecord) -> list[str]:
    return [said(each) for each in record.applied]


def why(record: RunRecord) -> list[str]:
    return [each.reason for each in record.missed]


def test_activation_gives_a_hundred_points_once() -> None:
    once = promise(POINTS, limits=Limits(per_member=1))
    record = fired(once)
    assert given(record) == ["gift: 100 PTS"]
    assert caps_of(bundle(once), known(), SETTING, record.applied) == [Cap("member:lin", "USE:gift", 1, 1)]
    again = fired(once, facts=known(lot("u", "USE:gift", 0)))
    assert again == RunRecord((), (Missed("gift", reasons.LIMIT_REACHED, text("gift")),))


def test_every_program_of_the_trigger_is_tried_in_its_order() -> None:
    record = fired(
        promise(POINTS, id="b"),
        promise(Earn("QPT", amount=5), id="c", priority=1),
        promise(POINTS, id="other", trigger="manual"),
        promise(Earn("PTS", amount=1), id="a"),
    )
    assert given(record) == ["c: 5 QPT", "a: 1 PTS", "b: 100 PTS"]
    assert record.missed == ()


def test_a_class_takes_one_of_a_run() -> None:
    record = fired(promise(POINTS, id="a", exclusive="x"), promise(POINTS, id="b", exclusive="x"))
    assert given(record) == ["a: 100 PTS"]
    assert why(record) == [reasons.CLASS_TAKEN]


def test_a_mall_takes_points_and_gives_a_coupon_only_where_it_is_chosen() -> None:
    mall = promise(Debit(800, "PTS"), Issue("five"), trigger="coupon.claimed", opt_in=True)
    rich = known(lot("p", "PTS", 900))
    assert fired(mall, facts=rich) == RunRecord(())
    assert given(fired(mall, facts=rich, program="gift")) == ["gift: 800 PTS", "gift: 1 CPN:five"]
    poor = fired(mall, facts=known(lot("p", "PTS", 799)), program="gift")
    assert poor.applied == ()
    assert poor.missed == (Missed("gift", "not_enough", text("gift"), short=1),)


def test_a_grant_gives_what_was_asked_for_within_its_bounds_and_by_its_role() -> None:
    bounds = AllOf((AmountIs(at_least=100, at_most=1_000), RoleIs(("manager",))))
    grant = promise(Earn("PTS", as_asked=True), trigger="grant.requested", when=bounds)
    manager = known(staff=Staff("amy", "manager"))
    assert given(fired(grant, facts=manager, amount=100)) == ["gift: 100 PTS"]
    assert given(fired(grant, facts=manager, amount=1_000)) == ["gift: 1000 PTS"]
    assert why(fired(grant, facts=manager, amount=99)) == [reasons.AMOUNT_LOW]
    assert why(fired(grant, facts=manager, amount=1_001)) == [reasons.AMOUNT_HIGH]
    assert why(fired(grant, facts=known(staff=Staff("bo", "clerk")), amount=500)) == [reasons.ROLE_OTHER]


def test_steps_and_tiers_count_on_what_was_asked_for() -> None:
    ladder = promise(Earn("PTS", steps=(Step(1, 10), Step(5, 50))), trigger="manual")
    assert given(fired(ladder, amount=49)) == ["gift: 1 PTS"]
    assert given(fired(ladder, amount=50)) == ["gift: 5 PTS"]
    assert why(fired(ladder, amount=9)) == [reasons.NOTHING_TO_DO]
    double = promise(Earn("PTS", amount=7, by_tier={"gold": 15_000}))
    assert given(fired(double, facts=known(member=member(tier="gold")))) == ["gift: 10 PTS"]


def test_a_payment_outside_an_order_counts_as_paid() -> None:
    paid = promise(Issue("five"), trigger="payment.captured", when=PaidIs(at_least=3_000))
    assert given(fired(paid, amount=3_000)) == ["gift: 1 CPN:five"]
    assert why(fired(paid, amount=2_999)) == [reasons.PAID_LOW]


def test_a_visit_takes_one_of_a_pass() -> None:
    visit = promise(Debit(1, "VISIT:coffee"), trigger="visit.consumed", opt_in=True)
    assert given(fired(visit, facts=known(lot("v", "VISIT:coffee", 3)), program="gift")) == [
        "gift: 1 VISIT:coffee"
    ]
    assert why(fired(visit, program="gift")) == ["not_enough"]


def test_a_coupon_is_used_as_a_debit_of_one_the_first_to_expire() -> None:
    swap = promise(POINTS, trigger="coupon.redeemed", coupon="five", opt_in=True)
    late, soon = lot("a", "CPN:five", 1), lot("b", "CPN:five", 1, expires_on="2026-12-01")
    gone = lot("c", "CPN:five", 1, expires_on="2026-11-20")
    record = fired(swap, facts=known(late, soon, gone), program="gift")
    assert given(record) == ["gift: 1 CPN:five with b", "gift: 100 PTS with b"]
    assert [each.does for each in record.applied] == ["debit", "credit"]
    assert why(fired(swap, facts=known(gone), program="gift")) == ["lot_expired"]
    assert why(fired(swap, program="gift")) == [reasons.COUPON_NEEDED]


def test_two_runs_of_one_program_share_nothing_but_what_is_booked() -> None:
    pair = (
        promise(Debit(60, "PTS"), Issue("five"), id="a", trigger="manual"),
        promise(Debit(60, "PTS"), Issue("ten"), id="b", trigger="manual"),
    )
    record = fired(*pair, facts=known(lot("p", "PTS", 100)))
    assert given(record) == ["a: 60 PTS", "a: 1 CPN:five"]
    assert record.missed == (Missed("b", "not_enough", text("b"), short=20),)


def terms(effect: Effect, random: str = RANDOM, setting: Setting = SETTING) -> Terms | None:
    record = fire(bundle(promise(effect)), known(), setting, random, "member.activated", Run("lin"))
    return record.applied[0].terms


def test_how_long_what_is_given_lasts() -> None:
    zone = SETTING.zone

    def last(validity: Validity, unit: str = "PTS") -> str | None:
        found = terms(Earn(unit, amount=1, validity=validity))
        assert found is not None
        assert (found.zone is None) == (found.expires_on is None)
        return found.expires_on

    assert last(Validity()) is None
    assert last(Validity(days=(0,))) == "2026-11-21"
    assert last(Validity(days=(30,))) == "2026-12-21"
    assert last(Validity(until="2027-01-01")) == "2027-01-01"
    assert last(Validity(year_end=0)) == "2026-12-31"
    assert last(Validity(year_end=1)) == "2027-12-31"
    assert last(Validity(), "QPT") == "2027-11-21"
    assert last(Validity(days=(1,)), "QPT") == "2026-11-22"
    leap = replace(SETTING, date="2027-11-30")
    found = terms(Earn("QPT", amount=1), setting=leap)
    assert found == Terms(expires_on="2028-11-30", zone=zone)


def test_points_that_vest_later() -> None:
    found = terms(Earn("PTS", amount=1, vests_days=7, kind="bonus"))
    assert found == Terms(kind="bonus", vests_at=SETTING.at + 7 * 86_400_000)


def test_random_chooses_between_validities_and_both_come_up() -> None:
    varied = Earn("PTS", amount=1, validity=Validity(days=(7, 30)))
    days = [found.expires_on for n in range(64) if (found := terms(varied, f"{n:016x}")) is not None]
    assert set(days) == {"2026-11-28", "2026-12-21"}
    assert 16 < days.count("2026-11-28") < 48
    assert terms(varied) == terms(varied)


def test_each_coupon_is_a_lot_of_one_with_a_code_of_its_own() -> None:
    record = fired(promise(Issue("five", count=3)), promise(Issue("ten"), id="more"))
    codes = [each.terms.code for each in record.applied if each.terms is not None]
    assert [each.amount for each in record.applied] == [1] * 4
    assert len(set(codes)) == 4
    assert all(code is not None and len(code) == 11 and code[0] == "C" for code in codes)
    assert record == fired(promise(Issue("five", count=3)), promise(Issue("ten"), id="more"))
    other = fired(promise(Issue("five")), random="0123456789abcdee").applied[0].terms
    assert other is not None
    assert other.code not in codes


def test_a_coupon_has_its_face_and_a_pass_its_visits() -> None:
    coupon, card = fired(promise(Issue("five"), Issue("pass"))).applied
    assert coupon.terms is not None
    assert (coupon.unit, coupon.amount, coupon.template, coupon.terms.face) == ("CPN:five", 1, "five", 500)
    assert (card.unit, card.amount, card.template) == ("VISIT:coffee", 10, "pass")


def test_an_issue_may_last_otherwise_than_its_template() -> None:
    found = terms(Issue("five", validity=Validity(days=(3,))))
    assert found is not None
    assert found.expires_on == "2026-11-24"


def test_words_are_said_and_a_claim_has_a_code() -> None:
    words = text("欢迎", "Welcome")
    plain, claim = fired(promise(Show(words)), promise(Show(words, "claim"), id="more")).applied
    assert (plain.does, plain.because, plain.terms) == ("show", words, None)
    assert claim.terms is not None
    assert claim.terms.code is not None
    assert claim.terms.code.startswith("K")


def test_counts_of_guests_and_new_members() -> None:
    once = promise(POINTS, limits=Limits(per_member=3))
    risky = promise(POINTS, limits=Limits(per_member=3), offline=Policy("risk", 100, 100, 100, 24))
    guest, new = (
        known(member=member(at_home=False)),
        known(member=member(at_home=False, status="provisional")),
    )
    assert why(fired(once, facts=guest)) == [reasons.CANNOT_BE_SURE]
    assert given(fired(risky, facts=guest)) == ["gift: 100 PTS"]
    assert given(fired(once, facts=new)) == ["gift: 100 PTS"]
    far = known(lot("u", "USE:gift", 0, elsewhere=2))
    assert why(fired(once, facts=far)) == ["held_elsewhere"]
    online = replace(RIGHTS, online=True)
    assert why(fired(once, facts=replace(far, rights=online))) == ["held_elsewhere"]
    frozen = replace(RIGHTS, frozen=True)
    assert why(fired(once, facts=known(rights=frozen))) == ["rights_frozen"]


def test_budgets_count_units_and_faces() -> None:
    def budget(left: int) -> Facts:
        return known(lot("b", "BUDGET:gift", left, owner="program:gift"))

    points = promise(POINTS, limits=Limits(budget=9_999))
    assert given(fired(points, facts=budget(100))) == ["gift: 100 PTS"]
    short = fired(points, facts=budget(99))
    assert short.missed == (Missed("gift", reasons.BUDGET_SHORT, text("gift"), short=1),)
    coupons = promise(Issue("five", count=2), Show(text("x")), limits=Limits(budget=9_999))
    assert why(fired(coupons, facts=budget(999))) == [reasons.BUDGET_SHORT]
    mall = promise(Debit(800, "PTS"), Issue("five"), limits=Limits(budget=9_999))
    rich = replace(budget(500), lots=(*(budget(500).lots or ()), lot("p", "PTS", 800)))
    assert given(fired(mall, facts=rich)) == ["gift: 800 PTS", "gift: 1 CPN:five"]
    record = fired(coupons, facts=budget(1_000))
    assert caps_of(bundle(coupons), budget(1_000), SETTING, record.applied) == [
        Cap("program:gift", "BUDGET:gift", 1_000, 0)
    ]


def test_who_may_take_part() -> None:
    old = known(member=member(), aliases={"member:old": "member:lin"})
    assert given(fired(promise(POINTS), facts=old, member="old")) == ["gift: 100 PTS"]
    for facts, name, reason in (
        (known(member=None), "lin", MEMBER_UNKNOWN),
        (known(), "bo", MEMBER_UNKNOWN),
        (known(member=member(status="suspended")), "lin", MEMBER_BLOCKED),
    ):
        with pytest.raises(Refusal) as refusal:
            fired(promise(POINTS), facts=facts, member=name)
        assert refusal.value.reason == reason
