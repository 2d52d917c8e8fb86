"""The gateway's middle, ready to be opened in a temporary folder."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.gateway.rig import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Folders with a cache of four members, a desk not yet open."""
    with ExitStack() as closing:
        made = House(tmp_path, closing)
        made.seed()
        yield made
