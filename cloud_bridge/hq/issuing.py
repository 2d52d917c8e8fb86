"""What HQ itself gives: a balance or coupons that staff issue, and opening balances of an import.

Each is issued once for its key. A coupon is a lot of one. The right to what is issued goes to the gateway of
the member's home store at once, so that it can be used there when the line is down.
"""

import json
from collections.abc import Sequence
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta
from sqlalchemy import Connection, insert, select

from cloud_bridge.bounds import check_terms
from cloud_bridge.hq import granting, models
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.database import Row, insert_absent, pieces
from cloud_bridge.hq.own_log import Booking
from cloud_bridge.hq.session import TRANSFERS_AN_EVENT, Session
from cloud_bridge.wire import Id, UnitCode
from gateway.core.model import TRANSFER_POSTED, NewLot
from gateway.core.posting import PART_MAX
from gateway.core.programs.codes import COUPON as COUPON_CODE
from gateway.core.programs.codes import code
from gateway.core.promises import COUPON, ISSUER, MEMBER, POINTS, Credit, Nature, Post, Terms, Transfer
from gateway.core.units import OURS_ALONE

COUPONS_TOGETHER_MAX: Final = 100
SCOPE: Final = "issue"
OPENING: Final = "opening"
_GONE: Final = ("merged", "erased")


class Issue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What staff give a member; `key` is theirs."""

    key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,80}\Z")]
    unit: UnitCode
    amount: Annotated[int, Meta(ge=1, le=PART_MAX)]
    terms: Terms = Terms()

    def __post_init__(self) -> None:
        check_terms(self.terms)
        if self.unit.startswith(OURS_ALONE):
            raise ValueError("this unit is made by stores alone")
        if self.unit.startswith(COUPON) and self.amount > COUPONS_TOGETHER_MAX:
            raise ValueError(f"at most {COUPONS_TOGETHER_MAX} coupons at once")
        if self.terms.code is not None and self.amount > 1:
            raise ValueError("a code is of one coupon")


class Issued(NamedTuple):
    """The lots that were made."""

    member: Id
    lots: list[str]


class Opening(NamedTuple):
    """A member's balance when HQ first heard of it, and the store that keeps it."""

    member: str
    points: int
    home_store: str


class Other(Exception):
    """The key was used for something else."""


class NoMember(Exception):
    """HQ has no such member, or it is gone."""


def issue(session: Session, member: str, asked: Issue) -> list[str]:
    """Give it, once for its key; the lots. Raises NoMember, Other."""
    connection, table = session.connection, tables.requests
    said = f"{member} {asked.unit} {asked.amount} {msgspec.json.encode(asked.terms).decode()}"
    known = connection.scalar(select(table.c.result).where(table.c.scope == SCOPE, table.c.key == asked.key))
    if known is not None:
        before = json.loads(known)
        if before["said"] != said:
            raise Other
        lots: list[str] = before["lots"]
        return lots
    _check_member(connection, member)
    single = asked.unit.startswith(COUPON)
    amounts = [1] * asked.amount if single else [asked.amount]
    owner, random = MEMBER + member, session.log.random()
    terms = [_terms(asked, random, index) if single else asked.terms for index in range(len(amounts))]
    credits = [Credit(amount, owner, said, asked.unit) for amount, said in zip(amounts, terms, strict=True)]
    seq, lots = mint(session, credits, random)
    result = json.dumps({"said": said, "lots": lots})
    row = {"scope": SCOPE, "key": asked.key, "seq": seq, "result": result}
    insert_absent(connection, table, row, ["scope", "key"])
    home = granting.home_gateway(connection, owner)
    granting.place(session, [(lot, home) for lot in lots])
    return lots


def open_balances(session: Session, openings: Sequence[Opening]) -> None:
    """Give members the points they bring, the first time only."""
    homes = granting.gateways_by_store(session.connection)
    new = [opening for opening in _claim(session.connection, openings) if opening.points]
    placed: list[tuple[str, str | None]] = []
    for start in range(0, len(new), TRANSFERS_AN_EVENT):
        part = new[start : start + TRANSFERS_AN_EVENT]
        _, lots = mint(session, [Credit(one.points, MEMBER + one.member, Terms(), POINTS) for one in part])
        placed += zip(lots, (homes.get(one.home_store) for one in part), strict=True)
    granting.place(session, placed)


def _claim(connection: Connection, openings: Sequence[Opening]) -> list[Opening]:
    """Those of these that are the first of their member, and remembered as that.

    Looked up and written in pieces, as the lock of HQ's own log allows: one by one was a third of an import.
    """
    table, known = tables.requests, set[str]()
    for piece in pieces([opening.member for opening in openings]):
        found = select(table.c.key).where(table.c.scope == OPENING, table.c.key.in_(piece))
        known.update(connection.scalars(found))
    new = [opening for opening in openings if opening.member not in known]
    for part in pieces(new):
        connection.execute(insert(table), [_claim_row(opening) for opening in part])
    return new


def _claim_row(opening: Opening) -> Row:
    return {"scope": OPENING, "key": opening.member, "seq": 0, "result": str(opening.points)}


def _check_member(connection: Connection, member: str) -> None:
    status = connection.scalar(select(models.members.c.status).where(models.members.c.id == member))
    if status is None or status in _GONE:
        raise NoMember(member)


def _terms(asked: Issue, random: str, index: int) -> Terms:
    """A coupon's terms: with a code of its own, as stores give, by which it is found at a till."""
    own = code(COUPON_CODE, random, index) if asked.terms.code is None else asked.terms.code
    return msgspec.structs.replace(asked.terms, code=own)


def mint(session: Session, credits: Sequence[Credit], random: str = "") -> tuple[int, list[str]]:
    """New lots in HQ's part, by one event (named so, or anew): its seq, and their names."""
    random = random or session.log.random()
    made = [NewLot(f"{random}.{number}", _nature(credit)) for number, credit in enumerate(credits)]
    transfers = [
        Transfer(credit.amount, credit.owner, ISSUER, credit.unit, credit_lot=new.lot)
        for new, credit in zip(made, credits, strict=True)
    ]
    booking = Booking(TRANSFER_POSTED, transfers, made, Post(tuple(credits)), random=random)
    sealed = session.book(booking)
    return sealed.seq, [new.lot for new in made]


def _nature(credit: Credit) -> Nature:
    return Nature(credit.owner, credit.terms, credit.unit)
