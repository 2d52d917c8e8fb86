"""Members and instruments born or changed in a store, from its events; names come apart, in rows that go.

The event has a member's opaque id, the commitment to the personal row and the keyed hash of the card, and
no name. Of two stores' words on one card the later counts, whoever is heard first; a card that is another
member's stays so, and a person is told.
"""

import json
from hashlib import sha256
from typing import Any, Final, NamedTuple

from msgspec import UNSET
from sqlalchemy import Connection, select

from cloud_bridge.asks import PersonUp
from cloud_bridge.hq import feed, models
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.database import insert_absent, upsert
from cloud_bridge.hq.facts import read_event
from cloud_bridge.hq.feed import FeedRow
from cloud_bridge.hq.granting import store_of
from cloud_bridge.hq.troubles import CARD_TAKEN, NOT_BOOKED
from cloud_bridge.wire import InstrumentRow, MemberRow, PersonRow, WireError, WireShape, encode, read
from gateway.core.event import Event, canonical
from gateway.core.promises import Change, Enrol, Link

PROVISIONAL: Final = "provisional"
GONE: Final = ("merged", "erased")
ACTIVE: Final = "active"


class Seen(NamedTuple):
    """An instrument as a store saw it; the evidence key in hex."""

    key: str
    id: str
    kind: str
    member: str
    status: str


def note_people(
    connection: Connection, event: Event, act: Enrol | Link | Change, now_ms: int
) -> list[tuple[str, str]]:
    """What a store said of members and instruments; the doubts it leaves, as kind and subject."""
    if isinstance(act, Enrol):
        return _enrol(connection, event, act, now_ms)
    doubts = [_put_instrument(connection, event, seen, now_ms) for seen in _instruments(event, act)]
    return [doubt for doubt in doubts if doubt]


def _instruments(event: Event, act: Link | Change) -> list[Seen]:
    """The instruments that a link or a change leaves behind."""
    seen, known, evidence = [], event.facts.instrument, event.evidence
    status = act.status if isinstance(act, Change) else "replaced"
    if known is not None and known.key is not UNSET and (isinstance(act, Change) or act.replaces is not None):
        seen.append(Seen(known.key, known.id, known.kind, known.member, status))
    if isinstance(act, Link) and evidence is not None and evidence.key is not None:
        seen.append(Seen(evidence.key, act.instrument, evidence.kind, act.member, ACTIVE))
    return seen


def _enrol(connection: Connection, event: Event, act: Enrol, now_ms: int) -> list[tuple[str, str]]:
    home = store_of(event.gateway)
    said = {"id": act.member, "status": PROVISIONAL, "tier": "", "qualifying": 0, "language": act.language}
    shown = _fit({**said, "home": home}, MemberRow)
    if shown is None:
        return [(NOT_BOOKED, act.member[:64])]
    row = {**said, "member_no": act.member, "home_store": home}
    if insert_absent(connection, models.members, row, []):
        feed.append(connection, [FeedRow("members", act.member, "put", shown)], now_ms)
    return []


def _put_instrument(connection: Connection, event: Event, seen: Seen, now_ms: int) -> tuple[str, str] | None:
    shown = _fit(seen._asdict(), InstrumentRow)
    if shown is None:
        return NOT_BOOKED, seen.id[:64]
    table, key = models.instruments, bytes.fromhex(seen.key)
    there = connection.execute(select(table).where(table.c.key == key)).one_or_none()
    if there is not None and there.id != seen.id:
        return CARD_TAKEN, seen.id[:64]
    if _is_later(connection, event, key):
        upsert(connection, table, [{**seen._asdict(), "key": key}], ["key"])
        feed.append(connection, [FeedRow("instruments", seen.key, "put", shown)], now_ms)
    return None


def _is_later(connection: Connection, event: Event, key: bytes) -> bool:
    """Whether this event is the last word on an instrument so far; then it is remembered as that."""
    table, mark = tables.links, f"{event.gateway}:{event.seq:019d}"
    query = select(table.c.at_ms, table.c.mark).where(table.c.key == key)
    before = connection.execute(query).one_or_none()
    if before is not None and (before.at_ms, before.mark) >= (event.at, mark):
        return False
    upsert(connection, table, [{"key": key, "at_ms": event.at, "mark": mark}], ["key"])
    return True


def _fit(said: dict[str, Any], shape: type[WireShape]) -> str | None:
    """The row as it travels; None where no wire can carry it."""
    payload = json.dumps(said, ensure_ascii=False).encode()
    try:
        return encode(read(payload, shape)).decode()
    except WireError:
        return None


class Taken(NamedTuple):
    """How far personal rows were taken, and those that do not give their commitment."""

    seq: int
    differ: list[PersonUp]


def take_people(connection: Connection, gateway: str, rows: list[PersonUp], seq: int, now_ms: int) -> Taken:
    """Keep the names of members enrolled by events that are here; `seq` is how far they were had before."""
    differ = []
    for row in sorted(rows, key=lambda row: row.seq):
        if row.seq <= seq:
            continue
        commitment = _commitment(connection, gateway, row)
        if commitment is None:
            break  # its event is not here yet: it comes again
        seq = row.seq
        if commitment == commit(row.name, row.salt):
            _keep(connection, row, now_ms)
        else:
            differ.append(row)
    return Taken(seq, differ)


def commit(name: str, salt: str) -> str:
    """What an event holds instead of a name."""
    return sha256(bytes.fromhex(salt) + canonical({"name": name})).hexdigest()


def _commitment(connection: Connection, gateway: str, row: PersonUp) -> str | None:
    """The commitment of the event at the row's seq; None while no event of any branch is there."""
    table = models.events
    query = select(table.c.body).where(table.c.gateway == gateway, table.c.seq == row.seq)
    found = connection.scalars(query).all()
    if not found:
        return None
    acts = [event.act for body in found if (event := read_event(body))]
    return next((act.commitment for act in acts if isinstance(act, Enrol) and act.member == row.member), "")


def _keep(connection: Connection, row: PersonUp, now_ms: int) -> None:
    table: Any = models.members
    status = connection.scalar(select(table.c.status).where(table.c.id == row.member))
    if status in (None, *GONE):  # a merged member goes by the survivor's name
        return
    person = {"member": row.member, "name": row.name, "phone": "", "birthday": ""}
    if insert_absent(connection, models.people, person, ["member"]):
        shown = encode(PersonRow(row.member, row.name)).decode()
        feed.append(connection, [FeedRow("people", row.member, "put", shown)], now_ms)
