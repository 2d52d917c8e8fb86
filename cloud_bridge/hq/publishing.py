"""Publishing programs: a bundle, or one program into the bundle in force, checked, signed, told to stores.

Nothing is written unless all is right. A version is never edited: what was published under an id and a
version is the same for ever; a changed program has a higher version. One that a later bundle lacks has ended.

The file of the settings is where HQ begins: it is published at the first start, and again when it has changed
since; what staff published meanwhile stays in force otherwise.
"""

import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, insert, select

from cloud_bridge.hq import bundle as bundles
from cloud_bridge.hq import limits, models
from cloud_bridge.hq.bundle import Bundles
from cloud_bridge.hq.database import Database, Row, pieces, upsert
from cloud_bridge.hq.finishing import finish
from cloud_bridge.hq.own_log import Frame
from cloud_bridge.hq.session import Session
from cloud_bridge.hq.signing import Signer
from cloud_bridge.wire import CHANGE_BYTES_MAX, BundleRow, encode
from gateway.core.event import NO_BUNDLE, bundle_hash, canonical, open_bundle
from gateway.core.model import Bundle
from gateway.core.programs.caps import USE
from gateway.core.programs.check import problems
from gateway.core.programs.faults import Problem
from gateway.core.programs.model import Program
from gateway.core.promises import RISK

EDITED: Final = "version_edited"
LOWERED: Final = "limit_lowered"
RESERVED: Final = "reserved_id"  # its uses would be counted with what is given at risk
OURS: Final = (EDITED, LOWERED, RESERVED)  # reasons that the core does not know
ROW_BYTES_MAX: Final = CHANGE_BYTES_MAX - 100  # the change around it
FILE_MARK: Final = "bundle_file"  # in secrets: the name of the bundle that the settings' file held last


class Refused(Exception):
    """What is wrong; nothing was published."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__(f"{len(found)} problems")
        self.problems = found


class Publication(NamedTuple):
    """The bundle in force now, and the programs that are new in it, by id and version."""

    hash: str
    new: list[tuple[str, int]]


class Publisher:
    """The one way by which a bundle comes into force."""

    def __init__(
        self, database: Database, known: Bundles, signer: Signer, frame: Callable[[], Frame]
    ) -> None:
        self._database = database
        self._known = known
        self._signer = signer
        self._frame = frame

    def begin(self, body: bytes) -> None:
        """Publish the settings' file, if it is not the one of the last start. Raises Refused."""
        mark = bundle_hash(body).encode()
        table = models.secrets
        with self._database.reading() as connection:
            last = connection.scalar(select(table.c.value).where(table.c.name == FILE_MARK))
            newest = bundles.newest_of(connection)
        if last == mark and newest is not None:
            body = newest.body  # the same again: the key may be another one
        self.publish(body)
        with self._database.writing() as connection:
            upsert(connection, table, [{"name": FILE_MARK, "value": mark}], ["name"])

    def publish(self, body: bytes) -> Publication:
        """Put a bundle, or the bundle in force with this program, in force. Raises Refused."""
        with self._database.writing() as connection:
            session = Session(connection, self._frame())  # the lock: one publishes at a time, of all workers
            newest = bundles.newest_of(connection)
            before = NO_BUNDLE if newest is None else open_bundle(newest.body)
            made = _whole(body, before)
            _refuse(_too_large_to_travel(made) or _against_the_past(connection, made))
            new = _remember(connection, made, session.frame.now_ms)
            for program in made.programs or ():
                for limit in limits.limits_of(program):
                    limits.make(session, limit)
            whole = canonical(made)
            hash_ = bundles.put_in_force(connection, whole, self._signer.sign(whole), session.frame.now_ms)
            finish(session)
        self._known.look_again()
        return Publication(hash_, new)


def _whole(body: bytes, before: Bundle) -> Bundle:
    """The bundle that these bytes are, or that they make of the one before."""
    _refuse(problems(body, before))
    if "trigger" not in json.loads(body):
        return open_bundle(body)
    program = msgspec.json.decode(body, type=Program)
    others = [one for one in before.programs or () if one.id != program.id]
    programs = tuple(sorted([*others, program], key=lambda one: one.id))
    made = msgspec.structs.replace(before, programs=programs)
    place = f"/programs/{programs.index(program)}"
    found = problems(canonical(made))
    _refuse([one._replace(pointer=one.pointer.removeprefix(place)) for one in found])
    return made


def _refuse(found: list[Problem]) -> None:
    if found:
        raise Refused(found)


def _too_large_to_travel(made: Bundle) -> list[Problem]:
    """A row of the feed quotes the bundle, so it is longer than the bundle itself."""
    row = encode(BundleRow("0" * 64, canonical(made).decode(), "0" * 128))
    hint = f"{len(row)} bytes, at most {ROW_BYTES_MAX}"
    return [Problem("", "too_large", hint)] if len(row) > ROW_BYTES_MAX else []


def _against_the_past(connection: Connection, made: Bundle) -> list[Problem]:
    """Versions that were published before and say something else now; limits that would shrink."""
    known = versions(connection, [program.id for program in made.programs or ()])
    found = []
    for place, program in enumerate(made.programs or ()):
        if USE + program.id + ":" == RISK:
            found.append(Problem(f"/programs/{place}/id", RESERVED, program.id))
        before = known.get((program.id, program.version))
        if before is not None and before != canonical(program).decode():
            hint = f"{program.id}: {program.version + 1}"
            found.append(Problem(f"/programs/{place}/version", EDITED, hint))
        for limit in limits.limits_of(program):
            there = limits.made(connection, limit.unit)
            if limit.amount < there:
                found.append(Problem(f"/programs/{place}/limits/{limit.field}", LOWERED, f">= {there}"))
    return found


def versions(connection: Connection, ids: list[str]) -> dict[tuple[str, int], str]:
    """Every version of these programs that was ever published: canonical JSON by id and version."""
    table, found = models.programs, dict[tuple[str, int], str]()
    for piece in pieces(ids):
        for row in connection.execute(select(table).where(table.c.id.in_(piece))):
            found[row.id, row.version] = row.body
    return found


def _remember(connection: Connection, made: Bundle, now_ms: int) -> list[tuple[str, int]]:
    programs = list(made.programs or ())
    known = versions(connection, [program.id for program in programs])
    rows: list[Row] = [
        {
            "id": program.id,
            "version": program.version,
            "body": canonical(program).decode(),
            "published_ms": now_ms,
        }
        for program in programs
        if (program.id, program.version) not in known
    ]
    for piece in pieces(rows):
        connection.execute(insert(models.programs), list(piece))
    return [(row["id"], row["version"]) for row in rows]


def change_program(in_force: Bundle, id_: str, **fields: Any) -> bytes | None:
    """The next version of a program in force, with other fields, or the same if it has them already.

    None where there is no such program.
    """
    for program in in_force.programs or ():
        if program.id == id_:
            changed = msgspec.structs.replace(program, **fields)
            version = program.version + (changed != program)
            return canonical(msgspec.structs.replace(changed, version=version))
    return None
