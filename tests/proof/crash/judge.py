"""Opens a crash image as the next start of the gateway would, and says what is wrong with it.

Nothing is wrong where it opens, holds every answered transaction and the one under way whole or not at all,
its chain, its projections and its indices agree, and whoever sends again gets the answer he got or would have
got, without anything being booked twice.
"""

import random
import sqlite3
import struct
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from gateway.errors import GatewayError, LedgerDamaged
from gateway.storage import layout
from gateway.storage.opening import open_ledger
from tests.gateway.rig import House
from tests.proof.crash import agreement
from tests.proof.crash.disk import Image
from tests.proof.crash.recording import Done, Recording
from tests.proof.crash.shop import new_house, start

SHARED_BYTES = 32_768  # SQLite's index of the log: mapped memory, so anything may be found of it
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
EVERYTHING_EVERY = 10  # one in so many judged images is sent every transaction again, not the last two alone


class Moment(NamedTuple):
    """What had happened by some call: steps [0, answered) were over; step `answered` is under way or next."""

    answered: int
    under_way: bool


class Opened(NamedTuple):
    """A judged image: the log's length in it, and whether it held a transaction nobody was told of."""

    seq: int
    ghost: bool
    faults: tuple[str, ...]


class Bench:
    """A folder where one image after the other is opened; remembers what was judged before."""

    def __init__(self, folder: Path, recording: Recording, seed: int) -> None:
        self._recording = recording
        self._chance = random.Random(seed)
        self._closing = ExitStack()
        self._house = new_house(folder, self._closing)
        self._known: dict[bytes, tuple[int, bytes]] = {}
        self._judged: dict[tuple[bytes, Moment], tuple[str, ...]] = {}
        self.distinct = 0
        self.resent = 0

    def judge(self, image: Image, moment: Moment) -> Opened:
        """Judge an image of this moment; the same bytes are opened once, the same books sent to once."""
        try:
            seq, content = self._content(image, moment)
            if (content, moment) not in self._judged:
                self._judged[content, moment] = self._send(image, moment)
        except (GatewayError, sqlite3.Error, OSError) as problem:
            return Opened(0, False, (f"does not open: {problem!r}",))
        wrong = self._judged[content, moment]
        return Opened(seq, not wrong and seq > self._seq_before(moment), wrong)

    def _content(self, image: Image, moment: Moment) -> tuple[int, bytes]:
        """The log's length and a digest of all that is in the ledger, as it opens."""
        identity = digest(image)
        if identity not in self._known:
            self.distinct += 1
            self._lay_out(image, self._seq_before(moment))
            ledger = open_ledger(self._house.ledger_path, self._recording.gateway)
            try:
                pages = ledger._db.execute("PRAGMA integrity_check(1)").fetchone()[0]
                if pages != "ok":
                    raise LedgerDamaged(pages)  # open_ledger does not compare tables with their indices
                self._known[identity] = ledger.seq, books_digest(ledger._db)
            finally:
                ledger.close()
        return self._known[identity]

    def _send(self, image: Image, moment: Moment) -> tuple[str, ...]:
        """What is wrong with the whole gateway that starts on this image."""
        self._lay_out(image, self._seq_before(moment))
        self._house.now_ms = self._now_ms(moment)
        try:
            start(self._house)
            return tuple(self._judge(self._house, moment))
        finally:
            self._closing.close()

    def _lay_out(self, image: Image, announced: int) -> None:
        """The files of an image. What is kept in memory is gone, or (of a killed process) as it was."""
        for path in (*self._house.data.glob(layout.LEDGER_FILE + "*"), *self._house.run.iterdir()):
            path.unlink()
        for name, content in image.items():
            (self._house.data / name).write_bytes(content)
        if self._chance.randrange(2):
            (self._house.run / layout.HEAD_FILE).write_bytes(struct.pack(layout.HEAD_FORMAT, 1, announced))
        if self._chance.randrange(2):
            shared = self._chance.choice((bytes(SHARED_BYTES), self._chance.randbytes(SHARED_BYTES)))
            (self._house.data / (layout.LEDGER_FILE + "-shm")).write_bytes(shared)

    def _judge(self, house: House, moment: Moment) -> list[str]:
        wrong = self._length_faults(house, moment) + agreement.faults(house.ledger_path)
        wrong += agreement.verified(house.ledger_path)
        if wrong:
            return wrong
        for done in self._to_send(moment):
            wrong += self._resend(house, done)
        if self._chance.randrange(EVERYTHING_EVERY) == 0:
            wrong += self._resend_everything(house, moment)
        return wrong + agreement.faults(house.ledger_path)

    def _length_faults(self, house: House, moment: Moment) -> list[str]:
        done = self._recording.done
        before = self._seq_before(moment)
        allowed = {before, done[moment.answered].seq} if moment.under_way else {before}
        if house.ledger.seq not in allowed:
            return [f"the log ends at {house.ledger.seq}, must at one of {sorted(allowed)}"]
        if house.ledger.tip != self._recording.hashes[house.ledger.seq]:
            return [f"event {house.ledger.seq} is another one"]
        return []

    def _now_ms(self, moment: Moment) -> int:
        """When a gateway starts that ended at this moment."""
        done = self._recording.done[: moment.answered + moment.under_way]
        return done[-1].now_ms if done else self._house.now_ms

    def _seq_before(self, moment: Moment) -> int:
        return self._recording.done[moment.answered - 1].seq if moment.answered else 0

    def _to_send(self, moment: Moment) -> list[Done]:
        """The last transaction answered, and the one under way: those whose senders may not have heard."""
        end = moment.answered + moment.under_way
        last = [done for done in self._recording.done[: moment.answered] if done.step.transaction]
        current = [done for done in self._recording.done[moment.answered : end] if done.step.transaction]
        return last[-1:] + current

    def _resend(self, house: House, done: Done) -> list[str]:
        """Send a transaction again, twice: once it is booked, it gets its answer and books nothing more."""
        self.resent += 2
        house.now_ms = done.now_ms
        seq = house.ledger.seq
        booked = seq >= done.seq
        wanted = seq if booked else seq + done.seq - done.seq_before
        first = (done.step.again() if booked else done.step).send(house)
        wrong = [] if house.ledger.seq == wanted else [f"sent again, booked up to {house.ledger.seq}"]
        if done.step.promise(first) != done.step.promise(done.answers) or (booked and first != done.answers):
            wrong.append(f"events {done.seq_before + 1} to {done.seq} have another answer")
        if done.step.again().send(house) != first or house.ledger.seq != wanted:
            wrong.append(f"events {done.seq_before + 1} to {done.seq} have another answer the second time")
        return wrong

    def _resend_everything(self, house: House, moment: Moment) -> list[str]:
        """Every transaction ever answered, once more."""
        seq, wrong = house.ledger.seq, []
        for done in self._recording.done[: moment.answered]:
            if done.step.transaction:
                self.resent += 1
                if done.step.again().send(house) != done.answers:
                    wrong.append(f"events {done.seq_before + 1} to {done.seq} have another answer much later")
        return wrong if house.ledger.seq == seq else [*wrong, f"{house.ledger.seq - seq} were booked again"]


def digest(image: Image) -> bytes:
    """Names and bytes of an image."""
    found = blake2b(digest_size=16)
    for name in sorted(image):
        found.update(f"{name} {len(image[name])} ".encode())
        found.update(image[name])
    return found.digest()


def books_digest(db: sqlite3.Connection) -> bytes:
    """Every row of every table; the pages may lie anywhere."""
    found = blake2b(digest_size=16)
    for (table,) in db.execute(_TABLES).fetchall():
        found.update(repr((table, db.execute(f"SELECT * FROM {table}").fetchall())).encode())
    return found.digest()
