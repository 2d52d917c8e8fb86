"""Bugs planted in the gateway's storage: each harness must find those that it is there for.

Each is a context in which every ledger that is opened has the bug.
"""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from gateway.storage import opening
from tests.proof.planted import AnswersFirst


class Connection:
    """A connection with another behaviour here and there."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def execute(self, statement: str, *more: Any) -> Any:
        return self.real.execute(statement, *more)

    def executemany(self, statement: str, *more: Any) -> Any:
        return self.real.executemany(statement, *more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class TwoCommits(Connection):
    """Events in one commit, what belongs to them in another."""

    def executemany(self, statement: str, *more: Any) -> Any:
        if "INTO records" in statement or "INTO postings" in statement:
            self.real.execute("COMMIT")
            self.real.execute("BEGIN IMMEDIATE")
        return super().executemany(statement, *more)


class AnswersAlways(Connection):
    """A commit that failed passes for one that did not."""

    def execute(self, statement: str, *more: Any) -> Any:
        try:
            return super().execute(statement, *more)
        except sqlite3.Error:
            if statement != "COMMIT":
                raise
            if self.real.in_transaction:
                self.real.execute("ROLLBACK")
            return None


def connected(wrapper: Callable[[Any], Any]) -> AbstractContextManager[Any]:
    """Every ledger has its connection in this wrapper."""
    real = vars(opening)["Ledger"]
    return patch.object(opening, "Ledger", lambda db, *more, **named: real(wrapper(db), *more, **named))


def synchronous(level: str) -> AbstractContextManager[Any]:
    """Every ledger is written with this setting of SQLite instead of FULL."""
    real = vars(opening)["_configure"]

    def configure(db: sqlite3.Connection, *more: Any) -> None:
        real(db, *more)
        db.execute(f"PRAGMA synchronous = {level}")

    return patch.object(opening, "_configure", configure)


FAULT_BUGS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "takes a failed commit for a commit": lambda: connected(AnswersAlways),
    "two commits instead of one": lambda: connected(TwoCommits),
}
KILL_BUGS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "answers before the commit": lambda: connected(AnswersFirst),
    "two commits instead of one": lambda: connected(TwoCommits),
}
CRASH_BUGS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "synchronous = OFF": lambda: synchronous("OFF"),
    "synchronous = NORMAL": lambda: synchronous("NORMAL"),
    "two commits instead of one": lambda: connected(TwoCommits),
    "answers before the commit": lambda: connected(AnswersFirst),
}
