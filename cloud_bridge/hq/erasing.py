"""Forgetting a person: name, phone, consents, cards and visits go, here and, by the feed, at every gateway.

What the member owned stays in the books under an id that names nobody, and so do the events, which never
held a name. What a store books of them later (it had not heard) is a fact that brings nothing back. Repeated
it changes nothing; whoever was merged into the member, or the member into them, goes along: they are one.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, select

from cloud_bridge.hq import doubles, feed, granting, models, promise_models
from cloud_bridge.hq.consents import forget_consents
from cloud_bridge.hq.database import insert_absent, upsert
from cloud_bridge.hq.facts import is_member
from cloud_bridge.hq.feed import FeedRow
from cloud_bridge.hq.people_models import forgotten, sealed_phones
from cloud_bridge.hq.shown_codes import forget_codes
from cloud_bridge.hq.visits import forget_visits
from cloud_bridge.wire import InstrumentKey, MemberRow, PersonKey, WireShape, encode
from gateway.core.event import Event

AT_MS_MAX: Final = 2**63 - 1


class Wish(NamedTuple):
    """When and where a member asked to be forgotten; gateway "hq" for staff at headquarters."""

    at_ms: int
    gateway: str
    seq: int


def note_forget(connection: Connection, event: Event, member: str, now_ms: int) -> bool:
    """Forget whom a store was asked to forget; whether the event names somebody at all."""
    if not is_member(member) or not 0 <= event.at <= AT_MS_MAX:
        return False
    _know(connection, member, granting.store_of(event.gateway))
    erase(connection, member, Wish(event.at, event.gateway, event.seq), now_ms)
    return True


def _know(connection: Connection, member: str, home: str) -> None:
    """Somebody of whom HQ had not heard is somebody who must not come into being later."""
    told = {"id": member, "status": granting.ERASED, "tier": "", "qualifying": 0, "language": "zh-CN"}
    insert_absent(connection, models.members, {**told, "member_no": member, "home_store": home}, [])


def erase(connection: Connection, member: str, wish: Wish, now_ms: int) -> None:
    """Forget a member that is there, and all who are the same person."""
    every = granting.ids_of(connection, member)
    instruments = models.instruments
    mine = instruments.c.member.in_(every)
    keys = list(connection.scalars(select(instruments.c.key).where(mine).order_by(instruments.c.key)))
    connection.execute(delete(instruments).where(mine))
    for table in (models.people, sealed_phones):
        connection.execute(delete(table).where(table.c.member.in_(every)))
    links = promise_models.links
    connection.execute(delete(links).where(links.c.key.in_(keys)))
    forget_consents(connection, every)
    forget_visits(connection, every)
    forget_codes(connection, every)
    doubles.settle(connection, every)
    if _note_wish(connection, every[0], wish) or keys:
        rows = [*_cards(keys), *_names(every), _member(connection, every[0])]
        feed.append(connection, rows, now_ms)


def _note_wish(connection: Connection, member: str, wish: Wish) -> bool:
    """Remember the first time a member asked, whichever is heard first; whether nobody had heard of it."""
    row = {"member": member, **wish._asdict()}
    before = connection.execute(select(forgotten).where(forgotten.c.member == member)).one_or_none()
    if before is None or wish < Wish(before.at_ms, before.gateway, before.seq):
        upsert(connection, forgotten, [row], ["member"])
    return before is None


def _cards(keys: Sequence[bytes]) -> list[FeedRow]:
    return [FeedRow("instruments", key.hex(), "del", _text(InstrumentKey(key.hex()))) for key in keys]


def _names(members: Sequence[str]) -> list[FeedRow]:
    return [FeedRow("people", one, "del", _text(PersonKey(one))) for one in members]


def _member(connection: Connection, member: str) -> FeedRow:
    """The member as nobody, in HQ's table and as it travels."""
    table = models.members
    mine = table.c.id == member
    connection.execute(table.update().where(mine).values(status=granting.ERASED, tier="", qualifying=0))
    row = connection.execute(select(table).where(mine)).one()
    return FeedRow(
        "members",
        member,
        "put",
        _text(MemberRow(member, granting.ERASED, "", 0, row.language, row.home_store)),
    )


def _text(shape: WireShape) -> str:
    return encode(shape).decode()
