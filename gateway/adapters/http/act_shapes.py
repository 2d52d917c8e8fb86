"""What the API takes and answers about members and their promises, as types with their bounds.

The acts here are those of gateway/core/promises.py that a till may ask for, field by field the same, but that
an owner may be left out: it is the member of the address. msgspec refuses unknown fields and whatever is out
of bounds, and names the place.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from gateway.adapters.http.shapes import Sentences, UnixMs
from gateway.core.book import AMOUNT_MAX

PARTS_MAX = 64  # an order's lines; with four lots each they stay far below one event's postings
PIECES_MAX = 10_000
FACE_MAX = 10**9  # ten million of a currency with cents: above any coupon, below any overflow

# Python's $ also matches before a last line break, JavaScript's does not: the rest forbids that in both.
NAME = r"^[A-Za-z0-9._:-]{1,64}$(?!\n)"

Key = Annotated[
    str,
    Meta(
        pattern=NAME,
        description="The asker's own, new for each act: the same one again gets the first answer again.",
        examples=["till-2.20261121.0042"],
    ),
]
Id = Annotated[str, Meta(pattern=NAME, examples=["m-0001"])]
Code = Annotated[str, Meta(pattern=NAME, examples=["PTS", "CPN:tea"])]
Random = Annotated[str, Meta(pattern=NAME, description="The event's own random, from its verdict.")]
LotName = Annotated[str, Meta(pattern=NAME, examples=["8f1c2d3e4a5b6c7d.0"])]
Amount = Annotated[
    int, Meta(ge=1, le=AMOUNT_MAX, description="Of the unit's smallest part; money in minor units.")
]
Owner = Annotated[
    str,
    Meta(
        max_length=80, description="member:<id> of the address; may be left out.", examples=["member:m-0001"]
    ),
]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)", examples=["2026-12-31"])]
Zone = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_+/-]{1,64}$(?!\n)", examples=["Asia/Shanghai"])]
Moment = Annotated[int, Meta(ge=0, le=2**53, description="Milliseconds since 1970 in UTC.")]
PersonName = Annotated[
    str,
    Meta(
        pattern=r"^[^\u0000-\u001f\u007f]{1,64}$(?!\n)",
        description="Kept in an erasable row, in no event.",
        examples=["林晓雯"],
    ),
]
Language = Literal["zh-CN", "en"]
Status = Literal["active", "lost", "locked", "revoked"]


class Body(Struct, kw_only=True, forbid_unknown_fields=True):
    """A body of ours: no other field than these."""


class InstrumentValue(Body):
    """What a customer shows: an NFC UID in hex, or a code's text; or the name of the tag they carry."""

    kind: Literal["nfc.uid", "qr.static", "ble.tag"]
    value: Annotated[str, Meta(min_length=1, max_length=256, examples=["04a1b2c3d4e5f6"])]


class NewMember(Body):
    """A member to be made here, at once, also offline; HQ gives the lasting number later."""

    key: Key
    name: PersonName | None = None
    language: Language | None = None
    instrument: InstrumentValue | None = None


class NewInstrument(InstrumentValue):
    """One more card or code of a member; `replaces` is the id of one that ends by it."""

    key: Key
    replaces: Id | None = None


class PhoneProved(Body):
    """A number that somebody at the till has seen to be the member's own, as people type it."""

    key: Key
    phone: Annotated[str, Meta(min_length=1, max_length=40, examples=["138 0013 8000"])]
    replaces: Id | None = None


class InstrumentStatus(Body):
    """What a card or code is from now on."""

    key: Key
    status: Status


class TermsGiven(Body):
    """What a lot is made with."""

    code: Code | None = None
    expires_on: Annotated[Day | None, Meta(description="The last civil day on which it may be used.")] = None
    face: Annotated[int, Meta(ge=0, le=FACE_MAX)] | None = None
    kind: Literal["paid", "bonus"] = "paid"
    vests_at: Moment = 0
    zone: Zone | None = None


class CreditGiven(Body, tag_field="do", tag="credit"):
    """A new lot for the member."""

    amount: Amount
    unit: Code
    terms: TermsGiven = field(default_factory=TermsGiven)
    owner: Owner | None = None


class SpendGiven(Body, tag_field="do", tag="spend"):
    """The member's amount spent: of one lot, or of those that expire first."""

    amount: Amount
    unit: Code
    lot: LotName | None = None
    owner: Owner | None = None


class PostGiven(Body, tag_field="do", tag="post"):
    """Parts that happen together or not at all; may be returned in so many pieces (0: never)."""

    parts: Annotated[list[CreditGiven | SpendGiven], Meta(min_length=1, max_length=PARTS_MAX)]
    returnable: Annotated[int, Meta(ge=0, le=PIECES_MAX)] = 0


class HoldGiven(Body, tag_field="do", tag="hold"):
    """Keep an amount back until a time; the verdict's `random` names the hold."""

    amount: Amount
    unit: Code
    until: Moment
    lot: LotName | None = None
    owner: Owner | None = None


class ReleaseGiven(Body, tag_field="do", tag="release"):
    """End a hold, once: posted (amount null: all of it) or voided."""

    hold: Random
    verdict: Literal["posted", "voided"]
    amount: Amount | None = None


class ReverseGiven(Body, tag_field="do", tag="reverse"):
    """Give back so many pieces of an earlier post, to the same lots."""

    of: Random
    pieces: Annotated[int, Meta(ge=1, le=PIECES_MAX)]
    earned: Literal["only_pending", "within_balance", "unlimited"] = "within_balance"


ActGiven = PostGiven | HoldGiven | ReleaseGiven | ReverseGiven


class Transfers(Body):
    """An act on the member's promises; `type` is the event it becomes."""

    key: Key
    type: Literal[
        "transfer.posted",
        "transfer.held",
        "transfer.released",
        "transfer.reversed",
        "coupon.claimed",
        "coupon.redeemed",
        "grant.requested",
    ]
    act: ActGiven


# -- answers


class Says(Struct, kw_only=True, forbid_unknown_fields=True):
    """What happened and what the clerk does now, in both languages."""

    zh_cn: Sentences = field(name="zh-CN")
    en: Sentences


class Verdict(Struct, kw_only=True, forbid_unknown_fields=True):
    """What became of an act; durable. The same key gets the same verdict, as a duplicate."""

    seq: Annotated[int, Meta(ge=1, description="Its place in this gateway's log.")]
    random: Annotated[str, Meta(description="Names the event: as a hold to be released, or to be reversed.")]
    type: Annotated[str, Meta(examples=["coupon.redeemed"])]
    outcome: Annotated[str, Meta(description="done, refused or asked; refused and asked changed nothing.")]
    reason: Annotated[str | None, Meta(description="Why, when it was not done.", examples=["used_up"])]
    says: Says
    transfers: Annotated[list[dict[str, Any]], Meta(description="As in the event: debit, credit, amount.")]
    lots: Annotated[list[dict[str, Any]], Meta(description="Lots this log met for the first time.")]
    member: Annotated[str | None, Meta(description="Opaque id.", examples=["m-0001"])]
    instrument: Annotated[str | None, Meta(description="Id of the card or code that it was about.")]
    used_at_ms: Annotated[
        int | None, Meta(description="used_up: when that was, if it was here; unix milliseconds.")
    ]
    used_where: Annotated[str | None, Meta(description="used_up: at which till, if it was one here.")] = None
    duplicate: bool


class Fault(Struct, kw_only=True, forbid_unknown_fields=True):
    """Why nothing was even asked: what is wrong, in which field, and what to do next."""

    error: str
    next: str
    reason: Annotated[str, Meta(examples=["field"])]
    field_: Annotated[
        str | None, Meta(description="Where in the body, as act.parts[0].amount; null elsewhere.")
    ] = field(name="field")
    says: Says


class LotShown(Struct, kw_only=True, forbid_unknown_fields=True):
    """One lot as this store knows it."""

    lot: str
    unit: str
    code: str | None
    name: Annotated[dict[str, str] | None, Meta(description="Of its template, by language.")] = None
    face: int | None
    kind: Annotated[str, Meta(description="paid or bonus.")]
    expires_on: str | None
    zone: str | None
    vests_at: UnixMs
    here: Annotated[int, Meta(description="Free in this store: may be spent without asking.")]
    held: Annotated[int, Meta(description="Kept back by a pending hold here.")]
    offered: Annotated[int, Meta(description="Granted by HQ, taken over at its first use.")]
    elsewhere: Annotated[int, Meta(description="With HQ and other stores, as HQ said last.")]
    unusable: Annotated[str | None, Meta(description="Why it cannot be used now; null if it can.")]


class UnitShown(Struct, kw_only=True, forbid_unknown_fields=True):
    """The sums of a member's lots of one unit."""

    unit: str
    scale: Annotated[int, Meta(ge=0, description="Decimal places people see.")]
    here: int
    held: int
    offered: int
    elsewhere: int
    lots: list[LotShown]


class InstrumentShown(Struct, kw_only=True, forbid_unknown_fields=True):
    """One card or code of a member."""

    id: str
    kind: Annotated[str, Meta(examples=["nfc.uid"])]
    status: Annotated[str, Meta(description="active, lost, replaced, locked or revoked.")]
    seq: Annotated[int, Meta(ge=0, description="The event here that linked or changed it last; 0: none.")]
    here: Annotated[bool, Meta(description="This store's own word; else HQ's, as of synced_at_ms.")]


class MemberShown(Struct, kw_only=True, forbid_unknown_fields=True):
    """What this store knows of a member, and how old its knowledge of elsewhere is."""

    member: str
    asked: Annotated[str, Meta(description="The id asked for; another one than member's if merged.")]
    status: Annotated[str, Meta(description="provisional, active, suspended, merged or erased.")]
    name: Annotated[str | None, Meta(description="Masked.", examples=["林**"])]
    language: str | None
    tier: str | None
    tier_name: Annotated[dict[str, str] | None, Meta(description="By language.")] = None
    next: Annotated[str | None, Meta(description="The tier above; null at the top.")] = None
    next_name: dict[str, str] | None = None
    to_next: Annotated[int | None, Meta(description="Qualifying points still missing for it.")] = None
    synced_at_ms: Annotated[int, Meta(ge=0, description="HQ's last word; what is elsewhere is as of then.")]
    units: list[UnitShown]
    more: Annotated[int, Meta(ge=0, description="Lots that were left out for their number.")]
    instruments: list[InstrumentShown]
    phone: Annotated[
        Literal["none", "unverified", "verified"],
        Meta(description="A number was given; somebody here has seen that it is theirs."),
    ]


class Exposure(Struct, kw_only=True, forbid_unknown_fields=True):
    """The worst loss now, in minor units of money, and what bears on it."""

    at_ms: UnixMs
    at_risk_now: Annotated[int, Meta(ge=0, description="Given without a right, until HQ settles it.")]
    still_possible: Annotated[int, Meta(ge=0, description="What today's limits still allow offline.")]
    in_box: Annotated[int, Meta(ge=0, description="Worth of the rights in this machine, should it be lost.")]
    worst: Annotated[int, Meta(ge=0, description="The sum of the first two: what being offline can cost.")]
    frozen: Annotated[bool, Meta(description="Rights are not used: the ledger is older than others saw.")]
    holds: Annotated[int, Meta(ge=0, description="Holds pending.")]
