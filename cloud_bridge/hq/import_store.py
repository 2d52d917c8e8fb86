"""The rows of imports and refusals: where an import stands, and every line it refused.

States: receiving -> applying -> done; receiving -> refused (the file as a whole) or failed (the upload
broke off); applying -> failed (the waiting file is gone). One found `applying` at start goes on where it was.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from cloud_bridge.hq import models
from cloud_bridge.hq.database import Row, insert_absent, pieces
from cloud_bridge.hq.lines import Effect, Refusal

MEMBERS: Final = "members"
RECEIVING: Final = "receiving"
APPLYING: Final = "applying"
DONE: Final = "done"
REFUSED: Final = "refused"
FAILED: Final = "failed"
FILE_NAME_CHARACTERS_MAX: Final = 120


class Report(NamedTuple):
    """One import as it stands. times are unix ms, finished_ms 0 until then; fault as FileFault, or None."""

    id: str
    file_name: str
    state: str
    founding: bool
    started_ms: int
    finished_ms: int
    lines: int
    done: int
    last_line: int
    created: int
    changed: int
    unchanged: int
    refused: int
    fault: dict[str, Any] | None
    kind: str


def begin(connection: Connection, id_: str, kind: str, file_name: str, now_ms: int) -> None:
    """Record an upload that has started; only a file of members may found the stores."""
    known = connection.scalar(select(func.count()).select_from(models.stores))
    founding = kind == MEMBERS and known == 0
    names = "".join(character for character in file_name if character.isprintable())
    zeros = dict.fromkeys(
        ("finished_ms", "lines", "done", "last_line", "created", "changed", "unchanged", "refused"), 0
    )
    row: Row = {
        "id": id_,
        "file_name": names[:FILE_NAME_CHARACTERS_MAX],
        "state": RECEIVING,
        "founding": int(founding),
        "started_ms": now_ms,
        "fault": "",
        "kind": kind,
        **zeros,
    }
    connection.execute(insert(models.imports), row)


def set_state(connection: Connection, id_: str, state: str, **values: int) -> None:
    """Move an import on."""
    table = models.imports
    connection.execute(update(table).where(table.c.id == id_).values(state=state, **values))


def set_fault(
    connection: Connection, id_: str, state: str, code: str, line: int, values: dict[str, Any], now_ms: int
) -> None:
    """End an import for a reason: the same three parts as a FileFault."""
    fault = json.dumps({"code": code, "line": line, "values": values}, ensure_ascii=False)
    table = models.imports
    connection.execute(
        update(table).where(table.c.id == id_).values(state=state, fault=fault, finished_ms=now_ms)
    )


def add_progress(
    connection: Connection, id_: str, effect: Effect, refusals: Sequence[Refusal], lines: Sequence[int]
) -> None:
    """What one chunk did, in the transaction that did it. `lines` are the numbers it took, all done now."""
    table = models.imports
    refused = len({refusal.line for refusal in refusals})
    changes = {
        "created": table.c.created + effect.created,
        "changed": table.c.changed + effect.changed,
        "unchanged": table.c.unchanged + effect.unchanged,
        "refused": table.c.refused + refused,
        "done": table.c.done + len(lines),
        "last_line": max(lines),
    }
    connection.execute(update(table).where(table.c.id == id_).values(**changes))
    for piece in pieces([_refusal_row(id_, refusal) for refusal in refusals]):
        connection.execute(insert(models.refusals), piece)


def _refusal_row(id_: str, refusal: Refusal) -> Row:
    return {
        "import_id": id_,
        "line": refusal.line,
        "column_name": refusal.column,
        "code": refusal.code,
        "value": refusal.value,
    }


def add_stores(connection: Connection, ids: Sequence[str]) -> None:
    """Stores named by a founding file; a name of their own is given later."""
    for id_ in ids:
        insert_absent(connection, models.stores, {"id": id_, "name_zh_cn": id_, "name_en": id_}, ["id"])


def read(connection: Connection, id_: str) -> Report | None:
    """One import; None if there is none of that id."""
    table = models.imports
    row = connection.execute(select(table).where(table.c.id == id_)).mappings().one_or_none()
    return None if row is None else _report(dict(row))


def newest(connection: Connection, limit: int) -> list[Report]:
    """The newest imports first."""
    table = models.imports
    query = select(table).order_by(table.c.started_ms.desc(), table.c.id).limit(limit)
    return [_report(dict(row)) for row in connection.execute(query).mappings()]


def unfinished(connection: Connection) -> list[Report]:
    """Imports that were under way, oldest first."""
    table = models.imports
    query = select(table).where(table.c.state.in_((RECEIVING, APPLYING))).order_by(table.c.started_ms)
    return [_report(dict(row)) for row in connection.execute(query).mappings()]


def _report(row: dict[str, Any]) -> Report:
    fault = json.loads(row["fault"]) if row["fault"] else None
    return Report(**{**row, "fault": fault, "founding": bool(row["founding"])})


def read_refusals(connection: Connection, id_: str, after_line: int, limit: int) -> list[Refusal]:
    """Refusals of lines after `after_line`, in order of lines; at most `limit`, but never half a line."""
    table = models.refusals
    query = select(table).where(table.c.import_id == id_, table.c.line > after_line)
    rows = connection.execute(query.order_by(table.c.line, table.c.column_name).limit(limit + 1)).all()
    if len(rows) > limit:
        whole = [row for row in rows if row.line != rows[-1].line]
        rows = whole or rows
    return [Refusal(row.line, row.column_name, row.code, row.value) for row in rows]
