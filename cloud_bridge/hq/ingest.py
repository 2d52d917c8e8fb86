"""Takes a gateway's events: checked before, stored in one transaction, never changed after.

Events form a tree: each continues the event before it. An honest gateway's tree is one line; a restored
disk makes it fork. An event is stored if its parent is (or it is the first of all); the tip is the event last
stored, so a gateway that goes on from a restored image finds its branch when it asks.

Invariants: (gateway, seq, hash) is stored once, its bytes as they came; every stored event's parent is too; a
branch is opened together with the one exception that tells a person of it.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from cloud_bridge.chain import GENESIS_HASH, ChainError, Link, check_joined, read_link
from cloud_bridge.hq import derive, models
from cloud_bridge.hq.database import insert_absent
from cloud_bridge.hq.derive import Doubt
from cloud_bridge.hq.mirror import Stored, mirror
from cloud_bridge.hq.own_log import Frame
from cloud_bridge.hq.shown_codes import note_codes
from cloud_bridge.hq.troubles import Where, raise_trouble
from cloud_bridge.wire import CloudEvent, Position
from gateway.core.model import Bundle


class Gap(Exception):
    """The first event's parent is not here; `position` is where to look from."""

    def __init__(self, position: Position) -> None:
        super().__init__(f"at {position.seq}")
        self.position = position


class Batch(NamedTuple):
    """Checked events of one gateway, joined, and what HQ doubts of them by seq."""

    gateway: str
    links: list[Link]
    doubts: dict[int, Doubt]


class _Tip(NamedTuple):
    """Where a gateway's events stand, and how many branches there are."""

    seq: int
    hash: bytes
    branches: int


class Taken(NamedTuple):
    """What a batch did; `raised` are the kinds of exceptions that are new."""

    position: Position
    fresh: list[Link]
    known: int
    raised: list[str]


def check_batch(
    gateway: str, events: Sequence[CloudEvent], bundle_of: Callable[[str], Bundle | None]
) -> Batch:
    """The events of one request, each checked alone and against its neighbour. Raises ChainError."""
    links = [_open(gateway, event) for event in events]
    check_joined(links)
    doubts = {link.seq: doubt for link in links if (doubt := derive.judge(link, bundle_of))}
    return Batch(gateway, links, doubts)


def _open(gateway: str, event: CloudEvent) -> Link:
    owner, seq, hash_ = _announced(event)
    if owner != gateway or event.source != f"/gateways/{gateway}":
        raise ChainError(seq, "it is announced for another gateway")
    link = read_link(event.data_base64, hash_, gateway, seq)
    if event.type != f"shopbell.{link.type}.v1":
        raise ChainError(seq, "its type is not the announced one")
    return link


def _announced(event: CloudEvent) -> tuple[str, int, bytes]:
    """Gateway, seq and hash of an id "<gateway>:<seq>:<hash>"; only its one canonical spelling is taken."""
    parts = event.id.split(":")
    try:
        gateway, seq, hash_ = parts[0], int(parts[1]), bytes.fromhex(parts[2])
    except (IndexError, ValueError):
        raise ChainError(0, "its id is not <gateway>:<seq>:<hash>") from None
    if event.id != f"{gateway}:{seq}:{hash_.hex()}":
        raise ChainError(seq, "its id is not <gateway>:<seq>:<hash>")
    return gateway, seq, hash_


def store(connection: Connection, batch: Batch, frame: Frame) -> Taken:
    """Store what is new of a batch, and book it. Raises Gap if its first event has no parent here."""
    now_ms = frame.now_ms
    tip = _lock_gateway(connection, batch.gateway)
    branch_of = _known(connection, batch)
    first = batch.links[0]
    if first.seq > 1 and (first.seq - 1, first.prev) not in branch_of:
        raise Gap(_position(tip))
    if first.seq == 1 and first.prev != GENESIS_HASH:
        raise Gap(_position(tip))
    fresh = [link for link in batch.links if (link.seq, link.hash) not in branch_of]
    if not fresh:
        return Taken(_position(tip), [], len(batch.links), [])
    branch, opened = _branch_for(connection, batch.gateway, fresh[0], branch_of, tip.branches, now_ms)
    _insert(connection, batch.gateway, branch, fresh, now_ms)
    _move_tip(connection, batch.gateway, branch, max(branch, tip.branches), fresh[-1], now_ms)
    doubts = [(link, batch.doubts[link.seq]) for link in fresh if link.seq in batch.doubts]
    if opened is not None:
        doubts.insert(0, (fresh[0], opened))
    raised = [doubt.kind for link, doubt in doubts if _raise(connection, batch.gateway, link, doubt, now_ms)]
    is_new = branch > tip.branches
    raised += mirror(connection, Stored(batch.gateway, branch, is_new, fresh), frame)
    raised += note_codes(connection, batch.gateway, fresh, now_ms)
    position = Position(fresh[-1].seq, fresh[-1].hash.hex())
    return Taken(position, fresh, len(batch.links) - len(fresh), raised)


def _lock_gateway(connection: Connection, gateway: str) -> _Tip:
    """The gateway's tip and number of branches; its row is locked until the transaction ends."""
    table = models.gateways
    query = select(table.c.tip_seq, table.c.tip_hash, table.c.branches).where(table.c.id == gateway)
    return _Tip(*connection.execute(query.with_for_update()).one())


def _position(tip: _Tip) -> Position:
    return Position(tip.seq, tip.hash.hex())


def _known(connection: Connection, batch: Batch) -> dict[tuple[int, bytes], int]:
    """The branch of every stored event with a seq of the batch or of its first one's parent."""
    table = models.events
    query = select(table.c.seq, table.c.hash, table.c.branch).where(
        table.c.gateway == batch.gateway,
        table.c.seq >= batch.links[0].seq - 1,
        table.c.seq <= batch.links[-1].seq,
    )
    return {(row.seq, row.hash): row.branch for row in connection.execute(query)}


def _branch_for(
    connection: Connection,
    gateway: str,
    link: Link,
    branch_of: dict[tuple[int, bytes], int],
    branches: int,
    now_ms: int,
) -> tuple[int, Doubt | None]:
    """The branch that this new event continues, or a new one with the reason for its exception."""
    parent = branch_of.get((link.seq - 1, link.prev), 0)
    table = models.branches
    tip = connection.execute(
        select(table.c.tip_seq, table.c.tip_hash).where(table.c.gateway == gateway, table.c.number == parent)
    ).one_or_none()
    if tip is not None and (tip.tip_seq, tip.tip_hash) == (link.seq - 1, link.prev):
        return parent, None
    number = branches + 1
    row = {
        "gateway": gateway,
        "number": number,
        "parent": parent,
        "from_seq": link.seq,
        "tip_seq": link.seq,
        "tip_hash": link.hash,
        "opened_ms": now_ms,
    }
    connection.execute(insert(table), row)
    if number == 1:
        return number, None
    detail = {"branch": number, "parent": parent, "from_seq": link.seq}
    return number, Doubt(derive.BRANCH, f"{link.seq}:{link.hash.hex()}", detail)


def _insert(connection: Connection, gateway: str, branch: int, fresh: list[Link], now_ms: int) -> None:
    rows = [
        {
            "gateway": gateway,
            "seq": link.seq,
            "hash": link.hash,
            "branch": branch,
            "type": link.type,
            "received_ms": now_ms,
            "body": link.body,
        }
        for link in fresh
    ]
    connection.execute(insert(models.events), rows)


def _move_tip(
    connection: Connection, gateway: str, branch: int, branches: int, link: Link, now_ms: int
) -> None:
    tip = {"tip_seq": link.seq, "tip_hash": link.hash}
    table = models.branches
    connection.execute(
        update(table).where(table.c.gateway == gateway, table.c.number == branch).values(**tip)
    )
    table = models.gateways
    connection.execute(
        update(table)
        .where(table.c.id == gateway)
        .values(**tip, tip_branch=branch, branches=branches, received_ms=now_ms)
    )


def _raise(connection: Connection, gateway: str, link: Link, doubt: Doubt, now_ms: int) -> bool:
    """Record an exception unless it was raised before; whether it is new."""
    where = Where(gateway, link.seq, link.hash)
    return raise_trouble(connection, where, doubt.kind, f"{gateway}:{doubt.about}", doubt.detail, now_ms)


def add_gateway(connection: Connection, gateway: str) -> None:
    """Know a gateway; nothing happens if it is known."""
    row = {
        "id": gateway,
        "tip_seq": 0,
        "tip_hash": GENESIS_HASH,
        "tip_branch": 0,
        "branches": 0,
        "received_ms": 0,
    }
    insert_absent(connection, models.gateways, row, ["id"])


def read_position(connection: Connection, gateway: str) -> Position:
    """The tip of the branch last extended."""
    table = models.gateways
    query = select(table.c.tip_seq, table.c.tip_hash).where(table.c.id == gateway)
    row = connection.execute(query).one()
    return Position(row.tip_seq, row.tip_hash.hex())


def read_hashes(connection: Connection, gateway: str, seq: int, limit: int) -> list[str]:
    """Every hash stored at a seq, at most `limit`; empty where there is none."""
    table = models.events
    query = select(table.c.hash).where(table.c.gateway == gateway, table.c.seq == seq)
    return [hash_.hex() for hash_ in connection.scalars(query.order_by(table.c.hash).limit(limit))]
