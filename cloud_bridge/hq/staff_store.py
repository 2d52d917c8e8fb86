"""Writes staff: checked lines become rows of staff and of the feed.

A badge is never taken from another person, nor from a member. Who left keeps the row, so that a page can name
who did what; forget() erases it. What a file does not name stays as it is.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select

from cloud_bridge.hq import feed, models
from cloud_bridge.hq.database import Row, pieces, upsert
from cloud_bridge.hq.feed import FeedRow
from cloud_bridge.hq.lines import Effect, Refusal, RefusedGroup
from cloud_bridge.hq.staff_lines import StaffLine
from cloud_bridge.wire import StaffKey, StaffRow, encode
from gateway.core.evidence import NFC_UID, evidence_key

ACTIVE = "active"


class Person(NamedTuple):
    """A row of staff; `badge` is the evidence key of the card, None without one."""

    id: str
    name: str
    role: str
    badge: bytes | None
    store: str
    status: str


def put_staff(connection: Connection, lines: Sequence[StaffLine], brand_key: bytes, now_ms: int) -> Effect:
    """Bring HQ's rows and the feed to what the lines say."""
    wanted = [(line, _person(line, brand_key)) for line in lines]
    before = _read(connection, [line.staff_no for line in lines])
    holders = _holders(connection, [person.badge for _, person in wanted if person.badge])
    changes, refused = [], []
    for line, person in wanted:
        if person.badge is not None and holders.get(person.badge, person.id) != person.id:
            refused.append(
                RefusedGroup((Refusal(line.line, "badge_uid", "held_by_another", ""),), line.numbers)
            )
            continue
        present = before.get(person.id)
        if present and present.badge:
            holders.pop(present.badge, None)
        if person.badge:
            holders[person.badge] = person.id
        if present != person:
            changes.append(person)
    _write(connection, changes, now_ms)
    created = sum(1 for change in changes if change.id not in before)
    unchanged = len(lines) - len(refused) - len(changes)
    return Effect(created, len(changes) - created, unchanged, tuple(refused))


def _person(line: StaffLine, brand_key: bytes) -> Person:
    """Who left has no badge any more."""
    has_badge = line.badge and line.status == ACTIVE
    badge = evidence_key(brand_key, NFC_UID, line.badge) if has_badge else None
    return Person(line.staff_no, line.name, line.role, badge, line.store, line.status)


def _read(connection: Connection, ids: Sequence[str]) -> dict[str, Person]:
    table = models.staff
    found: dict[str, Person] = {}
    for piece in pieces(ids):
        rows = connection.execute(select(table).where(table.c.id.in_(piece)))
        found.update((row.id, Person(*row)) for row in rows)
    return found


def _holders(connection: Connection, badges: Sequence[bytes]) -> dict[bytes, str]:
    """Who has each of these cards: staff by id, a member by a name that is no member of staff's."""
    staff, cards = models.staff.c, models.instruments.c
    holders: dict[bytes, str] = {}
    for piece in pieces(badges):
        held = connection.execute(select(cards.key, cards.member).where(cards.key.in_(piece)))
        holders.update((row.key, f"member:{row.member}") for row in held)
        worn = connection.execute(select(staff.badge, staff.id).where(staff.badge.in_(piece)))
        holders.update((row.badge, row.id) for row in worn if row.badge is not None)
    return holders


def _write(connection: Connection, changes: Sequence[Person], now_ms: int) -> None:
    for piece in pieces(changes):
        # First without badges: one may go from the second of them to the first.
        upsert(connection, models.staff, [{**one._asdict(), "badge": None} for one in piece], ["id"])
    for piece in pieces(changes):
        rows: list[Row] = [one._asdict() for one in piece]
        upsert(connection, models.staff, rows, ["id"])
    feed.append(connection, [_feed_row(change) for change in changes], now_ms)


def _feed_row(person: Person) -> FeedRow:
    badge = None if person.badge is None else person.badge.hex()
    row: Any = StaffRow(person.id, person.name, person.role, badge, person.status)  # type: ignore[arg-type]
    return FeedRow("staff", person.id, "put", encode(row).decode())


def forget(connection: Connection, id_: str, now_ms: int) -> bool:
    """Erase somebody, here and in every store; events keep the number. False: no such person."""
    table = models.staff
    gone = connection.execute(delete(table).where(table.c.id == id_).returning(table.c.id))
    if gone.first() is None:
        return False
    feed.append(connection, [FeedRow("staff", id_, "del", encode(StaffKey(id_)).decode())], now_ms)
    return True


def everybody(connection: Connection, limit: int) -> list[Person]:
    """At most so many people by number."""
    table = models.staff
    return [Person(*row) for row in connection.execute(select(table).order_by(table.c.id).limit(limit))]
