"""Every trouble of the bridge. None ends it: each is counted, told once, and waited out within a bound.

`code` is a word "trouble.<code>" of bridge/words.py and the name of its counter.
"""

from typing import Final, NamedTuple

from cloud_bridge.wire import Position


class Wait(NamedTuple):
    """How long to wait after a trouble: the first time, and at most."""

    first_ms: int
    max_ms: int


# A pulled plug is plugged in again before people's eyes: five seconds is what they stand.
LINE: Final = Wait(250, 5_000)
# A server that talks nonsense or fails needs a person or its own restart.
SERVER: Final = Wait(1_000, 15_000)
# A wrong token does not become right by asking.
REFUSAL: Final = Wait(5_000, 60_000)
# Our own files: the gateway starts, a disk is cleared.
LOCAL: Final = Wait(1_000, 15_000)


class Trouble(Exception):
    """Base. `detail` is for the log, cleaned there; it holds no token and no name of a person."""

    code = "unknown"
    wait = SERVER

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.code}: {detail}")
        self.detail = detail[:200]


class HqUnreachable(Trouble):
    """No answer: no line, no name, no time."""

    code = "hq_unreachable"
    wait = LINE


class HqFailing(Trouble):
    """HQ says that it fails (5xx)."""

    code = "hq_failing"


class HqNonsense(Trouble):
    """An answer that HQ never gives: another server, a broken one, an attacker."""

    code = "hq_nonsense"


class HqRefuses(Trouble):
    """HQ does not know our token, or it is another gateway's (401, 403)."""

    code = "hq_refuses"
    wait = REFUSAL


class HqRejects(Trouble):
    """HQ understood and does not accept what we send (other 4xx)."""

    code = "hq_rejects"
    wait = REFUSAL


class LedgerAbsent(Trouble):
    """There is no ledger yet: the gateway never started here."""

    code = "ledger_absent"
    wait = LOCAL


class LedgerUnreadable(Trouble):
    """The ledger cannot be read."""

    code = "ledger_unreadable"
    wait = LOCAL


class ChainBroken(Trouble):
    """An event in the ledger is not what it was: nothing from there on is sent."""

    code = "chain_broken"
    wait = LOCAL


class CacheDamaged(Trouble):
    """The cache's file or pointer cannot be used: a snapshot takes its place."""

    code = "cache_damaged"
    wait = LOCAL


class DiskFails(Trouble):
    """The disk is full or fails: nothing of the batch was written."""

    code = "disk_fails"
    wait = LOCAL


class Gap(Exception):
    """HQ lacks the event before the batch: go on from its position."""

    def __init__(self, position: Position) -> None:
        super().__init__(f"at {position.seq}")
        self.position = position


class Gone(Exception):
    """HQ cannot continue the feed from our cursor: take a snapshot."""
