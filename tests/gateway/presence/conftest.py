"""A store that hears its beacons."""

from collections.abc import Iterator

import pytest

from tests.gateway.conftest import judge
from tests.gateway.guests.hall import HALL, Hall
from tests.gateway.presence.shop import Ears
from tests.gateway.rig import House


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def hall(house: House, ears: Ears) -> Iterator[Hall]:
    """A store with beacons, a welcome gift and points for coming in, judged at the end."""
    made = Hall(house)
    made.presence = ears
    yield made
    judge(house, HALL)
