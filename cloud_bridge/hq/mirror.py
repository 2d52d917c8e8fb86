"""Books a gateway's stored events into HQ's projections, in the transaction that stores them.

Facts are never refused: what goes below zero becomes a shortfall and an exception, what cannot be read is
told to a person. A log that forks, one that says it is an old image, or one that began a later epoch than HQ
knows, ends the epoch of its rights here.

Invariant: for a log that never forked, holdings, accounts and holds of it are what gateway/core/state.py
makes of the same events: equal digests at the same seq.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from msgspec import UNSET
from sqlalchemy import Connection, delete, select

from cloud_bridge.chain import Link
from cloud_bridge.hq import consents, doubles, erasing, fencing, models, troubles
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.books import Place, lot_names
from cloud_bridge.hq.database import Row, upsert
from cloud_bridge.hq.enrolments import note_people
from cloud_bridge.hq.facts import moves_nothing, read_event
from cloud_bridge.hq.finishing import finish
from cloud_bridge.hq.joining import counted_anew, join_counts
from cloud_bridge.hq.left_money import tell_left
from cloud_bridge.hq.own_log import Frame
from cloud_bridge.hq.session import Session
from cloud_bridge.hq.settling import is_shared, settle
from cloud_bridge.hq.troubles import Where
from cloud_bridge.hq.visits import note_visit
from gateway.core.book import check
from gateway.core.errors import EventError
from gateway.core.event import Event
from gateway.core.model import DONE, EPOCHS_AHEAD_MAX, LEDGER_BEHIND, RIGHT_FENCED
from gateway.core.promises import RELEASED, Change, Consent, Enrol, Fence, Forget, Here, Hold
from gateway.core.promises import Link as LinkAct
from gateway.core.state import EPOCH_FIRST

FIRST_BRANCH: Final = 1


class Stored(NamedTuple):
    """New events of one gateway, on one branch; `opened`: the branch began with the first of them."""

    gateway: str
    branch: int
    opened: bool
    links: Sequence[Link]

    @property
    def forked(self) -> bool:
        """Whether these events are the first of another line than the one known before."""
        return self.opened and self.branch > FIRST_BRANCH


def mirror(connection: Connection, stored: Stored, frame: Frame) -> list[str]:
    """Book what these events moved; the kinds of exceptions that are new."""
    moving = [link for link in stored.links if not moves_nothing(link)]
    if not moving and not stored.forked:
        return []
    return _Mirroring(connection, stored, frame).run(moving)


class _Mirroring:
    """One batch on its way into the books."""

    def __init__(self, connection: Connection, stored: Stored, frame: Frame) -> None:
        self._connection = connection
        self._stored = stored
        self._now_ms = frame.now_ms
        self._session = Session(connection, frame)
        self._raised: list[str] = []
        self._epoch = self._began = _epoch(connection, stored)
        self._counted: set[tuple[str, str, str]] = set()
        self._forgotten: set[str] = set()
        self._lost = 0  # the newest epoch known to be of a log that was lost; 0 for none

    def run(self, moving: Sequence[Link]) -> list[str]:
        session, gateway = self._session, self._stored.gateway
        events = [(link, read_event(link.body)) for link in moving]
        session.books.load(lot for _, event in events if event for lot in _lots(event))
        for link, event in events:
            if event is None or not self._take(link, event):
                self._doubt(link, troubles.NOT_BOOKED, str(link.seq), {"type": link.type})
        self._check_parts()
        settle(session, session.books.changed_lots())
        self._raised += join_counts(session, self._counted, _last(self._stored))
        self._raised += tell_left(session, self._forgotten, _last(self._stored))
        lost = max(self._lost, self._began if self._stored.forked else 0)
        if lost:  # it may have come to the newest epoch there is, and HQ never heard
            fencing.raise_epoch(session, gateway, max(lost, session.books.epoch(gateway)) + 1)
        if self._epoch > self._began:
            fencing.raise_epoch(session, gateway, self._epoch)
            fencing.settle_epochs(session, gateway, self._epoch)
        row: Row = {"gateway": gateway, "branch": self._stored.branch, "epoch": self._epoch}
        upsert(self._connection, tables.mirrors, [row], ["gateway", "branch"])
        return self._raised + finish(session)

    def _take(self, link: Link, event: Event) -> bool:
        """Book one event; whether it has a form that can be booked."""
        books, place = (
            self._session.books,
            Place(self._stored.gateway, self._stored.branch, link.seq, event.at),
        )
        told = event.lots or ()
        self._counted |= counted_anew(new for new in told if new.lot not in books.natures)
        books.introduce(told)
        try:
            books.post(place, self._epoch, event.transfers)
        except EventError:
            return False
        self._end_holds(event)
        if event.outcome.reason == LEDGER_BEHIND and event.witness is not UNSET:
            seen = min(event.witness.epoch, self._epoch + EPOCHS_AHEAD_MAX)
            self._lost = max(self._lost, self._epoch, seen)
        if event.outcome.name == DONE:
            self._note(link, event)
        if isinstance(event.act, LinkAct):
            where = Where(self._stored.gateway, link.seq, link.hash)
            self._raised += doubles.note_link(self._connection, where, event, event.act, self._now_ms)
        return True

    def _end_holds(self, event: Event) -> None:
        released = {str(transfer.hold) for transfer in event.transfers if transfer.phase == RELEASED}
        if released:
            self._forget_holds(released)

    def _forget_holds(self, ids: set[str] | None = None) -> None:
        table = tables.holds
        mine = table.c.log == self._stored.gateway
        where = mine if ids is None else mine & table.c.id.in_(sorted(ids))
        self._connection.execute(delete(table).where(where))

    def _note(self, link: Link, event: Event) -> None:
        act = event.act
        if isinstance(act, Hold):
            row: Row = {"log": event.gateway, "id": event.random, "seq": event.seq, "until_ms": act.until}
            upsert(self._connection, tables.holds, [row], ["log", "id"])
        elif isinstance(act, Fence):
            self._epoch = max(self._epoch, act.epoch)
            self._forget_holds()
        elif isinstance(act, Enrol | LinkAct | Change):
            for kind, about in note_people(self._connection, event, act, self._now_ms):
                self._doubt(link, kind, about, {"member": act.member})
        elif isinstance(act, Consent | Forget | Here) and not self._note_wish(event, act):
            self._doubt(link, troubles.NOT_BOOKED, act.member[:64], {"member": act.member[:64]})

    def _note_wish(self, event: Event, act: Consent | Forget | Here) -> bool:
        """What a member said about their own data, or where they were; whether it can be read."""
        if isinstance(act, Here):
            return note_visit(self._connection, event, act)
        if isinstance(act, Forget):
            named = erasing.note_forget(self._connection, event, act.member, self._now_ms)
            self._forgotten |= {act.member} if named else set()
            return named
        return consents.note_consent(self._connection, event, act)

    def _check_parts(self) -> None:
        """Tell of parts that no honest log has; of shared lots that went below zero, settling tells."""
        last = self._stored.links[-1]
        for slot, part in self._session.books.touched_parts():
            try:
                check(slot.key, part)
            except EventError:
                if part.left >= 0 or not is_shared(self._session.books, slot.key.lot):
                    about = f"{slot.log}:{slot.key.lot}:{slot.key.owner}"[:120]
                    detail = {"owner": slot.key.owner, "unit": slot.key.unit, "lot": slot.key.lot}
                    self._doubt(last, troubles.OVERDRAWN, about, detail)

    def _doubt(self, link: Link, kind: str, about: str, detail: dict[str, Any]) -> None:
        where = Where(self._stored.gateway, link.seq, link.hash)
        about = about if about.startswith(where.gateway) else f"{where.gateway}:{about}"
        if troubles.raise_trouble(self._connection, where, kind, about, detail, self._now_ms):
            self._raised.append(kind)


def _last(stored: Stored) -> Where:
    """The last of these events."""
    last = stored.links[-1]
    return Where(stored.gateway, last.seq, last.hash)


def _lots(event: Event) -> list[str]:
    told = [new.lot for new in event.lots] if event.lots else []
    return [*told, *lot_names(event.transfers)]


def _epoch(connection: Connection, stored: Stored) -> int:
    """The epoch in which the log stands before these events."""
    if stored.opened:
        return _epoch_at_fork(connection, stored)
    table = tables.mirrors
    mine = (table.c.gateway == stored.gateway) & (table.c.branch == stored.branch)
    return connection.scalar(select(table.c.epoch).where(mine)) or EPOCH_FIRST


def _epoch_at_fork(connection: Connection, stored: Stored) -> int:
    """The epoch of the last right.fenced before the fork, on the way back to the first event."""
    branch, below, table = stored.branch, stored.links[0].seq, models.events
    while branch := _parent(connection, stored.gateway, branch):
        mine = (table.c.gateway == stored.gateway) & (table.c.branch == branch) & (table.c.seq < below)
        fences = select(table.c.body).where(mine, table.c.type == RIGHT_FENCED).order_by(table.c.seq.desc())
        for body in connection.scalars(fences):
            event = read_event(body)
            if event and isinstance(event.act, Fence) and event.outcome.name == DONE:
                return event.act.epoch
    return EPOCH_FIRST


def _parent(connection: Connection, gateway: str, branch: int) -> int:
    table = models.branches
    mine = (table.c.gateway == gateway) & (table.c.number == branch)
    return connection.scalar(select(table.c.parent).where(mine)) or 0
