"""How a gateway fails at its commit: dead before or behind it, refused by a full disk, or failed yet done.

A wound is one connection to the file that behaves so at the next COMMIT; the file is the real one.
"""

import sqlite3
from typing import Any

BEFORE_COMMIT, AFTER_COMMIT = "killed before commit", "killed after commit"
DISK_FULL, GHOST = "disk full", "ghost commit"
FAULTS = (BEFORE_COMMIT, AFTER_COMMIT, DISK_FULL, GHOST)


class Killed(BaseException):
    """The gateway's process is dead in the middle of what it was doing: nothing may catch this."""


class Wounded:
    """A connection whose next COMMIT goes wrong in one way; then it is a connection like any other."""

    def __init__(self, real: sqlite3.Connection, wound: str) -> None:
        self.real = real
        self._wound: str | None = wound
        self.struck = False

    def execute(self, statement: str, *more: Any) -> Any:
        if statement != "COMMIT" or self._wound is None:
            return self.real.execute(statement, *more)
        wound, self._wound, self.struck = self._wound, None, True
        if wound == BEFORE_COMMIT:
            raise Killed
        if wound == DISK_FULL:
            raise _error(sqlite3.OperationalError, "SQLITE_FULL")
        self.real.execute(statement)
        if wound == AFTER_COMMIT:
            raise Killed
        raise _error(sqlite3.OperationalError, "SQLITE_IOERR_FSYNC")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def _error(kind: type[sqlite3.Error], name: str) -> sqlite3.Error:
    problem = kind(name)
    problem.sqlite_errorname = name
    return problem
