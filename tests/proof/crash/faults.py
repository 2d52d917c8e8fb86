"""What may fail of a disk, and the watcher that lets it fail.

error   the call fails with the code of its kind (a write may have written nothing, half, or all of it)
full    writes fail for want of space, likewise
sync    a sync fails
"""

from typing import NamedTuple

from tests.proof.crash.disk import RECORDED, Disk
from tests.proof.crash.file_layer import (
    CREATE,
    FOLDER_SYNC,
    OK,
    OPEN,
    READ,
    SHARE,
    SYNC,
    TRUNCATE,
    UNLINK,
    WRITE,
    Call,
    Proceed,
)

# SQLite's extended codes (sqlite3.h).
FULL, CANTOPEN = 13, 14
ERRORS = {
    OPEN: CANTOPEN,
    CREATE: CANTOPEN,
    READ: 10 | 1 << 8,
    WRITE: 10 | 3 << 8,
    SYNC: 10 | 4 << 8,
    TRUNCATE: 10 | 6 << 8,
    UNLINK: 10 | 10 << 8,
    SHARE: 10 | 21 << 8,
    FOLDER_SYNC: 10 | 5 << 8,
}
NO_SPACE = {WRITE: FULL, CREATE: CANTOPEN, SHARE: 10 | 19 << 8}
KINDS = {"error": ERRORS, "full": NO_SPACE, "sync": {SYNC: ERRORS[SYNC]}}
NEVER = 1 << 60


class Fault(NamedTuple):
    """From the `at`-th call (from 0) on; `written`: of a failing write this share (0, 1 or 2 halves).

    `killed`: a gateway that ends is killed before it can close its files, else it closes them.
    """

    kind: str
    at: int
    for_ever: bool
    written: int = 0
    killed: bool = False


class Injector:
    """The watcher of a failing disk; `calls` of it were seen, `hits` of them failed.

    `disk` is what would be found after a power cut: what a failed sync was to write is lost for good.
    """

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._codes = KINDS[fault.kind]
        self.calls = self.hits = 0
        self.kinds: list[str] = []
        self.repaired = self.dead = False
        self.disk = Disk()

    def __call__(self, call: Call, proceed: Proceed) -> int:
        if self.dead:
            return proceed()
        code = self._carry_out(call, proceed)
        if code == OK and call.what in RECORDED:
            self.disk.apply(call)
        elif call.what == SYNC:
            self.disk.forget(call.name)
        return code

    def _carry_out(self, call: Call, proceed: Proceed) -> int:
        if not self.repaired:
            self.kinds.append(call.what)
        at, self.calls = self.calls, self.calls + 1
        due = at >= self._fault.at if self._fault.for_ever else at == self._fault.at
        code = self._codes.get(call.what)
        if self.repaired or not due or code is None:
            return proceed()
        self.hits += 1
        if call.what == WRITE and self._fault.written:
            proceed(len(call.data) * self._fault.written // 2)
        return code
