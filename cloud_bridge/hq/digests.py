"""The digest of a log as HQ has it: what `shopbell ledger verify` prints at the gateway, at the same seq.

Of a log that never forked it is made of HQ's tables. A forked one has no line of its own there, for facts of
all branches are added up; its present line is then read event by event.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, select

from cloud_bridge.hq import models
from cloud_bridge.hq import promise_models as tables
from gateway.core.book import AccountKey, LotKey, Part
from gateway.core.event import open_event
from gateway.core.state import State, digest_lines

ROWS_FETCHED: Final = 5_000


def digest(connection: Connection, log: str) -> str:
    """Of a log at the position of HQ. Raises EventError where a forked log's line is no log of this core."""
    table = models.gateways
    branches = connection.scalar(select(table.c.branches).where(table.c.id == log)) or 0
    return _of_tables(connection, log) if branches <= 1 else _of_line(connection, log)


def _of_tables(connection: Connection, log: str) -> str:
    held, account, hold = tables.holdings.c, tables.accounts.c, tables.holds.c
    parts = connection.execution_options(yield_per=ROWS_FETCHED).execute(
        select(held.owner, held.unit, held.lot, held.epoch, *(held[name] for name in Part._fields)).where(
            held.log == log
        )
    )
    accounts = select(account.owner, account.unit, account.posted).where(account.log == log)
    holds = select(hold.id, hold.seq, hold.until_ms).where(hold.log == log)
    return digest_lines(
        (((LotKey(*row[:3]), row.epoch), Part(*row[4:])) for row in parts),
        [(AccountKey(owner, unit), posted) for owner, unit, posted in connection.execute(accounts)],
        [(id_, (seq, until)) for id_, seq, until in connection.execute(holds)],
    )


def _of_line(connection: Connection, log: str) -> str:
    state = State(log)
    for body in line(connection, log):
        state.apply(open_event(body))
    return state.digest()


def line(connection: Connection, log: str) -> Iterator[bytes]:
    """The bodies of the present line of a log, from its first event to its tip."""
    gateways, branches, events = models.gateways.c, models.branches.c, models.events.c
    tip = select(gateways.tip_branch, gateways.tip_seq).where(gateways.id == log)
    branch, upto = connection.execute(tip).one()
    pieces: list[tuple[int, int, int]] = []
    while branch:
        mine = (branches.gateway == log) & (branches.number == branch)
        parent, first = connection.execute(select(branches.parent, branches.from_seq).where(mine)).one()
        pieces.insert(0, (branch, first, upto))
        branch, upto = parent, first - 1
    for number, first, last in pieces:
        mine = (events.gateway == log) & (events.branch == number)
        between = events.seq.between(first, last)
        yield from connection.scalars(select(events.body).where(mine, between).order_by(events.seq))
