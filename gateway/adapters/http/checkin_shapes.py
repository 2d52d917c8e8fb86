"""What the API takes and answers about check-ins, as types with bounds.

The card is that of gateway/guests/view.py.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.adapters.http.act_shapes import Body, Id, Key
from gateway.adapters.http.shapes import UnixMs
from gateway.guests.asked import HEARD_MAX, Heard

Texts = Annotated[dict[str, str], Meta(description="By language: zh-CN and en.")]
Proof = Annotated[
    Literal["beacon", "network", "tag"],
    Meta(description="What shows that the member is in the store; with the token alone never the network."),
]
MemberCode = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=512,
        description="The member's code as typed, or the text of a card's or a rotating QR.",
        examples=["A1B2-C3D4"],
    ),
]


class CheckInAsked(Body):
    """A member, by `member` or by `code`, is in the store: give them a ticket. Nothing is booked.

    `heard` is what the member's phone hears of beacons at this moment, the objects of `wx.onBeaconUpdate` as
    they are, or EIDs; the strongest that is fresh counts. Without any, the member's tag may still show where
    they are.
    """

    key: Key
    member: Id | None = None
    code: MemberCode | None = None
    heard: Annotated[tuple[Heard, ...], Meta(max_length=HEARD_MAX)] = ()


class TicketUsed(Body):
    """Use a ticket. With `member` you vouch that the asker is that member, and see the card whole."""

    key: Key
    member: Id | None = None


class PlaceShown(Struct, kw_only=True, forbid_unknown_fields=True):
    """A zone of the store's plan; `name` null where the plan has none of this id any more."""

    zone: str
    name: Texts | None


class TicketGiven(Struct, kw_only=True, forbid_unknown_fields=True):
    """A presence ticket: single use, half an hour."""

    ticket: Annotated[str, Meta(description="Pass it on as it is; it is bound to the member.")]
    expires_ms: UnixMs
    proof: Proof
    place: PlaceShown | None
    heard: Annotated[
        str | None,
        Meta(description="Why what the phone heard did not count, though another proof did; else null."),
    ]


class GuestUnit(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a member has of a unit, in its smallest part: here, kept back by holds, in other stores."""

    unit: str
    name: Texts
    scale: int
    here: int
    held: int
    elsewhere: int


class GuestCoupon(Struct, kw_only=True, forbid_unknown_fields=True):
    """A coupon in the hand; `code` null where the asker has not proved to be the member."""

    lot: str
    code: str | None
    name: Texts
    face: int | None
    threshold: int | None
    expires_on: str | None
    unusable: str | None


class GuestGift(Struct, kw_only=True, forbid_unknown_fields=True):
    """What this check-in brought, and why."""

    because: Texts
    does: Literal["issue", "credit"]
    unit: str
    amount: int
    name: Texts
    face: int | None
    code: str | None
    expires_on: str | None


class GuestConsent(Struct, kw_only=True, forbid_unknown_fields=True):
    """What the member last said about a purpose."""

    purpose: str
    given: bool
    text: str
    at: UnixMs


class CheckedIn(Struct, kw_only=True, forbid_unknown_fields=True):
    """The member's card, with what this check-in brought. Money is in minor units."""

    member: str
    name: Annotated[str, Meta(description="Masked at level weak.")]
    code: str | None
    status: str
    tier: str | None
    tier_name: Texts | None
    next_name: Texts | None
    to_next: int | None
    points: int
    units: list[GuestUnit]
    coupons: list[GuestCoupon]
    given: list[GuestGift]
    phone: Literal["none", "unverified", "verified"]
    consents: list[GuestConsent]
    synced_at_ms: int | None
    new: bool
    level: Annotated[
        Literal["weak", "fresh"], Meta(description="fresh where the asker has proved to be the member.")
    ]
    proof: Proof
    place: PlaceShown | None
    first_today: Annotated[
        bool, Meta(description="False where the member had come in today before, by whichever door.")
    ]
