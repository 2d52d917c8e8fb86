"""What a gateway asks of HQ beside events and the feed: rights, reports of its numbers, and personal rows up.

    POST /v1/gateways/{id}/rights   RightsWanted -> RightsGiven
    POST /v1/gateways/{id}/reports  Reports -> Reported
    POST /v1/gateways/{id}/people   People -> PeopleTaken

Every request may be repeated: a right is granted once for its key, of reported numbers HQ takes the maxima,
and a personal row it has replaces itself. An answer informs; what a gateway may do is in its cache only.
"""

from typing import Annotated, Final

from msgspec import Meta

from cloud_bridge.wire import (
    Amount,
    Epoch,
    EvidenceKey,
    Id,
    LotName,
    LotRow,
    Name,
    Owner,
    Seq,
    UnitCode,
    WireShape,
)
from gateway.core.book import AMOUNT_MAX

WANTS_MAX: Final = 16  # of one request, which stands for one event
GIVEN_ROWS_MAX: Final = 200  # lots that one request moves; what is still missing is asked for again
REPORT_PARTS_MAX: Final = 1_000  # some 150 kB
PEOPLE_ROWS_MAX: Final = 500

Wanted = Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
AskKey = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}\.[1-9][0-9]{0,18}\Z")]  # "<gateway>.<seq>"
Salt = Annotated[str, Meta(pattern=r"^([0-9a-f]{2}){16,64}\Z")]
PhoneBox = Annotated[str, Meta(pattern=r"^[0-9a-f]{128}\Z")]  # as cloud_bridge/hq/phone_boxes.py opens it


class Want(WireShape, frozen=True):
    """The right to so much of an owner's unit: of one lot, or (lot None) of any."""

    owner: Owner
    unit: UnitCode
    lot: LotName | None
    amount: Wanted


class RightsWanted(WireShape, frozen=True):
    """What one right.requested event asks for; `key` names the event, and the same key is granted once."""

    epoch: Epoch
    key: AskKey
    wants: Annotated[list[Want], Meta(min_length=1, max_length=WANTS_MAX)]


class RightsGiven(WireShape, frozen=True):
    """HQ's answer: every lot it touched for this key, as the feed will bring it; none: nothing to grant.

    The rows are as they were when the feed had reached `cursor`, so whoever is beyond it has them already.
    """

    rights_epoch: Epoch
    cursor: Seq
    rows: Annotated[list[LotRow], Meta(max_length=GIVEN_ROWS_MAX)]


class ReportPart(WireShape, frozen=True):
    """A gateway's own numbers of one lot, cumulative in the report's epoch."""

    owner: Owner
    unit: UnitCode
    lot: LotName
    minted: Amount
    returned: Amount
    spent: Amount


class Reports(WireShape, frozen=True):
    """What a gateway says of its rights; HQ takes maxima, and a number that fell raises the epoch."""

    epoch: Epoch
    parts: Annotated[list[ReportPart], Meta(min_length=1, max_length=REPORT_PARTS_MAX)]


class Reported(WireShape, frozen=True):
    """HQ's answer to a report: the epoch of this gateway's rights now."""

    rights_epoch: Epoch


class PersonUp(WireShape, frozen=True, omit_defaults=True):
    """A person enrolled at a gateway by its event `seq`, which holds SHA-256(salt | the row) and no name.

    Of a guest who gave a phone number: its evidence key, and the box that HQ alone can open; in hex.
    """

    member: Id
    name: Name
    salt: Salt
    seq: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    phone_key: EvidenceKey | None = None
    phone_box: PhoneBox | None = None

    def __post_init__(self) -> None:
        if (self.phone_key is None) != (self.phone_box is None):
            raise ValueError("a phone's key and its box go together")


class People(WireShape, frozen=True):
    """Personal rows on their way up, by rising seq; none: how far does HQ have them?"""

    rows: Annotated[list[PersonUp], Meta(max_length=PEOPLE_ROWS_MAX)]


class PeopleTaken(WireShape, frozen=True):
    """HQ's answer: rows above this seq are wanted next."""

    seq: Seq
