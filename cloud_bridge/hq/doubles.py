"""Members who may be one person: a phone number that a till has verified for one is another's too.

A number that was only typed proves nothing, so two typed alike say nothing. Nobody is merged by this: a
person looks at both, and merges them or not. Raised once for each two; settled when one of them is merged or
forgotten, or somebody says that they are two.
"""

import re
from typing import Final

from msgspec import UNSET
from sqlalchemy import Connection, select

from cloud_bridge.hq import granting, models, troubles
from cloud_bridge.hq.brand_key import read_brand_key
from cloud_bridge.hq.facts import is_key, is_member
from cloud_bridge.hq.troubles import Where
from gateway.core.event import Event
from gateway.core.evidence import PHONE, evidence_key
from gateway.core.model import INSTRUMENT_TAKEN, REFUSED
from gateway.core.promises import Link

OTHERS_MAX: Final = 5  # of one number: a family's phone has some, a test number of a shop has hundreds
_GONE: Final = ("merged", "erased")
_CHINESE: Final = re.compile(r"\+?(?:86)?(1[0-9]{10})\Z")


def spellings(number: str) -> list[str]:
    """How one number may stand in HQ's books: in E.164 with its +, or as a shop's list had it."""
    digits = number.removeprefix("+")
    found = _CHINESE.match(number)
    if found:
        return ["+86" + found[1], "86" + found[1], found[1]]
    return ["+" + digits, digits]


def phone_key(connection: Connection, number: str) -> bytes:
    """By what a number is known in every store."""
    return evidence_key(read_brand_key(connection), PHONE, number.removeprefix("+").encode())


def note_link(connection: Connection, where: Where, event: Event, link: Link, now_ms: int) -> list[str]:
    """What a till's word on a phone shows, done or refused; kinds of exceptions that are new."""
    evidence, refused = event.evidence, event.outcome.name == REFUSED
    if evidence is None or evidence.kind != PHONE or evidence.key is None or not is_key(evidence.key):
        return []
    if not is_member(link.member):
        return []
    if refused and event.outcome.reason != INSTRUMENT_TAKEN:
        return []
    holder = event.facts.holder if refused else None
    if holder is not None and holder is not UNSET and is_member(holder.member):
        return _tell(connection, where, link.member, holder.member, now_ms)
    table = models.instruments.c
    other = connection.scalar(select(table.member).where(table.key == bytes.fromhex(evidence.key)))
    if other is not None and other not in granting.ids_of(connection, link.member):
        return _tell(connection, where, link.member, other, now_ms)
    return look(connection, where, link.member, now_ms)


def look(connection: Connection, where: Where, member: str, now_ms: int) -> list[str]:
    """Whether others have the number that a till has verified for this member; new kinds of exceptions."""
    family = granting.ids_of(connection, member)
    people, instruments = models.people.c, models.instruments.c
    mine = people.member.in_(family) & (people.phone != "")
    number = connection.scalar(select(people.phone).where(mine).order_by(people.member))
    if number is None:
        return []
    verified = (instruments.key == phone_key(connection, number)) & (instruments.status == "active")
    holder = connection.scalar(select(instruments.member).where(verified, instruments.kind == PHONE))
    if holder not in family:
        return []
    same = people.phone.in_(spellings(number)) & ~people.member.in_(family)
    others = connection.scalars(select(people.member).where(same).order_by(people.member).limit(OTHERS_MAX))
    return [kind for other in others.all() for kind in _tell(connection, where, member, other, now_ms)]


def dismiss(connection: Connection, member: str, other: str) -> bool:
    """A person has looked: these two are two, and are not told of again. Whether they had been told of."""
    table = models.exceptions.c
    about = ":".join(sorted({member, other}))
    told = connection.scalar(select(table.key).where(table.key == f"{troubles.MAYBE_ONE}:{about}"))
    troubles.resolve(connection, troubles.MAYBE_ONE, [about])
    return told is not None


def settle(connection: Connection, members: list[str]) -> None:
    """Whoever was merged or forgotten is nobody's double any more."""
    table = models.exceptions.c
    query = select(table.key).where(table.kind == troubles.MAYBE_ONE, table.state == troubles.RAISED)
    about = [key.removeprefix(troubles.MAYBE_ONE + ":") for key in connection.scalars(query)]
    over = [pair for pair in about if set(pair.split(":")) & set(members)]
    troubles.resolve(connection, troubles.MAYBE_ONE, over)


def _tell(connection: Connection, where: Where, member: str, other: str, now_ms: int) -> list[str]:
    pair = sorted({granting.ids_of(connection, member)[0], granting.ids_of(connection, other)[0]})
    table = models.members.c
    gone = select(table.id).where(table.id.in_(pair), table.status.in_(_GONE))
    if len(pair) < 2 or connection.scalars(gone).first() is not None:
        return []
    detail = {"member": pair[0], "other": pair[1]}
    kind, about = troubles.MAYBE_ONE, ":".join(pair)[:140]
    return [kind] if troubles.raise_trouble(connection, where, kind, about, detail, now_ms) else []
