"""What HQ shows to people: gateways, events, members, exceptions, read for the console and the API alike."""

import json
from typing import Any, Final

from sqlalchemy import Connection, func, or_, select

from cloud_bridge.hq import doubles, models
from cloud_bridge.hq.consents import read_consents
from cloud_bridge.hq.database import Row
from cloud_bridge.hq.live import Contact
from cloud_bridge.hq.notes import event_note
from cloud_bridge.hq.own_log import Frame
from cloud_bridge.hq.people_models import forgotten, sealed_phones
from cloud_bridge.hq.phones import mask_phone
from cloud_bridge.hq.qualifying import qualified
from cloud_bridge.hq.visits import read_visits
from gateway.core.evidence import PHONE
from gateway.core.model import Bundle
from gateway.core.names import mask_name
from gateway.core.promises import HQ

GATEWAYS_READ_MAX: Final = 20  # of the newest events, those that spoke last
MEMBERS_FOUND_MAX: Final = 20
QUERY_CHARACTERS_MAX: Final = 32
PHONE_SIGNS: Final = " -()"  # which people write into a number


def gateways(connection: Connection, contacts: dict[str, Contact]) -> list[Row]:
    """Every gateway with position, lag and branches, by id. lag is None until it said its head."""
    table = models.gateways
    rows = connection.execute(select(table).where(table.c.id != HQ).order_by(table.c.id)).all()
    return [_gateway(row, contacts.get(row.id)) for row in rows]


def _gateway(row: Any, contact: Contact | None) -> Row:
    head = contact.head if contact else None
    return {
        "id": row.id,
        "seq": row.tip_seq,
        "hash": row.tip_hash.hex(),
        "branch": row.tip_branch,
        "branches": row.branches,
        "head": head,
        "lag": None if head is None else max(0, head - row.tip_seq),
        "last_contact_ms": contact.at_ms if contact else None,
        "received_ms": row.received_ms or None,
    }


def newest_events(connection: Connection, limit: int) -> list[Row]:
    """The events received last, newest first."""
    gateway = models.gateways
    query = (
        select(gateway.c.id)
        .where(gateway.c.received_ms > 0, gateway.c.id != HQ)
        .order_by(gateway.c.received_ms.desc())
    )
    found = [
        row
        for id_ in connection.scalars(query.limit(GATEWAYS_READ_MAX))
        for row in _newest_of(connection, id_, limit)
    ]
    found.sort(key=lambda row: (row["received_ms"], row["gateway"], row["seq"]), reverse=True)
    return found[:limit]


def _newest_of(connection: Connection, gateway: str, limit: int) -> list[Row]:
    table = models.events
    query = select(table).where(table.c.gateway == gateway).order_by(table.c.seq.desc()).limit(limit)
    return [
        {
            **event_note(gateway, row.seq, row.hash, row.body),
            "branch": row.branch,
            "received_ms": row.received_ms,
        }
        for row in connection.execute(query)
    ]


def count_members(connection: Connection) -> int:
    """How many members HQ has."""
    return connection.scalar(select(func.count()).select_from(models.members)) or 0


def find_members(connection: Connection, query: str, bundle: Bundle, frame: Frame) -> list[Row]:
    """Members whose number begins with the text, or whose opaque id or phone number it is; names are masked.

    Points and tier are those of today, by all that HQ knows.
    """
    table = models.members
    text = query.strip()[:QUERY_CHARACTERS_MAX]
    if not text:
        return []
    match = or_(
        table.c.member_no.startswith(text, autoescape=True),
        table.c.id.in_([text, *_by_phone(connection, text)]),
    )
    rows = connection.execute(select(table).where(match).order_by(table.c.member_no).limit(MEMBERS_FOUND_MAX))
    found = rows.mappings().all()
    return [
        {**_member(connection, row), **qualified(connection, row, bundle, frame)._asdict()} for row in found
    ]


def _by_phone(connection: Connection, text: str) -> list[str]:
    """Members of this phone number, however it is written."""
    number = "".join(sign for sign in text if sign not in PHONE_SIGNS)
    if not number.isascii() or not number.removeprefix("+").isdecimal():
        return []
    table = models.people.c
    query = select(table.member).where(table.phone.in_(doubles.spellings(number)))
    return list(connection.scalars(query.limit(MEMBERS_FOUND_MAX)))


def _member(connection: Connection, row: Any) -> Row:
    table: Any = models.people
    person = connection.execute(select(table).where(table.c.member == row["id"])).one_or_none()
    table = models.instruments
    query = select(table.c.kind, table.c.status).where(table.c.member == row["id"])
    held = [dict(one) for one in connection.execute(query.order_by(table.c.id)).mappings()]
    closed = select(sealed_phones.c.member).where(sealed_phones.c.member == row["id"])
    wish = connection.execute(select(forgotten).where(forgotten.c.member == row["id"])).one_or_none()
    return {
        **row,
        "name": mask_name(person.name if person else None),
        "instruments": held,
        "phone": mask_phone(person.phone) if person else None,
        "phone_is_verified": {"kind": PHONE, "status": "active"} in held,
        "phone_is_sealed": connection.scalar(closed) is not None,
        "consents": read_consents(connection, row["id"]),
        "visits": read_visits(connection, row["id"]),
        "forgotten_ms": wish.at_ms if wish else None,
        "forgotten_at": wish.gateway if wish else None,
    }


def newest_exceptions(connection: Connection, limit: int) -> list[Row]:
    """The exceptions raised last, newest first."""
    table = models.exceptions
    query = select(table).order_by(table.c.raised_ms.desc(), table.c.key).limit(limit)
    return [
        {
            "gateway": row.gateway,
            "seq": row.seq,
            "hash": row.hash.hex(),
            "kind": row.kind,
            "detail": json.loads(row.detail),
            "raised_ms": row.raised_ms,
            "state": row.state,
        }
        for row in connection.execute(query)
    ]
