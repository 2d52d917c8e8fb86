"""What passes between the bridge and HQ over HTTP: shapes, bounds and both directions' encodings.

Up: a batch of CloudEvents, each carrying one event's canonical bytes unchanged as base64.
Down: changes, one JSON object each, {"table", "op", "row"}; a snapshot is the same objects one a line,
between a first line (SnapshotStart) and a last one (SnapshotEnd) that tells a whole file from a cut one.
What else a gateway asks of HQ is in asks.py, made of the same shapes.

A lot travels whole (LotRow), with the part of every gateway; each keeps its own. Its numbers are cumulative
in the part's epoch, so a later row replaces an earlier one and a repeated one changes nothing.

Invariants: a decoder here accepts exactly what the encoder beside it writes; anything else is a WireError
and changes nothing. Every text is bounded, and every id is safe as a file name.
"""

from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from cloud_bridge.bounds import check_good, check_terms
from gateway.core.book import AMOUNT_MAX
from gateway.core.orders.model import Good
from gateway.core.promises import Terms
from gateway.storage.layout import FEED_ROWS_MAX

BATCH_EVENTS_MAX: Final = 500
# A spend carries what it knew of each lot of its member, some 450 bytes a lot: this is 2,000 of them.
EVENT_BYTES_MAX: Final = 1024 * 1024
# Base64 makes 4 of 3 bytes; a follower closes a batch early to stay below this.
BATCH_BYTES_MAX: Final = 4 * 1024 * 1024
HASHES_MAX: Final = 1_000  # branches at one seq; each is a restored image, so ten would be a catastrophe
CHANGE_BYTES_MAX: Final = 1024 * 1024  # one program bundle may be large; member rows are some 150 bytes
CHANGES_BYTES_MAX: Final = 4 * 1024 * 1024
PARTS_MAX: Final = 256  # gateways that hold a part of one lot: every store of a large brand, of a program's
BARCODES_MAX: Final = 16  # of one article: its packs and its older prints

BATCH_TYPE: Final = "application/cloudevents-batch+json"
SNAPSHOT_TYPE: Final = "application/x-ndjson"
HEAD_HEADER: Final = "shopbell-head"  # the seq of the gateway's last durable event: HQ shows the lag by it
GENESIS: Final = "0" * 64  # the hash before a gateway's first event

Seq = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Id = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}\Z")]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
EvidenceKey = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
Signature = Annotated[str, Meta(pattern=r"^([0-9a-f]{128})?\Z")]  # Ed25519; empty: HQ has no such key
Birthday = Annotated[str, Meta(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z")]
Sku = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,48}\Z")]
Barcode = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,48}\Z")]
StaffId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,32}\Z")]
BrandKey = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
# What a till may name and an event therefore hold must be able to travel: no narrower than the gateway's API.
Owner = Annotated[str, Meta(pattern=r"^[a-z_]{1,16}(:[A-Za-z0-9._:-]{1,80})?\Z")]
UnitCode = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,128}\Z")]
LotName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,80}\Z")]
Amount = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Balance = Annotated[int, Meta(ge=1 - 2**63, le=2**63 - 1)]
Moment = Annotated[int, Meta(ge=0, le=2**63 - 1)]  # unix milliseconds
Epoch = Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
MemberStatus = Literal["provisional", "active", "suspended", "merged", "erased"]
InstrumentStatus = Literal["active", "lost", "replaced", "locked", "revoked"]


class WireError(Exception):
    """The other side's bytes are not what this module describes; `detail` names the field."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail[:200]  # a decoder quotes the peer's text; a log line stays a line


class WireShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything on this wire."""


class CloudEvent(WireShape, frozen=True):
    """One event on its way up; `data_base64` holds its canonical bytes (msgspec does the base64)."""

    specversion: Literal["1.0"]
    id: Annotated[str, Meta(max_length=160)]
    source: Annotated[str, Meta(max_length=64)]
    type: Annotated[str, Meta(max_length=64)]
    datacontenttype: Literal["application/json"]
    data_base64: Annotated[bytes, Meta(min_length=2, max_length=EVENT_BYTES_MAX)]


class Position(WireShape, frozen=True):
    """The last event HQ has of a gateway; seq 0 and GENESIS before the first."""

    seq: Seq
    hash: Hash


class Accepted(WireShape, frozen=True):
    """HQ's answer to a batch: its position now, how many events were new, how many it had."""

    seq: Seq
    hash: Hash
    accepted: Annotated[int, Meta(ge=0, le=BATCH_EVENTS_MAX)]
    known: Annotated[int, Meta(ge=0, le=BATCH_EVENTS_MAX)]


class HashesAt(WireShape, frozen=True):
    """Every hash HQ knows at one seq of a gateway; more than one after a restored image."""

    seq: Seq
    hashes: Annotated[list[Hash], Meta(max_length=HASHES_MAX)]


class MemberRow(WireShape, frozen=True):
    """What a gateway may know of a member: nothing that names a person."""

    id: Id
    status: MemberStatus
    tier: Annotated[str, Meta(pattern=r"^[a-z0-9_-]{0,32}\Z")]  # empty: below the ladder's first step
    qualifying: Seq
    language: Literal["zh-CN", "en"]
    home: Annotated[str, Meta(pattern=r"^[a-z0-9-]{0,32}\Z")] = ""  # the store that keeps what is counted


class MemberKey(WireShape, frozen=True):
    """A member to forget."""

    id: Id


class PersonRow(WireShape, frozen=True):
    """The erasable part; `birthday` is month and day, None where it is not known."""

    member: Id
    name: Name
    birthday: Birthday | None = None


class PersonKey(WireShape, frozen=True):
    """A person to forget."""

    member: Id


class InstrumentRow(WireShape, frozen=True):
    """One card or code, known by its evidence key only (hex)."""

    key: EvidenceKey
    id: Id
    kind: Literal["nfc.uid", "qr.static", "phone", "ble.tag"]
    member: Id
    status: InstrumentStatus


class InstrumentKey(WireShape, frozen=True):
    """An instrument to forget."""

    key: EvidenceKey


class BundleRow(WireShape, frozen=True):
    """A program bundle: canonical JSON, its SHA-256, HQ's signature of it. The last one sent is in force."""

    hash: Hash
    body: Annotated[str, Meta(min_length=2, max_length=CHANGE_BYTES_MAX)]
    signature: Signature = ""


class GoodRow(WireShape, frozen=True):
    """One article and every barcode it is sold by."""

    sku: Sku
    barcodes: Annotated[list[Barcode], Meta(max_length=BARCODES_MAX)]
    good: Good

    def __post_init__(self) -> None:
        if self.good.sku != self.sku:
            raise ValueError("an article of another sku")
        check_good(self.good)


class GoodKey(WireShape, frozen=True):
    """An article to forget."""

    sku: Sku


class StaffRow(WireShape, frozen=True):
    """A member of staff; `badge` is the evidence key of the card."""

    id: StaffId
    name: Name
    role: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,47}\Z")]
    badge: EvidenceKey | None
    status: Literal["active", "left"]


class StaffKey(WireShape, frozen=True):
    """A member of staff to forget."""

    id: StaffId


class AliasRow(WireShape, frozen=True):
    """A merged member: what `id` has is `into`'s for good, and `into` is no alias itself."""

    id: Id
    into: Id

    def __post_init__(self) -> None:
        if self.id == self.into:
            raise ValueError("a member cannot be merged into itself")


class PartRow(WireShape, frozen=True):
    """One gateway's part of a lot: what HQ granted it and asks back, and what HQ has applied of its log.

    Cumulative in `epoch` of that gateway's rights, but for `lease_end` (unix milliseconds; 0: no end).
    """

    epoch: Epoch
    granted: Amount
    lease_end: Moment
    recall: Amount
    minted: Amount
    spent: Amount


class LotRow(WireShape, frozen=True):
    """A lot, by HQ's knowledge: `total` is what all logs hold together; `parts` by gateway."""

    lot: LotName
    owner: Owner
    unit: UnitCode
    terms: Terms
    total: Balance
    parts: Annotated[dict[Id, PartRow], Meta(max_length=PARTS_MAX)]

    def __post_init__(self) -> None:
        check_terms(self.terms)


class LotKey(WireShape, frozen=True):
    """A lot to forget: nothing is left of it in any log."""

    owner: Owner
    unit: UnitCode
    lot: LotName


Row = (
    MemberRow
    | MemberKey
    | PersonRow
    | PersonKey
    | InstrumentRow
    | InstrumentKey
    | BundleRow
    | GoodRow
    | GoodKey
    | StaffRow
    | StaffKey
    | AliasRow
    | LotRow
    | LotKey
)

# (table, op) -> what its row must be. A bundle is never taken back: events name it for ever. Nor is a merger.
ROWS: Final[dict[tuple[str, str], type[Any]]] = {
    ("members", "put"): MemberRow,
    ("members", "del"): MemberKey,
    ("people", "put"): PersonRow,
    ("people", "del"): PersonKey,
    ("instruments", "put"): InstrumentRow,
    ("instruments", "del"): InstrumentKey,
    ("bundles", "put"): BundleRow,
    ("goods", "put"): GoodRow,
    ("goods", "del"): GoodKey,
    ("staff", "put"): StaffRow,
    ("staff", "del"): StaffKey,
    ("aliases", "put"): AliasRow,
    ("lots", "put"): LotRow,
    ("lots", "del"): LotKey,
}


class Change(WireShape, frozen=True):
    """One change as it travels; `row` is checked by read_row."""

    table: str
    op: str
    row: msgspec.Raw


class Changes(WireShape, frozen=True):
    """One page of the feed; `cursor` is the position after its last row, `as_of` HQ's seq of this gateway.

    `rights_epoch` is the epoch of this gateway's rights, as HQ has it.
    """

    generation: Id
    cursor: Seq
    as_of: Seq
    rights_epoch: Epoch
    rows: Annotated[list[Change], Meta(max_length=FEED_ROWS_MAX)]
    more: bool


class SnapshotStart(WireShape, frozen=True):
    """First line of a snapshot: a new generation, the one cursor it is consistent at, the brand's key."""

    generation: Id
    cursor: Seq
    as_of: Seq
    brand_key: BrandKey
    rights_epoch: Epoch
    layout: Literal[3]


class SnapshotEnd(WireShape, frozen=True):
    """Last line of a snapshot: how many rows came between."""

    end: Seq


_ROW_DECODERS: Final = {key: msgspec.json.Decoder(shape) for key, shape in ROWS.items()}
_BATCH_DECODER: Final = msgspec.json.Decoder(
    Annotated[list[CloudEvent], Meta(min_length=1, max_length=BATCH_EVENTS_MAX)]
)
_END_PREFIX: Final = b'{"end":'

Shape = TypeVar("Shape", bound=WireShape)


def read(data: bytes, shape: type[Shape]) -> Shape:
    """The bytes as one shape of this module; WireError otherwise."""
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise WireError(str(fault)) from None


def read_batch(data: bytes) -> list[CloudEvent]:
    """A batch of 1 to BATCH_EVENTS_MAX events; WireError otherwise."""
    try:
        batch: list[CloudEvent] = _BATCH_DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise WireError(str(fault)) from None
    return batch


def read_row(change: Change) -> Row:
    """The checked row of a change; WireError names table, op and column."""
    decoder = _ROW_DECODERS.get((change.table, change.op))
    if decoder is None:
        raise WireError(f"there is no {change.op!r} of table {change.table!r}")
    try:
        row: Row = decoder.decode(change.row)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise WireError(f"{change.table} {change.op}: {fault}") from None
    return row


def read_snapshot_line(line: bytes) -> Row | SnapshotEnd:
    """One line after a snapshot's first: a row, or the end; WireError otherwise."""
    if line.startswith(_END_PREFIX):
        return read(line, SnapshotEnd)
    change = read(line, Change)
    if change.op != "put":
        raise WireError("a snapshot only puts rows")
    return read_row(change)


def change_line(table: str, op: str, row: str) -> bytes:
    """A change as it travels, from a row that is encoded already; the bytes HQ sends."""
    return b'{"table":"%b","op":"%b","row":%b}' % (table.encode(), op.encode(), row.encode())


def encode(shape: WireShape | list[CloudEvent]) -> bytes:
    """The bytes of any shape here."""
    return msgspec.json.encode(shape)
