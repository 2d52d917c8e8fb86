"""In which stores a member was seen, how often, and when last: of each visit HQ keeps no more than its event.

Counts and last times are the same in whatever order events come. Two members who became one were seen
together; of whoever is forgotten nothing is kept, nor of what a store tells of them later.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, delete, select

from cloud_bridge.hq import granting
from cloud_bridge.hq.database import Row, upsert
from cloud_bridge.hq.facts import is_member
from cloud_bridge.hq.people_models import visits
from gateway.core.event import Event
from gateway.core.promises import Here

AT_MS_MAX: Final = 2**63 - 1


def note_visit(connection: Connection, event: Event, act: Here) -> bool:
    """A member was in the store of this gateway; whether the event names somebody at a time."""
    if not is_member(act.member) or not 0 <= event.at <= AT_MS_MAX:
        return False
    if not granting.is_erased(connection, act.member):
        member = granting.ids_of(connection, act.member)[0]
        _add(connection, [{"member": member, "gateway": event.gateway, "times": 1, "at_ms": event.at}])
    return True


def read_visits(connection: Connection, member: str) -> list[Row]:
    """{gateway, times, at_ms} of each store's gateway that a member was seen at, the last one first."""
    query = select(visits.c.gateway, visits.c.times, visits.c.at_ms).where(visits.c.member == member)
    rows = connection.execute(query.order_by(visits.c.at_ms.desc(), visits.c.gateway)).mappings()
    return [dict(row) for row in rows]


def move_visits(connection: Connection, member: str, into: str) -> None:
    """Where a merged member was seen the survivor was."""
    rows = connection.execute(select(visits).where(visits.c.member == member)).mappings().all()
    _add(connection, [{**row, "member": into} for row in rows])
    forget_visits(connection, [member])


def forget_visits(connection: Connection, members: Sequence[str]) -> None:
    """Nobody was anywhere."""
    connection.execute(delete(visits).where(visits.c.member.in_(members)))


def _add(connection: Connection, rows: Sequence[Row]) -> None:
    """Count these, all of one member, with what is there."""
    if not rows:
        return
    mine = visits.c.member == rows[0]["member"]
    there: dict[str, Any] = {row.gateway: row for row in connection.execute(select(visits).where(mine))}
    upsert(connection, visits, [_sum(row, there.get(row["gateway"])) for row in rows], ["member", "gateway"])


def _sum(row: Row, before: Any) -> Row:
    if before is None:
        return dict(row)
    return {**row, "times": before.times + row["times"], "at_ms": max(before.at_ms, row["at_ms"])}
