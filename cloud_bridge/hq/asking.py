"""What a gateway asks of the rights: to get some, and to report its own numbers.

Every asking has a key and is answered once: repeated, it changes nothing and tells what is true now. A
gateway whose epoch is not the present one gets nothing but the epoch: it has to fence itself first.
"""

import json
from typing import NamedTuple

from sqlalchemy import select

from cloud_bridge.asks import GIVEN_ROWS_MAX, ReportPart, Reports, RightsWanted, Want
from cloud_bridge.hq import granting
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.database import insert_absent
from cloud_bridge.hq.granting import Grant
from cloud_bridge.hq.lease import LeaseKey, rest
from cloud_bridge.hq.session import Session
from cloud_bridge.hq.settling import is_shared, settle


def give(session: Session, gateway: str, wanted: RightsWanted) -> list[str]:
    """Grant what is free of what is wanted, ask others for the rest; the lots touched for this key."""
    if wanted.epoch != session.books.epoch(gateway):
        return []
    table = tables.requests
    known = select(table.c.result).where(table.c.scope == gateway, table.c.key == wanted.key)
    result = session.connection.scalar(known)
    if result is not None:
        lots: list[str] = json.loads(result)
        session.books.load(lots)
        return lots
    lots, seq = [], 0
    for want in wanted.wants:
        touched, booked = _give_one(session, gateway, want, wanted.key)
        lots += [lot for lot in touched if lot not in lots]
        seq = seq or booked
    lots = lots[:GIVEN_ROWS_MAX]
    row = {"scope": gateway, "key": wanted.key, "seq": seq, "result": json.dumps(lots)}
    insert_absent(session.connection, table, row, ["scope", "key"])
    return lots


def _give_one(session: Session, gateway: str, want: Want, key: str) -> tuple[list[str], int]:
    """Serve one want: touched lots, and the seq of HQ's event (0: nothing was free)."""
    lots = _candidates(session, want)
    at_home = granting.home_gateway(session.connection, want.owner) == gateway
    missing, grants = want.amount, []
    for lot in lots[:GIVEN_ROWS_MAX]:
        free = session.books.pool(lot).free
        amount = free if at_home else min(free, missing)
        if amount > 0:
            grants.append(Grant(lot, gateway, amount))
            missing = max(0, missing - amount)
    seq = granting.grant(session, grants, key)
    touched = [one.lot for one in grants]
    return touched + _wait(session, gateway, lots, missing), seq


def _candidates(session: Session, want: Want) -> list[str]:
    """The owner's lots that may still be used, in their order of use."""
    owners = granting.family(session.connection, want.owner)
    since = granting.usable_since(session.frame)
    all_ = granting.lots_of(session.connection, owners, want.unit, since) if want.lot is None else []
    names = all_ if want.lot is None else [want.lot]
    books = session.books
    books.load(names)
    fit = [
        lot
        for lot in names
        if is_shared(books, lot)
        and books.natures[lot].owner in owners
        and books.natures[lot].unit == want.unit
        and not granting.is_over(books.natures[lot].terms, session.frame)
    ]
    return granting.in_order_of_use(books, fit)


def _wait(session: Session, gateway: str, lots: list[str], missing: int) -> list[str]:
    """Note what the gateway still waits for, lot by lot of what others hold, and have it recalled."""
    books = session.books
    touched: list[str] = []
    for lot in lots:
        others = sum(
            max(0, rest(books.lease(key), books.holder(*key)))
            for key in books.live_holders(lot)
            if key.gateway != gateway
        )
        amount = min(missing, others)
        if amount > 0 and len(touched) < GIVEN_ROWS_MAX:
            missing -= amount
            name = LeaseKey(lot, gateway, books.epoch(gateway))
            lease = books.lease(name)
            books.put_lease(name, lease._replace(wanted=amount, wanted_ms=session.frame.now_ms))
            granting.recall(session, lot)
            touched.append(lot)
    return touched


class Fallen(NamedTuple):
    """A reported number that is below what HQ knows of the same gateway: its log is an old image."""

    lot: str
    known: int
    said: int


def note_reports(session: Session, gateway: str, reports: Reports) -> Fallen | None:
    """Take the maxima of what a gateway reports; a number that fell in its present epoch, if one did."""
    books, fallen = session.books, []
    if reports.epoch < books.settled(gateway):
        return None
    books.load(part.lot for part in reports.parts)
    for part in reports.parts:
        if is_shared(books, part.lot) and books.key(part.lot)[:2] == (part.owner, part.unit):
            fallen += _note_report(session, LeaseKey(part.lot, gateway, reports.epoch), part)
    settle(session, [part.lot for part in reports.parts])
    return fallen[0] if fallen and reports.epoch == books.epoch(gateway) else None


def _note_report(session: Session, name: LeaseKey, part: ReportPart) -> list[Fallen]:
    """Take the maxima of one lot's numbers; those that fell."""
    lease, booked = session.books.lease(name), session.books.holder(*name)
    said = (part.minted, part.returned, part.spent)
    before = (lease.reported_minted, lease.reported_returned, lease.reported_spent)
    known = map(max, before, (booked.minted, booked.returned, booked.spent))
    minted, returned, spent = map(max, before, said)
    more = {"reported_minted": minted, "reported_returned": returned, "reported_spent": spent}
    session.books.put_lease(name, lease._replace(**more))
    return [Fallen(name.lot, high, low) for high, low in zip(known, said, strict=True) if low < high]
