"""Acts of one batch: what staff, pages and the gateway itself ask to be changed, each once for its key.

An asker's key names one act for ever: the same act under it gets the verdict that was booked, another one is
refused, and verdict and key are durable in one commit. What an act needs and HQ has already granted is taken
into this log first, by an event of its own; what HQ would have to grant is asked for, by another.

Ids that an asker leaves open are made of the event's own random bytes: a member is "p-<random>", an
instrument "i-<random>". A name never enters an event: only the hash of it with a salt does.
"""

from typing import NamedTuple

from gateway.core.event import Event
from gateway.core.promises import Act

DISK_LOW = "disk_low"  # nothing new is promised while the disk has no room for it
KEY_REUSED = "key_reused"  # the key named another act before
BUSY = "busy"  # more acts wait than this gateway takes at once
LEDGER_REFUSES = "ledger_refuses"  # nothing was written; the same key may be used again


class Request(NamedTuple):
    """An act asked for. `type` is the event it becomes, `actor` who asks ("staff:console").

    `evidence` is (kind, value) of the instrument that an Enrol or a Link is about, as it was presented;
    `person` the name of who is enrolled. `final`: answer by the offline policy instead of asking HQ.
    `asked` is the seq of the question to HQ that was booked for this act before, so that it is not put twice.
    """

    key: str | None
    actor: str
    type: str
    act: Act
    evidence: tuple[str, bytes] | None = None
    person: str | None = None
    final: bool = False
    asked: int | None = None


class Verdict(NamedTuple):
    """What was booked; `duplicate` if an earlier asking did. `used_at`: when a lot that is used up was used
    here, in unix milliseconds; None where that does not bear on it or happened elsewhere."""

    seq: int
    event: Event
    duplicate: bool = False
    used_at: int | None = None


class Refused(Exception):
    """Nothing was booked, and the same key may be used again (but for KEY_REUSED); `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
