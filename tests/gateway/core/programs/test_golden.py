"""The golden baskets: every amount worked out by hand in the files beside this one."""

from typing import Any

import pytest

from gateway.core.event import canonical
from gateway.core.programs.caps import caps_of
from gateway.core.programs.check import problems
from gateway.core.programs.earning import earned
from gateway.core.programs.model import Program
from gateway.core.programs.quoting import quote
from tests.gateway.core.programs.baskets import (
    SETTING,
    all_baskets,
    basket_of,
    bundle,
    facts_of,
    said,
    said_cap,
    said_line,
    said_missed,
    tenders_of,
)

CASES = all_baskets()


@pytest.mark.parametrize(("name", "programs", "case"), CASES, ids=[case[0] for case in CASES])
def test_a_basket_costs_what_was_worked_out(
    name: str, programs: tuple[Program, ...], case: dict[str, Any]
) -> None:
    rules, facts, basket = bundle(*programs), facts_of(case), basket_of(case)
    made = quote(rules, facts, SETTING, basket)
    found: dict[str, Any] = {
        "total": made.total,
        "tax": made.tax,
        "lines": [said_line(line) for line in made.lines],
        "applied": [said(each) for each in made.applied],
        "earns": [said(each) for each in made.earns],
        "missed": [said_missed(each) for each in made.missed],
        "caps": [said_cap(cap) for cap in caps_of(rules, facts, SETTING, made.applied)],
    }
    if "tenders" in case:
        gained = earned(rules, facts, SETTING, "ab", basket, made, tenders_of(case))
        found["earned"] = [said(each) for each in gained]
    expected = {key: case[key] for key in (*found, "earned") if key in case}
    assert {key: found[key] for key in expected} == expected
    assert case["worked"]


@pytest.mark.parametrize(("name", "programs", "case"), CASES, ids=[case[0] for case in CASES])
def test_the_programs_of_a_golden_basket_may_be_published(
    name: str, programs: tuple[Program, ...], case: dict[str, Any]
) -> None:
    assert problems(canonical(bundle(*programs))) == []


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 60
    assert len({name for name, _, _ in CASES}) == len(CASES)
