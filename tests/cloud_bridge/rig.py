"""A bench for bridge and HQ: a ledger made by the real layout and core, a real HQ on a free port."""

import asyncio
import json
import os
import socket
import sqlite3
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import structlog
import uvicorn

from cloud_bridge.bridge.app import Bridge
from cloud_bridge.bridge.app import build as build_bridge
from cloud_bridge.bridge.door import open_client
from cloud_bridge.bridge.errors import Trouble
from cloud_bridge.bridge.generations import Generations
from cloud_bridge.bridge.settings import BridgeSettings
from cloud_bridge.hq.app import Hq, build
from cloud_bridge.hq.csv_file import COLUMNS
from cloud_bridge.hq.settings import HqSettings, read_tokens
from cloud_bridge.serving import configure, listen
from gateway.core import model
from gateway.core.decide import decide
from gateway.core.event import GENESIS, NO_BUNDLE, NO_BUNDLE_HASH, Sealed, seal
from gateway.core.model import (
    CORE_VERSION,
    DONE,
    Act,
    CacheMark,
    Decision,
    Evidence,
    Facts,
    Input,
    Outcome,
    RecordMark,
    Setting,
)
from gateway.storage import layout

GATEWAY = "gw-1"
TOKENS = {GATEWAY: "gateway-one-token-0123456789", "gw-2": "gateway-two-token-0123456789"}
STAFF = "staff-token-0123456789abcdef"
DEADLINE_S = 30.0
HEADER = ",".join(COLUMNS) + "\n"


def make_setting(seq: int) -> Setting:
    """A moment of one day."""
    return Setting(
        1_760_000_000_000 + seq,
        NO_BUNDLE_HASH,
        CacheMark(0, None),
        1,
        CORE_VERSION,
        "2026-02-03",
        "Asia/Shanghai",
    )


def make_event(seq: int, prev: str, gateway: str = GATEWAY, note: int = 0) -> Sealed:
    """A real tap of an unknown card; `note` makes another event of the same seq."""
    setting = make_setting(seq)
    record = RecordMark(12, 1, 1, 30_000, "00" * 8, seq, 1_760_000_000_000 + seq, 1_000 + note)
    evidence = Evidence("ab" * 16, "nfc.uid", "weak")
    given = Input(setting, "counter-1", "cd" * 16, model.TAP_SEEN, record, evidence)
    return seal(decide(NO_BUNDLE, Facts(), given), gateway, seq, prev)


class FakeGateway:
    """The sole writer of a ledger: appends events and announces them as the gateway does."""

    def __init__(self, folder: Path, gateway: str = GATEWAY) -> None:
        self.data_dir, self.run_dir = folder / "data", folder / "run"
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.run_dir.mkdir(parents=True, exist_ok=True)
        self.gateway = gateway
        self.path = layout.ledger_path(str(self.data_dir))
        self.connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA journal_mode=WAL")
        if self.connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in chain.from_iterable(layout.LEDGER_MIGRATIONS):
                self.connection.execute(statement)
            self.connection.execute(f"PRAGMA user_version={layout.LEDGER_VERSION}")
            self.connection.execute(layout.PUT_META, (layout.META_GATEWAY, gateway))
            self.connection.execute(layout.PUT_META, (layout.META_EPOCH, 1))
        self.seq, self.prev = self._tip()

    def act(self, type_: str, act: Act, actor: str = "staff:till") -> Sealed:
        """Book an act, whatever a real gateway would make of it, and announce it."""
        given = Input(make_setting(self.seq + 1), "gateway", "ef" * 16, type_, act=act, actor=actor)
        event = seal(Decision(given, Facts(), Outcome(False, DONE)), self.gateway, self.seq + 1, self.prev)
        self.connection.execute("INSERT INTO events VALUES(?,?,?)", event)
        self.seq, self.prev = event.seq, event.hash.hex()
        self.announce()
        return event

    def _tip(self) -> tuple[int, str]:
        row = self.connection.execute(layout.SELECT_TIP).fetchone()
        return (row[0], row[1].hex()) if row else (0, GENESIS)

    def append(self, count: int = 1, note: int = 0, announce: bool = True) -> list[Sealed]:
        """Book this many taps in one commit, then move the head and ring the bridge."""
        made = []
        self.connection.execute("BEGIN")
        for _ in range(count):
            event = make_event(self.seq + 1, self.prev, self.gateway, note)
            self.connection.execute("INSERT INTO events VALUES(?,?,?)", event)
            self.seq, self.prev = event.seq, event.hash.hex()
            made.append(event)
        self.connection.execute("COMMIT")
        if announce:
            self.announce()
        return made

    def announce(self, seq: int | None = None) -> None:
        head = struct.pack(layout.HEAD_FORMAT, 1, self.seq if seq is None else seq)
        (self.run_dir / layout.HEAD_FILE).write_bytes(head)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
            try:
                sock.sendto(b"", str(self.run_dir / layout.BRIDGE_SOCKET))
            except OSError:
                return

    def hashes(self) -> list[str]:
        return [row[0].hex() for row in self.connection.execute("SELECT hash FROM events ORDER BY seq")]

    def confirm_cache(self, generation: str) -> None:
        self.connection.execute(layout.PUT_META, (layout.META_CACHE_GENERATION, generation))

    def image(self, path: Path) -> None:
        """Copy the ledger as a card image would be."""
        with sqlite3.connect(path) as copy:
            self.connection.backup(copy)
        copy.close()

    def restore(self, path: Path) -> None:
        """Put an older image in the ledger's place, as somebody who swaps the card does."""
        self.connection.close()
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        os.replace(path, self.path)
        self.__init__(self.data_dir.parent, self.gateway)  # type: ignore[misc]
        self.announce()

    def close(self) -> None:
        self.connection.close()


def write_tokens(folder: Path) -> Path:
    path = folder / "tokens.json"
    path.write_text(json.dumps({"gateways": TOKENS, "staff": STAFF}))
    return path


def hq_settings(folder: Path, **more: object) -> HqSettings:
    table = {"database_url": f"sqlite:///{folder}/hq.db", "token_file": str(write_tokens(folder)), **more}
    return HqSettings.from_table(table)


def silent_log() -> Any:
    return structlog.wrap_logger(structlog.ReturnLogger(), processors=[lambda *_: ""])


class RunningHq:
    """A real HQ served by uvicorn on a thread; `port` stays the same over restarts."""

    def __init__(self, folder: Path, wrap: Callable[[Any], Any] = lambda site: site) -> None:
        self.folder, self.wrap = folder, wrap
        self.client = httpx.Client(verify=False, trust_env=False, timeout=DEADLINE_S)
        self.sock = listen("127.0.0.1", 0, "hq")
        self.port = self.sock.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        if self.sock.fileno() < 0:
            self.sock = listen("127.0.0.1", self.port, "hq")
        settings = hq_settings(self.folder)
        self.hq: Hq = build(settings, read_tokens(settings.token_file), silent_log())
        self.server = uvicorn.Server(configure(self.wrap(self.hq.site)))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        wait_for(lambda: self.server.started, "HQ serves")

    def _serve(self) -> None:
        async def serve() -> None:
            self.hq.live.attach(asyncio.get_running_loop())
            await self.server.serve(sockets=[self.sock])

        asyncio.run(serve())

    def stop(self) -> None:
        self.client.close()
        self.client = httpx.Client(verify=False, trust_env=False, timeout=DEADLINE_S)
        self.hq.live.close()
        self.server.should_exit = True
        self.thread.join(DEADLINE_S)
        self.hq.close()
        self.sock.close()

    def staff(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {STAFF}", **more.pop("headers", {})}
        return self.client.request(method, self.url + path, headers=headers, **more)

    def as_gateway(self, method: str, path: str, gateway: str = GATEWAY, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {TOKENS[gateway]}", **more.pop("headers", {})}
        url = f"{self.url}/v1/gateways/{gateway}{path}"
        return self.client.request(method, url, headers=headers, **more)

    def stored(self, gateway: str = GATEWAY) -> list[tuple[int, str]]:
        """Every event HQ has, straight from its file: (seq, hash)."""
        with sqlite3.connect(self.folder / "hq.db") as connection:
            rows = connection.execute(
                "SELECT seq, hash FROM events WHERE gateway = ? ORDER BY seq, received_ms", (gateway,)
            ).fetchall()
        connection.close()
        return [(seq, hash_.hex()) for seq, hash_ in rows]

    def query(self, sql: str, *values: object) -> list[Any]:
        with sqlite3.connect(self.folder / "hq.db") as connection:
            rows = connection.execute(sql, values).fetchall()
        connection.close()
        return rows

    def import_text(self, text: str | bytes, name: str = "members.csv") -> dict[str, Any]:
        """Upload a file, wait for its end, and return the report (or the problem, with "error")."""
        answer = self.staff("POST", f"/v1/imports?name={name}&lang=en", content=text)
        if answer.status_code != 202:
            return {"status": answer.status_code, **answer.json()}
        path = f"/v1/imports/{answer.json()['id']}?lang=en"
        wait_for(
            lambda: self.staff("GET", path).json()["state"] not in ("receiving", "applying"), "import ends"
        )
        return self.staff("GET", path).json()


def wait_for(condition: Callable[[], object], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Poll until the condition holds; fails naming `what` when the deadline passes."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, f"not within {deadline_s} s: {what}"
        time.sleep(0.01)


@contextmanager
def running_hq(folder: Path, wrap: Callable[[Any], Any] = lambda site: site) -> Iterator[RunningHq]:
    hq = RunningHq(folder, wrap)
    try:
        yield hq
    finally:
        hq.stop()


class Lossy:
    """An ASGI app around HQ that loses answers, repeats requests and fails, by a plan asked for each request.

    The plan's words: "ok", "lost" (done, but the answer breaks off), "deaf" (not done, the answer breaks
    off), "twice" (done twice, the second answer is given), "failing" (not done, 500).
    """

    def __init__(self, site: Any, plan: Callable[[str, str], str]) -> None:
        self.site, self.plan = site, plan

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        word = self.plan(scope["method"], scope["path"])
        if word == "ok":
            await self.site(scope, receive, send)
            return
        body = await _whole_body(receive)
        if word in ("lost", "twice"):
            await self.site(scope, _replay(body), _nowhere)
        if word == "twice":
            await self.site(scope, _replay(body), send)
            return
        status, length = (500, b"1") if word == "failing" else (200, b"1000")
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-length", length)]}
        )
        await send({"type": "http.response.body", "body": b"{", "more_body": word != "failing"})


async def _whole_body(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


def _replay(body: bytes) -> Any:
    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _nowhere(message: Any) -> None:
    """An answer nobody hears."""


@asynccontextmanager
async def open_bridge(
    gateway: FakeGateway, url: str, token: str = TOKENS[GATEWAY], client: httpx.AsyncClient | None = None
) -> AsyncIterator[Bridge]:
    """The bridge's real objects for this gateway, to be stepped by hand."""
    table = {"gateway_id": gateway.gateway, "hq_url": url, "token_file": "-"}
    folders = {"data_dir": str(gateway.data_dir), "run_dir": str(gateway.run_dir)}
    settings = BridgeSettings.from_table({**table, **folders})
    generations = Generations(layout.cache_folder(settings.data_dir))
    generations.prepare()
    async with client or open_client(url, token) as opened:
        bridge = build_bridge(settings, opened, generations, silent_log())
        try:
            yield bridge
        finally:
            bridge.close()


async def drain(bridge: Bridge, tries: int = 1_000) -> None:
    """Step the follower until there is nothing to send, as the loop does but without its waits."""
    for _ in range(tries):
        try:
            if not await bridge.follower.step():
                return
        except Trouble as trouble:
            bridge.status.went_wrong("up", trouble)
    raise AssertionError("the follower does not come to an end")


async def fill(bridge: Bridge, tries: int = 1_000) -> None:
    """Step the feed until the cache is as HQ is."""
    for _ in range(tries):
        try:
            if not await bridge.feed.step(time.time_ns() // 1_000_000):
                return
        except Trouble as trouble:
            bridge.status.went_wrong("down", trouble)
    raise AssertionError("the feed does not come to an end")
