"""The shapes of what HQ answers about people, for the OpenAPI document."""

from pydantic import BaseModel


class Consent(BaseModel):
    """The last word of a member on one purpose; `text` is the version of what was shown."""

    purpose: str
    given: bool
    text: str
    language: str
    at_ms: int


class Visits(BaseModel):
    """How often a store's gateway told that a member was there, and when last; unix ms."""

    gateway: str
    times: int
    at_ms: int


class Held(BaseModel):
    """A card or code a member holds."""

    kind: str
    status: str


class Member(BaseModel):
    """A member as staff find one; name and phone are masked.

    `forgotten_ms` is when the member asked to be forgotten, which was done; None of all others.
    """

    id: str
    member_no: str
    name: str | None
    status: str
    tier: str
    qualifying: int
    language: str
    home_store: str
    instruments: list[Held]
    phone: str | None
    phone_is_verified: bool
    phone_is_sealed: bool
    consents: list[Consent]
    visits: list[Visits]
    forgotten_ms: int | None
    forgotten_at: str | None


class Instrument(Held):
    """A card, code or phone by its opaque id."""

    id: str


class Movement(BaseModel):
    """What came to a member, or went from them; unix ms."""

    at: int
    gateway: str
    seq: int
    unit: str
    amount: int


class OwnData(BaseModel):
    """Everything HQ holds of one person; `merged` are ids that were theirs before."""

    id: str
    merged: list[str]
    member_no: str
    status: str
    tier: str
    qualifying: int
    language: str
    home_store: str
    name: str | None
    phone: str | None
    birthday: str | None
    phone_is_sealed: bool
    instruments: list[Instrument]
    consents: list[Consent]
    visits: list[Visits]
    balances: dict[str, int]
    movements: list[Movement]
    more_movements: bool
    forgotten_ms: int | None


class Members(BaseModel):
    """How many members there are, and those that match."""

    count: int
    found: list[Member]
