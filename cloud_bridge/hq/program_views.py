"""Programs as people read them: name and sentence in both languages, where each stands, what is left.

States: "live" (happens now), "waiting" (its first day is to come), "over" (its last day is past), "paused",
and "ended" (published once, and not in the bundle in force).
"""

from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from cloud_bridge.hq import bundle as bundles
from cloud_bridge.hq import granting, limits, models
from cloud_bridge.hq.books import Books
from cloud_bridge.hq.lot_feed import total
from gateway.core.event import NO_BUNDLE, open_bundle
from gateway.core.model import Bundle
from gateway.core.programs.because import figures, fill
from gateway.core.programs.model import Program, Text

LIVE, WAITING, OVER, PAUSED, ENDED = "live", "waiting", "over", "paused", "ended"
STATES: Final = (LIVE, WAITING, PAUSED, OVER, ENDED)
_PROGRAMS: Final = msgspec.json.Decoder(Program)


class LimitView(NamedTuple):
    """A limit of all stores together: what was made of it, and what is left by HQ's knowledge."""

    field: str
    made: int
    left: int


class ProgramView(NamedTuple):
    """One program: its newest version in force, or the last that was."""

    id: str
    version: int
    state: str
    trigger: str
    name: Text
    because: Text
    stores: tuple[str, ...]
    first_day: str | None
    last_day: str | None
    per_member: int | None
    period: str
    limits: tuple[LimitView, ...]


class Standing(NamedTuple):
    """The bundle in force and every program there ever was."""

    hash: str
    published_ms: int
    signed: bool
    programs: tuple[ProgramView, ...]


def standing(connection: Connection, today: str) -> Standing:
    """Programs in force first, by id; then those that have ended. `today` is a civil day of the brand."""
    newest = bundles.newest_of(connection)
    if newest is None:
        return Standing("", 0, False, ())
    bundle = open_bundle(newest.body)
    in_force = {program.id: program for program in bundle.programs or ()}
    ended = [program for program in _last_versions(connection) if program.id not in in_force]
    found = [
        *(_view(connection, program, bundle, _state(program, today)) for program in in_force.values()),
        *(_view(connection, program, bundle, ENDED) for program in ended),
    ]
    found.sort(key=lambda view: (STATES.index(view.state), view.id))
    return Standing(newest.hash, newest.published_ms, bool(newest.signature), tuple(found))


def versions(connection: Connection, id_: str) -> list[dict[str, Any]]:
    """Every version of a program, the newest first; none: there is no such program."""
    table = models.programs
    rows = connection.execute(select(table).where(table.c.id == id_).order_by(table.c.version.desc()))
    return [
        {
            "version": row.version,
            "published_ms": row.published_ms,
            "program": msgspec.json.decode(row.body),
        }
        for row in rows
    ]


def bundle_in_force(connection: Connection) -> Bundle:
    """What counts, straight from the database."""
    newest = bundles.newest_of(connection)
    return NO_BUNDLE if newest is None else open_bundle(newest.body)


def _last_versions(connection: Connection) -> list[Program]:
    table, found = models.programs, dict[str, str]()
    for row in connection.execute(select(table).order_by(table.c.id, table.c.version)):
        found[row.id] = row.body
    return [_PROGRAMS.decode(body) for body in found.values()]


def _state(program: Program, today: str) -> str:
    if program.paused:
        return PAUSED
    if program.last_day is not None and program.last_day < today:
        return OVER
    return WAITING if program.first_day is not None and today < program.first_day else LIVE


def _view(connection: Connection, program: Program, bundle: Bundle, state: str) -> ProgramView:
    named = figures(program, bundle)
    return ProgramView(
        program.id,
        program.version,
        state,
        program.trigger,
        fill(program.name, named),
        fill(program.because, named),
        program.stores,
        program.first_day,
        program.last_day,
        program.limits.per_member,
        program.limits.period,
        tuple(_limits(connection, program)),
    )


def _limits(connection: Connection, program: Program) -> list[LimitView]:
    found = []
    for limit in limits.limits_of(program):
        lots = granting.lots_of(connection, [limit.owner], limit.unit)
        books = Books(connection)
        books.load(lots)
        left = sum(total(books, lot) for lot in lots if lot in books.natures)
        found.append(LimitView(limit.field, limits.made(connection, limit.unit), left))
    return found
