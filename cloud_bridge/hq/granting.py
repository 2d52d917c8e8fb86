"""Giving rights to lots, and asking them back: G grows only by what leaves HQ's own part of the lot.

sum(G - Q) + n <= R holds because a grant moves n out of that part, which is never below zero. What HQ issues
to a member goes to the home store's gateway at once, coupon or balance, so that it can be used there when the
line is down. Another gateway gets what it asks for; of a balance that is not at home yet the home store's
gateway gets all. A lease that ends stops use and frees nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, or_, select

from cloud_bridge.hq import models
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.books import Books
from cloud_bridge.hq.lease import LeaseKey, rest
from cloud_bridge.hq.own_log import Frame
from cloud_bridge.hq.session import Session
from gateway.core.model import RIGHT_GRANTED
from gateway.core.promises import BONUS, HQ, MEMBER, RIGHT, Terms, Transfer

WANTED_KEPT_MS: Final = (
    24 * 3600 * 1000
)  # who asked yesterday has left the till; the next asking is a new one
ZONES_DAYS: Final = 2  # a day ends up to 26 hours later elsewhere
ERASED: Final = "erased"
LOTS_OF_OWNER_MAX: Final = 1_000  # looked at for one request, those that expire first


class Grant(NamedTuple):
    """So much of a lot for a gateway."""

    lot: str
    gateway: str
    amount: int


def grant(session: Session, grants: Sequence[Grant], key: str | None = None) -> int:
    """Move amounts that are free in HQ's part into gateways' rights; the seq of HQ's event, 0 for none."""
    books, made = session.books, []
    for lot, gateway, amount in grants:
        assert 0 < amount <= books.pool(lot).free, "only what is free is granted"
        owner, unit, _ = books.key(lot)
        name = LeaseKey(lot, gateway, books.epoch(gateway))
        lease = books.lease(name)
        ends_ms = session.frame.now_ms + session.frame.lease_ms
        books.put_lease(name, lease._replace(granted=lease.granted + amount, ends_ms=ends_ms))
        made.append(Transfer(amount, RIGHT + gateway, owner, unit, credit_lot=lot, debit_lot=lot))
    return session.book_all(RIGHT_GRANTED, made, key)


def place(session: Session, homes: Iterable[tuple[str, str | None]]) -> None:
    """Give all of each new lot to a gateway (None: nobody yet), unless it is over already."""
    books = session.books
    grants = [
        Grant(lot, home, books.pool(lot).free)
        for lot, home in homes
        if home is not None and not is_over(books.natures[lot].terms, session.frame)
    ]
    grant(session, grants)


def recall(session: Session, lot: str) -> None:
    """Ask others for exactly what is missing of a lot: shortfalls, and what gateways wait for.

    Those that hold most are asked first, so that few stores are troubled; what is not missing any more is not
    asked for any more.
    """
    books = session.books
    waiting = _waiting(session, lot)
    missing = books.shortfall(lot) + sum(books.lease(key).wanted for _, key in waiting) - books.pool(lot).free
    askers = {key for _, key in waiting}
    holders = [key for key in books.live_holders(lot) if key not in askers]
    for key in sorted(holders, key=lambda key: (-_rest(books, key), key)):
        share = max(0, min(missing, _rest(books, key)))
        missing -= share
        lease = books.lease(key)
        books.put_lease(key, lease._replace(recall=lease.returned + share if share else 0))


def _rest(books: Books, key: LeaseKey) -> int:
    return rest(books.lease(key), books.holder(*key))


def hand_out(session: Session, lots: Iterable[str]) -> None:
    """Serve gateways that wait for a lot of which something is free now, who asked first first."""
    grants = []
    for lot in lots:
        free = session.books.pool(lot).free
        for _, key in sorted(_waiting(session, lot)):
            lease = session.books.lease(key)
            amount = min(free, lease.wanted)
            if amount > 0:
                free -= amount
                session.books.put_lease(key, lease._replace(wanted=lease.wanted - amount))
                grants.append(Grant(lot, key.gateway, amount))
    grant(session, grants)


def _waiting(session: Session, lot: str) -> list[tuple[int, LeaseKey]]:
    since_ms = session.frame.now_ms - WANTED_KEPT_MS
    return [
        (lease.wanted_ms, key)
        for key in session.books.live_holders(lot)
        if (lease := session.books.lease(key)).wanted > 0 and lease.wanted_ms >= since_ms
    ]


def store_of(gateway: str) -> str:
    """The store a gateway stands in: its id is "<store>-<number>"."""
    store, _, number = gateway.rpartition("-")
    return store if store and number.isdecimal() else gateway


def family(connection: Connection, owner: str) -> list[str]:
    """All owners that count as this one: the member that survives, and all that were merged into it."""
    if not owner.startswith(MEMBER):
        return [owner]
    table = tables.aliases
    id_ = owner.removeprefix(MEMBER)
    survivor = connection.scalar(select(table.c.into_member).where(table.c.id == id_)) or id_
    merged = connection.scalars(
        select(table.c.id).where(table.c.into_member == survivor).order_by(table.c.id)
    )
    return [MEMBER + one for one in (survivor, *merged)]


def ids_of(connection: Connection, member: str) -> list[str]:
    """Every id of one person: the present one first, then those that were merged into it."""
    return [owner.removeprefix(MEMBER) for owner in family(connection, MEMBER + member)]


def is_erased(connection: Connection, member: str) -> bool:
    """Whether this is nobody any more."""
    present, table = ids_of(connection, member)[0], models.members.c
    return connection.scalar(select(table.status).where(table.id == present)) == ERASED


def home_gateway(connection: Connection, owner: str) -> str | None:
    """The gateway of a member's home store; None where HQ knows none."""
    table = models.members
    home = connection.scalar(select(table.c.home_store).where(table.c.id == owner.removeprefix(MEMBER)))
    return None if home is None else gateways_by_store(connection).get(home)


def gateways_by_store(connection: Connection) -> dict[str, str]:
    """The gateway that keeps a store's rights, by store: of several the first by id."""
    table = models.gateways.c.id
    later_first = connection.scalars(select(table).where(table != HQ).order_by(table.desc()))
    return {store_of(gateway): gateway for gateway in later_first}


def lots_of(connection: Connection, owners: Sequence[str], unit: str, since: str = "") -> list[str]:
    """Names of the owners' lots of a unit, but for those whose last day is before `since`."""
    table = tables.lots
    query = select(table.c.lot).where(table.c.owner.in_(owners), table.c.unit == unit)
    if since:
        query = query.where(or_(table.c.expires_on.is_(None), table.c.expires_on >= since))
    ordered = query.order_by(table.c.expires_on.is_(None), table.c.expires_on, table.c.lot)
    return list(connection.scalars(ordered.limit(LOTS_OF_OWNER_MAX)))


def usable_since(frame: Frame) -> str:
    """A day before which a lot's last day is over in every zone there is."""
    return (date.fromisoformat(frame.date) - timedelta(days=ZONES_DAYS)).isoformat()


def is_over(terms: Terms, frame: Frame) -> bool:
    """Whether a lot's last day is past, in its own zone."""
    if terms.expires_on is None:
        return False
    try:
        zone = ZoneInfo(terms.zone or frame.zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo(frame.zone)  # a zone of another world: a store's word is kept, not believed
    return datetime.fromtimestamp(frame.now_ms / 1_000, zone).date().isoformat() > terms.expires_on


def in_order_of_use(books: Books, lots: Iterable[str]) -> list[str]:
    """The lots as a gateway would take them: what expires first, then gifts before what was paid for."""

    def order(lot: str) -> tuple[bool, str, bool, int, str]:
        terms = books.natures[lot].terms
        return terms.expires_on is None, terms.expires_on or "", terms.kind != BONUS, terms.vests_at, lot

    return sorted(lots, key=order)
