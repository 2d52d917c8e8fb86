"""Promises as values: units, lots, transfers, the acts that ask for them, and what a decision knows of a lot.

A **lot** is some amount of one unit that an owner got at once: its nature never changes. It may lie in parts:
every log (a gateway's, or HQ's, called HQ) holds its own part and may spend that without asking. A **right**
is such a part: HQ's log moves an amount out of its part, a gateway's log takes it into its own.

A **transfer** moves an amount from one owner to another. A side is a lot where its owner has lots (a member,
a program, an order, a gateway, suspense), and a plain account where nobody asks which lot it was: ISSUER,
SPENT, EXPIRED, CLEARING, WRITTEN_OFF, and `right:<gateway>` in a gateway's own log. In HQ's log
`right:<gateway>` has lots: what HQ granted of each and has not got back.

Names of owners: "member:<id>", "program:<id>", "order:<event's random>", "gateway:<id>", "staff:<id>",
"right:<gateway>", or one of the constants. A lot's name is "<random of the event that made it>.<n>". Amounts
are positive integers of the unit's smallest part; money is minor units; times are unix milliseconds.
"""

from msgspec import UNSET, UnsetType

from gateway.core.values import Model

HQ = "hq"  # the log of headquarters; no gateway may have this id

ISSUER = "issuer"  # its negative balance is what is outstanding
SPENT = "spent"
EXPIRED = "expired"
CLEARING = "clearing"
WRITTEN_OFF = "written_off"  # rights of a lost gateway, charged to the merchant
SUSPENSE = "suspense"  # has lots, and may be negative: what was given without a right, until HQ settles it
MEMBER = "member:"
PROGRAM = "program:"
ORDER = "order:"
GATEWAY = "gateway:"
STAFF = "staff:"
RIGHT = "right:"
PLAIN = frozenset({ISSUER, SPENT, EXPIRED, CLEARING, WRITTEN_OFF})

POINTS = "PTS"
COUPON = "CPN:"
RETURN = "RETURN:"
RISK = "USE:risk:"  # what may still be given without a right: "USE:risk:<unit>:<civil date>", in minor units

BY_NETWORK = "network"  # the store's own Wi-Fi
BY_BEACON = "beacon"  # a fresh identity of a beacon of this store, heard by the member's phone
BY_TAG = "tag"  # the member's own tag, heard by the store

OURSELVES = "gateway"  # the actor of what a gateway asks by itself, and nobody waits for

HELD = "held"
RELEASED = "released"

POSTED = "posted"
VOIDED = "voided"
TIMED_OUT = "timed_out"

STRICT, AT_RISK, ONLINE = "strict", "risk", "online"
ONLY_PENDING, WITHIN_BALANCE, UNLIMITED = "only_pending", "within_balance", "unlimited"
PAID, BONUS = "paid", "bonus"


class Policy(Model, frozen=True):
    """What happens where the right is elsewhere and HQ cannot be asked.

    Limits are minor units of money and count only for AT_RISK: of one use, of one member and of one gateway
    in a civil day; `hours` is how old HQ's last word may be.
    """

    kind: str = STRICT
    per_use: int = 0
    per_member: int = 0
    per_gateway: int = 0
    hours: int = 0


class Unit(Model, frozen=True):
    """What a unit is; a code that ends in "*" stands for every unit that begins so.

    `worth` minor units of money are `per` of the unit; a lot with a face is worth its face instead. `scale`
    is how many decimal places people see.
    """

    code: str
    offline: Policy = Policy()
    per: int = 1
    scale: int = 0
    worth: int = 0


class Terms(Model, frozen=True):
    """What a lot is made with; `expires_on` is the last civil day, in `zone`, on which it may be used."""

    code: str | None = None
    expires_on: str | None = None
    face: int | None = None
    kind: str = PAID
    vests_at: int = 0
    zone: str | None = None


class Nature(Model, frozen=True):
    """Whose a lot is, of what, and on which terms: the same in every log that holds a part of it."""

    owner: str
    terms: Terms
    unit: str


class Transfer(Model, frozen=True):
    """`amount` of `unit` from `debit` to `credit`; a lot is named where that owner has lots.

    `phase` HELD keeps the amount back in the debit's lot without moving it; RELEASED gives back what the hold
    `hold` kept. A hold is named by the random of its event.
    """

    amount: int
    credit: str
    debit: str
    unit: str
    credit_lot: str | UnsetType = UNSET
    debit_lot: str | UnsetType = UNSET
    hold: str | UnsetType = UNSET
    phase: str | UnsetType = UNSET


class LotFact(Model, frozen=True):
    """A lot as a decision may know it.

    `left` and `held` are of this log's part, in its present epoch. `offered` is granted by HQ and not yet
    taken into this log, usable until `lease_end` (0: no end). `elsewhere` is what other logs hold, as far as
    this one knows. `new`: this log has not met the lot. `recall`: what HQ wants back beyond what it got.
    `owed`: what this log gave of it out of SUSPENSE and HQ's numbers do not count yet.
    """

    elsewhere: int
    held: int
    lease_end: int
    left: int
    lot: str
    nature: Nature
    new: bool
    offered: int
    recall: int = 0
    owed: int = 0


class Credit(Model, frozen=True, tag_field="do", tag="credit"):
    """A new lot for an owner, out of the issuer."""

    amount: int
    owner: str
    terms: Terms
    unit: str


class Spend(Model, frozen=True, tag_field="do", tag="spend"):
    """An owner's amount into SPENT: of one lot, or (lot None) of those that expire first."""

    amount: int
    owner: str
    unit: str
    lot: str | None = None


class Post(Model, frozen=True, tag_field="do", tag="post"):
    """Parts that happen together or not at all; may be returned in so many pieces (0: never)."""

    parts: tuple[Credit | Spend, ...]
    returnable: int = 0


class Hold(Model, frozen=True, tag_field="do", tag="hold"):
    """Keep an amount back for whoever knows the hold's name, until a time."""

    amount: int
    owner: str
    unit: str
    until: int
    lot: str | None = None


class Release(Model, frozen=True, tag_field="do", tag="release"):
    """End a hold, once: POSTED (amount None: all of it), VOIDED or TIMED_OUT."""

    hold: str
    verdict: str
    amount: int | None = None


class Reverse(Model, frozen=True, tag_field="do", tag="reverse"):
    """Give back so many pieces of what the event with this random posted; `earned`: how earned points go."""

    earned: str
    of: str
    pieces: int


class Expire(Model, frozen=True, tag_field="do", tag="expire"):
    """Move what is left of lots past their last day to EXPIRED; the gateway's own act."""


class TakeGrants(Model, frozen=True, tag_field="do", tag="take_grants"):
    """Take what HQ offers of these lots into this log; the gateway's own act, before the lots are used."""


class GiveBack(Model, frozen=True, tag_field="do", tag="give_back"):
    """Return what HQ recalls of these lots, as far as it is free; the gateway's own act."""


class Ask(Model, frozen=True, tag_field="do", tag="ask"):
    """Ask HQ for the right to so much of an owner's unit, of one lot or of any."""

    amount: int
    owner: str
    unit: str
    lot: str | None = None


class Fence(Model, frozen=True, tag_field="do", tag="fence"):
    """Begin this epoch: rights of every earlier one are HQ's to settle and are no longer used here."""

    epoch: int


class Enrol(Model, frozen=True, tag_field="do", tag="enrol"):
    """Make a provisional member; `commitment` is the salted hash of the personal row, in hex."""

    commitment: str
    language: str
    member: str


class Link(Model, frozen=True, tag_field="do", tag="link"):
    """Give a member one more instrument (the event's evidence); `replaces` is one that ends by it."""

    instrument: str
    member: str
    replaces: str | None = None


class Change(Model, frozen=True, tag_field="do", tag="change"):
    """Set an instrument's status: active, lost, locked or revoked."""

    instrument: str
    member: str
    status: str


class Merge(Model, frozen=True, tag_field="do", tag="merge"):
    """HQ's: from now on `member` is `into`, with all it owns."""

    into: str
    member: str


class Consent(Model, frozen=True, tag_field="do", tag="consent"):
    """What a member allows (`given`), or allows no more: a purpose, and which words were shown for it, by the
    name of their version, in which language."""

    given: bool
    language: str
    member: str
    purpose: str
    text: str


class Here(Model, frozen=True, tag_field="do", tag="here", omit_defaults=True):
    """A member is in the store, at a place of its plan ("" where nobody can say which), as `proof` shows:
    BY_NETWORK, BY_BEACON or BY_TAG. `beacon` is the beacon that was heard, or that heard the tag, and
    `quantum` which of its identities it was; `ticket` is the nonce of the presence ticket that was used, in
    hex."""

    member: str
    proof: str
    beacon: str = ""
    place: str = ""
    quantum: int = 0
    ticket: str = ""


class Forget(Model, frozen=True, tag_field="do", tag="forget"):
    """The member wants to be forgotten: the name goes at once, and nobody is recognised by any card."""

    member: str
