"""The gateway's middle, ready to be opened in a temporary folder."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.core.event import open_event
from gateway.core.redecide import redecide
from gateway.core.state import State
from gateway.storage.digest import digest
from gateway.storage.verify import verify_chain
from tests.gateway.rig import House
from tests.gateway.till import PROMISES


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Folders with a cache of four members, a desk not yet open."""
    with ExitStack() as closing:
        made = House(tmp_path, closing)
        made.seed()
        yield made


@pytest.fixture
def shop(house: House) -> Iterator[House]:
    """A desk with a bundle of units. At the end every event decides again to its own bytes, and the ledger's
    projections are what the reference State makes of its events."""
    house.seed("g1p", PROMISES)
    yield house.open()
    bodies = house.bodies()
    assert [redecide(body, PROMISES) for body in bodies] == bodies
    assert verify_chain(house.ledger._db).bad_seq is None
    state = State("g1")
    for body in bodies:
        state.apply(open_event(body))
    assert digest(house.ledger._db) == state.digest()
