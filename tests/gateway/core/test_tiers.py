"""Where a member stands on the ladder, and what is worth telling of it."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from gateway.core.model import Bundle, Member
from gateway.core.programs.model import Ladder
from gateway.core.promises import LotFact
from gateway.core.tiers import Outlook, Standing, outlook, standing
from tests.gateway.core.shop import SETTING, fact
from tests.gateway.rig import BUNDLE


@pytest.mark.parametrize(
    ("tier", "points", "expected"),
    [
        ("silver", 0, Standing("silver", "gold", 1_000)),
        ("silver", 999, Standing("silver", "gold", 1)),
        ("silver", 1_000, Standing("gold", "platinum", 4_000)),  # HQ has not raised it yet
        ("gold", 0, Standing("gold", "platinum", 5_000)),  # kept from last year
        ("platinum", 0, Standing("platinum", None, None)),
        ("silver", 99_999, Standing("platinum", None, None)),
        ("no-such-tier", 0, Standing("silver", "gold", 1_000)),
        ("silver", -5, Standing("silver", "gold", 1_005)),  # a return may take more than was earned
    ],
)
def test_standing(tier: str, points: int, expected: Standing) -> None:
    assert standing(BUNDLE, tier, points) == expected


def test_without_a_ladder_the_tier_is_what_hq_said() -> None:
    assert standing(Bundle(), "silver", 10) == Standing("silver", None, None)


def test_below_the_first_threshold_an_unknown_tier_stays_and_the_first_is_next() -> None:
    assert standing(Bundle(BUNDLE.tiers[1:]), "guest", 10) == Standing("guest", "gold", 990)


# -- outlook: of silver (0), gold (1,000) and platinum (5,000), today 2026-11-21

NEAR = replace(BUNDLE, ladder=Ladder(near=200, warn_days=30))


def qpt(amount: int, day: str | None = None, **more: Any) -> LotFact:
    return fact(f"q.{amount}.{day}", amount, "QPT", expires_on=day, **more)


@pytest.mark.parametrize(
    ("tier", "points", "lots", "expected"),
    [
        ("silver", 700, [], ("silver", "gold", 300, False, None, None, None)),
        ("silver", 800, [], ("silver", "gold", 200, True, None, None, None)),
        ("platinum", 9_000, [], ("platinum", None, None, False, None, None, None)),
        (
            "gold",
            1_200,
            [qpt(500, "2026-12-01"), qpt(700, "2027-03-01")],
            ("gold", "platinum", 3_800, False, "2026-12-01", "silver", 300),
        ),
        (
            "gold",
            1_200,
            [qpt(100, "2026-12-01"), qpt(150, "2026-12-05"), qpt(950)],
            ("gold", "platinum", 3_800, False, "2026-12-05", "silver", 50),
        ),
        ("gold", 1_200, [qpt(500, "2026-12-22")], ("gold", "platinum", 3_800, False, None, None, None)),
        ("gold", 1_200, [qpt(200, "2026-12-01")], ("gold", "platinum", 3_800, False, None, None, None)),
        # HQ keeps a tier that points do not carry: it ends when HQ says so.
        ("gold", 400, [qpt(400, "2026-12-01")], ("gold", "platinum", 4_600, False, None, None, None)),
        # The lowest tier does not fall.
        ("silver", 900, [qpt(900, "2026-12-01")], ("silver", "gold", 100, True, None, None, None)),
        # What lies elsewhere counts; what is past its day does not.
        (
            "gold",
            1_000,
            [qpt(0, "2026-12-01", elsewhere=300), qpt(9, "2026-11-20")],
            ("gold", "platinum", 4_000, False, "2026-12-01", "silver", 300),
        ),
    ],
)  # fmt: skip
def test_outlook(tier: str, points: int, lots: list[LotFact], expected: tuple[object, ...]) -> None:
    assert outlook(NEAR, Member("m", points, "active", tier), lots, SETTING) == Outlook(*expected)  # type: ignore[arg-type]


def test_a_fall_below_the_ladder_has_no_name() -> None:
    high = replace(NEAR, tiers=(replace(BUNDLE.tiers[0], threshold=100), *BUNDLE.tiers[1:]))
    found = outlook(high, Member("m", 1_050, "active", "gold"), [qpt(1_000, "2026-12-01")], SETTING)
    assert (found.falls_on, found.falls_to, found.needs) == ("2026-12-01", None, 950)


@given(some.integers(0, 9_000), some.lists(some.integers(1, 3_000), max_size=5, unique=True), some.randoms())
def test_a_tier_is_a_function_of_qualifying_points_alone(
    points: int, lots: list[int], chance: random.Random
) -> None:
    """Invariant 15: HQ's tier, the points and the ladder say it, in whatever order the points came."""
    member = Member("m", points, "active", "silver")
    known = [qpt(amount, f"2026-12-{1 + amount % 28:02d}") for amount in lots]
    found = outlook(NEAR, member, known, SETTING)
    chance.shuffle(known)
    assert outlook(NEAR, member, known, SETTING) == found
    reached = [tier.code for tier in BUNDLE.tiers if points >= tier.threshold][-1]
    assert found.tier == standing(BUNDLE, "silver", points).tier == reached
