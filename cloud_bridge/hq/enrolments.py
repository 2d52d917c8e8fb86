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
from cloud_bridge.hq import doubles, feed, models, phones
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.database import insert_absent, upsert
from cloud_bridge.hq.facts import is_member, read_event
from cloud_bridge.hq.feed import FeedRow
from cloud_bridge.hq.granting import ERASED, ids_of, is_erased, store_of
from cloud_bridge.hq.phone_boxes import Opener
from cloud_bridge.hq.troubles import CARD_TAKEN, NOT_BOOKED, PERSON_DIFFERS, PHONE_CLOSED, Where
from cloud_bridge.wire import InstrumentRow, MemberRow, PersonRow, WireError, WireShape, encode, read
from gateway.core.event import Event, canonical
from gateway.core.evidence import PHONE
from gateway.core.promises import Change, Enrol, Link

PROVISIONAL: Final = "provisional"
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
    if not is_member(seen.member):
        return NOT_BOOKED, seen.id[:64]
    if is_erased(connection, seen.member):
        return None  # nobody's card: the store had not heard of it yet
    seen = seen._replace(member=ids_of(connection, seen.member)[0])
    shown = _fit(seen._asdict(), InstrumentRow)
    if shown is None:
        return NOT_BOOKED, seen.id[:64]
    table, key = models.instruments, bytes.fromhex(seen.key)
    there = connection.execute(select(table).where(table.c.key == key)).one_or_none()
    if there is not None and there.id != seen.id:
        # Of a phone the doubles tell: two tills may verify one number of one member, and no card is lost.
        return None if seen.kind == PHONE else (CARD_TAKEN, seen.id[:64])
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


class Differing(NamedTuple):
    """What was wrong with a personal row, and what that is about: told once for it."""

    kind: str
    about: str
    row: PersonUp


class Taken(NamedTuple):
    """How far personal rows were taken, what was wrong with some, and other kinds of exceptions raised."""

    seq: int
    differ: list[Differing]
    raised: list[str]


def take_people(
    connection: Connection, gateway: str, rows: list[PersonUp], seq: int, opener: Opener, now_ms: int
) -> Taken:
    """Keep who the members are that events here enrolled; `seq` is how far they were had before."""
    taken = Taken(seq, [], [])
    for row in sorted(rows, key=lambda row: row.seq):
        if row.seq <= taken.seq:
            continue
        commitment = _commitment(connection, gateway, row)
        if commitment is None:
            break  # its event is not here yet: it comes again
        taken = taken._replace(seq=row.seq)
        if commitment != commit(row.name, row.salt, row.phone_box):
            taken.differ.append(Differing(PERSON_DIFFERS, f"{gateway}:{row.seq}", row))
        else:
            _keep(connection, Where(gateway, row.seq, bytes(32)), row, opener, taken, now_ms)
    return taken


def commit(name: str, salt: str, phone_box: str | None = None) -> str:
    """What an event holds instead of a name and a phone number; both in hex but the name."""
    said = {"name": name} if phone_box is None else {"name": name, "phone": phone_box}
    return sha256(bytes.fromhex(salt) + canonical(said)).hexdigest()


def _commitment(connection: Connection, gateway: str, row: PersonUp) -> str | None:
    """The commitment of the event at the row's seq; None while no event of any branch is there."""
    table = models.events
    query = select(table.c.body).where(table.c.gateway == gateway, table.c.seq == row.seq)
    found = connection.scalars(query).all()
    if not found:
        return None
    acts = [event.act for body in found if (event := read_event(body))]
    return next((act.commitment for act in acts if isinstance(act, Enrol) and act.member == row.member), "")


def _keep(
    connection: Connection, where: Where, row: PersonUp, opener: Opener, taken: Taken, now_ms: int
) -> None:
    """Name and number of whoever is somebody still; a merged member goes by the survivor's name."""
    table: Any = models.members
    member = ids_of(connection, row.member)[0]
    if connection.scalar(select(table.c.status).where(table.c.id == member)) in (None, ERASED):
        return
    if member == row.member:
        _keep_name(connection, row, now_ms)
    if row.phone_box is None or row.phone_key is None:
        return
    key, box = bytes.fromhex(row.phone_key), bytes.fromhex(row.phone_box)
    kind = phones.keep_box(connection, opener, where, member, key, box)
    if kind is not None:
        about = where.gateway if kind == PHONE_CLOSED else f"{where.gateway}:{row.seq}"
        taken.differ.append(Differing(kind, about, row))
    taken.raised.extend(doubles.look(connection, where, member, now_ms))


def _keep_name(connection: Connection, row: PersonUp, now_ms: int) -> None:
    person = {"member": row.member, "name": row.name, "phone": "", "birthday": ""}
    if insert_absent(connection, models.people, person, ["member"]):
        shown = encode(PersonRow(row.member, row.name)).decode()
        feed.append(connection, [FeedRow("people", row.member, "put", shown)], now_ms)
