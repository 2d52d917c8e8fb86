"""Letting programs of a trigger happen: who may ask, what is taken and given, and what is refused."""

from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from gateway.core.errors import EventError
from gateway.core.model import Member
from gateway.core.orders.model import Run, Staff
from gateway.core.programs.model import AmountIs, Debit, Earn, Issue, Limits
from gateway.core.promises import Ask
from tests.gateway.core.orders.programs import MALL, RECHARGE
from tests.gateway.core.orders.till import (
    CLERK,
    LEAD,
    LIN,
    MANAGER,
    Till,
    asks,
    bundle,
    program,
    reason,
    run_record,
)
from tests.gateway.core.shop import ONLINE_NOW, fact

ACTIVATION = program("activation", "member.activated", Earn("PTS", amount=100), limits=Limits(per_member=1))
DAILY = program(
    "daily", "presence.checked_in", Earn("PTS", amount=5), limits=Limits(per_member=1, period="day")
)
CLAIM = program("claim", "coupon.claimed", Issue("ten", count=2), opt_in=True, limits=Limits(per_member=1))
GRANT = program(
    "grant", "grant.requested", Earn("PTS", as_asked=True), when=AmountIs(100, 1_000), opt_in=True
)
VISIT = program("visit", "visit.consumed", Debit(1, "VISIT:coffee"), opt_in=True)
SHAKE = program("shake", "presence.seen", Earn("PTS", amount=5), limits=Limits(per_member=1, period="day"))
SHOP = bundle(ACTIVATION, DAILY, SHAKE, CLAIM, GRANT, VISIT, MALL)


def test_an_activation_gives_its_points_once() -> None:
    till = Till(SHOP, LIN)
    first = run_record(till.run("member.activated"))
    assert [each.amount for each in first.applied] == [100]
    again = run_record(till.run("member.activated"))
    assert (again.applied, till.has("PTS")) == ((), 100)
    assert [each.reason for each in again.missed] == ["limit_reached"]


def test_a_check_in_counts_once_a_day() -> None:
    till = Till(SHOP, LIN, "device:entrance-1")
    till.run("presence.checked_in")
    till.run("presence.checked_in")
    assert till.has("PTS") == 5
    till.setting = replace(till.setting, date="2026-11-22")
    till.run("presence.checked_in")
    assert till.has("PTS") == 10


def test_a_shake_counts_once_a_day_and_beside_a_check_in() -> None:
    till = Till(SHOP, LIN, "portal:1")
    till.run("presence.checked_in")
    first, again = till.run("presence.seen"), till.run("presence.seen")
    assert [each.program for each in run_record(first).applied] == ["shake"]
    assert (run_record(again).applied, till.has("PTS")) == ((), 10)
    assert till.state.visits == {}, "what is given for a shake is no visit: its ticket was"


def test_claimed_coupons_are_lots_of_one_with_codes_of_their_own() -> None:
    till = Till(SHOP, LIN)
    event = till.run("coupon.claimed", "claim")
    lots = [fact_ for fact_ in till.lots() if fact_.nature.unit == "CPN:ten"]
    assert [fact_.left for fact_ in lots] == [1, 1]
    codes = {fact_.nature.terms.code for fact_ in lots}
    assert len(codes) == 2
    assert all(code is not None and code.startswith("C") and len(code) == 11 for code in codes)
    assert len(run_record(event).applied) == 2


@pytest.mark.parametrize(
    ("points", "pin", "found"),
    [
        (300, "right", "done"),
        (300, None, "refused pin_needed"),
        (300, "wrong", "refused pin_wrong"),
        (299, "right", "refused program_missed"),
    ],
)
def test_points_buy_a_coupon_with_the_pin(points: int, pin: str | None, found: str) -> None:
    till = Till(SHOP, LIN)
    till.give(points)
    till.pin = pin
    event = till.run("coupon.claimed", "mall")
    assert reason(event) == found
    bought = int(found == "done")
    assert (till.has("CPN:ten"), till.has("PTS")) == (bought, points - 300 * bought)


def test_what_is_missed_says_why() -> None:
    till = Till(SHOP, LIN)
    event = till.run("coupon.claimed", "mall")
    assert event.outcome.reason == "program_missed"
    missed = run_record(event).missed
    assert [(each.program, each.reason, each.short) for each in missed if each.program == "mall"] == [
        ("mall", "not_enough", 300)
    ]


@pytest.mark.parametrize("name", ["nothing", "activation"])
def test_a_program_that_is_none_of_this_trigger_is_unknown(name: str) -> None:
    assert reason(Till(SHOP, LIN).run("coupon.claimed", name)) == "refused program_unknown"


def test_a_visit_is_taken_off_a_pass_without_a_pin() -> None:
    till = Till(SHOP, LIN)
    till.give(2, "VISIT:coffee")
    assert [reason(till.run("visit.consumed", "visit")) for _ in range(3)] == [
        "done",
        "done",
        "refused program_missed",
    ]


@pytest.mark.parametrize(
    ("who", "approver", "amount", "words", "found"),
    [
        (CLERK, None, 100, "tidy", "refused approval_needed"),
        (CLERK, LEAD, 100, "tidy", "done"),
        (LEAD, None, 300, "tidy", "done"),
        (LEAD, None, 301, "tidy", "refused approval_needed"),
        (LEAD, MANAGER, 1_000, "tidy", "done"),
        (MANAGER, None, 1_000, "tidy", "done"),
        (MANAGER, None, 1_000, " ", "refused bad_amount"),
        (MANAGER, None, 1_001, "tidy", "refused approval_needed"),
        (MANAGER, LEAD, 1_001, "tidy", "refused program_missed"),
        (MANAGER, None, 99, "tidy", "refused program_missed"),
        (Staff("amy", "cook"), None, 100, "tidy", "refused not_allowed"),
    ],
)
def test_a_grant_has_a_reason_and_an_approval_above_the_limit(
    who: Staff, approver: Staff | None, amount: int, words: str, found: str
) -> None:
    till = Till(SHOP, LIN)
    till.staff, till.actor, till.approver = who, "staff:" + who.id, approver
    named = None if approver is None else approver.id
    event = till.run("grant.requested", "grant", amount, reason=words, approver=named)
    assert reason(event) == found
    assert till.has("PTS") == (amount if found == "done" else 0)


@pytest.mark.parametrize(
    ("who", "kind", "amount", "found"),
    [
        (CLERK, "balance.topped_up", 20_000, "refused approval_needed"),
        (CLERK, "payment.captured", 1, "refused approval_needed"),
        (CLERK, "manual", 0, "done"),
        (Staff("amy", "cook"), "manual", 0, "refused not_allowed"),
        (None, "balance.topped_up", 20_000, "done"),
    ],
)
def test_what_nobody_can_prove_is_a_gift_with_its_limits(
    who: Staff | None, kind: str, amount: int, found: str
) -> None:
    till = Till(bundle(RECHARGE), LIN)
    till.staff, till.actor = who, "pos" if who is None else "staff:" + who.id
    assert reason(till.run(kind, amount=amount)) == found
    assert till.has("CNY.bonus") == (1_500 if (found, kind) == ("done", "balance.topped_up") else 0)


def test_a_device_grants_nothing() -> None:
    till = Till(SHOP, LIN, "device:kiosk-1")
    assert reason(till.run("grant.requested", "grant", 100, reason="x")) == "refused not_allowed"


@pytest.mark.parametrize(
    ("member", "found"),
    [
        (None, "refused member_unknown"),
        (replace(LIN, status="suspended"), "refused member_blocked"),
        (Member("lin", 0, "provisional", ""), "done"),
    ],
)
def test_for_whom(member: Member | None, found: str) -> None:
    till = Till(SHOP, LIN)
    assert reason(till.run("member.activated", facts={"member": member})) == found


@pytest.mark.parametrize("kind", ["order.committed", "transfer.posted", "shift.opened", "anything"])
def test_a_run_is_of_a_trigger_that_stands_by_itself(kind: str) -> None:
    with pytest.raises(EventError, match="undecidable"):
        Till(SHOP, LIN).run(kind)


def test_points_that_lie_elsewhere_are_asked_for() -> None:
    till = Till(SHOP, LIN)
    till.rights, till.pin = ONLINE_NOW, "right"
    till.give(100)
    lots: Any = till.facts([fact("hq.0", 0, elsewhere=500, new=True)]).lots
    event = till.run("coupon.claimed", "mall", facts={"lots": lots})
    assert reason(event) == "asked held_elsewhere"
    assert event.settled is UNSET
    assert asks(event, SHOP) == (Ask(200, "member:lin", "PTS"),)


def test_a_coupon_that_a_run_uses_is_that_very_one() -> None:
    swap = program("swap", "coupon.redeemed", Issue("full"), coupon="ten", opt_in=True)
    till = Till(bundle(swap), LIN)
    later, sooner = till.coupon("ten"), till.coupon("ten", expires_on="2026-12-01")
    till.run("coupon.redeemed", "swap")
    left = {fact_.lot: fact_.left for fact_ in till.lots() if fact_.nature.unit == "CPN:ten"}
    assert left == {later: 1, sooner: 0}
    assert till.has("CPN:full") == 1


def test_a_coupon_that_was_shown_is_used_and_no_other() -> None:
    swap = program("swap", "coupon.redeemed", Issue("full"), coupon="ten", opt_in=True)
    till = Till(bundle(swap), LIN)
    shown, sooner = till.coupon("ten"), till.coupon("ten", expires_on="2026-12-01")
    theirs = till.coupon("ten", owner="mia")
    for lot, wanted in ((theirs, "program_missed"), ("no.0", "program_missed"), (shown, None)):
        act = Run("lin", program="swap", coupon=lot)
        event = till.act(act, till.known("lin"), type="coupon.redeemed")
        assert event.outcome.reason == wanted, lot
    again = till.act(Run("lin", program="swap", coupon=shown), till.known("lin"), type="coupon.redeemed")
    assert again.outcome.reason == "program_missed"
    left = {fact_.lot: fact_.left for fact_ in till.lots() if fact_.nature.unit == "CPN:ten"}
    assert (left[shown], left[sooner]) == (0, 1)
