"""The values a decision reads and makes: no behaviour, no clock, no I/O.

Times are unix milliseconds, hashes and keys lower-case hex. None becomes null; UNSET leaves a key out, so
that kinds of events that never carry it stay short.
"""

from msgspec import UNSET, UnsetType

from gateway.core.evidence import Bounds, CodeShown
from gateway.core.orders.model import (
    Good,
    OrderRecord,
    OutcomeRecord,
    ReturnRecord,
    ShiftFact,
    ShiftSums,
    Staff,
    TillAct,
)
from gateway.core.programs.model import Ladder, Program, Role, Template
from gateway.core.promises import (
    Ask,
    Change,
    Consent,
    Enrol,
    Expire,
    Fence,
    Forget,
    GiveBack,
    Here,
    Hold,
    Link,
    LotFact,
    Merge,
    Nature,
    Post,
    Release,
    Reverse,
    TakeGrants,
    Transfer,
    Unit,
)
from gateway.core.values import Model

Act = (
    Post
    | Hold
    | Release
    | Reverse
    | Expire
    | TakeGrants
    | GiveBack
    | Ask
    | Fence
    | Enrol
    | Link
    | Change
    | Merge
    | Consent
    | Forget
    | Here
    | TillAct
)

CORE_VERSION = 1  # raised when the same facts may decide differently; HQ keeps every version runnable

TAP_SEEN = "tap.seen"
SCAN_SEEN = "scan.seen"
PRESENCE_SEEN = "presence.seen"
STATUS_CHANGED = "device.status_changed"
EXCEPTION_RAISED = "exception.raised"
RECORD_TYPES = {"tap": TAP_SEEN, "scan": SCAN_SEEN, "sighting": PRESENCE_SEEN}

TRANSFER_POSTED = "transfer.posted"
TRANSFER_HELD = "transfer.held"
TRANSFER_RELEASED = "transfer.released"
TRANSFER_REVERSED = "transfer.reversed"
LOT_EXPIRED = "lot.expired"
COUPON_CLAIMED = "coupon.claimed"
COUPON_REDEEMED = "coupon.redeemed"
GRANT_REQUESTED = "grant.requested"
RIGHT_GRANTED = "right.granted"
RIGHT_RETURNED = "right.returned"
RIGHT_REQUESTED = "right.requested"
RIGHT_FENCED = "right.fenced"
RIGHT_WRITTEN_OFF = "right.written_off"
MEMBER_ENROLLED = "member.enrolled"
MEMBER_MERGED = "member.merged"
MEMBER_FORGOTTEN = "member.forgotten"
CONSENT_CHANGED = "consent.changed"
INSTRUMENT_LINKED = "instrument.linked"
INSTRUMENT_CHANGED = "instrument.changed"
MEMBER_ACTIVATED = "member.activated"
CHECKED_IN = "presence.checked_in"
ORDER_COMMITTED = "order.committed"
ORDER_RETURNED = "order.returned"
ORDER_VOIDED = "order.voided"
ORDER_PARKED = "order.parked"
ORDER_QUOTED = "order.quoted"  # a trigger only: a quote is no event
PAYMENT_CAPTURED = "payment.captured"
TOPPED_UP = "balance.topped_up"
VISIT_CONSUMED = "visit.consumed"
SIGNED_IN = "staff.signed_in"
SHIFT_OPENED, SHIFT_CLOSED = "shift.opened", "shift.closed"
CASH_MOVED = "drawer.moved"
PIN_SET = "pin.set"

GREETED = "greeted"
UNKNOWN, BLOCKED = "unknown", "blocked"
SEEN = "seen"
AT_WORK, COUPON_SHOWN = "staff", "coupon"  # no member's: see gateway/core/badges.py
NOTED = "noted"  # a device's status, an exception: nobody waits for an answer
DONE = "done"  # an act that changed what it asked for
REFUSED = "refused"  # an act that changed nothing; the reason says why
ASKED = "asked"  # an act that changed nothing yet: HQ was asked for the right, try again with the same key

NO_CACHE = "no_cache"  # nothing is known yet: HQ was never reached
NOT_KNOWN = "not_known"  # the cache has no such instrument
CODE_STALE = "stale"  # a genuine rotating code, too old, or shown here before, or nobody knows the time
MEMBER_ABSENT = "member_absent"  # the instrument's member is not in this gateway's cache
# An epoch begins when a person or a restored image makes it; who claims to have seen one further ahead lies.
EPOCHS_AHEAD_MAX = 1_000
LEDGER_BEHIND = "ledger_behind"  # a device has seen a later receipt than this ledger holds

# Why an act is refused; every one has words for people.
NOT_ENOUGH = "not_enough"
USED_UP = "used_up"
LOT_UNKNOWN = "lot_unknown"
PAST_LAST_DAY = "lot_expired"
NOT_VESTED = "not_vested"
HELD_ELSEWHERE = "held_elsewhere"
RIGHTS_FROZEN = "rights_frozen"
HQ_UNREACHABLE = "hq_unreachable"
RISK_LIMIT = "risk_limit"
HOLD_UNKNOWN, HOLD_TOO_SMALL = "hold_unknown", "hold_too_small"
NOTHING_TO_RETURN = "nothing_to_return"
MEMBER_UNKNOWN, MEMBER_BLOCKED = "member_unknown", "member_blocked"
INSTRUMENT_UNKNOWN, INSTRUMENT_TAKEN = "instrument_unknown", "instrument_taken"
MONEY_LEFT = "money_left"  # somebody who wants to be forgotten has stored value: it is paid out first
GOODS_UNKNOWN = "goods_unknown"
QUOTE_CHANGED = "quote_changed"
TENDERS_DIFFER = "tenders_differ"  # they do not sum to what is due
SHIFT_UNKNOWN = "shift_unknown"  # no shift is open at this till, or not that one
SHIFT_TAKEN = "shift_taken"  # one is open already
STAFF_UNKNOWN = "staff_unknown"
NOT_ALLOWED = "not_allowed"  # this role may not
APPROVAL_NEEDED = "approval_needed"  # above this role's limit: somebody who may approves
PIN_NEEDED, PIN_WRONG, PIN_LOCKED = "pin_needed", "pin_wrong", "pin_locked"
PIN_LIMIT = "pin_limit"  # above what a PIN may spend in a day
CODE_LIMIT = "code_limit"  # above what a rotating code alone may spend in a day: the PIN is asked for
ORDER_UNKNOWN = "order_unknown"
PARKED_UNKNOWN, PROGRAM_UNKNOWN = "parked_unknown", "program_unknown"
PROGRAM_MISSED = "program_missed"  # the program that was named does not happen; the record says why
BAD_AMOUNT = "bad_amount"  # also of terms, names and verdicts that no act may have
REASONS = (
    NOT_ENOUGH,
    USED_UP,
    LOT_UNKNOWN,
    PAST_LAST_DAY,
    NOT_VESTED,
    HELD_ELSEWHERE,
    RIGHTS_FROZEN,
    HQ_UNREACHABLE,
    RISK_LIMIT,
    HOLD_UNKNOWN,
    HOLD_TOO_SMALL,
    NOTHING_TO_RETURN,
    MEMBER_UNKNOWN,
    MEMBER_BLOCKED,
    INSTRUMENT_UNKNOWN,
    INSTRUMENT_TAKEN,
    MONEY_LEFT,
    GOODS_UNKNOWN,
    QUOTE_CHANGED,
    TENDERS_DIFFER,
    SHIFT_UNKNOWN,
    SHIFT_TAKEN,
    STAFF_UNKNOWN,
    NOT_ALLOWED,
    APPROVAL_NEEDED,
    PIN_NEEDED,
    PIN_WRONG,
    PIN_LOCKED,
    CODE_LIMIT,
    PIN_LIMIT,
    ORDER_UNKNOWN,
    PARKED_UNKNOWN,
    PROGRAM_UNKNOWN,
    PROGRAM_MISSED,
    BAD_AMOUNT,
)


class Tier(Model, frozen=True):
    """One step of a brand's ladder; `threshold` is in qualifying points, `name` by language."""

    code: str
    name: dict[str, str]
    threshold: int


class Bundle(Model, frozen=True):
    """The programs in force, as HQ published them; tiers from the lowest threshold up."""

    tiers: tuple[Tier, ...] = ()
    units: tuple[Unit, ...] | UnsetType = UNSET
    v: int = 1
    ladder: Ladder | UnsetType = UNSET
    programs: tuple[Program, ...] | UnsetType = UNSET
    roles: tuple[Role, ...] | UnsetType = UNSET
    templates: tuple[Template, ...] | UnsetType = UNSET


class Instrument(Model, frozen=True):
    """How a member is recognised; status as in gateway/storage/layout.py."""

    id: str
    kind: str
    member: str
    status: str
    key: str | UnsetType = UNSET  # evidence key in hex; told where an act changes this instrument


class Member(Model, frozen=True):
    """What a decision may know of a person: nothing that names them."""

    id: str
    qualifying: int
    status: str
    tier: str
    at_home: bool | UnsetType = UNSET  # this store keeps the counts of what the member may do so many times
    occasions: tuple[str, ...] | UnsetType = UNSET  # days of the member's own that are near: "birthday"


class DeviceState(Model, frozen=True):
    """A device as last booked: state 0 offline, 1 online, of which start."""

    boot: int
    nonce: str
    state: int


class Position(Model, frozen=True):
    """A place in a gateway's log."""

    epoch: int
    seq: int


class RightsFact(Model, frozen=True):
    """What bears on every right here: may it be used at all, and how old is what HQ said."""

    epoch: int
    frozen: bool  # a device or HQ has seen more than this ledger holds: it comes from an old image
    online: bool  # HQ answered the bridge within its last beats, so asking is worth while
    synced_at: int  # unix milliseconds of HQ's last word; 0 never
    asked: bool = False  # HQ was asked for this act, and the wait is over: the offline policy answers


class Facts(Model, frozen=True):
    """What was looked up for this decision, and nothing else."""

    instrument: Instrument | None = None
    member: Member | None = None
    device: DeviceState | UnsetType | None = UNSET  # device.status_changed: the state booked before
    ledger: Position | UnsetType = UNSET  # exception.raised: where the ledger stood
    # Acts only, as those below: every lot it may touch, in the order of the files.
    lots: tuple[LotFact, ...] | UnsetType = UNSET
    transfers: tuple[Transfer, ...] | UnsetType = UNSET  # of the event that is reversed, or of the hold
    holder: Instrument | UnsetType | None = UNSET  # who has the instrument that is to be linked
    rights: RightsFact | UnsetType = UNSET
    aliases: dict[str, str] | UnsetType = UNSET  # owners of these lots that are merged: who they are now
    dates: dict[str, str] | UnsetType = UNSET  # the civil date in every other zone that these lots name
    attending: str | UnsetType | None = UNSET  # a badge: who worked at this terminal; UNSET beside a till
    coupon: str | UnsetType = UNSET  # the lot whose code was shown
    # Acts of a till only; of a Here the time, of a badge the staff as well.
    approver: Staff | UnsetType | None = UNSET  # who approves, as this store knows them
    bounds: Bounds | UnsetType = UNSET  # how far the member goes here
    code: CodeShown | UnsetType = UNSET  # the member's code that may stand for their PIN
    counters: dict[str, int] | UnsetType = UNSET  # "orders:180", "spent:30": at this store, in so many days
    goods: tuple[Good, ...] | UnsetType = UNSET  # every article of the basket, each once
    order: OrderRecord | UnsetType = UNSET  # of the order that is returned
    parked: bool | UnsetType = UNSET  # whether that name is a parked order
    pin: str | UnsetType = UNSET  # what was found of the PIN that was typed: "right"
    returns: tuple[ReturnRecord, ...] | UnsetType = UNSET  # of that order so far, in their order
    shift: ShiftFact | UnsetType | None = UNSET  # the shift that is open at the till
    staff: Staff | UnsetType | None = UNSET  # who asks, as this store knows them; whose badge it is
    store: str | UnsetType = UNSET  # the store's id
    spent: bool | UnsetType = UNSET  # whether a rotating code was shown here before
    sums: ShiftSums | UnsetType = UNSET  # of the shift that is closed
    time: str | UnsetType = UNSET  # civil time of day in the store, "HH:MM"


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
    step: int | UnsetType = UNSET  # of a rotating code: the time it was made for, in steps


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
    act: Act | UnsetType = UNSET
    actor: str | UnsetType = UNSET  # who asked for the act: "staff:console", "gateway"
    key: str | UnsetType = UNSET  # the asker's own: the same act again gets the same answer
    gateway: str = ""  # whose log this happens in; an event tells it by itself


class Outcome(Model, frozen=True):
    """What was decided; `late` says that it may not be shown any more."""

    late: bool
    name: str
    next: str | None = None  # code of the tier above; None at the top, or for no member
    reason: str | None = None
    tier: str | None = None
    to_next: int | None = None  # qualifying points still missing for `next`


class NewLot(Model, frozen=True):
    """A lot's name and nature, told once in each log that holds a part of it."""

    lot: str
    nature: Nature


class Decision(Model, frozen=True):
    """A whole event but for its place in a log."""

    input: Input
    facts: Facts
    outcome: Outcome
    transfers: tuple[Transfer, ...] = ()
    lots: tuple[NewLot, ...] | UnsetType = UNSET  # every lot that this log has not met before
    settled: OutcomeRecord | UnsetType = UNSET  # what an act of a till leaves behind
