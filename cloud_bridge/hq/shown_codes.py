"""Rotating codes that stores took, for as long as a store may be away: whether one opened something twice.

A store takes a code once, but two that cannot talk may each take it (docs/decisions/0019), and who spends by
a code says in which event it was shown. HQ hears of both sooner or later, in any order: a code of two
events, and an act by a code that was not shown so, or is another act's already, are for a person.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, delete, select, update

from cloud_bridge.chain import Link
from cloud_bridge.hq import granting, troubles
from cloud_bridge.hq.database import Row, insert_absent
from cloud_bridge.hq.facts import is_key, is_member, read_event
from cloud_bridge.hq.people_models import shown_codes
from cloud_bridge.hq.troubles import Where
from gateway.core.event import Event
from gateway.core.evidence import FRESH, CodeShown
from gateway.core.model import DONE, GREETED
from gateway.core.orders.spender import COUNTED, is_counted
from gateway.core.rotating import STEP_MAX

KEPT_MS: Final = 35 * 86_400_000  # a store that was away for longer is asked in person what happened
AT_MS_MAX: Final = 2**63 - 1

# How canonical JSON says it; an event with neither is not opened here.
_FRESH: Final = f'"level":"{FRESH}"'.encode()
_COUNTED: Final = f'"unit":"{COUNTED}'.encode()


def note_codes(connection: Connection, gateway: str, links: Sequence[Link], now_ms: int) -> list[str]:
    """Keep what codes these new events show and use; the kinds of exceptions that are new."""
    raised = []
    for link in links:
        if _FRESH not in link.body and _COUNTED not in link.body:
            continue
        event, where = read_event(link.body), Where(gateway, link.seq, link.hash)
        for kind, about, detail in () if event is None else _doubts(connection, where, event, now_ms):
            if troubles.raise_trouble(connection, where, kind, about, detail, now_ms):
                raised.append(kind)
    return raised


def forget_codes(connection: Connection, members: Sequence[str]) -> None:
    """Of whoever is forgotten nothing is kept."""
    connection.execute(delete(shown_codes).where(shown_codes.c.member.in_(members)))


def drop_old_codes(connection: Connection, now_ms: int) -> None:
    """What came in longer ago than a store is away is looked for no more."""
    connection.execute(delete(shown_codes).where(shown_codes.c.received_ms < now_ms - KEPT_MS))


def _doubts(
    connection: Connection, where: Where, event: Event, now_ms: int
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    row = _row(where, event, now_ms)
    first = None if row is None else _first(connection, row)
    if row is not None and first is not None:
        again = {"gateway": where.gateway, "seq": where.seq}
        detail = {"member": row["member"], "winner": first, "loser": again}
        yield troubles.CODE_TWICE, f"{row['key'].hex()}:{row['step']}", detail
    code = event.facts.code
    spent = event.outcome.name == DONE and is_counted(event.transfers)
    if code and spent and not _is_used_first(connection, where, code):
        about = f"{where.gateway}:{where.seq}:{where.hash.hex()[:16]}"
        yield troubles.CODE_UNPROVED, about, {"member": code.member[:64], "shown": code.seq}


def _row(where: Where, event: Event, now_ms: int) -> Row | None:
    """The code that opened something by this event; None where none did, or none can be kept."""
    shown, member = event.evidence, event.facts.member
    if shown is None or shown.level != FRESH or shown.key is None or not shown.step:
        return None
    sound = is_key(shown.key) and 0 < shown.step <= STEP_MAX and 0 <= event.at <= AT_MS_MAX
    if event.outcome.name != GREETED or member is None or not is_member(member.id) or not sound:
        return None
    return {
        "key": bytes.fromhex(shown.key),
        "step": shown.step,
        "gateway": where.gateway,
        "seq": where.seq,
        "member": member.id,
        "place": event.device[:64],
        "at_ms": event.at,
        "received_ms": now_ms,
        "used_seq": 0,
    }


def _first(connection: Connection, row: Row) -> dict[str, Any] | None:
    """Keep a code; where it was taken before, None if it never was."""
    table = shown_codes.c
    same = (table.key == row["key"]) & (table.step == row["step"])
    found = connection.execute(select(table.gateway, table.seq).where(same).order_by(table.gateway)).first()
    insert_absent(connection, shown_codes, row, ["key", "step", "gateway"])
    return None if found is None else {"gateway": found.gateway, "seq": found.seq}


def _is_used_first(connection: Connection, where: Where, code: CodeShown) -> bool:
    """Whether the code was shown as this act says, and is no other act's; from now on it is this one's."""
    table = shown_codes.c
    mine = (table.gateway == where.gateway) & (table.seq == code.seq) & (table.used_seq == 0)
    query = select(table.key, table.step, table.member).where(
        mine, table.place == code.place, table.at_ms >= code.at
    )
    found = connection.execute(query).first() if 0 < code.seq < where.seq else None
    if found is None or found.member not in granting.ids_of(connection, code.member[:64]):
        return False
    key = (table.key == found.key) & (table.step == found.step)
    connection.execute(update(shown_codes).where(mine, key).values(used_seq=where.seq))
    return True
