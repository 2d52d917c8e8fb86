"""The gateway process: builds every object, runs them in one loop, ends cleanly.

Order at start: lock the data folder, open and sync the ledger, attach the cache, freeze rights if the last
run had announced more, announce the head, listen on HTTP and at the guests' door, connect to the broker.
Order at the end: stop taking messages, hang up on the portal, close pages, close the files.

Exit codes: 0 stopped as asked; 1 failed, and a restart repairs it (a failed sync: what is durable is read
again); 2 refused to start, and only a person can help (settings, another gateway, a damaged ledger).
"""

import asyncio
import gc
import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.acting import DISK_LOW, LEDGER_REFUSES
from gateway.adapters.mqtt import Address, Link
from gateway.adapters.pixels import Screens
from gateway.clock import Clock
from gateway.core.evidence import Bounds
from gateway.counter import Counter
from gateway.counters import Counters
from gateway.desk import Desk, Store
from gateway.enquiry import Enquiry
from gateway.errors import GatewayError, LedgerRefused, LedgerUnsafe
from gateway.guests.door import open_guests_door
from gateway.lane import Joined, join
from gateway.live import Live
from gateway.log import Log, open_log
from gateway.payments.desk import Payments
from gateway.payments.opening import open_payments
from gateway.pins import Pins, read_key
from gateway.presence.checkins import CheckIns
from gateway.presence.doors import Doors, open_doors
from gateway.presence.opening import Work, open_presence, works
from gateway.presence.tickets import read_key as read_ticket_key
from gateway.printing import ReceiptPrinter, Shop
from gateway.reckoning import Reckoning
from gateway.registry import Registry
from gateway.settings import GatewaySettings
from gateway.showings import Showings
from gateway.storage import layout
from gateway.storage.ballast import MIB, Ballast
from gateway.storage.bridge_status import BridgeStatus
from gateway.storage.cache import Cache
from gateway.storage.head import Head
from gateway.storage.ledger import Ledger
from gateway.storage.lock import Lock
from gateway.storage.opening import checkpoint, open_ledger
from gateway.storage.wake import Wake
from gateway.teller import Teller
from gateway.web import Server, build_server, open_socket, read_secret, read_token

if TYPE_CHECKING:
    from gateway.presence.service import Presence

EXIT_STOPPED, EXIT_FAILED, EXIT_REFUSED = 0, 1, 2

RUN_BYTES = 8
BEAT_S = layout.WAKE_POLL_MS / 1000
TIMES_EVERY_BEATS = 600  # the time for every device, each 10 minutes
CHECKPOINT_EVERY_BEATS = 30
BROKER_AWAY = "broker_away"
BROKER_AWAY_BEATS = 5  # a restarting broker is no alarm

# A batch makes some thousand short-lived tuples and no cycles: collecting at every 700th, as by default,
# costs 7 of 55 us a tap, and nothing is ever found.
GC_THRESHOLDS = (50_000, 20, 20)


class Parts(NamedTuple):
    """What a running gateway consists of."""

    settings: GatewaySettings
    log: Log
    live: Live
    ledger: Ledger
    wake: Wake
    desk: Desk
    teller: Teller
    pins: Pins
    reckoning: Reckoning
    ballast: Ballast
    link: Link
    server: Server
    bridge: BridgeStatus
    doors: Doors
    presence: "Presence | None"
    hearing: list[Work]
    payments: Payments


def main(settings: GatewaySettings) -> int:
    """Run a gateway until SIGTERM or SIGINT; gives the exit code."""
    log = open_log()
    try:
        with ExitStack() as closing:
            return asyncio.run(_run(settings, log, closing))
    except LedgerUnsafe as problem:
        log.error("gateway.failed", reason=problem.message, hint=problem.hint)
        return EXIT_FAILED
    except GatewayError as problem:
        log.error("gateway.refused", reason=problem.message, hint=problem.hint)
        return EXIT_REFUSED


async def _run(settings: GatewaySettings, log: Log, closing: ExitStack) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: _callback_failed(log, context))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    started_ns = time.perf_counter_ns()
    parts, listening = _build(settings, log, closing)
    doors, counters = parts.doors, parts.live.counters
    door = await open_guests_door(settings, doors.asking, parts.pins, doors.portal, counters)
    _settle_memory()
    took_ms = (time.perf_counter_ns() - started_ns) // 1_000_000
    log.info("gateway.started", seq=parts.ledger.seq, cache=parts.live.cache["state"], took_ms=took_ms)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(parts.link.run())
            tasks.create_task(parts.server.serve(sockets=[listening]))
            working = [
                tasks.create_task(work)
                for work in (_beat(parts), parts.teller.run(), parts.reckoning.run(), parts.payments.run())
            ] + [tasks.create_task(work()) for work in parts.hearing]
            await stopping.wait()
            parts.link.stop()
            await door.close()
            parts.live.close()
            parts.server.should_exit = True
            for task in working:
                task.cancel()
    except ExceptionGroup as group:
        ours = [problem for problem in group.exceptions if isinstance(problem, GatewayError)]
        if not ours:
            raise
        raise ours[0] from group
    await parts.payments.close()
    log.info("gateway.stopped", seq=parts.ledger.seq)
    return EXIT_STOPPED


def _build(settings: GatewaySettings, log: Log, closing: ExitStack) -> tuple[Parts, Any]:
    data, run = Path(settings.data_dir), Path(settings.run_dir)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The portal's user goes through it to the one socket that is there for it; the rest is ours to read.
    run.mkdir(mode=0o711 if settings.portal_user else 0o700, parents=True, exist_ok=True)
    counters = Counters()
    live = Live(settings.id, counters)
    closing.callback(Lock(data / layout.LOCK_FILE).close)
    ledger = open_ledger(layout.ledger_path(settings.data_dir), settings.id)
    closing.callback(ledger.close)
    ballast = Ballast(data, settings.ballast_mib * MIB, settings.low_water_mib * MIB, counters)
    ballast.look()
    store = _store(settings, ledger, counters, closing)
    clock = Clock(_now_ms, settings.zone, ledger.last_at())
    desk = _desk(settings, store, clock, live, ballast)
    _begin(desk, store, log)
    bridge = BridgeStatus(run / layout.BRIDGE_STATUS_FILE, settings.id, counters, _now_ms, _steady_ms)
    live.set_bridge(bridge.look())
    teller = Teller(desk, counters)
    reckoning = Reckoning(layout.ledger_path(settings.data_dir), ledger, store.cache, clock, live)
    listening = open_socket(settings)
    closing.callback(listening.close)
    pins = Pins(ledger, read_key(settings.data_dir), _now_ms, counters)
    closing.callback(pins.close)
    printer = _printer(settings, desk, counters) if settings.printer else None
    link = Link(_address(settings), desk, counters, log.warning)
    joined = join(settings, desk, teller, pins, live, link.send, _now_ms, _steady_ms)
    closing.callback(joined.close)
    opened = open_presence(settings, desk, live, clock, log, closing)
    presence = opened.presence if opened else None
    payments = open_payments(settings, desk, _now_ms, _steady_ms, live, closing)
    doors = open_doors(desk, teller, presence, read_ticket_key(settings.data_dir), counters, _steady_ms)
    server = _server(settings, desk, live, joined, pins, printer, doors.api, payments)
    here = settings, log, live, ledger, store.wake, desk, teller
    hearing = works(opened, settings, teller.ask, live, clock)
    parts = Parts(*here, pins, reckoning, ballast, link, server, bridge, doors, presence, hearing, payments)
    return parts, listening


def _desk(settings: GatewaySettings, store: Store, clock: Clock, live: Live, ballast: Ballast) -> Desk:
    registry = Registry(store.ledger.devices(), live, live.counters)
    screens = Screens(settings.language)
    run = os.urandom(RUN_BYTES)
    room, shop = lambda: not ballast.low(), settings.store
    bounds = Bounds(settings.coupon_face_max, settings.pin_day_max)
    bounded = bounds.face or bounds.pin_day
    showings = Showings(settings.code_day_max, settings.terminals, bounds if bounded else None)
    return Desk(store, clock, screens, live, registry, run, _steady_ms, room, shop, showings)


def _store(settings: GatewaySettings, ledger: Ledger, counters: Counters, closing: ExitStack) -> Store:
    run = Path(settings.run_dir)
    head = Head(run / layout.HEAD_FILE)
    closing.callback(head.close)
    wake = Wake(run / layout.GATEWAY_SOCKET, run / layout.BRIDGE_SOCKET, counters)
    closing.callback(wake.close)
    cache = Cache(layout.cache_folder(settings.data_dir), _bundle_check(settings.bundle_key_file))
    closing.callback(cache.close)
    return Store(ledger, cache, head, wake)


def _bundle_check(path: str) -> Callable[[bytes, bytes], bool] | None:
    """What tells HQ's bundles from others; None where nothing is checked."""
    if not path:
        return None
    # Imported here: the library is some megabytes, which a store without a key need not hold.
    from gateway.signatures import read_bundle_key

    return read_bundle_key(path).fits


def _printer(settings: GatewaySettings, desk: Desk, counters: Counters) -> ReceiptPrinter:
    # Imported here: the printers' language and its pictures are 6 MiB, and many a store prints nothing.
    from gateway.adapters.serial import Printer

    line = Printer(settings.printer, settings.printer_mm, counters)
    enquiry = Enquiry(desk)
    shop = Shop(settings.id, settings.store_name or settings.store, settings.zone, settings.language)

    def name_of(member: str) -> str | None:
        shown = enquiry.member(member)
        return None if shown is None else shown["name"]

    return ReceiptPrinter(
        line, shop, lambda: desk.consult(lambda batch, acting: batch.cache.bundle), name_of, _now_ms
    )


def _server(
    settings: GatewaySettings,
    desk: Desk,
    live: Live,
    joined: Joined,
    pins: Pins,
    printer: ReceiptPrinter | None,
    check_ins: CheckIns,
    payments: Payments,
) -> Server:
    # Imported here, as build_server() does with the pages that come along.
    from gateway.adapters.http.books import Books

    asking = joined.teller, Enquiry(desk), Counter(desk), pins, joined.keypads, printer
    books = Books(*asking, check_ins, payments, joined.badges)
    return build_server(live, settings, read_token(settings), books)


def _begin(desk: Desk, store: Store, log: Log) -> None:
    """Attach the cache, and vouch for what the ledger holds."""
    if store.head.before > (store.ledger.epoch, store.ledger.seq):
        log.error("ledger.behind", announced=store.head.before[1], seq=store.ledger.seq)
    desk.look()
    desk.begin()


def _address(settings: GatewaySettings) -> Address:
    password = None
    if settings.mqtt_password_file:
        password = read_secret(Path(settings.mqtt_password_file), "mqtt_password_file")
    return Address(settings.mqtt_host, settings.mqtt_port, settings.id, settings.mqtt_user, password)


async def _beat(parts: Parts) -> None:
    """Everything that happens without a message: once a second, however often the bridge wakes us too."""
    woken = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(parts.wake, _wake, parts.wake, woken)
    beats = down = checked = 0
    due_s = loop.time() + BEAT_S
    try:
        while True:
            await _wait(woken, due_s - loop.time())
            if loop.time() >= due_s:
                due_s = loop.time() + BEAT_S
                beats += 1
                down = 0 if parts.link.up else down + 1
                if down and parts.presence is not None:
                    parts.presence.pause()
                _watch_broker(parts.live, down)
                _watch_disk(parts)
                parts.live.set_bridge(parts.bridge.look())
                parts.live.tell_counters()
                if beats % TIMES_EVERY_BEATS == 0:
                    parts.link.send(parts.desk.greet())
                if beats % CHECKPOINT_EVERY_BEATS == 0 and checked != parts.ledger.seq:
                    checked = parts.ledger.seq
                    await _checkpoint(parts)
            parts.desk.tick()
            parts.teller.look()
            parts.reckoning.look()
    finally:
        loop.remove_reader(parts.wake)


async def _checkpoint(parts: Parts) -> None:
    try:
        await asyncio.to_thread(checkpoint, layout.ledger_path(parts.settings.data_dir))
    except LedgerRefused:
        parts.live.counters.add("ledger.checkpoints_refused")


def _wake(wake: Wake, woken: asyncio.Event) -> None:
    wake.drain()
    woken.set()


async def _wait(woken: asyncio.Event, wait_s: float) -> None:
    """Until the bridge wakes us, or the beat is due."""
    with suppress(TimeoutError):
        await asyncio.wait_for(woken.wait(), wait_s)
    woken.clear()


def _watch_broker(live: Live, down_beats: int) -> None:
    if down_beats >= BROKER_AWAY_BEATS:
        live.raise_alarm(BROKER_AWAY)
    elif not down_beats:
        live.clear_alarm(BROKER_AWAY)


def _watch_disk(parts: Parts) -> None:
    """Measure the room; where a write found none, the ballast makes some for what is due."""
    if LEDGER_REFUSES in parts.live.sync["alarms"]:
        parts.ballast.let_go()
    else:
        parts.ballast.look()
    if parts.ballast.low():
        parts.live.raise_alarm(DISK_LOW)
    else:
        parts.live.clear_alarm(DISK_LOW)


def _callback_failed(log: Log, context: dict[str, Any]) -> None:
    problem = context.get("exception")
    log.error("loop.callback_failed", reason=context.get("message", ""), problem=problem)


def _settle_memory() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _steady_ms() -> int:
    return time.monotonic_ns() // 1_000_000
