"""HQ's promises as plain calls: what gateways ask and what staff order. Each is one transaction; no HTTP
here.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, select

from cloud_bridge.asks import People, PeopleTaken, Reported, Reports, RightsGiven, RightsWanted
from cloud_bridge.hq import (
    asking,
    digests,
    enrolments,
    erasing,
    feed,
    fencing,
    granting,
    issuing,
    left_money,
    merging,
    models,
    troubles,
)
from cloud_bridge.hq.books import Books
from cloud_bridge.hq.database import Database
from cloud_bridge.hq.erasing import Wish
from cloud_bridge.hq.finishing import finish
from cloud_bridge.hq.issuing import Issue, Issued, NoMember
from cloud_bridge.hq.live import Live
from cloud_bridge.hq.lot_feed import lot_row
from cloud_bridge.hq.metrics import Metrics
from cloud_bridge.hq.own_log import Booking, Frame
from cloud_bridge.hq.phone_boxes import Opener
from cloud_bridge.hq.session import Session
from cloud_bridge.hq.troubles import Where
from gateway.core.errors import EventError
from gateway.core.model import MEMBER_FORGOTTEN, Bundle
from gateway.core.promises import HQ, Forget


class MoneyLeft(Exception):
    """Somebody has stored value left: it is paid out before they are forgotten."""


class NoGateway(Exception):
    """HQ knows no gateway of that name."""


class Promises:
    """What may be asked of HQ's books."""

    def __init__(
        self,
        database: Database,
        live: Live,
        metrics: Metrics,
        frame: Callable[[], Frame],
        bundle: Callable[[], Bundle],
        opener: Opener,
    ) -> None:
        self._database = database
        self._live = live
        self._metrics = metrics
        self._frame = frame
        self._bundle = bundle
        self._opener = opener

    def rights(self, gateway: str, wanted: RightsWanted) -> RightsGiven:
        """Give a gateway the right to what is free of what it wants."""
        with self._books(gateway) as session:
            lots = asking.give(session, gateway, wanted)
            rows = [lot_row(session.books, lot) for lot in lots]
            epoch = session.books.epoch(gateway)
            self._tell(gateway, finish(session))
            cursor = feed.head(session.connection)
        return RightsGiven(epoch, cursor, rows)

    def reports(self, gateway: str, reports: Reports, head: int | None) -> Reported:
        """Take a gateway's own numbers, of a log that has reached `head`; one that fell ends their epoch."""
        with self._books(gateway) as session:
            fallen = asking.note_reports(session, gateway, reports)
            tip = _tip(session.connection, gateway)
            # A report may cross events on their way; a log that is shorter than what HQ has is an old image.
            if fallen if head is None else head < tip.seq:
                about = f"{gateway}:{reports.epoch}:{tip.seq}"
                detail: dict[str, object] = {"head": head, "tip": tip.seq}
                detail.update(fallen._asdict() if fallen else {})
                if self._raise(session, tip, troubles.FELL_BACK, about, detail):
                    fencing.raise_epoch(session, gateway, session.books.epoch(gateway) + 1)
            epoch = session.books.epoch(gateway)
            self._tell(gateway, finish(session))
        return Reported(epoch)

    def raise_epoch(self, gateway: str) -> int:
        """End the epoch of a lost gateway's rights; the new one. Raises NoGateway."""
        with self._books(gateway) as session:
            epoch = session.books.epoch(gateway) + 1
            fencing.raise_epoch(session, gateway, epoch)
            loss = fencing.settle_epochs(session, gateway, epoch)
            tip, about = _tip(session.connection, gateway), f"{gateway}:{epoch}"
            self._raise(session, tip, troubles.WRITTEN_OFF, about, {"epoch": epoch, "units": dict(loss)})
            self._tell(gateway, finish(session))
        return epoch

    def digest(self, gateway: str) -> tuple[int, str | None]:
        """The seq that HQ has of a log, and the digest of its mirror there. Raises NoGateway."""
        with self._database.reading() as connection:
            if connection.scalar(select(models.gateways.c.id).where(models.gateways.c.id == gateway)) is None:
                raise NoGateway(gateway)
            seq = _tip(connection, gateway).seq
            try:
                return seq, digests.digest(connection, gateway)
            except EventError:
                return seq, None

    def issue(self, member: str, asked: Issue) -> Issued:
        """Give a member something, once for its key. Raises NoMember, Other."""
        with self._database.writing() as connection:
            session = Session(connection, self._frame())
            lots = issuing.issue(session, member, asked)
            self._tell(HQ, finish(session))
        return Issued(member, lots)

    def merge(self, member: str, into: str) -> None:
        """Make one member of two. Raises NoMember, NotTwo."""
        with self._database.writing() as connection:
            session = Session(connection, self._frame())
            raised = merging.merge(session, member, into, self._bundle())
            self._tell(HQ, raised + finish(session))

    def people(self, gateway: str, people: People) -> PeopleTaken:
        """Keep the names and phone numbers of members enrolled in a store."""
        with self._database.writing() as connection:
            _lock(connection, gateway)
            standing, now_ms = Books(connection).standing(gateway), self._frame().now_ms
            seq, opener = standing.people_seq, self._opener
            taken = enrolments.take_people(connection, gateway, people.rows, seq, opener, now_ms)
            if taken.seq != standing.people_seq:
                Books(connection).stand(standing._replace(people_seq=taken.seq))
            for kind, about, row in taken.differ:
                where, detail = Where(gateway, row.seq, bytes(32)), {"member": row.member}
                if troubles.raise_trouble(connection, where, kind, about, detail, now_ms):
                    taken.raised.append(kind)
        self._tell(gateway, taken.raised)
        return PeopleTaken(taken.seq)

    def forget(self, member: str) -> None:
        """Forget somebody who asked headquarters for it. Raises NoMember, MoneyLeft; repeated it is done."""
        with self._database.writing() as connection:
            session = Session(connection, self._frame())
            present = granting.ids_of(connection, member)[0]
            known = select(models.members.c.id).where(models.members.c.id == present)
            if connection.scalar(known) is None:
                raise NoMember(member)
            if granting.is_erased(connection, present):
                return
            if left_money.money_left(session, present):
                raise MoneyLeft(member)
            sealed, now_ms = (
                session.book(Booking(MEMBER_FORGOTTEN, act=Forget(present))),
                session.frame.now_ms,
            )
            erasing.erase(connection, present, Wish(now_ms, HQ, sealed.seq), now_ms)
            self._tell(HQ, finish(session))

    @contextmanager
    def _books(self, gateway: str) -> Iterator[Session]:
        with self._database.writing() as connection:
            _lock(connection, gateway)
            yield Session(connection, self._frame())

    def _raise(
        self, session: Session, where: Where, kind: str, about: str, detail: dict[str, object]
    ) -> bool:
        """Whether the trouble is a new one."""
        now_ms = session.frame.now_ms
        new = troubles.raise_trouble(session.connection, where, kind, about, detail, now_ms)
        if new:
            self._tell(where.gateway, [kind])
        return new

    def _tell(self, gateway: str, raised: list[str]) -> None:
        for kind in raised:
            self._metrics.exceptions.labels(kind).inc()
            self._live.tell("exception", {"gateway": gateway, "kind": kind})


def _lock(connection: Connection, gateway: str) -> None:
    """Take a gateway's row, before that of HQ's own log. Raises NoGateway."""
    table = models.gateways
    mine = select(table.c.id).where(table.c.id == gateway, table.c.id != HQ)
    if connection.scalar(mine.with_for_update()) is None:
        raise NoGateway(gateway)


def _tip(connection: Connection, gateway: str) -> Where:
    table = models.gateways
    row = connection.execute(select(table.c.tip_seq, table.c.tip_hash).where(table.c.id == gateway)).one()
    return Where(gateway, row.tip_seq, row.tip_hash)
