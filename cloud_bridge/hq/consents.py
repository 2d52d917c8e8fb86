"""What members allow: of all words on one purpose the last one said counts, in whatever order they come.

A word is of a moment, a gateway and a seq, and its event keeps it for ever; here is how things stand. Two
members who became one have one word on each purpose, as the one person they are.
"""

from typing import Any, Final

from sqlalchemy import Connection, delete, select

from cloud_bridge.hq import granting
from cloud_bridge.hq.database import Row, upsert
from cloud_bridge.hq.facts import is_member
from cloud_bridge.hq.people_models import consents
from gateway.core.event import Event
from gateway.core.promises import Consent

PURPOSE_CHARACTERS_MAX: Final = 64  # of its name, and of the name of a version of the words
LANGUAGE_CHARACTERS_MAX: Final = 35
AT_MS_MAX: Final = 2**63 - 1


def note_consent(connection: Connection, event: Event, act: Consent) -> bool:
    """Take a member's word, for whoever they are now; whether it is one that can be kept."""
    if not _is_sound(event, act):
        return False
    if granting.is_erased(connection, act.member):
        return True
    member = granting.ids_of(connection, act.member)[0]
    row = {
        "member": member,
        "purpose": act.purpose,
        "given": int(act.given),
        "text": act.text,
        "language": act.language,
        "at_ms": event.at,
        "mark": f"{event.gateway}:{event.seq:019d}",
    }
    _put(connection, [row])
    return True


def read_consents(connection: Connection, member: str) -> list[Row]:
    """How things stand with a member, by purpose."""
    query = select(consents).where(consents.c.member == member).order_by(consents.c.purpose)
    return [{**row, "given": bool(row["given"])} for row in connection.execute(query).mappings()]


def move_consents(connection: Connection, member: str, into: str) -> None:
    """What a merged member said is a word of the survivor's."""
    said = connection.execute(select(consents).where(consents.c.member == member)).mappings().all()
    _put(connection, [{**row, "member": into} for row in said])
    forget_consents(connection, [member])


def forget_consents(connection: Connection, members: list[str]) -> None:
    """Nobody is asked any more."""
    connection.execute(delete(consents).where(consents.c.member.in_(members)))


def _put(connection: Connection, rows: list[Row]) -> None:
    """Keep those of these words, all of one member, that are later than what is there."""
    if not rows:
        return
    mine = consents.c.member == rows[0]["member"]
    there: dict[str, Any] = {row.purpose: row for row in connection.execute(select(consents).where(mine))}
    later = [row for row in rows if _is_later(row, there.get(row["purpose"]))]
    upsert(connection, consents, later, ["member", "purpose"])


def _is_later(row: Row, before: Any) -> bool:
    return before is None or (row["at_ms"], row["mark"]) > (before.at_ms, before.mark)


def _is_sound(event: Event, act: Consent) -> bool:
    """Whether every column can hold it: an event is a fact, whatever is in it."""
    names = all(0 < len(name) <= PURPOSE_CHARACTERS_MAX for name in (act.purpose, act.text))
    fits = names and len(act.language) <= LANGUAGE_CHARACTERS_MAX and 0 <= event.at <= AT_MS_MAX
    printable = all(text.isprintable() for text in (act.purpose, act.text, act.language))
    return fits and printable and is_member(act.member)
