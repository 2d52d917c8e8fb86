"""What may be imported: each kind of file has its columns, its way from lines to groups, and its writing.

A group is what stands or falls together: the lines of one member, or one line of goods or staff. Each has its
line `numbers`; a RefusedGroup has what is wrong with every one of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import Connection

from cloud_bridge.hq import good_store, import_store, issuing, member_store, staff_store
from cloud_bridge.hq.csv_file import MEMBERS, Line, Shape
from cloud_bridge.hq.finishing import finish
from cloud_bridge.hq.good_lines import GOODS, read_goods
from cloud_bridge.hq.import_store import Report
from cloud_bridge.hq.lines import Effect
from cloud_bridge.hq.member_groups import gather
from cloud_bridge.hq.member_lines import Known
from cloud_bridge.hq.member_store import Brand
from cloud_bridge.hq.own_log import Frame
from cloud_bridge.hq.session import Session
from cloud_bridge.hq.staff_lines import STAFF, read_staff
from cloud_bridge.hq.stores import store_ids


class Rules(NamedTuple):
    """What all chunks of one import are made with."""

    brand: Brand
    stores: frozenset[str]
    founding: bool


class Group(Protocol):
    """What stands or falls together."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """Its lines."""


class Kind(NamedTuple):
    """One kind of file: lines into groups, which may be refused, and a chunk of good ones written."""

    shape: Shape
    gather: Callable[[Iterable[Line], Rules], Iterator[Any]]
    write: Callable[[Connection, Sequence[Any], Rules, Frame], Effect]


def _members(lines: Iterable[Line], rules: Rules) -> Iterator[Group]:
    tiers = {tier.code for tier in rules.brand.bundle.tiers}
    return gather(lines, Known(tiers, None if rules.founding else rules.stores))


def _write_members(connection: Connection, groups: Sequence[Any], rules: Rules, frame: Frame) -> Effect:
    # The books are locked before the feed, as everywhere.
    opens = any(group.first.points is not None for group in groups)
    session = Session(connection, frame) if opens else None
    if rules.founding:
        import_store.add_stores(connection, sorted({group.first.home_store for group in groups}))
    written = member_store.apply_groups(connection, groups, rules.brand, frame.now_ms)
    if session is not None:
        issuing.open_balances(session, written.openings)
        finish(session)
    return written.effect


def _goods(lines: Iterable[Line], rules: Rules) -> Iterator[Group]:
    return read_goods(lines)


def _write_goods(connection: Connection, groups: Sequence[Any], rules: Rules, frame: Frame) -> Effect:
    return good_store.put_goods(connection, groups, frame.now_ms)


def _staff(lines: Iterable[Line], rules: Rules) -> Iterator[Group]:
    roles = {role.code for role in rules.brand.bundle.roles or ()}
    return read_staff(lines, roles, rules.stores)


def _write_staff(connection: Connection, groups: Sequence[Any], rules: Rules, frame: Frame) -> Effect:
    return staff_store.put_staff(connection, groups, rules.brand.key, frame.now_ms)


KINDS: Final[Mapping[str, Kind]] = {
    "members": Kind(MEMBERS, _members, _write_members),
    "goods": Kind(GOODS, _goods, _write_goods),
    "staff": Kind(STAFF, _staff, _write_staff),
}


def rules_of(connection: Connection, report: Report, brand: Brand) -> Rules:
    """What an import is made with."""
    return Rules(brand, frozenset(store_ids(connection)), report.founding)
