"""The portal process: builds every object, runs them in one loop, ends cleanly. It needs no privilege at all.

Order at start: read the book, knock at netd's and the gateway's doors only when there is something to ask,
listen for the staff page and for guests. Order at the end: stop answering guests, close doors and files.
What is online stays online: the kernel holds it, and the next start finds it in the book.

Exit codes: 0 stopped as asked; 2 refused to start, and only a person can help (settings, a taken port).
"""

import asyncio
import hmac
import signal
import sqlite3
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from starlette.applications import Starlette

from gateway.counters import Counters
from gateway.errors import GatewayError, SettingsError
from gateway.lines import Asker, Door, own_uid, serve, uid_of
from gateway.log import Log, open_log
from gateway.portal.announce import Announcer, as_a_phone
from gateway.portal.api8908 import CaptiveApi
from gateway.portal.clerk import Clerk, Terms
from gateway.portal.clients import Clients, Hashes
from gateway.portal.control import Control
from gateway.portal.cookies import Cookies, read_key
from gateway.portal.doors import GuestsDoor, NetdDoor
from gateway.portal.drawing import Drawing, build_pages
from gateway.portal.enforcer import Enforcer
from gateway.portal.fetch import fetch
from gateway.portal.forms import Forms
from gateway.portal.grants import GrantBook, Kept
from gateway.portal.hall import Hall
from gateway.portal.joining import Joining
from gateway.portal.limits import Limits
from gateway.portal.me.page import me_routes
from gateway.portal.net import leases
from gateway.portal.resume import Offers
from gateway.portal.serving import Server, build_server, open_socket
from gateway.portal.settings import (
    CONTROL_SOCKET,
    GUESTS_SOCKET,
    NETD_SOCKET,
    NetworkSettings,
    PortalSettings,
)
from gateway.portal.shake.site import shake_routes
from gateway.portal.site import build_app
from gateway.portal.staying import Staying
from gateway.portal.wan import WanWatch

EXIT_STOPPED, EXIT_REFUSED = 0, 2
BOOK_FILE: Final = "portal.db"
FORM_PURPOSE: Final = b"shopbell portal forms"


class Parts(NamedTuple):
    """What a running portal consists of."""

    settings: PortalSettings
    network: NetworkSettings
    log: Log
    server: Server
    hall: Hall
    enforcer: Enforcer
    control: Control
    wan: WanWatch
    announcer: Announcer
    counters: Counters


def main(settings: tuple[NetworkSettings, PortalSettings]) -> int:
    """Run a portal until SIGTERM or SIGINT; gives the exit code."""
    log = open_log("portal")
    try:
        return asyncio.run(_run(*settings, log))
    except GatewayError as problem:
        log.error("portal.refused", reason=problem.message, hint=problem.hint)
        return EXIT_REFUSED


async def _run(network: NetworkSettings, settings: PortalSettings, log: Log) -> int:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    with ExitStack() as closing:
        await _serve(build(network, settings, log, closing), stopping)
    log.info("portal.stopped")
    return EXIT_STOPPED


async def _serve(parts: Parts, stopping: asyncio.Event) -> None:
    """Everything a portal does until it is told to stop."""
    settings, log = parts.settings, parts.log
    listening = open_socket(settings)
    door = await _open_control(parts)
    log.info("portal.started", online=len(list(parts.enforcer.sessions.all_live())), port=settings.http_port)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(parts.server.serve(sockets=[listening]))
            working = [tasks.create_task(work) for work in _works(parts)]
            await stopping.wait()
            parts.server.should_exit = True
            for task in working:
                task.cancel()
    finally:
        await door.close()
        await parts.enforcer.settle()


def _works(parts: Parts) -> list[Coroutine[Any, Any, None]]:
    return [parts.enforcer.work(), parts.enforcer.watch(), parts.wan.run(), parts.announcer.run()]


def _unix_ms() -> int:
    return time.time_ns() // 1_000_000


def build(
    network: NetworkSettings,
    settings: PortalSettings,
    log: Log,
    closing: ExitStack,
    now_ms: Callable[[], int] = _unix_ms,
) -> Parts:
    """Every object of a portal; files and connections are closed by `closing`. Raises SettingsError."""
    counters, data = Counters(), Path(settings.data_dir)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    book, kept = _open_book(data, closing, now_ms())
    lent = leases.Leases(leases.path_of(network), lambda: now_ms() / 1000)
    netd = NetdDoor(_asker(settings, NETD_SOCKET, closing))
    enforcer = Enforcer(book, netd, lent, now_ms, counters, log, kept.sessions)
    wan = WanWatch(settings.wan_check_url, fetch, enforcer.set_wan, counters, log)
    announcer = Announcer(network, *as_a_phone(network), lambda: now_ms() / 1000, counters, log)
    hashes = Hashes(book.key_of)
    terms = Terms(settings.guest_minutes, settings.member_minutes, settings.extensions_max)
    clerk = Clerk(enforcer, hashes, terms, now_ms)
    key, home = read_key(data), base_url(settings, network)
    offers = Offers(data, key, home, now_ms, counters.add)
    closing.callback(offers.close)
    hall = Hall(
        settings=settings,
        network=network,
        drawing=Drawing(build_pages(settings), settings, lambda: wan.up),
        clients=Clients(lent, settings.behind_proxy),
        hashes=hashes,
        forms=Forms(hmac.digest(key, FORM_PURPOSE, "sha256"), now_ms),
        limits=Limits(now_ms, kept.tries),
        cookies=Cookies(key, now_ms, home.startswith("https"), offers.ended_ms),
        clerk=clerk,
        enforcer=enforcer,
        now_ms=now_ms,
        counters=counters,
    )
    server = build_server(_site(hall, offers, wan, announcer, _asker(settings, GUESTS_SOCKET, closing)))
    control = Control(clerk, enforcer, lambda: wan.up, settings.simulated, counters)
    return Parts(settings, network, log, server, hall, enforcer, control, wan, announcer, counters)


def _site(hall: Hall, offers: Offers, wan: WanWatch, announcer: Announcer, gateway: Asker) -> Starlette:
    settings, network = hall.settings, hall.network
    secure = base_url(settings, network)
    plain = secure if not settings.behind_proxy else _url("http", network.name, network.http_port, 80)
    members = me_routes(
        gateway,
        hall.cookies,
        offers,
        hall.drawing.pages,
        settings,
        lambda request: hall.clients.of(request).ip,
        hall.now_ms,
    )
    return build_app(
        hall.drawing,
        Joining(hall, GuestsDoor(gateway)),
        Staying(hall, offers, lambda: wan.up),
        CaptiveApi(hall.clients, hall.clerk, hall.enforcer, secure, hall.now_ms),
        [*members, *shake_routes(hall, gateway, secure)],
        settings,
        network,
        lambda: secure if announcer.secure else plain,
        hall.counters.add,
    )


def base_url(settings: PortalSettings, network: NetworkSettings) -> str:
    """Where guests find us, without a closing slash: by https where there is a certificate."""
    if not settings.behind_proxy:
        return _url("http", settings.http_host, settings.http_port, 80)
    if network.certificate_file:
        return _url("https", network.name, network.https_port, 443)
    return _url("http", network.name, network.http_port, 80)


def _url(scheme: str, host: str, port: int, usual: int) -> str:
    return f"{scheme}://{host}" + ("" if port == usual else f":{port}")


def _open_book(data: Path, closing: ExitStack, now_ms: int) -> tuple[GrantBook, Kept]:
    path = data / BOOK_FILE
    try:
        book = GrantBook(path)
        closing.callback(book.close)
        book.forget(now_ms)
        return book, book.load()
    except sqlite3.Error as problem:
        hint = "Put it aside: it holds who is online now, and guests connect once more"
        raise SettingsError(f"{path} cannot be used ({problem})", hint) from problem


def _asker(settings: PortalSettings, name: str, closing: ExitStack) -> Asker:
    asker = Asker(Path(settings.run_dir) / name)
    closing.callback(asker.close)
    return asker


async def _open_control(parts: Parts) -> Door:
    """wifi.sock, for the gateway's user, and for our own where one user runs everything."""
    uids = {own_uid()}
    with suppress(KeyError):
        uids.add(uid_of(parts.network.gateway_user))
    path = Path(parts.settings.run_dir) / CONTROL_SOCKET
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        return await serve(path, uids, parts.control.handle, lambda why: parts.counters.add(f"wifi.{why}"))
    except OSError as problem:
        raise SettingsError(
            f"{path} cannot be made ({problem.strerror})", "Check [portal] run_dir"
        ) from problem
