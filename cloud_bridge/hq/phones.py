"""Phone numbers of members enrolled in stores: opened here, kept with the name, shown masked.

A number that a guest typed is not verified; a till verifies it and links it (an instrument of kind phone). A
box that no key of HQ's opens is kept as it came and tried again at the next start, when somebody may have put
the right key there. One whose number is not what the store knows it by is not believed.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, delete, select, update

from cloud_bridge.hq import doubles, models, troubles
from cloud_bridge.hq.database import Database, upsert
from cloud_bridge.hq.people_models import sealed_phones
from cloud_bridge.hq.phone_boxes import Opener
from cloud_bridge.hq.troubles import Where

OPENED_TOGETHER_MAX: Final = 500
DIGITS_SHOWN: Final = 4
MASK: Final = "****"


def mask_phone(number: str) -> str | None:
    """ "+8613800138000" -> "****8000", of whatever country; None where there is none."""
    return MASK + number[-DIGITS_SHOWN:] if len(number) > DIGITS_SHOWN else None


def keep_box(
    connection: Connection, opener: Opener, where: Where, member: str, key: bytes, box: bytes
) -> str | None:
    """Open a member's box and keep what is in it, or the box; the kind of exception it leaves, if any."""
    number = opener.open(box)
    if number is None:
        row = {"member": member, "gateway": where.gateway, "key": key, "box": box}
        upsert(connection, sealed_phones, [row], ["member"])
        return troubles.PHONE_CLOSED
    if doubles.phone_key(connection, number) != key:
        return troubles.PHONE_DIFFERS
    keep_number(connection, member, number)
    return None


def keep_number(connection: Connection, member: str, number: str) -> None:
    """A member's number, unless the shop's own list gave one."""
    people = models.people
    mine = (people.c.member == member) & (people.c.phone == "")
    connection.execute(update(people).where(mine).values(phone=number))


def move_phone(connection: Connection, member: str, into: str, number: str) -> None:
    """A merged member's number is the survivor's, if that has none; and so is one that is still closed."""
    if number:
        keep_number(connection, into, number)
    there = connection.scalar(select(sealed_phones.c.member).where(sealed_phones.c.member == into))
    mine = sealed_phones.c.member == member
    if there is None:
        connection.execute(update(sealed_phones).where(mine).values(member=into))
    else:
        connection.execute(delete(sealed_phones).where(mine))


def open_waiting(database: Database, opener: Opener, now_ms: int) -> int:
    """Open what could not be opened before; how many were."""
    after, opened, closed = "", 0, set()
    while True:
        with database.writing() as connection:
            query = select(sealed_phones).where(sealed_phones.c.member > after)
            rows = connection.execute(query.order_by(sealed_phones.c.member).limit(OPENED_TOGETHER_MAX)).all()
            done, gateways = _open(connection, opener, rows, now_ms)
            if not rows:
                break
        after, opened = rows[-1].member, opened + done
        closed |= gateways
    if opened:
        _settle(database, closed)
    return opened


def _open(connection: Connection, opener: Opener, rows: Sequence[Any], now_ms: int) -> tuple[int, set[str]]:
    """How many of these boxes were opened, and the gateways of those that were not."""
    opened, closed = 0, set()
    for row in rows:
        where = Where(row.gateway, 0, bytes(32))
        kind = keep_box(connection, opener, where, row.member, row.key, row.box)
        if kind == troubles.PHONE_CLOSED:
            closed.add(row.gateway)
            continue
        opened += 1
        connection.execute(delete(sealed_phones).where(sealed_phones.c.member == row.member))
        if kind is not None:
            troubles.raise_trouble(connection, where, kind, f"{row.gateway}:{row.member}", {}, now_ms)
        doubles.look(connection, where, row.member, now_ms)
    return opened, closed


def _settle(database: Database, closed: set[str]) -> None:
    """Of gateways whose every box is open now nobody needs to be told."""
    with database.writing() as connection:
        table = models.gateways.c.id
        over = [gateway for gateway in connection.scalars(select(table)) if gateway not in closed]
        troubles.resolve(connection, troubles.PHONE_CLOSED, over)
