"""A line is right, or every wrong column of it is named; a member's lines stand or fall together."""

import pytest

from cloud_bridge.hq.csv_file import COLUMNS, Line
from cloud_bridge.hq.lines import Refusal, RefusedGroup
from cloud_bridge.hq.member_groups import LINES_PER_MEMBER_MAX, Group, gather
from cloud_bridge.hq.member_lines import Known, MemberLine, Token, member_rules, read_line
from cloud_bridge.hq.words import WORDS
from shopbell.look.words import say

KNOWN = Known({"silver", "gold"}, {"river", "station"})
RULES = member_rules(KNOWN)
GOOD = dict(
    zip(
        COLUMNS,
        (
            "MW1",
            "林晓雯",
            "138 0000-0000",
            "zh-CN",
            "active",
            "gold",
            "880",
            "river",
            "04A1B2C3D4E580",
            "C-1",
            "lost",
        ),
        strict=True,
    )
)


def line(number: int = 2, **changes: str) -> Line:
    return Line(number, tuple({**GOOD, **changes}.values()))


def refusals(**changes: str) -> list[Refusal]:
    found = read_line(line(**changes), RULES)
    assert isinstance(found, list), found
    for refusal in found:
        for language in ("zh-CN", "en"):
            assert say(f"line.{refusal.code}", language, WORDS, value=refusal.value)
            assert say(f"line.{refusal.code}.do", language, WORDS, value=refusal.value)
    return found


def test_a_good_line() -> None:
    assert read_line(line(), RULES) == MemberLine(
        2,
        "MW1",
        "林晓雯",
        "13800000000",
        "zh-CN",
        "active",
        "gold",
        880,
        "river",
        (
            Token("nfc.uid", bytes.fromhex("04A1B2C3D4E580"), "lost"),
            Token("qr.static", b"C-1", "lost"),
        ),
    )


def test_what_may_be_empty() -> None:
    found = read_line(line(phone="", tier="", card_uid="", qr_code="", instrument_status=""), RULES)
    assert isinstance(found, MemberLine)
    assert (found.phone, found.tier, found.tokens) == ("", "", ())
    several = read_line(line(card_uid="04A1B2C3D4E580 9b3e07c4", instrument_status=""), RULES)
    assert isinstance(several, MemberLine)
    assert [token.status for token in several.tokens] == ["active"] * 3


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("member_no", "", "missing"),
        ("member_no", "A B", "bad_member_no"),
        ("member_no", "x" * 33, "bad_member_no"),
        ("name", "", "missing"),
        ("name", "  ", "missing"),
        ("name", "长" * 65, "name_too_long"),
        ("name", "a\x07b", "control_character"),
        ("phone", "12ab", "bad_phone"),
        ("phone", "1234", "bad_phone"),
        ("phone", "１３８００００００００", "bad_phone"),
        ("language", "", "missing"),
        ("language", "fr", "unknown_language"),
        ("status", "erased", "unknown_status"),
        ("status", "Active", "unknown_status"),
        ("tier", "platinum", "unknown_tier"),
        ("qualifying_points", "", "missing"),
        ("qualifying_points", "-1", "bad_points"),
        ("qualifying_points", "1.5", "bad_points"),
        ("qualifying_points", "１２", "bad_points"),
        ("qualifying_points", "1000000000001", "bad_points"),
        ("home_store", "", "missing"),
        ("home_store", "River", "bad_store"),
        ("home_store", "moon", "unknown_store"),
        ("card_uid", "04A1B2", "bad_card_uid"),
        ("card_uid", "04A1B2C3D4E58", "bad_card_uid"),
        ("card_uid", "ZZA1B2C3D4E580", "bad_card_uid"),
        ("card_uid", "04A1B2C3D4E580 04a1b2c3d4e580", "card_twice"),
        ("card_uid", " ".join(f"0000000{n}" for n in range(9)), "too_many_cards"),
        ("qr_code", "x" * 129, "qr_too_long"),
        ("instrument_status", "stolen", "unknown_instrument_status"),
    ],
)
def test_every_kind_of_wrong_column(column: str, value: str, code: str) -> None:
    (found,) = refusals(**{column: value})
    assert (found.line, found.column, found.code) == (2, column, code)
    if column in ("name", "phone", "qr_code", "card_uid"):
        assert found.value == "", "a report must not copy what names a person"


def test_every_wrong_column_of_a_line_is_named() -> None:
    found = refusals(member_no="", language="xx", qualifying_points="many", home_store="moon")
    assert [refusal.column for refusal in found] == [
        "member_no",
        "language",
        "qualifying_points",
        "home_store",
    ]


def test_a_wrong_number_of_columns() -> None:
    found = read_line(Line(7, ("a", "b")), RULES)
    assert found == [Refusal(7, "line", "column_count", "2")]


def test_two_lines_of_one_member_are_one() -> None:
    first, second = line(2), line(3, card_uid="9B3E07C4", qr_code="", instrument_status="active")
    (group,) = gather([first, second], KNOWN)
    assert isinstance(group, Group)
    assert [(token.value.hex(), token.status) for token in group.tokens] == [
        ("04a1b2c3d4e580", "lost"),
        (b"C-1".hex(), "lost"),
        ("9b3e07c4", "active"),
    ]
    assert group.numbers == (2, 3)


@pytest.mark.parametrize(
    ("second", "codes"),
    [
        ({"name": "别人", "card_uid": "", "qr_code": ""}, {2: "other_line_refused", 3: "lines_differ"}),
        ({"card_uid": "zz"}, {2: "other_line_refused", 3: "bad_card_uid"}),
        ({"qr_code": ""}, {2: "other_line_refused", 3: "card_twice"}),
    ],
)
def test_a_member_falls_with_one_of_its_lines(second: dict[str, str], codes: dict[int, str]) -> None:
    (group,) = gather([line(2), line(3, **second)], KNOWN)
    assert isinstance(group, RefusedGroup)
    assert {refusal.line: refusal.code for refusal in group.refusals} == codes


def test_lines_of_one_member_that_are_apart_are_refused() -> None:
    other = line(3, member_no="MW2", card_uid="", qr_code="")
    first, second, third = gather([line(2), other, line(4)], KNOWN)
    assert isinstance(first, Group)
    assert isinstance(second, Group)
    assert isinstance(third, RefusedGroup)
    assert third.refusals == (Refusal(4, "member_no", "not_together", ""),)


def test_a_member_without_end_is_refused_and_not_begun_anew() -> None:
    lines = [line(number, card_uid="", qr_code="") for number in range(2, 2 + 2 * LINES_PER_MEMBER_MAX)]
    groups = list(gather(lines, KNOWN))
    assert all(isinstance(group, RefusedGroup) for group in groups)
    assert [number for group in groups for number in group.numbers] == [one.number for one in lines]


def test_lines_without_a_number_are_each_refused_alone() -> None:
    groups = list(gather([line(2, member_no=""), line(3, member_no="")], KNOWN))
    assert [group.numbers for group in groups] == [(2,), (3,)]
