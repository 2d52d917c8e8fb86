"""The values a decision reads and makes: no behaviour, no clock, no I/O.

Times are unix milliseconds, hashes and keys lower-case hex. None becomes null; UNSET leaves a key out, so
that kinds of events that never carry it stay short.
"""

import msgspec
from msgspec import UNSET, UnsetType

CORE_VERSION = 1  # raised when the same facts may decide differently; HQ keeps every version runnable

TAP_SEEN = "tap.seen"
SCAN_SEEN = "scan.seen"
PRESENCE_SEEN = "presence.seen"
STATUS_CHANGED = "device.status_changed"
EXCEPTION_RAISED = "exception.raised"
RECORD_TYPES = {"tap": TAP_SEEN, "scan": SCAN_SEEN, "sighting": PRESENCE_SEEN}

GREETED = "greeted"
UNKNOWN = "unknown"
BLOCKED = "blocked"
SEEN = "seen"
NOTED = "noted"  # a device's status, an exception: nobody waits for an answer

NO_CACHE = "no_cache"  # nothing is known yet: HQ was never reached
NOT_KNOWN = "not_known"  # the cache has no such instrument
MEMBER_ABSENT = "member_absent"  # the instrument's member is not in this gateway's cache
LEDGER_BEHIND = "ledger_behind"  # a device has seen a later receipt than this ledger holds


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Base of every value here: immutable, equal by content, strict when decoded."""


class Tier(Model, frozen=True):
    """One step of a brand's ladder; `threshold` is in qualifying points, `name` by language."""

    code: str
    name: dict[str, str]
    threshold: int


class Bundle(Model, frozen=True):
    """The programs in force, as HQ published them; tiers from the lowest threshold up."""

    tiers: tuple[Tier, ...] = ()
    v: int = 1


class Instrument(Model, frozen=True):
    """How a member is recognised; status as in gateway/storage/layout.py."""

    id: str
    kind: str
    member: str
    status: str


class Member(Model, frozen=True):
    """What a decision may know of a person: nothing that names them."""

    id: str
    qualifying: int
    status: str
    tier: str


class DeviceState(Model, frozen=True):
    """A device as last booked: state 0 offline, 1 online, of which start."""

    boot: int
    nonce: str
    state: int


class Position(Model, frozen=True):
    """A place in a gateway's log."""

    epoch: int
    seq: int


class Facts(Model, frozen=True):
    """What was looked up for this decision, and nothing else."""

    instrument: Instrument | None = None
    member: Member | None = None
    device: DeviceState | UnsetType | None = UNSET  # device.status_changed: the state booked before
    ledger: Position | UnsetType = UNSET  # exception.raised: where the ledger stood


class CacheMark(Model, frozen=True):
    """Which cache the facts came from; generation None where there was none."""

    cursor: int
    generation: str | None


class RecordMark(Model, frozen=True):
    """The device's record: its identity, its times and its deadline."""

    age_ms: int
    boot: int
    clock: int
    deadline_ms: int
    nonce: str
    number: int
    unix_ms: int
    uptime_ms: int


class Evidence(Model, frozen=True):
    """What was presented; key None where no brand key was known yet."""

    key: str | None
    kind: str
    level: str


class Seen(Model, frozen=True):
    """One sighting of a presence.seen; key None where no brand key was known yet."""

    age_ms: int
    key: str | None
    kind: int
    rssi_dbm: int


class Report(Model, frozen=True):
    """What a device said of itself when its state changed."""

    board: str
    boot: int
    firmware: str
    nonce: str
    role: str
    state: int
    uptime_ms: int


class Setting(Model, frozen=True):
    """What all decisions of one batch share: when, where, by which rules and from which cache."""

    at: int
    bundle: str
    cache: CacheMark
    clock: int
    core: int
    date: str
    zone: str


class Input(Model, frozen=True):
    """One happening as it reached the gateway; `type` is the event it becomes."""

    setting: Setting
    device: str
    random: str
    type: str
    record: RecordMark | None = None
    evidence: Evidence | None = None
    sightings: tuple[Seen, ...] | UnsetType = UNSET
    report: Report | UnsetType = UNSET
    witness: Position | UnsetType = UNSET


class Outcome(Model, frozen=True):
    """What was decided; `late` says that it may not be shown any more."""

    late: bool
    name: str
    next: str | None = None  # code of the tier above; None at the top, or for no member
    reason: str | None = None
    tier: str | None = None
    to_next: int | None = None  # qualifying points still missing for `next`


class Decision(Model, frozen=True):
    """A whole event but for its place in a log."""

    input: Input
    facts: Facts
    outcome: Outcome
