"""Seeds of the kill simulation find nothing in the real parts, and find every bug that was planted."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware.core.outbox import Outbox
from tests.proof import books
from tests.proof.kill_simulation import Parts, World
from tests.proof.planted import AnswersFirst, ForgetsAtRestart, HighWaterMark

SEEDS, STEPS = 200, 500
SEEDS_TO_FIND = 20  # a planted bug that hides longer than this would hide in the real parts too


def test_no_seed_loses_or_doubles_a_tap(tmp_path: Path) -> None:
    begun = time.monotonic()
    total: Counter[str] = Counter()
    for seed in range(SEEDS):
        report = World(tmp_path / str(seed), seed, Parts()).run(STEPS)
        assert not report.faults, f"seed {seed}: {report.faults[:5]}"
        total.update({name: value for name, value in report._asdict().items() if isinstance(value, int)})
    print(
        f"\nkill simulation: {SEEDS} seeds x {STEPS} steps, {dict(total)}, 0 lost, 0 doubled,"
        f" {time.monotonic() - begun:.1f} s"
    )
    assert min(total.values()) > 0  # every kind of fault has happened
    assert total["kills"] > 10 * SEEDS


class TrustsTheBroker(Outbox):
    """Planted: the record leaves when the broker has it."""

    def sent(self, record_id: Any, now_ms: int) -> None:
        super().sent(record_id, now_ms)
        self._forget(record_id)

    def _forget(self, record_id: Any) -> None:
        super().booked(record_id)


class GivesUp(Outbox):
    """Planted: after two sendings a record is given up."""

    def sent(self, record_id: Any, now_ms: int) -> None:
        before = self.resends
        super().sent(record_id, now_ms)
        if self.resends > before:
            super().booked(record_id)


def answer_before_commit(house: books.House) -> None:
    house.ledger._db = AnswersFirst(house.ledger._db)  # type: ignore[assignment]


def forget_at_restart(monkeypatch: pytest.MonkeyPatch) -> Callable[[books.House], None]:
    def change(house: books.House) -> None:
        ForgetsAtRestart.known = {}

    monkeypatch.setattr("gateway.storage.ledger.Transaction", ForgetsAtRestart)
    return change


def high_water_mark(monkeypatch: pytest.MonkeyPatch) -> Callable[[books.House], None]:
    monkeypatch.setattr("gateway.storage.ledger.Transaction", HighWaterMark)
    return lambda house: None


PLANTED = {
    "answers before the commit": lambda patch: Parts(change_house=answer_before_commit),
    "knows what was booked in memory alone": lambda patch: Parts(change_house=forget_at_restart(patch)),
    "takes a high-water mark for the set": lambda patch: Parts(change_house=high_water_mark(patch)),
    "drops a record on PUBACK": lambda patch: Parts(outbox=TrustsTheBroker),
    "gives a record up after two sendings": lambda patch: Parts(outbox=GivesUp),
    "begins record ids anew at each start": lambda patch: Parts(
        next_boot=lambda boot, nonce: (1, b"\x00" * 8)
    ),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found(bug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = PLANTED[bug](monkeypatch)
    for seed in range(SEEDS_TO_FIND):
        report = World(tmp_path / str(seed), seed, parts).run(STEPS)
        if report.faults:
            print(f"\nplanted: {bug}: found by seed {seed}, {len(report.faults)} faults: {report.faults[0]}")
            return
    pytest.fail(f"{SEEDS_TO_FIND} seeds did not notice: {bug}")
