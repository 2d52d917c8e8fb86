"""Somebody else answers in HQ's place: the bridge says so, the cache stays as it is, taps go on."""

import asyncio
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.storage import layout
from tests.system.ledger_file import reading
from tests.system.process import until
from tests.system.store import COUNTER, ENTRANCE, Store

LIN, CHEN = "04A1B2C3D4E580", "9B3E07C4"
HASH = "ab" * 32
OF_ANOTHER_TABLE = b'{"generation":"1","cursor":9,"rows":[{"table":"passwords","op":"put","row":{}}]}'
SEEN_WAIT_S = 40.0
Known = tuple[list[str], str, str]


def answer(status: int, body: bytes, kind: str = "application/json", more: str = "") -> bytes:
    """One HTTP answer; `more` is further lines of its head."""
    about = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}Connection: close"
    return f"HTTP/1.1 {status} X\r\n{about}\r\n\r\n".encode() + body


# What is answered to every question, and the codes of the bridge's troubles one of which must follow.
NONSENSE = {
    "a web page": (answer(200, b"<html>It works!</html>", "text/html"), {"hq_nonsense"}),
    "JSON of another kind": (answer(200, b'{"hello":["world"]}'), {"hq_nonsense"}),
    "a position below nothing": (answer(200, b'{"seq":-1,"hash":"%s"}' % HASH.encode()), {"hq_nonsense"}),
    "changes of another table": (answer(200, OF_ANOTHER_TABLE), {"hq_nonsense"}),
    "more than any answer has": (answer(200, b'{"seq":' + b"1" * 9_000_000 + b"}"), {"hq_nonsense"}),
    "a way to somewhere else": (answer(302, b"", more="Location: http://127.0.0.1:1/\r\n"), {"hq_nonsense"}),
    "an error of its own": (answer(500, b"Traceback (most recent call last)"), {"hq_failing"}),
    "no such page": (answer(404, b"not here"), {"hq_rejects"}),
    "a closed door": (answer(401, b"who are you?"), {"hq_refuses"}),
    "no HTTP at all": (b"\x16\x03\x01SSH-2.0-nonsense\r\n\r\n", {"hq_unreachable"}),
    "half an answer": (answer(200, b"x" * 50)[:-20], {"hq_unreachable"}),
}


class Impostor:
    """Gives one answer to everybody, on the address where the bridge looks for HQ."""

    def __init__(self, said: bytes) -> None:
        self._said = said
        self._server: asyncio.Server | None = None
        self.asked: list[str] = []

    async def open(self, host: str, port: int) -> None:
        self._server = await asyncio.start_server(self._serve, host, port)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            self.asked.append(head.split(b" ")[1].decode())
            writer.write(self._said)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            pass  # the bridge went away: it is killed in these tests
        finally:
            writer.close()


def cached(store: Store) -> Known:
    """The cache's generations, the one in force, and a hash of all its rows but when HQ was last heard."""
    folder = layout.cache_folder(store.plan.gateway.data_dir)
    current = (folder / layout.POINTER_FILE).read_text().strip()
    with reading(layout.generation_path(folder, current)) as db:
        tables = ["members", "people", "instruments", "bundles"]
        rows = [db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables]
        meta = db.execute("SELECT key, value FROM meta WHERE key NOT IN ('synced_at_ms', 'as_of')").fetchall()
    return (
        sorted(path.name for path in folder.glob("*.db")),
        current,
        sha256(repr([rows, meta]).encode()).hexdigest(),
    )


def kill_bridge(store: Store) -> None:
    """Gone, with what it said."""
    if store.bridge.running:
        store.bridge.kill()
    Path(store.plan.bridge.run_dir, "bridge.json").unlink(missing_ok=True)


def in_place_of_hq(store: Store, said: bytes, act: Callable[[Impostor, Known], None]) -> None:
    """An impostor at the address of HQ, a bridge that knows nothing of it; `act` gets what it knew."""
    impostor = Impostor(said)
    store.loop.call(store.plug.pull())
    store.loop.call(impostor.open(*store.plan.plug))
    kill_bridge(store)  # whatever the real HQ said last is in the cache now, or never
    known = cached(store)
    try:
        store.bridge.start()
        act(impostor, known)
    finally:
        store.loop.call(impostor.close())
        store.loop.call(store.plug.put_in())
        kill_bridge(store)
        store.bridge.start()


@pytest.mark.parametrize("what", NONSENSE)
def test_an_answer_that_hq_never_gives_changes_nothing(store: Store, what: str) -> None:
    said, codes = NONSENSE[what]
    store.until_hq_has_all(SEEN_WAIT_S)
    at_hq = store.hq_hashes()

    def look(impostor: Impostor, before: Known) -> None:
        event = store.tap(ENTRANCE.device, LIN if len(what) % 2 else CHEN)
        assert event.outcome.name == "greeted"
        until(
            lambda: (
                {path.rsplit("/", 1)[1].partition("?")[0] for path in impostor.asked}
                >= {"position", "changes"}
            ),
            "both ways were tried",
            SEEN_WAIT_S,
        )
        told = until(
            lambda: store.bridge_says().get("trouble") or {}, "the bridge says what is wrong", SEEN_WAIT_S
        )
        assert told["code"] in codes
        for language in ("zh-CN", "en"):
            assert told[language]["what"] and told[language]["do"]
        counters = store.bridge_says()["counters"]
        assert sum(counters.get(code, 0) for code in codes) > 0
        assert cached(store) == before
        assert store.hq_hashes() == at_hq

    in_place_of_hq(store, said, look)


def test_afterwards_hq_gets_everything_and_the_bridge_is_well(store: Store) -> None:
    store.tap(COUNTER.device if store.is_online(COUNTER.device) else ENTRANCE.device, LIN)
    store.until_hq_has_all(SEEN_WAIT_S)
    until(lambda: store.bridge_says().get("trouble", "none yet") is None, "the bridge is well", SEEN_WAIT_S)
