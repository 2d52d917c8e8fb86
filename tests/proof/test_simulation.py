"""The simulation at length: every invariant after every operation, every fault, every planted bug."""

import pytest

from tests.simulation.campaign import FAULTS, RUNS_TO_FIND_MAX, campaign, explain, find_planted, table
from tests.simulation.planted import PLANTED
from tests.simulation.verdict import NAMES

STORIES = 680  # of 150 operations each: more than the 100,000 that are asked for
OPERATIONS_MIN = 100_000
# What must have come about, so that a story is about promises and not about refusals.
HAPPENED = (
    "consent.changed done",
    "coupon.redeemed done",
    "coupon.redeemed at risk",
    "coupon.redeemed used_up",
    "coupon.redeemed held_elsewhere",
    "coupon.redeemed hq_unreachable",
    "coupon.redeemed risk_limit",
    "coupon.redeemed rights_frozen",
    "exception.raised ledger_behind",
    "instrument.changed done",
    "instrument.linked done",
    "instrument.linked instrument_taken",
    "lot.expired done",
    "member.enrolled done",
    "member.forgotten done",
    "member.forgotten member_blocked",
    "member.forgotten money_left",
    "presence.seen done",
    "right.fenced done",
    "right.granted done",
    "right.requested held_elsewhere",
    "right.returned done",
    "scan.seen stale",
    "scan.seen greeted",
    "transfer.held done",
    "transfer.posted done",
    "transfer.released done",
    "transfer.reversed done",
)


@pytest.mark.timeout(900)
def test_no_story_violates_an_invariant() -> None:
    figures = campaign(range(1, STORIES + 1))
    print(f"\nsimulation: {table(figures)}")
    assert figures.failed is None, explain(figures.failed)
    assert figures.operations >= OPERATIONS_MIN
    assert [name for name in FAULTS if not figures.faults[name]] == []
    assert [name for name in HAPPENED if not figures.outcomes[name]] == []
    assert [number for number in NAMES if not figures.checks[number]] == []


@pytest.mark.timeout(900)
def test_every_planted_bug_is_found() -> None:
    found = find_planted(PLANTED)
    for bug, runs, violation in found:
        print(f"planted: {bug}: found in {runs} runs: {str(violation)[:160]}")
    assert [bug for bug, runs, _ in found if runs is None] == [], f"not found in {RUNS_TO_FIND_MAX} runs"
    assert len(found) >= 10
