"""What a terminal is shown that is no member's: decided from facts alone."""

import pytest
from msgspec.structs import replace

from gateway.core.decide import decide
from gateway.core.model import BLOCKED, Bundle, Facts, Instrument, Outcome
from gateway.core.orders.model import Staff
from gateway.core.programs.model import Role
from tests.gateway.core.test_decide import CARD, LIN, RECORD, TAP
from tests.gateway.rig import BUNDLE

ROLES = replace(BUNDLE, roles=(Role("clerk", {"zh-CN": "店员", "en": "Clerk"}, ("sell",)),))
ANN, BO = Staff("s-1", "clerk"), Staff("s-2", "owner's friend")


def outcome(facts: Facts, bundle: Bundle = ROLES) -> tuple[str, str | None]:
    found = decide(bundle, facts, TAP).outcome
    return found.name, found.reason


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        (Facts(staff=ANN, attending=None), ("staff", "signed_in")),
        (Facts(staff=ANN, attending="s-2"), ("staff", "signed_in")),
        (Facts(staff=ANN, attending="s-1"), ("staff", "signed_out")),
        (Facts(staff=ANN), ("staff", None)),
        (Facts(staff=BO, attending=None), ("blocked", "staff_role")),
        (Facts(staff=None, attending=None), ("blocked", "staff_left")),
        (Facts(staff=None), ("blocked", "staff_left")),
        (Facts(coupon="ab.0"), ("coupon", None)),
        (Facts(staff=ANN, attending=None, coupon="ab.0"), ("staff", "signed_in")),
        (Facts(), ("unknown", "not_known")),
    ],
)
def test_what_was_shown(facts: Facts, wanted: tuple[str, str | None]) -> None:
    assert outcome(facts) == wanted


def test_a_members_card_is_a_members_whatever_else_is_a_fact() -> None:
    assert outcome(Facts(CARD, LIN, staff=ANN, attending=None, coupon="ab.0"))[0] == "greeted"
    lost = Instrument("c-1", "nfc.uid", "m-1", "lost")
    assert outcome(Facts(lost, LIN, staff=ANN))[0] == BLOCKED


def test_a_bundle_without_roles_lets_nobody_work() -> None:
    assert outcome(Facts(staff=ANN, attending=None), BUNDLE) == ("blocked", "staff_role")


def test_a_badge_says_nothing_of_any_member_and_a_late_one_is_late() -> None:
    given = replace(TAP, record=replace(RECORD, age_ms=6_000))
    assert decide(ROLES, Facts(staff=ANN, attending=None), given).outcome == Outcome(
        True, "staff", reason="signed_in"
    )
