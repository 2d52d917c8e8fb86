"""A gateway's live view with something in it, books that never forget a key, and a client at its address."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from gateway.acting import KEY_REUSED, Refused, Request, Verdict
from gateway.adapters.http import build_app
from gateway.adapters.http.books import Books
from gateway.adapters.http.checkin_operations import CHECKED_IN, GIVEN
from gateway.core.event import GENESIS, NO_BUNDLE_HASH, Event, open_event, seal
from gateway.core.model import DONE, CacheMark, Decision, Facts, Input, NewLot, Outcome, Setting
from gateway.core.orders.model import TillAct
from gateway.core.promises import Credit, Enrol, Link, Nature, Post, Spend, Transfer
from gateway.counters import Counters
from gateway.guests.asked import Claim, Shake
from gateway.live import Live
from gateway.payments.book import Book
from gateway.payments.desk import Payments
from gateway.payments.recorded import Recorded
from gateway.settings import GatewaySettings
from tests.browser import Servers
from tests.gateway.adapters.http.pos_shop import Pads, PinBook, Roll, Shop

TOKEN = "0f" * 32
SESSION_KEY = b"k" * 32
ADDRESS = "http://127.0.0.1:8080"
NOW_MS = 1_767_232_800_000  # 2026-01-01 10:00 in Shanghai

Tap = dict[str, Any]


class Client:
    """Asks an app over ASGI as one browser or program would: it keeps cookies and follows no redirect."""

    def __init__(self, app: Any, address: str = ADDRESS, token: str = "") -> None:
        self.app = app
        self.cookies = httpx.Cookies()
        self.headers = {"authorization": f"Bearer {token}"} if token else {}
        self._address = address

    def request(self, method: str, path: str, **sent: Any) -> httpx.Response:
        return asyncio.run(self._ask(method, path, sent))

    def get(self, path: str, **sent: Any) -> httpx.Response:
        return self.request("GET", path, **sent)

    def post(self, path: str, **sent: Any) -> httpx.Response:
        return self.request("POST", path, **sent)

    async def _ask(self, method: str, path: str, sent: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(
            transport=transport, base_url=self._address, cookies=self.cookies
        ) as asking:
            answer = await asking.request(
                method, path, headers=self.headers | sent.pop("headers", {}), **sent
            )
            self.cookies.update(asking.cookies)
            return answer


def make_tap(seq: int, **changes: Any) -> Tap:
    tap = {
        "seq": seq,
        "at": NOW_MS,
        "type": "tap.seen",
        "device": "counter-1",
        "outcome": "greeted",
        "reason": None,
        "member": "m-0001",
        "name": "林**",
        "tier": "silver",
        "evidence_kind": "nfc.uid",
        "late": False,
        "duplicate": False,
        "decide_us": 640,
    }
    return tap | changes


def make_device(name: str, **changes: Any) -> dict[str, Any]:
    device = {
        "device": name,
        "state": "online",
        "at": NOW_MS,
        "role": "counter",
        "board": "esp32_devkit",
        "firmware": "0.1.0",
        "uptime_ms": 1_000,
        "counters": {},
    }
    return device | changes


def make_bridge(**changes: Any) -> dict[str, Any]:
    bridge = {
        "state": "running",
        "heard_ms": NOW_MS,
        "started_ms": NOW_MS - 60_000,
        "last_contact_ms": NOW_MS,
        "backlog": 1,
        "trouble": None,
        "cache": {"generation": "g1", "cursor": 48, "as_of": 1, "snapshot_rows": None},
        "counters": {"sent": 1_207},
    }
    return bridge | changes


EXPOSURE = {"at_ms": NOW_MS, "at_risk_now": 1_250, "still_possible": 5_000, "in_box": 30_000, "worst": 6_250}
MEMBER: dict[str, Any] = {
    "member": "m-0001",
    "asked": "m-0001",
    "status": "active",
    "name": "林**",
    "language": "zh-CN",
    "tier": "silver",
    "synced_at_ms": NOW_MS - 180_000,
    "units": [
        {
            "unit": "PTS",
            "scale": 0,
            "here": 1_204,
            "held": 0,
            "offered": 300,
            "elsewhere": 96,
            "lots": [],
        },
        {
            "unit": "CPN:tea",
            "scale": 0,
            "here": 0,
            "held": 0,
            "offered": 0,
            "elsewhere": 1,
            "lots": [
                {
                    "lot": "8f1c2d3e4a5b6c7d.0",
                    "unit": "CPN:tea",
                    "code": "TEA-5",
                    "face": 500,
                    "kind": "paid",
                    "expires_on": "2026-12-31",
                    "zone": "Asia/Shanghai",
                    "vests_at": 0,
                    "here": 0,
                    "held": 0,
                    "offered": 0,
                    "elsewhere": 1,
                    "unusable": "held_elsewhere",
                }
            ],
        },
    ],
    "more": 0,
    "instruments": [
        {"id": "c-1", "kind": "nfc.uid", "status": "active", "seq": 0, "here": False},
        {"id": "q-1", "kind": "qr.static", "status": "lost", "seq": 2, "here": True},
    ],
    "phone": "none",
}


class Till:
    """A teller harsher than ours: it answers only in a later turn, keeps every event as canonical bytes,
    never forgets a key, and refuses where told so."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.asked: list[Request] = []
        self.refuse: str | None = None  # a code: nothing is booked
        self.reason: str | None = None  # a reason: the refusal is booked
        self.used_at: int | None = None
        self.used_where: str | None = None
        self._kept: dict[str, tuple[Request, bytes]] = {}

    async def ask(self, request: Request) -> Verdict:
        await asyncio.sleep(0)
        self.asked.append(request)
        if self.refuse:
            raise Refused(self.refuse)
        if request.key is None:
            body = self._decide(request, 1 + len(self._kept))
            self._kept[f"no key {len(self._kept)}"] = (request, body)
            return Verdict(open_event(body).seq, open_event(body))
        if request.key in self._kept:
            before, body = self._kept[request.key]
            if before._replace(pin=None, pin_hash=None) != request._replace(pin=None, pin_hash=None):
                raise Refused(KEY_REUSED)
            return Verdict(open_event(body).seq, open_event(body), True, self.used_at, self.used_where)
        body = self._decide(request, 1 + len(self._kept))
        self._kept[request.key] = (request, body)
        return Verdict(open_event(body).seq, open_event(body), False, self.used_at, self.used_where)

    def event(self, key: str) -> Event | None:
        """What a key led to, for payments."""
        return open_event(self._kept[key][1]) if key in self._kept else None

    def _decide(self, request: Request, seq: int) -> bytes:
        setting = Setting(NOW_MS, NO_BUNDLE_HASH, CacheMark(0, None), 1, 1, "2026-01-01", "Asia/Shanghai")
        random, act = f"{seq:016x}", request.act
        if isinstance(act, Enrol):
            act = replace(act, member=f"p-{random}", commitment="0" * 64)
        if isinstance(act, Link):
            act = replace(act, instrument=f"i-{random}")
        key = UNSET if request.key is None else request.key
        given = Input(setting, "", random, request.type, act=act, actor=request.actor, key=key)
        if self.reason:
            outcome = Outcome(False, "asked" if self.reason == "asked" else "refused", reason=self.reason)
            return seal(Decision(given, Facts(), outcome), "s1-gateway", seq, GENESIS).body
        if isinstance(act, TillAct):
            outcome, settled = self.shop.decide(request, random, seq)
            done = Decision(given, Facts(), outcome, settled=UNSET if settled is None else settled)
            return seal(done, "s1-gateway", seq, GENESIS).body
        moved, lots = _moved(act, random)
        decision = Decision(given, Facts(), Outcome(False, DONE), moved, lots)
        return seal(decision, "s1-gateway", seq, GENESIS).body


def _moved(act: Any, random: str) -> tuple[tuple[Transfer, ...], tuple[NewLot, ...]]:
    """What a post moves, one lot for each credit; nothing for other acts."""
    moved, lots = [], []
    for number, part in enumerate(act.parts if isinstance(act, Post) else ()):
        lot = f"{random}.{number}"
        if isinstance(part, Credit):
            lots.append(NewLot(lot, Nature(part.owner, part.terms, part.unit)))
            moved.append(Transfer(part.amount, part.owner, "issuer", part.unit, credit_lot=lot))
        elif isinstance(part, Spend):
            moved.append(Transfer(part.amount, "spent", part.owner, part.unit, debit_lot=part.lot or "a.0"))
    return tuple(moved), tuple(lots)


class Register:
    """Knows one member, and what days came to."""

    def __init__(self) -> None:
        self.counts: dict[str, list[dict[str, Any]]] = {}
        self.members: dict[str, dict[str, Any]] = {"m-0001": MEMBER}

    def member(self, id_: str) -> dict[str, Any] | None:
        return self.members.get(id_)

    def names(self, ids: Iterable[str]) -> dict[str, str | None]:
        return {id_: self.members[id_]["name"] for id_ in ids if id_ in self.members}

    def presence_counts(self, day: str | None = None) -> list[dict[str, Any]]:
        return self.counts.get(day or "", [])


class Porter:
    """Checks in whoever asks, as the examples of the document have it."""

    async def ask(self, ask: Shake | Claim) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"ok": True, **(GIVEN if isinstance(ask, Shake) else CHECKED_IN)}


@pytest.fixture
def shop(register: Register, pins: PinBook) -> Shop:
    return Shop(register.members, pins)


@pytest.fixture
def till(shop: Shop) -> Till:
    return Till(shop)


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def pins() -> PinBook:
    return PinBook()


@pytest.fixture
def pads() -> Pads:
    return Pads()


@pytest.fixture
def roll() -> Roll:
    return Roll()


@pytest.fixture
def payments(till: Till, tmp_path: Path, clock: Callable[..., int]) -> Iterator[Payments]:
    """As the clerk says: nobody is asked."""
    book = Book(tmp_path, Counters())
    yield Payments(book, Recorded(), till, clock, clock, Counters())
    book.close()


@pytest.fixture
def books(
    till: Till, register: Register, shop: Shop, pins: PinBook, pads: Pads, roll: Roll, payments: Payments
) -> Books:
    return Books(till, register, shop, pins, pads, roll, Porter(), payments)


@pytest.fixture
def clock() -> Callable[..., int]:
    """Unix milliseconds that stand still unless called with how far to move on."""
    now = [NOW_MS]

    def read(forward_ms: int = 0) -> int:
        now[0] += forward_ms
        return now[0]

    return read


@pytest.fixture
def bridge() -> Callable[..., dict[str, Any]]:
    return make_bridge


@pytest.fixture
def tap() -> Callable[..., Tap]:
    return make_tap


@pytest.fixture
def device() -> Callable[..., dict[str, Any]]:
    return make_device


@pytest.fixture
def live() -> Live:
    view = Live("s1-gateway", Counters())
    view.add_taps([make_tap(1), make_tap(2, outcome="unknown", member=None, name=None, tier=None)])
    view.set_device("counter-1", make_device("counter-1"))
    view.set_sync(epoch=1, seq=2, as_of=1, synced_at_ms=NOW_MS)
    view.set_cache(state="ready", generation="g1", cursor=48, synced_at_ms=NOW_MS)
    view.set_bridge(make_bridge())
    view.set_promises(exposure=EXPOSURE)
    return view


@pytest.fixture
def settings() -> GatewaySettings:
    return GatewaySettings(
        id="s1-gateway", store="江畔店", run_dir="/run/shopbell", bundle_key_file="bundle.pem"
    )


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
def open_client() -> type[Client]:
    """For tests that build an app of their own."""
    return Client


@pytest.fixture
def stranger(live: Live, settings: GatewaySettings, books: Books, clock: Callable[..., int]) -> Client:
    """Somebody without the token."""
    return Client(build_app(live, settings, TOKEN, books, SESSION_KEY, clock))


@pytest.fixture
def reader(live: Live, settings: GatewaySettings, books: Books, clock: Callable[..., int]) -> Client:
    """A program with the token."""
    return Client(build_app(live, settings, TOKEN, books, SESSION_KEY, clock), token=TOKEN)


@pytest.fixture
def till_server(live: Live, settings: GatewaySettings, token: str, books: Books) -> Iterator[Servers]:
    with Servers() as running:
        paired = replace(settings, tills="till-1=counter-1")
        running.start(build_app(live, paired, token, books))
        yield running


@pytest.fixture
def at_till(till_server: Servers, open_at: Callable[..., Any], token: str) -> Callable[..., Any]:
    """The till's page, whoever is to sign in has not yet."""

    def opened(language: str = "en", complaints: list[str] | None = None, **options: Any) -> Any:
        page = open_at(f"{till_server.addresses[0]}/?token={token}&lang={language}", complaints, **options)
        page.goto(f"{till_server.addresses[0]}/till?till=till-1")
        page.locator("#badge").wait_for()
        return page

    return opened


@pytest.fixture
def selling(at_till: Callable[..., Any]) -> Callable[..., Any]:
    """The till with an open shift and 300.00 in its drawer."""

    def opened(*arguments: Any, **options: Any) -> Any:
        page = at_till(*arguments, **options)
        page.keyboard.type("BADGE-CHEN\n")
        page.locator("#float").wait_for()
        page.keyboard.type("300\n")
        page.locator(".tile").first.wait_for(state="attached")
        return page

    return opened
