"""Two members turn out to be one person: all that one has is the other's for good, and limits count
together.

The merged one's lots keep their owner and are used for the survivor (aliases); its cards lead to the
survivor at once; its name and phone go, where the survivor has one; of what both allowed the later word
counts, and their visits add up. A limit that both had in full is one limit: what is too much leaves HQ's
part, or is a shortfall until it comes back, and what was used beyond it stays one and is told to a person.
"""

from typing import Any, Final

from sqlalchemy import Connection, delete, func, select, update

from cloud_bridge.hq import doubles, feed, granting, models, troubles
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.consents import move_consents
from cloud_bridge.hq.database import upsert
from cloud_bridge.hq.feed import FeedRow
from cloud_bridge.hq.issuing import NoMember
from cloud_bridge.hq.joining import join
from cloud_bridge.hq.member_store import member_row
from cloud_bridge.hq.own_log import Booking
from cloud_bridge.hq.phones import move_phone
from cloud_bridge.hq.session import Session
from cloud_bridge.hq.troubles import Where
from cloud_bridge.hq.visits import move_visits
from cloud_bridge.wire import AliasRow, InstrumentRow, PersonKey, PersonRow, WireShape, encode
from gateway.core.model import MEMBER_MERGED, Bundle
from gateway.core.promises import HQ, MEMBER, RISK, Merge
from gateway.core.tiers import standing

MERGED: Final = "merged"


class NotTwo(Exception):
    """Both are one already, or one of them is erased."""


def merge(session: Session, member: str, into: str, bundle: Bundle) -> list[str]:
    """Make `member` the survivor of `into`; kinds of exceptions that are new. Raises NoMember, NotTwo.

    Repeated, it changes nothing.
    """
    connection = session.connection
    gone, survivor = _member(connection, member), _member(connection, _survivor(connection, into))
    if _survivor(connection, member) == survivor["id"] != member:
        return []
    if (
        gone["status"] in (MERGED, granting.ERASED)
        or survivor["status"] == granting.ERASED
        or member == survivor["id"]
    ):
        raise NotTwo(member)
    sealed = session.book(Booking(MEMBER_MERGED, act=Merge(survivor["id"], member)))
    raised = _join_limits(session, member, survivor["id"], Where(HQ, sealed.seq, sealed.hash))
    rows = [
        *_aliases(connection, member, survivor["id"]),
        *_instruments(connection, member, survivor["id"]),
        *_people(connection, member, survivor["id"]),
        *_members(connection, gone, survivor, bundle),
    ]
    feed.append(connection, rows, session.frame.now_ms)
    move_consents(connection, member, survivor["id"])
    move_visits(connection, member, survivor["id"])
    doubles.settle(connection, [member])
    return raised


def _member(connection: Connection, id_: str) -> dict[str, Any]:
    table = models.members
    found = connection.execute(select(table).where(table.c.id == id_)).mappings().one_or_none()
    if found is None:
        raise NoMember(id_)
    return dict(found)


def _survivor(connection: Connection, member: str) -> str:
    return granting.family(connection, MEMBER + member)[0].removeprefix(MEMBER)


def _row(table: str, key: str, shape: WireShape, op: str = "put") -> FeedRow:
    return FeedRow(table, key, op, encode(shape).decode())


def _aliases(connection: Connection, member: str, into: str) -> list[FeedRow]:
    """The alias, and every older one that led to the merged member."""
    table = tables.aliases
    older = connection.scalars(select(table.c.id).where(table.c.into_member == member)).all()
    names = [member, *sorted(older)]
    upsert(connection, table, [{"id": name, "into_member": into} for name in names], ["id"])
    return [_row("aliases", name, AliasRow(name, into)) for name in names]


def _instruments(connection: Connection, member: str, into: str) -> list[FeedRow]:
    table = models.instruments
    mine = table.c.member == member
    held = connection.execute(select(table).where(mine).order_by(table.c.id)).all()
    connection.execute(update(table).where(mine).values(member=into))
    return [
        _row("instruments", one.key.hex(), InstrumentRow(one.key.hex(), one.id, one.kind, into, one.status))
        for one in held
    ]


def _people(connection: Connection, member: str, into: str) -> list[FeedRow]:
    """The merged one's name and phone number go; to the survivor, where that has none."""
    table, rows = models.people, []
    named = connection.execute(select(table).where(table.c.member == member)).one_or_none()
    if named is None:
        move_phone(connection, member, into, "")
        return []
    connection.execute(delete(table).where(table.c.member == member))
    rows.append(_row("people", member, PersonKey(member), "del"))
    if connection.scalar(select(func.count()).where(table.c.member == into)) == 0:
        upsert(connection, table, [{**named._mapping, "member": into}], ["member"])
        rows.append(_row("people", into, PersonRow(into, named.name, named.birthday or None)))
    move_phone(connection, member, into, named.phone)
    return rows


def _members(
    connection: Connection, gone: dict[str, Any], survivor: dict[str, Any], bundle: Bundle
) -> list[FeedRow]:
    """Both members as they are now: qualifying points count together, and may lift the tier."""
    qualifying = gone["qualifying"] + survivor["qualifying"]
    steps = [tier.code for tier in bundle.tiers]
    by_points = standing(bundle, "", qualifying).tier
    tiers = [tier for tier in (survivor["tier"], by_points) if tier in steps]
    tier = max(tiers, key=steps.index) if tiers else survivor["tier"]
    now = [{**gone, "status": MERGED}, {**survivor, "qualifying": qualifying, "tier": tier}]
    upsert(connection, models.members, now, ["id"])
    return [_row("members", row["id"], member_row(row)) for row in now]


def _join_limits(session: Session, member: str, into: str, where: Where) -> list[str]:
    """Make one limit of two, unit by unit."""
    connection = session.connection
    units = set(_limit_units(connection, member)) & set(_limit_units(connection, into))
    families = [[MEMBER + member], granting.family(connection, MEMBER + into)]
    raised = []
    for unit in sorted(units):
        raised += join(
            session, unit, [granting.lots_of(connection, owners, unit) for owners in families], where
        )
    return raised


def _limit_units(connection: Connection, member: str) -> list[str]:
    table = tables.lots
    owners = granting.family(connection, MEMBER + member)
    query = select(table.c.unit).where(table.c.owner.in_(owners), table.c.unit.startswith(troubles.LIMIT))
    return list(connection.scalars(query.where(~table.c.unit.startswith(RISK)).distinct()))
