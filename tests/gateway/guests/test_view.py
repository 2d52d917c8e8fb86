"""What a coupon needs, what units are called, and the words of the door."""

import pytest

from gateway.core.programs.model import AllOf, AnyOf, Condition, MemberIs, Subtotal
from gateway.guests.view import least_of
from gateway.guests.words import WORDS, both, purpose_name, unit_name
from shopbell.look.words import faults, placeholders


@pytest.mark.parametrize(
    ("condition", "least"),
    [
        (None, None),
        (Subtotal(10_000), 10_000),
        (Subtotal(at_most=500), None),
        (AllOf((Subtotal(5_000), Subtotal(8_000), MemberIs("known"))), 8_000),
        (AllOf(()), None),
        (AnyOf((Subtotal(5_000), Subtotal(8_000))), None),
        (MemberIs("known"), None),
    ],
)
def test_what_an_order_must_come_to_is_said_where_a_program_says_it_outright(
    condition: Condition | None, least: int | None
) -> None:
    assert least_of(condition) == least


def test_units_and_purposes_without_a_word_are_called_by_their_code() -> None:
    assert unit_name("PTS") == {"zh-CN": "积分", "en": "Points"}
    assert unit_name("VISIT:tea") == {"zh-CN": "VISIT:tea", "en": "VISIT:tea"}
    assert purpose_name("marketing")["en"] == "offers and news"
    assert purpose_name("birthday") == {"zh-CN": "birthday", "en": "birthday"}


def test_every_word_is_there_in_both_languages() -> None:
    assert faults(WORDS) == []
    for key, pair in WORDS.items():
        values = {name: {"zh-CN": "甲", "en": "first"} for name in placeholders(pair[0])}
        said = both(key.removeprefix("guest."), **values)
        assert "{" not in said["zh-CN"] + said["en"]
        assert not values or ("甲" in said["zh-CN"] and "first" in said["en"])
