"""The gateway's middle, ready to be opened in a temporary folder."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.core.event import open_event
from gateway.core.model import Bundle
from gateway.core.redecide import redecide
from gateway.core.state import State
from gateway.storage.digest import digest
from gateway.storage.rebuild import compare
from gateway.storage.verify import verify_chain
from tests.gateway.day import PROGRAMS, stock
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
    """A desk with a bundle of units, judged at the end."""
    house.seed("g1p", PROMISES)
    yield house.open()
    judge(house, PROMISES)


@pytest.fixture
def bakery(house: House) -> Iterator[House]:
    """A desk with goods, staff and programs, judged at the end."""
    house.seed("g1p", PROGRAMS)
    house.open()
    stock(house)
    yield house
    judge(house, PROGRAMS)


def judge(house: House, bundle: Bundle) -> None:
    """Every event decides again to its own bytes, and all tables are what the log and the reference State
    make of it."""
    bodies = house.bodies()
    assert [redecide(body, bundle) for body in bodies] == bodies
    assert verify_chain(house.ledger._db).bad_seq is None
    state = State("g1")
    for body in bodies:
        state.apply(open_event(body))
    assert digest(house.ledger._db) == state.digest()
    report = compare(house.ledger_path, lambda done, total: None)
    assert (report.digest, report.differences) == (state.digest(), ())
