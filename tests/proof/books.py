"""A gateway's desk on real files, and how to look into them: a proof reads what a restart would read."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from firmware.protocol import answers
from gateway.clock import Clock
from gateway.core.event import open_event
from gateway.core.model import Bundle, Outcome
from gateway.counters import Counters
from gateway.desk import Desk, Store
from gateway.live import Live
from gateway.ports import Inbound, Outbound, Told
from gateway.registry import Registry
from gateway.storage import layout
from gateway.storage.cache import Cache
from gateway.storage.head import Head
from gateway.storage.ledger import Ledger
from gateway.storage.opening import open_ledger
from gateway.storage.verify import verify_chain
from gateway.storage.wake import Wake

GATEWAY = "river-1"
SCREEN = answers.encode_screen((3000, 0x00A040, 1, ((0, 0, 8, 8, b"\x81\x42\x24\x18\x18\x24\x42\x81"),)))
NOTHING = answers.encode_screen((0, 0, 0, ()))


class Painter:
    """Draws one picture for everything that may be shown: letters are not what is proved here."""

    def encoded(
        self,
        bundle: Bundle,
        outcome: Outcome,
        name: str | None,
        language: str | None,
        role: str = "counter",
        told: Told | None = None,
    ) -> bytes:
        return NOTHING if outcome.late else SCREEN


class House(NamedTuple):
    """A desk with what it writes to."""

    desk: Desk
    ledger: Ledger
    head: Head
    counters: Counters
    close: Callable[[], None]


def open_house(folder: Path, run: bytes = b"\x00" * 8, steady_ms: Callable[[], int] = lambda: 0) -> House:
    """A gateway's middle in this folder, opened as the program opens it: files synced, tail checked."""
    data, run_dir = folder / "data", folder / "run"
    run_dir.mkdir(parents=True, exist_ok=True)
    counters = Counters()
    live = Live(GATEWAY, counters)
    ledger = open_ledger(layout.ledger_path(str(data)), GATEWAY)
    cache = Cache(layout.cache_folder(str(data)))
    head = Head(run_dir / layout.HEAD_FILE)
    wake = Wake(run_dir / layout.GATEWAY_SOCKET, run_dir / layout.BRIDGE_SOCKET, counters)
    clock = Clock(lambda: time.time_ns() // 1_000_000, "Asia/Shanghai")
    registry = Registry(ledger.devices(), live, counters)
    desk = Desk(Store(ledger, cache, head, wake), clock, Painter(), live, registry, run, steady_ms)
    if cache_pointed(data):
        desk.look()

    def close() -> None:
        cache.detach("absent")
        ledger.close()
        head.close()
        wake.close()

    return House(desk, ledger, head, counters, close)


def cache_pointed(data: Path) -> bool:
    return (layout.cache_folder(str(data)) / layout.POINTER_FILE).exists()


class Booked(NamedTuple):
    """One event of a ledger file.

    `record` is (device, boot, nonce in hex, number) or None; `witness` the epoch that somebody has seen
    beyond the ledger, or None.
    """

    seq: int
    hash: str
    type: str
    record: tuple[str, int, str, int] | None
    uptime_ms: int | None
    outcome: str
    witness: int | None


def read_events(ledger: Path) -> list[Booked]:
    """Every event in the file, by a connection of its own that can only read."""
    db = sqlite3.connect(layout.read_only_uri(ledger), uri=True)
    try:
        rows = db.execute("SELECT seq, hash, body FROM events ORDER BY seq").fetchall()
    finally:
        db.close()
    return [booked(*row) for row in rows]


def booked(seq: int, event_hash: bytes, body: bytes) -> Booked:
    event = open_event(body)
    mark = event.record
    record = None if mark is None else (event.device, mark.boot, mark.nonce, mark.number)
    uptime_ms = mark.uptime_ms if mark else None
    witness = event.witness.epoch if event.witness else None
    return Booked(seq, event_hash.hex(), event.type, record, uptime_ms, event.outcome.name, witness)


def chain_fault(ledger: Path) -> str | None:
    """What breaks the chain of the file; None where it holds from the first event to the last."""
    db = sqlite3.connect(layout.read_only_uri(ledger), uri=True)
    try:
        verdict = verify_chain(db)
    finally:
        db.close()
    return None if verdict.bad_seq is None else f"event {verdict.bad_seq}: {verdict.reason}"


def serve(house: House, *messages: tuple[str, bytes]) -> Sequence[Outbound]:
    """One batch."""
    return house.desk.serve([Inbound(topic, payload) for topic, payload in messages])
