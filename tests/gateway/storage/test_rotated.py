"""Rotating codes in the ledger: each opens something once, and no longer than it is remembered."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from msgspec import UNSET
from msgspec.structs import replace

from gateway.core.decide import decide
from gateway.core.evidence import FRESH, STALE, WEAK
from gateway.core.model import Evidence, Facts
from gateway.core.state import STEPS_KEPT
from gateway.storage.ledger import Ledger, RecordKey, Transaction
from gateway.storage.opening import open_ledger
from gateway.storage.rebuild import compare
from tests.gateway.core.test_decide import RECORD, TAP
from tests.gateway.rig import BUNDLE
from tests.gateway.storage.acts import state_of

KEYS = ("0a" * 16, "0b" * 16)
NOW = 59_841_120  # a step of 2026
STEPS = (NOW, NOW + 1, NOW + STEPS_KEPT, NOW + STEPS_KEPT + 1, NOW + 2 * STEPS_KEPT + 2, NOW - 5)
NUMBERS = itertools.count(1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = open_ledger(tmp_path / "ledger.db", "g1")
    yield made
    made.close()


def show(page: Transaction, key: str | None, step: int, level: str = FRESH) -> None:
    """A code that nobody here knows: whatever becomes of it, it was shown."""
    evidence = Evidence(key, "qr.static", level, step if level != WEAK else UNSET)
    record = replace(RECORD, number=next(NUMBERS))
    scan = replace(TAP, type="scan.seen", evidence=evidence, record=record)
    named = RecordKey(scan.device, record.boot, bytes.fromhex(record.nonce), record.number)
    page.add(decide(BUNDLE, Facts(), scan), page.place(named))


def shown(page: Transaction) -> set[tuple[str, int]]:
    return {(key, step) for key in KEYS for step in STEPS if page.rotated(bytes.fromhex(key), step)}


def test_a_code_is_known_from_the_moment_it_is_shown(ledger: Ledger) -> None:
    key, other = (bytes.fromhex(name) for name in KEYS)
    with ledger.transaction() as page:
        assert not page.rotated(key, NOW)
        show(page, KEYS[0], NOW)
        assert page.rotated(key, NOW), "in its own batch"
    with ledger.reading() as page:
        assert page.rotated(key, NOW)
        assert not page.rotated(other, NOW)
        assert not page.rotated(key, NOW + 1)


@pytest.mark.parametrize(("key", "level"), [(KEYS[0], STALE), (KEYS[0], WEAK), (None, FRESH)])
def test_what_proves_nothing_fresh_is_not_noted(ledger: Ledger, key: str | None, level: str) -> None:
    with ledger.transaction() as page:
        show(page, key, NOW, level)
        assert shown(page) == set()
    assert ledger._db.execute("SELECT count(*) FROM rotated").fetchone() == (0,)


def test_a_code_is_forgotten_when_it_is_refused_by_its_age(ledger: Ledger) -> None:
    for step in (NOW, NOW + STEPS_KEPT):
        with ledger.transaction() as page:
            show(page, KEYS[0], step)
    with ledger.transaction() as page:
        assert shown(page) == {(KEYS[0], NOW), (KEYS[0], NOW + STEPS_KEPT)}
        show(page, KEYS[1], NOW + STEPS_KEPT + 1)
        assert shown(page) == {(KEYS[0], NOW + STEPS_KEPT), (KEYS[1], NOW + STEPS_KEPT + 1)}
        show(page, KEYS[0], NOW)
        assert (KEYS[0], NOW) in shown(page), "a clock that was put back"
    assert ledger._db.execute("SELECT count(*) FROM rotated").fetchone() == (3,)


def test_a_batch_undone_shows_nothing(ledger: Ledger) -> None:
    with ledger.transaction() as page:
        show(page, KEYS[0], NOW)
    with pytest.raises(RuntimeError), ledger.transaction() as page:
        show(page, KEYS[1], NOW + 3 * STEPS_KEPT)
        raise RuntimeError
    with ledger.reading() as page:
        assert shown(page) == {(KEYS[0], NOW)}


CODES = some.tuples(some.sampled_from(KEYS), some.sampled_from(STEPS))


@given(some.lists(some.lists(CODES, max_size=5), max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_makes_no_difference_which_codes_share_a_batch(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[str, int]]]
) -> None:
    path = tmp_path_factory.mktemp("codes") / "ledger.db"
    made = open_ledger(path, "g1")
    made._db.execute("PRAGMA synchronous = OFF")  # nothing is proved of disks here
    for batch in batches:
        with made.transaction() as page:
            for key, step in batch:
                show(page, key, step)
            bodies = [page.body(seq) for seq in range(1, page.seq + 1)]
            assert shown(page) == state_of(bodies).rotated
    with made.reading() as page:
        bodies = [page.body(seq) for seq in range(1, page.seq + 1)]
        assert shown(page) == state_of(bodies).rotated
    made.close()
    assert compare(path, lambda done, total: None).differences == ()
