"""One till of the demo bakery for one day: asks the gateway's own middle for every act, at a given time.

Each act has its own batch (its own moment), all of a day share one transaction of the ledger, so that months
take seconds. Random bytes come from a seed instead of the kernel; all else is what a running gateway does:
the same facts, rules, events and projections.
"""

from datetime import date, datetime
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from firmware.protocol.messages import CLOCK_SET
from gateway.acting import Acting, Request, Standing, Verdict
from gateway.batch import Batch
from gateway.core.draft import Refusal
from gateway.core.event import Event
from gateway.core.model import CORE_VERSION, DONE, Act, RightsFact, Setting
from gateway.core.orders.model import Basket, Quote
from gateway.core.programs.quoting import quote
from gateway.core.promises import MEMBER
from gateway.counters import Counters
from gateway.duties import Duties
from gateway.storage.cache import Snapshot
from gateway.storage.identities import PersonRow, commitment
from gateway.storage.ledger import Transaction
from gateway.storage.lot_book import LotRow

TILL = "till-1"
SALT_BYTES = 16


class SeededBatch(Batch):
    """A batch whose random bytes are a seed's."""

    def __init__(self, random: Random, *more: Any) -> None:
        super().__init__(*more)
        self._random = random

    def draw(self) -> str:
        """Eight bytes in hex."""
        return f"{self._random.getrandbits(64):016x}"


class Shop(NamedTuple):
    """What is the same on every day; `duties` are what the gateway does unasked."""

    gateway: str
    store: str
    zone: ZoneInfo
    random: Random
    counters: Counters
    duties: Duties


class Counter:
    """A till on a day; `page` is the day's transaction, `snapshot` what HQ said."""

    def __init__(self, shop: Shop, day: date, page: Transaction, snapshot: Snapshot) -> None:
        self._shop, self._day = shop, day
        self._page, self._snapshot = page, snapshot
        midnight = datetime(day.year, day.month, day.day, tzinfo=shop.zone)
        self._midnight_ms = int(midnight.timestamp()) * 1_000
        self._at_ms = 0

    def at(self, minute: int) -> int:
        """Unix milliseconds of a minute of the day; never before what was booked last."""
        self._at_ms = max(
            self._at_ms, self._midnight_ms + minute * 60_000 + self._shop.random.randrange(40_000)
        )
        return self._at_ms

    def do_duties(self, minute: int) -> None:
        """What falls due by itself, until nothing is left: lots whose last day is over."""
        seq = -1
        while seq != self._page.seq:
            seq = self._page.seq
            batch = self._batch(minute)
            self._shop.duties.do(batch, self._acting(batch))

    def ask(self, minute: int, type_: str, act: Act, actor: str, **more: Any) -> Event | None:
        """The event of an act that was done; None where it was refused."""
        verdict = self._acting(self._batch(minute)).ask(Request(None, actor, type_, act, final=True, **more))
        done = isinstance(verdict, Verdict) and verdict.event.outcome.name == DONE
        return verdict.event if done and isinstance(verdict, Verdict) else None

    def quote(self, minute: int, basket: Basket) -> Quote | None:
        """What a basket costs now; None where it cannot be."""
        batch = self._batch(minute)
        acting = self._acting(batch)
        facts = acting.facts.of_quote(basket, acting.rights)
        try:
            return quote(self._snapshot.bundle, facts, batch.setting, basket)
        except Refusal:
            return None

    def holdings(self, member: str) -> list[LotRow]:
        """The member's lots with something left here."""
        return [row for row in self._page.lots(MEMBER + member) if row.part.free > 0]

    def cash_due(self, shift: str) -> int:
        """The cash that should be in the drawer of an open shift."""
        row = self._page.tills.shift(shift)
        assert row is not None  # it was opened here
        cash = [tender for tender in row.sums.tenders if tender.kind == "cash"]
        return row.sums.cash_float + row.sums.moved + sum(one.sold - one.refunded for one in cash)

    def commit_to(self, name: str) -> tuple[str, bytes]:
        """What an event says of a new member's name, and the salt that opens it."""
        salt = self._shop.random.randbytes(SALT_BYTES)
        return commitment(name, salt), salt

    def keep_name(self, member: str, name: str, salt: bytes, seq: int) -> None:
        """The erasable row of a new member."""
        self._page.put_person(PersonRow(member, name, salt, seq))

    def _batch(self, minute: int) -> SeededBatch:
        shop = self._shop
        setting = self._setting(minute)
        return SeededBatch(shop.random, self._page, self._snapshot, setting, shop.gateway, shop.store)

    def _acting(self, batch: Batch) -> Acting:
        # HQ is out of reach all day: whatever happens is the store's own doing.
        rights = RightsFact(self._page.epoch, False, False, self._snapshot.synced_at_ms)
        return Acting(batch, Standing(rights, True), self._shop.counters)

    def _setting(self, minute: int) -> Setting:
        snapshot = self._snapshot
        return Setting(
            self.at(minute),
            snapshot.bundle_hash,
            snapshot.mark,
            CLOCK_SET,
            CORE_VERSION,
            self._day.isoformat(),
            str(self._shop.zone),
        )
