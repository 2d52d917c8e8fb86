"""One store's gateway: the real desk on real files, opened as the program opens it, and all that befalls it.

The files lie in a folder of their own; a kill drops every connection where it stands, a power cut takes the
run folder too, an image is a copy of the ledger's files, put back later. The clock is a value with an error.
"""

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from gateway.acting import Refused, Request, Verdict
from gateway.clock import Clock
from gateway.core.orders.model import Basket, Quote
from gateway.counter import Counter as TillCounter
from gateway.counters import Counters
from gateway.desk import Desk, Store
from gateway.errors import LedgerUnsafe
from gateway.live import Live
from gateway.ports import Inbound, Outbound
from gateway.registry import Registry
from gateway.storage import layout
from gateway.storage.bridge_status import NOTHING_SAID, RUNNING
from gateway.storage.cache import Cache
from gateway.storage.head import Head
from gateway.storage.opening import open_ledger
from tests.simulation.wounds import Killed, Wounded

IMAGES_MAX = 3
RUN = b"gateway!"


class Silence(Exception):
    """The gateway died or failed in the middle: nobody got an answer."""


class NoWake:
    """Wakes are hints; the simulation looks by itself."""

    def send(self) -> None:
        """Nothing."""


class Painter:
    """Draws nothing: what a screen shows is not what is proved here."""

    def encoded(self, *_: object) -> bytes:
        """An empty screen."""
        return b"\x84\x00\x00\x00\x80"


class Image(NamedTuple):
    """A copy of the ledger's files, and where it ends."""

    folder: Path
    epoch: int
    seq: int
    tip: str


class Shop:
    """A gateway that may die and come back; `desk` is the one that runs."""

    def __init__(
        self, name: str, zone: str, folder: Path, true_ms: Callable[[], int], faults: Counter[str]
    ) -> None:
        self.name = name
        self.zone = zone
        self.folder = folder
        self._true_ms = true_ms
        self._faults = faults
        self.clock_error_ms = 0
        self.images: list[Image] = []
        self._images_made = 0
        self.online = False
        self.reader: sqlite3.Connection | None = None
        self.open()

    # -- life and death ------------------------------------------------------------------------------------

    def open(self) -> None:
        """Everything that a start builds."""
        data, run = self.folder / "data", self.folder / "run"
        run.mkdir(parents=True, exist_ok=True)
        self.counters = Counters()
        self.live = Live(self.name, self.counters)
        self.ledger = open_ledger(layout.ledger_path(str(data)), self.name)
        self.cache = Cache(layout.cache_folder(str(data)))
        self.head = Head(run / layout.HEAD_FILE)
        self.head_before = self.head.before
        clock = Clock(self.now_ms, self.zone, self.ledger.last_at())
        self.registry = Registry(self.ledger.devices(), self.live, self.counters)
        store = Store(self.ledger, self.cache, self.head, NoWake())  # type: ignore[arg-type]
        self.desk = Desk(
            store, clock, Painter(), self.live, self.registry, RUN, self._true_ms, shop=self.name
        )
        self.desk.look()
        self.desk.begin()
        self.hear_of_bridge(self.online)
        self.reader = sqlite3.connect(layout.read_only_uri(self.ledger_path), uri=True, isolation_level=None)

    def die(self) -> None:
        """The process is gone; the kernel closes what it held."""
        self.cache.close()
        if self.reader is not None:
            self.reader.close()
        self.ledger.close()
        self.head.close()

    def restart(self, power_cut: bool = False) -> None:
        """Die and start again; a power cut forgets what lies in memory."""
        self.die()
        if power_cut:
            shutil.rmtree(self.folder / "run")
        self.open()

    def hear_of_bridge(self, online: bool) -> None:
        """What the bridge's file says of HQ, as the gateway reads it."""
        self.online = online
        trouble = None if online else {"code": "hq_unreachable"}
        self.live.set_bridge({"state": RUNNING, **NOTHING_SAID, "trouble": trouble})

    @property
    def ledger_path(self) -> Path:
        """The ledger's file."""
        return layout.ledger_path(str(self.folder / "data"))

    @property
    def cache_folder(self) -> Path:
        """The folder of cache generations."""
        return layout.cache_folder(str(self.folder / "data"))

    def now_ms(self) -> int:
        """What this store's clock shows, right or wrong."""
        return self._true_ms() + self.clock_error_ms

    def file(self) -> sqlite3.Connection:
        """The ledger as everybody but its owner sees it."""
        assert self.reader is not None
        return self.reader

    def announced(self) -> tuple[int, int]:
        """Epoch and seq that the gateway vouches for."""
        epoch, seq = layout_head(self.head)
        return epoch, seq

    # -- images --------------------------------------------------------------------------------------------

    def take_image(self) -> None:
        """Copy the ledger's files as they lie."""
        self._images_made += 1
        folder = self.folder / f"image-{self._images_made}"
        folder.mkdir()
        self._copy(self.ledger_path.parent, folder)
        self.images.append(Image(folder, self.ledger.epoch, self.ledger.seq, self.ledger.tip))
        if len(self.images) > IMAGES_MAX:
            shutil.rmtree(self.images.pop(0).folder)

    def restore(self, image: Image, power_cut: bool) -> None:
        """Start on an old image of the ledger."""
        self.die()
        data = self.ledger_path.parent
        for suffix in ("", "-wal", "-shm"):
            (data / (layout.LEDGER_FILE + suffix)).unlink(missing_ok=True)
        self._copy(image.folder, data)
        if power_cut:
            shutil.rmtree(self.folder / "run")
        self.open()

    def _copy(self, source: Path, target: Path) -> None:
        for suffix in ("", "-wal"):
            file = source / (layout.LEDGER_FILE + suffix)
            if file.exists():
                shutil.copy(file, target / file.name)

    # -- work ----------------------------------------------------------------------------------------------

    def serve(self, batch: Sequence[Inbound], wound: str | None = None) -> Sequence[Outbound]:
        """A batch of messages; raises Silence where the gateway came to grief over it."""
        with self._alive(wound):
            return self.desk.serve(batch)
        raise Silence

    def act(self, requests: Sequence[Request], wound: str | None = None) -> Sequence[Verdict | Refused]:
        """A batch of acts; raises Silence where the gateway came to grief over it."""
        with self._alive(wound):
            return self.desk.act(requests)
        raise Silence

    def quote(self, basket: Basket) -> Quote | None:
        """What the till is told that a basket costs; None where it cannot be sold."""
        found = TillCounter(self.desk).quote(basket, "till", "pos")
        return None if isinstance(found, Refused) else found.quote

    def tick(self, wound: str | None = None) -> None:
        """What is due without a message."""
        with self._alive(wound):
            self.desk.tick()

    @contextmanager
    def _alive(self, wound: str | None) -> Iterator[None]:
        """Whatever happens inside, a gateway runs afterwards."""
        wounded = self._wound(wound) if wound else None
        try:
            yield
        except (Killed, LedgerUnsafe):
            self.restart()
        finally:
            if wounded is not None:
                self._heal(wounded)
                if wounded.struck:
                    self._faults[wound or ""] += 1

    def _heal(self, wounded: Wounded) -> None:
        """The connection of a gateway that survived its wound is a sound one again."""
        connection: object = self.ledger._db
        if connection is wounded:
            self.ledger._db = wounded.real

    def _wound(self, wound: str) -> Wounded:
        wounded = Wounded(self.ledger._db, wound)
        self.ledger._db = wounded  # type: ignore[assignment]
        return wounded


def layout_head(head: Head) -> tuple[int, int]:
    """What a head says now."""
    data = head._map[:]
    half = layout.HEAD_BYTES // 2
    return int.from_bytes(data[:half], "big"), int.from_bytes(data[half:], "big")


@contextmanager
def drawing_from(draw: Callable[[int], bytes]) -> Iterator[None]:
    """All random bytes of the program come from here."""
    real, os.urandom = os.urandom, draw
    try:
        yield
    finally:
        os.urandom = real
