"""The HQ process: the only place that builds its objects."""

import asyncio
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

from fastapi import FastAPI

from cloud_bridge.errors import CloudBridgeError, SettingsError
from cloud_bridge.hq import feed
from cloud_bridge.hq.brand_key import read_brand_key
from cloud_bridge.hq.bundle import Bundles, read_bundle
from cloud_bridge.hq.database import Database
from cloud_bridge.hq.http.access import Access
from cloud_bridge.hq.http.console import Console
from cloud_bridge.hq.http.gateways import gateway_routes
from cloud_bridge.hq.http.imports import import_routes
from cloud_bridge.hq.http.people import people_routes
from cloud_bridge.hq.http.programs import program_routes
from cloud_bridge.hq.http.promises import promise_routes
from cloud_bridge.hq.http.shop import shop_routes
from cloud_bridge.hq.http.staff import staff_routes
from cloud_bridge.hq.http.stream import stream_routes
from cloud_bridge.hq.import_store import Report
from cloud_bridge.hq.imports import Imports
from cloud_bridge.hq.ingest import add_gateway
from cloud_bridge.hq.intake import Intake
from cloud_bridge.hq.live import Live
from cloud_bridge.hq.member_store import Brand
from cloud_bridge.hq.metrics import Metrics
from cloud_bridge.hq.own_log import Frame
from cloud_bridge.hq.phone_boxes import read_opener
from cloud_bridge.hq.phones import open_waiting
from cloud_bridge.hq.promises import Promises
from cloud_bridge.hq.publishing import Publisher, Refused
from cloud_bridge.hq.settings import HqSettings, Tokens, read_tokens
from cloud_bridge.hq.signing import read_signer
from cloud_bridge.hq.site import build_site
from cloud_bridge.hq.upgrade import tell_anew
from cloud_bridge.hq.upkeep import Upkeep
from cloud_bridge.log import Logger, open_log, take_library_lines
from cloud_bridge.serving import listen, serve
from gateway.core.model import Bundle
from gateway.core.promises import HQ

DAY_MS: Final = 24 * 3600 * 1000


class Hq(NamedTuple):
    """A whole HQ, ready to serve."""

    site: FastAPI
    live: Live
    imports: Imports
    database: Database
    intake: Intake
    promises: Promises
    publisher: Publisher
    frame: Callable[[], Frame]
    bundle: Callable[[], Bundle]

    def close(self) -> None:
        """Let go of threads and files; imports under way go on at the next start."""
        self.imports.close()
        self.database.close()


def build(settings: HqSettings, tokens: Tokens, log: Logger, now_ms: Callable[[], int] | None = None) -> Hq:
    """Build HQ and bring its database up to what the settings say. Raises CloudBridgeError."""
    now_ms = now_ms or _now_ms
    bundle, signer = read_bundle(settings.bundle_file), read_signer(settings.bundle_key_file)
    opener = read_opener(settings.phone_key_file)
    spool = settings.spool_path()
    assert spool is not None, "checked with the settings"
    database = Database(settings.database_url)
    database.create()
    tell_anew(database, now_ms())
    bundles = Bundles(database, now_ms)
    brand_key = _prepare(database, tokens, now_ms())
    open_waiting(database, opener, now_ms())
    metrics = Metrics()
    live = Live(metrics.refuse)
    access = Access(tokens, metrics)
    brand = partial(_brand, brand_key, bundles)
    frame = partial(_frame, settings, bundles, now_ms)
    publisher = Publisher(database, bundles, signer, frame)
    _begin(publisher, bundle, settings)
    imports = Imports(database, spool, brand, now_ms, frame, partial(_tell, live), log)
    imports.resume()
    upkeep = Upkeep(database, frame)
    intake = Intake(database, bundles, brand_key, spool, live, metrics, now_ms, frame, upkeep, log)
    promises = Promises(database, live, metrics, frame, bundles.current, opener)
    routers = [
        gateway_routes(intake, access, metrics),
        promise_routes(promises, access),
        staff_routes(database, live, promises, access, metrics, frame, bundles.current),
        people_routes(database, promises, opener.public_pem, access),
        import_routes(database, imports, access, metrics),
        program_routes(database, publisher, signer.public_pem, access, lambda: frame().date, live),
        shop_routes(database, access, now_ms),
        stream_routes(live, access),
        Console(database, live, access, frame, bundles.current).routes(),
    ]
    names = [settings.host, *settings.host_names.split()]
    site = build_site(routers, "en" if settings.language == "en" else "zh-CN", names, metrics.refuse, log)
    return Hq(site, live, imports, database, intake, promises, publisher, frame, bundles.current)


def _prepare(database: Database, tokens: Tokens, now_ms: int) -> bytes:
    """Know every gateway that has a token, forget old deletions; the brand's key, made at the first start."""
    with database.writing() as connection:
        for gateway in (HQ, *tokens.gateways):
            add_gateway(connection, gateway)
        feed.forget_deletions(connection, now_ms - feed.DELETIONS_KEPT_MS)
        return read_brand_key(connection)


def _begin(publisher: Publisher, bundle: bytes, settings: HqSettings) -> None:
    try:
        publisher.begin(bundle)
    except Refused as refused:
        first = refused.problems[0]
        said = f"{first.pointer or 'it'}: {first.reason} ({first.hint})"
        name = settings.bundle_file
        raise SettingsError(f"[hq] bundle_file = {name!r}: {said}", "See shopbell program check") from None


def _brand(brand_key: bytes, bundles: Bundles) -> Brand:
    return Brand(brand_key, bundles.current())


def _frame(settings: HqSettings, bundles: Bundles, now_ms: Callable[[], int]) -> Frame:
    return Frame(now_ms(), settings.zone, bundles.in_force().hash, settings.lease_days * DAY_MS)


def _tell(live: Live, report: Report) -> None:
    live.tell(
        "import",
        {
            "id": report.id,
            "kind": report.kind,
            "state": report.state,
            "lines": report.lines,
            "done": report.done,
        },
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def main(settings: HqSettings) -> int:
    """Run until SIGTERM or SIGINT: 0; or say in one line why not: 1."""
    log = open_log("hq")
    take_library_lines(log)
    try:
        sock = listen(settings.host, settings.port, "hq")
        hq = build(settings, read_tokens(settings.token_file), log)
    except CloudBridgeError as fault:
        log.error("cannot start", problem=fault.message, hint=fault.hint)
        return 1
    try:
        asyncio.run(_run(hq, sock, log))
    finally:
        hq.close()
    log.info("stopped")
    return 0


async def _run(hq: Hq, sock: Any, log: Logger) -> None:
    hq.live.attach(asyncio.get_running_loop())
    host, port = sock.getsockname()[:2]
    log.info("serving", host=host, port=port, pid=os.getpid())
    await serve(hq.site, sock, hq.live.close)
