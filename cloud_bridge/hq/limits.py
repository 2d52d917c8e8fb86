"""Limits of programs as balances: HQ makes "USE:<id>" and "BUDGET:<id>" of owner "program:<id>" when a
program that has them is published, and gives each store's gateway an equal share.

What cannot be divided stays in HQ's part; a store that has used its share asks, and others give back. A limit
only grows: what was granted cannot be taken back from stores that nobody hears.

Invariant: what was made of a limit is in requests, so it is made once, and of a raised one the difference.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from cloud_bridge.hq import granting, issuing
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.database import Row, upsert
from cloud_bridge.hq.granting import Grant
from cloud_bridge.hq.session import Session
from gateway.core.programs.caps import BUDGET, USE
from gateway.core.programs.model import Program
from gateway.core.promises import PROGRAM, Credit, Terms

SCOPE: Final = "limit"


class Limit(NamedTuple):
    """So much of a program's unit, for ever; `field` is its name in the program's limits."""

    field: str
    owner: str
    unit: str
    amount: int


def limits_of(program: Program) -> Iterator[Limit]:
    """What HQ keeps for all stores together."""
    for field, prefix in (("total", USE), ("budget", BUDGET)):
        amount = getattr(program.limits, field)
        if amount is not None:
            yield Limit(field, PROGRAM + program.id, prefix + program.id, amount)


def made(connection: Connection, unit: str) -> int:
    """How much was made of a limit so far."""
    table = tables.requests
    found = connection.scalar(select(table.c.result).where(table.c.scope == SCOPE, table.c.key == unit))
    return int(found or 0)


def make(session: Session, limit: Limit) -> None:
    """Make what is missing of a limit, and share it out."""
    missing = limit.amount - made(session.connection, limit.unit)
    if missing <= 0:
        return
    seq, (lot,) = issuing.mint(session, [Credit(missing, limit.owner, Terms(), limit.unit)])
    row: Row = {"scope": SCOPE, "key": limit.unit, "seq": seq, "result": str(limit.amount)}
    upsert(session.connection, tables.requests, [row], ["scope", "key"])
    gateways = sorted(granting.gateways_by_store(session.connection).values())
    share = missing // len(gateways) if gateways else 0
    if share:
        granting.grant(session, [Grant(lot, gateway, share) for gateway in gateways])
