"""Where a member stands on the ladder."""

import pytest

from gateway.core.model import Bundle
from gateway.core.tiers import Standing, standing
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
