"""The shapes of HQ's JSON answers for the OpenAPI document; a gateway's hot path is encoded apart."""

from typing import Any, Final, Literal

from pydantic import BaseModel, Field

Hash = str
MEMBER_PATTERN: Final = "^[a-z0-9-]{1,32}$"


class Problem(BaseModel):
    """Why a request was refused: a code for programs, two sentences for people."""

    error: str
    what: str
    do: str
    line: int | None = None


class CloudEvent(BaseModel):
    """One event; `data_base64` are its canonical bytes."""

    specversion: Literal["1.0"]
    id: str = Field(description="<gateway>:<seq>:<hash>")
    source: str = Field(description="/gateways/<gateway>")
    type: str = Field(description="shopbell.<name>.v1")
    datacontenttype: Literal["application/json"]
    data_base64: str


class Position(BaseModel):
    """The last event HQ has of a gateway; seq 0 and 64 zeros before the first."""

    seq: int
    hash: Hash


class Hashes(BaseModel):
    """Every hash known at one seq."""

    seq: int
    hashes: list[Hash]


class Accepted(BaseModel):
    """The position after a batch, how many of its events were new and how many known."""

    seq: int
    hash: Hash
    accepted: int
    known: int


class Change(BaseModel):
    """One change; `row` holds the table's columns, for a deletion the key alone."""

    table: Literal["members", "people", "instruments", "bundles", "goods", "staff", "aliases", "lots"]
    op: Literal["put", "del"]
    row: dict[str, Any]


class Changes(BaseModel):
    """One page of the feed."""

    generation: str
    cursor: int
    as_of: int
    rights_epoch: int
    rows: list[Change]
    more: bool


class Want(BaseModel):
    """So much of an owner's unit: of one lot, or of any."""

    owner: str
    unit: str
    lot: str | None
    amount: int = Field(ge=1)


class RightsWanted(BaseModel):
    """What one right.requested event asks for; `key` is "<gateway>.<seq>"."""

    epoch: int
    key: str
    wants: list[Want]


class Part(BaseModel):
    """One gateway's part of a lot, cumulative in its epoch."""

    epoch: int
    granted: int
    lease_end: int
    recall: int
    minted: int
    spent: int


class Lot(BaseModel):
    """A lot as the feed brings it; `total` is what all logs hold together."""

    lot: str
    owner: str
    unit: str
    terms: dict[str, Any]
    total: int
    parts: dict[str, Part]


class RightsGiven(BaseModel):
    """Every lot touched for this key, as it was when the feed had reached `cursor`."""

    rights_epoch: int
    cursor: int
    rows: list[Lot]


class ReportPart(BaseModel):
    """A gateway's own numbers of one lot."""

    owner: str
    unit: str
    lot: str
    minted: int
    returned: int
    spent: int


class Reports(BaseModel):
    """Cumulative numbers of one epoch."""

    epoch: int
    parts: list[ReportPart]


class Reported(BaseModel):
    """The epoch of a gateway's rights now."""

    rights_epoch: int


class Digest(BaseModel):
    """Of a log at a seq; None where it forked and its present line is no log of this version."""

    seq: int
    digest: str | None


class PersonUp(BaseModel):
    """A name whose commitment is in the event `seq`; `salt` in hex.

    Of whoever gave a phone number also its evidence key and the box that HQ alone can open, in hex.
    """

    member: str
    name: str
    salt: str
    seq: int
    phone_key: str | None = None
    phone_box: str | None = None


class People(BaseModel):
    """Names by rising seq."""

    rows: list[PersonUp]


class PeopleTaken(BaseModel):
    """Rows above this seq are wanted next."""

    seq: int


class Gateway(BaseModel):
    """A gateway's standing. lag is None until it said how far its log has got."""

    id: str
    seq: int
    hash: Hash
    branch: int
    branches: int
    head: int | None
    lag: int | None
    last_contact_ms: int | None
    received_ms: int | None


class Event(BaseModel):
    """One event as a page shows it."""

    gateway: str
    seq: int
    hash: Hash
    branch: int
    type: str | None
    at: int | None
    device: str | None
    outcome: str | None
    late: bool
    tier: str | None
    member: str | None
    received_ms: int


class MergeBody(BaseModel):
    """The member that survives."""

    into: str = Field(pattern=MEMBER_PATTERN)


class DistinctBody(BaseModel):
    """The member who is somebody else."""

    other: str = Field(pattern=MEMBER_PATTERN)


class IssueBody(BaseModel):
    """What is given; `key` is the asker's own: the same again gets the same answer."""

    key: str
    unit: str
    amount: int = Field(ge=1)
    terms: dict[str, Any] = {}


class Issued(BaseModel):
    """The lots that were made."""

    member: str
    lots: list[str]


class StoreName(BaseModel):
    """A store's name in both languages."""

    zh_cn: str = Field(alias="zh-CN", min_length=1, max_length=64)
    en: str = Field(min_length=1, max_length=64)


class StoreBody(BaseModel):
    """What is put under a store's id."""

    name: StoreName


class Store(StoreBody):
    """One store."""

    id: str


class Trouble(BaseModel):
    """An exception for a person."""

    gateway: str
    seq: int
    hash: Hash
    kind: str
    detail: dict[str, Any]
    raised_ms: int
    state: str


class Refusal(BaseModel):
    """One thing wrong with one line, in the language asked for."""

    line: int
    column: str
    code: str
    value: str
    what: str
    do: str


class Started(BaseModel):
    """An import that was received and is being applied."""

    id: str


class Import(BaseModel):
    """Where an import stands: of members, articles or people so many created, changed and unchanged; of lines
    so many done and refused."""

    id: str
    kind: Literal["members", "goods", "staff"]
    file_name: str
    state: Literal["receiving", "applying", "done", "refused", "failed"]
    started_ms: int
    finished_ms: int | None
    lines: int
    done: int
    created: int
    changed: int
    unchanged: int
    refused: int
    founding: bool
    fault: Problem | None


class ImportReport(Import):
    """The same with refused lines after `after`; `next` is the line to ask on from, None at the end."""

    refusals: list[Refusal]
    next: int | None


class Health(BaseModel):
    """HQ answers and its database too."""

    status: Literal["ok"]
