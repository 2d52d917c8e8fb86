"""Bugs planted on purpose in the gateway's ledger: a harness that does not find them proves nothing.

`python -m tests.proof.planted BUG gateway --config FILE` runs the whole real gateway with one of them.
"""

import sys
from typing import Any

from gateway.storage import ledger, opening
from gateway.storage.ledger import Place, Transaction
from shopbell.cli import call


class AnswersFirst:
    """Planted in the ledger: a batch is committed when the next one comes, its answers leave before."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def execute(self, statement: str, *more: Any) -> Any:
        if statement == "COMMIT":
            return None
        if statement == "BEGIN IMMEDIATE" and self._real.in_transaction:
            self._real.execute("COMMIT")
        return self._real.execute(statement, *more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class ForgetsAtRestart(Transaction):
    """Planted: which record was booked is known in memory alone."""

    known: dict[tuple[int, int], int]

    def find(self, place: Place) -> int | None:
        return self.known.get((place.start.id, place.number))

    def add(self, decision: Any, place: Place | None = None) -> Any:
        sealed = super().add(decision, None)
        if place is not None:
            self.known[place.start.id, place.number] = sealed.seq
        return sealed


class HighWaterMark(Transaction):
    """Planted: what is not above the highest number of its boot counts as booked, whether it came or not."""

    def find(self, place: Place) -> int | None:
        boot, wanted = place.start.id, place.number
        here = [seq for (of, number), seq in self._records.items() if of == boot and number >= wanted]
        row = self._db.execute(
            "SELECT seq FROM records WHERE boot = ? AND number >= ? LIMIT 1", (boot, wanted)
        ).fetchone()
        return here[0] if here else row and row[0]


def answer_first() -> None:
    """Have every ledger that is opened answer before it commits."""
    real = opening.Ledger

    def opened(db: Any, *more: Any) -> Any:
        return real(AnswersFirst(db), *more)

    opening.Ledger = opened  # type: ignore[misc, assignment]


def forget_at_restart() -> None:
    """Have every ledger that is opened know its records by heart alone."""
    ForgetsAtRestart.known = {}
    ledger.Transaction = ForgetsAtRestart  # type: ignore[misc]


BUGS = {"answers-first": answer_first, "forgets-at-restart": forget_at_restart}

if __name__ == "__main__":
    BUGS[sys.argv[1]]()
    sys.exit(call(sys.argv[2:]))
