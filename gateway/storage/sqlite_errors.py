"""What an error of SQLite while writing the ledger means: nothing happened, or nobody knows what did."""

import sqlite3

from gateway.errors import GatewayError, LedgerRefused, LedgerUnsafe

# Nothing was written and the file is as before: the batch may be sent again.
_HARMLESS = frozenset({"SQLITE_FULL", "SQLITE_BUSY", "SQLITE_LOCKED"})


def verdict(problem: sqlite3.Error) -> GatewayError:
    """What an error of SQLite means: LedgerRefused where the file is as before, else LedgerUnsafe."""
    name = getattr(problem, "sqlite_errorname", type(problem).__name__)
    if name in _HARMLESS:
        return LedgerRefused(
            f"The ledger took nothing ({name})", "Free space on its disk; devices send again"
        )
    return LedgerUnsafe(
        f"The ledger failed ({name}: {problem})", "The gateway restarts and reads what is durable"
    )
