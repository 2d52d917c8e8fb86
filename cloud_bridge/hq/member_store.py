"""Writes members: groups of checked lines become rows of members, people and instruments, and of the feed.

One call is one chunk of one transaction. A member is known by the shop's own number; lines that say what HQ
has already change nothing and reach no gateway. The lines are the whole of a member: a card they no longer
name is forgotten. A card is never taken from another member. An erased member stays erased.
"""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, RowMapping, Table, delete, select

from cloud_bridge.hq import feed, models, promise_models
from cloud_bridge.hq.database import Row, pieces, upsert
from cloud_bridge.hq.feed import FeedRow
from cloud_bridge.hq.issuing import Opening
from cloud_bridge.hq.lines import Effect, RefusedGroup
from cloud_bridge.hq.member_groups import Group, refuse_group
from cloud_bridge.wire import InstrumentKey, InstrumentRow, MemberRow, PersonRow, encode
from gateway.core.evidence import evidence_key
from gateway.core.model import Bundle
from gateway.core.tiers import standing

ACTIVE: Final = "active"
ID_BYTES: Final = 10  # 80 random bits: two of a billion members meet with probability 4e-7


class Written(NamedTuple):
    """What one chunk did, in members; openings are to be booked."""

    effect: Effect
    openings: tuple[Opening, ...]


class Brand(NamedTuple):
    """What rows are made with."""

    key: bytes
    bundle: Bundle


class _Member(NamedTuple):
    """One member's rows as they are, or as they shall be; instruments by key."""

    member: Row
    person: Row
    instruments: dict[bytes, Row]


def apply_groups(connection: Connection, groups: Sequence[Group], brand: Brand, now_ms: int) -> Written:
    """Bring HQ's rows and the feed to what the groups say, each group wholly or not at all."""
    before = _present(connection, [group.first.member_no for group in groups])
    owners = _owners(connection, groups, brand.key)
    linked = _linked(connection, before.values())
    wanted: list[tuple[_Member | None, _Member]] = []
    refused, openings = [], []
    for group in groups:
        present = before.get(group.first.member_no)
        after = _after(group, present, brand, linked)
        problem = _conflict(group, present, after, owners)
        if problem:
            refused.append(problem)
        else:
            _move_ownership(owners, present, after)
            wanted.append((present, after))
            if group.first.points is not None:
                openings.append(Opening(after.member["id"], group.first.points, group.first.home_store))
    changes = [(present, after) for present, after in wanted if present != after]
    _write(connection, changes, now_ms)
    created = sum(1 for present, _ in changes if present is None)
    unchanged = len(wanted) - len(changes)
    effect = Effect(created, len(changes) - created, unchanged, tuple(refused))
    return Written(effect, tuple(openings))


def _present(connection: Connection, numbers: Sequence[str]) -> dict[str, _Member]:
    """The members of these numbers that HQ has, by number."""
    members = [dict(row) for row in _rows(connection, models.members, "member_no", numbers)]
    ids = [row["id"] for row in members]
    people = {row["member"]: dict(row) for row in _rows(connection, models.people, "member", ids)}
    instruments: dict[str, dict[bytes, Row]] = {id_: {} for id_ in ids}
    for row in _rows(connection, models.instruments, "member", ids):
        instruments[row["member"]][row["key"]] = dict(row)
    return {
        row["member_no"]: _Member(row, people.get(row["id"], {}), instruments[row["id"]]) for row in members
    }


def _rows(connection: Connection, table: Table, column: str, values: Sequence[Any]) -> list[RowMapping]:
    found: list[RowMapping] = []
    for piece in pieces(values):
        found.extend(connection.execute(select(table).where(table.c[column].in_(piece))).mappings())
    return found


def _owners(connection: Connection, groups: Sequence[Group], brand_key: bytes) -> dict[bytes, str]:
    """Which member holds each card the groups name; a card nobody holds is absent."""
    keys = [evidence_key(brand_key, token.kind, token.value) for group in groups for token in group.tokens]
    return {row["key"]: row["member"] for row in _rows(connection, models.instruments, "key", keys)}


def _linked(connection: Connection, members: Iterable[_Member]) -> set[bytes]:
    """The cards of these members of which a store had the last word."""
    keys = [key for member in members for key in member.instruments]
    return {row["key"] for row in _rows(connection, promise_models.links, "key", keys)}


def _after(group: Group, present: _Member | None, brand: Brand, linked: set[bytes]) -> _Member:
    """The rows this group wants; ids of what is there already are kept, and what stores said of cards."""
    line = group.first
    id_ = present.member["id"] if present else new_id("m")
    member = {
        "id": id_,
        "member_no": line.member_no,
        "status": line.status,
        "tier": line.tier or standing(brand.bundle, "", line.qualifying).tier,
        "qualifying": line.qualifying,
        "language": line.language,
        "home_store": line.home_store,
    }
    there = present.instruments if present else {}
    instruments = {key: row for key, row in there.items() if key in linked}
    for token in group.tokens:
        key = evidence_key(brand.key, token.kind, token.value)
        old = there.get(key)
        if key in linked and token.status == ACTIVE:
            continue  # a store knows better: a card it called lost does not come back by an old list
        row = {"key": key, "id": old["id"] if old else new_id("i"), "kind": token.kind}
        instruments[key] = {**row, "member": id_, "status": token.status}
    birthday = line.birthday
    if birthday is None:
        birthday = present.person.get("birthday", "") if present else ""
    person = {"member": id_, "name": line.name, "phone": line.phone, "birthday": birthday}
    return _Member(member, person, instruments)


def _conflict(
    group: Group, present: _Member | None, after: _Member, owners: dict[bytes, str]
) -> RefusedGroup | None:
    if present and present.member["status"] in ("erased", "merged"):
        return refuse_group(group, "member_no", "member_" + present.member["status"], group.first.member_no)
    for key, row in after.instruments.items():
        if owners.get(key, after.member["id"]) != after.member["id"]:
            column = "card_uid" if row["kind"] == "nfc.uid" else "qr_code"
            return refuse_group(group, column, "held_by_another", "")
    return None


def _move_ownership(owners: dict[bytes, str], present: _Member | None, after: _Member) -> None:
    for key in present.instruments if present else ():
        owners.pop(key, None)
    owners.update(dict.fromkeys(after.instruments, str(after.member["id"])))


def _write(connection: Connection, changes: Sequence[tuple[_Member | None, _Member]], now_ms: int) -> None:
    gone = [
        key
        for present, after in changes
        if present
        for key in present.instruments.keys() - after.instruments.keys()
    ]
    for piece in pieces(gone):
        connection.execute(delete(models.instruments).where(models.instruments.c.key.in_(piece)))
    after_rows = [after for _, after in changes]
    for table, rows, key in (
        (models.members, [after.member for after in after_rows], "id"),
        (models.people, [after.person for after in after_rows], "member"),
        (models.instruments, [row for after in after_rows for row in after.instruments.values()], "key"),
    ):
        for piece in pieces(rows):
            upsert(connection, table, piece, [key])
    forgotten = [_instrument_gone(key) for key in gone if not _still_named(key, after_rows)]
    feed.append(
        connection, forgotten + [row for change in changes for row in _feed_rows_changed(*change)], now_ms
    )


def _still_named(key: bytes, members: Sequence[_Member]) -> bool:
    """Whether a card one member gave up went to another one of the same chunk."""
    return any(key in member.instruments for member in members)


def _instrument_gone(key: bytes) -> FeedRow:
    return FeedRow("instruments", key.hex(), "del", _text(InstrumentKey(key.hex())))


def _feed_rows_changed(present: _Member | None, after: _Member) -> list[FeedRow]:
    """All of a member's rows if any changed for the gateways; none if only HQ's own columns did."""
    rows = _feed_rows(after)
    return [] if present and present.person and _feed_rows(present) == rows else rows


def _feed_rows(after: _Member) -> list[FeedRow]:
    """A member's rows as gateways get them: the member first, so that no card ever comes before it."""
    member, person = after.member, after.person
    named = PersonRow(member["id"], person["name"], person["birthday"] or None)
    rows = [
        FeedRow("members", member["id"], "put", _text(member_row(member))),
        FeedRow("people", member["id"], "put", _text(named)),
    ]
    for key, instrument in after.instruments.items():
        shape = InstrumentRow(
            key.hex(), instrument["id"], instrument["kind"], member["id"], instrument["status"]
        )
        rows.append(FeedRow("instruments", key.hex(), "put", _text(shape)))
    return rows


def member_row(member: Row) -> MemberRow:
    """A row of members as it travels."""
    shown = (member["id"], member["status"], member["tier"], member["qualifying"], member["language"])
    return MemberRow(*shown, member["home_store"])


def _text(shape: Any) -> str:
    return encode(shape).decode()


def new_id(prefix: str) -> str:
    """A random opaque id: it says nothing of the person and is never given twice."""
    return prefix + secrets.token_hex(ID_BYTES)
