"""HQ's own log, "hq": events sealed by the same core, chained, in the same table as every gateway's.

Appending takes the log's row in `gateways` first, so whatever a transaction reads of the books after that
stays as it is until it commits: one writer of promises at a time, over all workers.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, insert, select, update

from cloud_bridge.hq import models
from cloud_bridge.hq.database import insert_absent
from firmware.protocol.messages import CLOCK_SET
from gateway.core.event import Sealed, seal
from gateway.core.model import (
    CORE_VERSION,
    DONE,
    Act,
    CacheMark,
    Decision,
    Facts,
    Input,
    NewLot,
    Outcome,
    Setting,
)
from gateway.core.promises import HQ, Transfer

BRANCH: Final = 1  # HQ's log never forks: a restored HQ is one whose gateways know more
RANDOM_BYTES: Final = 8
ACTOR: Final = "hq"


class Frame(NamedTuple):
    """When and by which rules HQ books: unix ms, zone of the civil day, bundle in force, a lease's length."""

    now_ms: int
    zone: str
    bundle: str
    lease_ms: int

    @property
    def date(self) -> str:
        """The civil day."""
        return datetime.fromtimestamp(self.now_ms / 1_000, ZoneInfo(self.zone)).date().isoformat()


class Booking(NamedTuple):
    """What one event of HQ shall say."""

    type: str
    transfers: Sequence[Transfer] = ()
    lots: Sequence[NewLot] = ()
    act: Act | UnsetType = UNSET
    key: str | UnsetType = UNSET
    random: str = ""


class OwnLog:
    """HQ's log in one transaction, locked until it ends."""

    def __init__(self, connection: Connection, frame: Frame) -> None:
        self._connection = connection
        self.frame = frame
        table = models.gateways
        tip = select(table.c.tip_seq, table.c.tip_hash).where(table.c.id == HQ).with_for_update()
        self._seq, self._hash = connection.execute(tip).one()

    def random(self) -> str:
        """A name for an event that is to be booked: its lots are called after it."""
        return secrets.token_hex(RANDOM_BYTES)

    def append(self, booking: Booking) -> Sealed:
        """Seal and store one event."""
        sealed = seal(self._decision(booking), HQ, self._seq + 1, self._hash.hex())
        row = {
            "gateway": HQ,
            "seq": sealed.seq,
            "hash": sealed.hash,
            "branch": BRANCH,
            "type": booking.type,
            "received_ms": self.frame.now_ms,
            "body": sealed.body,
        }
        self._connection.execute(insert(models.events), row)
        self._move_tip(sealed)
        return sealed

    def _decision(self, booking: Booking) -> Decision:
        frame = self.frame
        mark = CacheMark(0, None)
        setting = Setting(frame.now_ms, frame.bundle, mark, CLOCK_SET, CORE_VERSION, frame.date, frame.zone)
        random = booking.random or self.random()
        given = Input(setting, "", random, booking.type, act=booking.act, actor=ACTOR, key=booking.key)
        lots = tuple(booking.lots) or UNSET
        return Decision(given, Facts(), Outcome(False, DONE), tuple(booking.transfers), lots)

    def _move_tip(self, sealed: Sealed) -> None:
        self._seq, self._hash = sealed.seq, sealed.hash
        table = models.gateways
        tip = {"tip_seq": sealed.seq, "tip_hash": sealed.hash}
        moved = {**tip, "tip_branch": BRANCH, "branches": BRANCH, "received_ms": self.frame.now_ms}
        self._connection.execute(update(table).where(table.c.id == HQ).values(**moved))
        branch = {"gateway": HQ, "number": BRANCH, "parent": 0, "from_seq": 1, "opened_ms": self.frame.now_ms}
        if not insert_absent(self._connection, models.branches, {**branch, **tip}, ["gateway", "number"]):
            branches = models.branches
            where = (branches.c.gateway == HQ) & (branches.c.number == BRANCH)
            self._connection.execute(update(branches).where(where).values(**tip))
