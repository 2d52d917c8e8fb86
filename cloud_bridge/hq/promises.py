"""HQ's promises as plain calls: what gateways ask and what staff order. Each is one transaction; no HTTP
here.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, select

from cloud_bridge.asks import People, PeopleTaken, Reported, Reports, RightsGiven, RightsWanted
from cloud_bridge.hq import asking, enrolments, feed, fencing, models, troubles
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.database import Database
from cloud_bridge.hq.finishing import finish
from cloud_bridge.hq.live import Live
from cloud_bridge.hq.lot_feed import lot_row
from cloud_bridge.hq.metrics import Metrics
from cloud_bridge.hq.own_log import Frame
from cloud_bridge.hq.session import Session
from cloud_bridge.hq.troubles import Where


class NoGateway(Exception):
    """HQ knows no gateway of that name."""


class Promises:
    """What may be asked of HQ's books."""

    def __init__(self, database: Database, live: Live, metrics: Metrics, frame: Callable[[], Frame]) -> None:
        self._database = database
        self._live = live
        self._metrics = metrics
        self._frame = frame

    def rights(self, gateway: str, wanted: RightsWanted) -> RightsGiven:
        """Give a gateway the right to what is free of what it wants."""
        with self._books(gateway) as session:
            lots = asking.give(session, gateway, wanted)
            rows = [lot_row(session.books, lot) for lot in lots]
            epoch = session.books.epoch(gateway)
            self._tell(gateway, finish(session))
            cursor = feed.head(session.connection)
        return RightsGiven(epoch, cursor, rows)

    def reports(self, gateway: str, reports: Reports) -> Reported:
        """Take a gateway's own numbers; one that fell ends the epoch of its rights."""
        with self._books(gateway) as session:
            fallen = asking.note_reports(session, gateway, reports)
            if fallen:
                detail = fallen._asdict()
                self._end_epoch(session, gateway, fencing.FELL_BACK, detail)
            epoch = session.books.epoch(gateway)
            self._tell(gateway, finish(session))
        return Reported(epoch)

    def raise_epoch(self, gateway: str) -> int:
        """End the epoch of a lost gateway's rights; the new one. Raises NoGateway."""
        with self._books(gateway) as session:
            self._end_epoch(session, gateway, fencing.LOST, {})
            epoch = session.books.epoch(gateway)
            self._tell(gateway, finish(session))
        return epoch

    def people(self, gateway: str, people: People) -> PeopleTaken:
        """Keep the names of members enrolled in a store."""
        with self._database.writing() as connection:
            _lock(connection, gateway)
            table, now_ms = tables.standings, self._frame().now_ms
            had = connection.scalar(select(table.c.people_seq).where(table.c.gateway == gateway)) or 0
            taken = enrolments.take_people(connection, gateway, people.rows, had, now_ms)
            if taken.seq != had:
                fencing.put_standing(connection, gateway, people_seq=taken.seq)
            for row in taken.differ:
                where, about = Where(gateway, row.seq, bytes(32)), f"{gateway}:{row.seq}"
                detail = {"member": row.member}
                troubles.raise_trouble(connection, where, troubles.PERSON_DIFFERS, about, detail, now_ms)
        return PeopleTaken(taken.seq)

    @contextmanager
    def _books(self, gateway: str) -> Iterator[Session]:
        with self._database.writing() as connection:
            _lock(connection, gateway)
            yield Session(connection, self._frame())

    def _end_epoch(self, session: Session, gateway: str, why: str, detail: dict[str, object]) -> None:
        epoch = session.books.epoch(gateway) + 1
        loss = fencing.raise_epoch(session, gateway, epoch)
        if not loss:
            return
        told = {**detail, "epoch": epoch, "why": why, "units": dict(loss)}
        where, about = _tip(session.connection, gateway), f"{gateway}:{epoch}"
        now_ms = session.frame.now_ms
        if troubles.raise_trouble(session.connection, where, troubles.WRITTEN_OFF, about, told, now_ms):
            self._tell(gateway, [troubles.WRITTEN_OFF])

    def _tell(self, gateway: str, raised: list[str]) -> None:
        for kind in raised:
            self._metrics.exceptions.labels(kind).inc()
            self._live.tell("exception", {"gateway": gateway, "kind": kind})


def _lock(connection: Connection, gateway: str) -> None:
    """Take a gateway's row, before that of HQ's own log. Raises NoGateway."""
    table = models.gateways
    if connection.scalar(select(table.c.id).where(table.c.id == gateway).with_for_update()) is None:
        raise NoGateway(gateway)


def _tip(connection: Connection, gateway: str) -> Where:
    table = models.gateways
    row = connection.execute(select(table.c.tip_seq, table.c.tip_hash).where(table.c.id == gateway)).one()
    return Where(gateway, row.tip_seq, row.tip_hash)
