"""Everything HQ holds of one person, for that person (PIPL art. 45, GDPR art. 15 and 20); nothing is masked.

What leaves no name behind is in it as well: every movement of what they own, with the event that made it.
"""

from typing import Any, Final

from sqlalchemy import Connection, func, select

from cloud_bridge.hq import granting, models
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.consents import read_consents
from cloud_bridge.hq.database import Row, pieces
from cloud_bridge.hq.people_models import forgotten, sealed_phones
from cloud_bridge.hq.visits import read_visits
from gateway.core.promises import MEMBER

MOVEMENTS_MAX: Final = 10_000  # the newest; ten a day for three years
_SELF: Final = ("member_no", "status", "tier", "qualifying", "language", "home_store")


def own_data(connection: Connection, member: str) -> Row | None:
    """One document; None where HQ never heard of the member."""
    every = granting.ids_of(connection, member)
    table = models.members
    row = connection.execute(select(table).where(table.c.id == every[0])).mappings().one_or_none()
    if row is None:
        return None
    moved = _movements(connection, every)
    return {
        "id": every[0],
        "merged": every[1:],
        **{name: row[name] for name in _SELF},
        **_person(connection, every[0]),
        "instruments": _instruments(connection, every),
        "consents": [_without(consent, "member", "mark") for consent in read_consents(connection, every[0])],
        "visits": read_visits(connection, every[0]),
        "balances": _balances(connection, every),
        "movements": moved[:MOVEMENTS_MAX],
        "more_movements": len(moved) > MOVEMENTS_MAX,
        "forgotten_ms": connection.scalar(select(forgotten.c.at_ms).where(forgotten.c.member == every[0])),
    }


def _person(connection: Connection, member: str) -> Row:
    table = models.people
    row = connection.execute(select(table).where(table.c.member == member)).mappings().one_or_none()
    closed = connection.scalar(select(sealed_phones.c.member).where(sealed_phones.c.member == member))
    found: Row = {name: (row[name] or None) if row else None for name in ("name", "phone", "birthday")}
    return {**found, "phone_is_sealed": closed is not None}


def _instruments(connection: Connection, members: list[str]) -> list[Row]:
    table = models.instruments.c
    query = select(table.id, table.kind, table.status).where(table.member.in_(members)).order_by(table.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def _balances(connection: Connection, members: list[str]) -> dict[str, int]:
    """What all logs have booked of each unit for this person, less what waits to be made good."""
    table = tables.holdings.c
    left = func.sum(table.granted + table.minted - table.returned - table.spent)
    owners = [MEMBER + member for member in members]
    held = select(table.unit, left.label("left")).where(table.owner.in_(owners)).group_by(table.unit)
    return {row.unit: int(row.left) for row in connection.execute(held.order_by(table.unit)) if row.left}


def _movements(connection: Connection, members: list[str]) -> list[Row]:
    """What came to them and went from them, newest first; at most one more than are shown."""
    owners, lots = [MEMBER + member for member in members], tables.lots.c
    names = list(connection.scalars(select(lots.lot).where(lots.owner.in_(owners)).order_by(lots.lot)))
    table, found = tables.transfers, {}
    for piece in pieces(names):
        mine = table.c.debit_lot.in_(piece) | table.c.credit_lot.in_(piece)
        query = select(table).where(mine, table.c.phase.is_(None)).order_by(table.c.at_ms.desc())
        for row in connection.execute(query.limit(MOVEMENTS_MAX + 1)):
            found[(row.log, row.branch, row.seq, row.number)] = _movement(row, owners)
    shown = [row for row in found.values() if row is not None]
    return sorted(shown, key=lambda row: (row["at"], row["gateway"], row["seq"]), reverse=True)[
        : MOVEMENTS_MAX + 1
    ]


def _movement(row: Any, owners: list[str]) -> Row | None:
    """A transfer as its owner sees it; None where it only moved between two logs."""
    change = (row.credit in owners) - (row.debit in owners)
    if change == 0 or row.credit.startswith("right:") or row.debit.startswith("right:"):
        return None
    return {
        "at": row.at_ms,
        "gateway": row.log,
        "seq": row.seq,
        "unit": row.unit,
        "amount": change * row.amount,
    }


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}
