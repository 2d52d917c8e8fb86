"""A store that guests join."""

from collections.abc import Iterator

import pytest

from tests.gateway.conftest import judge
from tests.gateway.guests.hall import HALL, Hall
from tests.gateway.rig import House


@pytest.fixture
def hall(house: House) -> Iterator[Hall]:
    """A store with a welcome gift, judged at the end."""
    made = Hall(house)
    yield made
    judge(house, HALL)
