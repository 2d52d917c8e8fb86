"""Fakes of a terminal and of plugs, harsher than the real ones, and the bench page built on them."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import pytest

from hardware_tests.virtual.bench.ports import (
    DISPLAY_BYTES,
    FloorState,
    HeardBeacon,
    Person,
    PhoneState,
    PlugStuck,
    Sender,
)

LIN: Person = {"name": "林晓雯", "kind": "silver", "uid": "04A1B2C3D4E580", "qr": "MW-7Q4K-2M9D"}
TANG: Person = {"name": "唐果", "kind": "member", "uid": "", "qr": ""}


class FakeTerminal:
    """A terminal that shows what it was told, and lets the test say when the card leaves."""

    def __init__(self, name: str = "counter-1") -> None:
        self.name, self.board, self.role = name, "pico_w", "counter"
        self.on_frame: Callable[[], None] | None = None
        self.on_change: Callable[[], None] | None = None
        self.light, self.tone, self.state = 0, "none", "running"
        self.taps: list[tuple[bytes, int]] = []
        self.codes: list[bytes] = []
        self.keys = ""
        self.gone = asyncio.Event()
        self.picture = bytes(DISPLAY_BYTES)

    def pixels(self) -> bytes:
        return self.picture

    async def tap(self, uid: bytes, hold_ms: int) -> None:
        self.taps.append((uid, hold_ms))
        await self.gone.wait()

    def show_code(self, code: bytes) -> None:
        self.codes.append(code)

    async def press(self, keys: str) -> None:
        self.keys += keys

    def show(self, picture: bytes) -> None:
        self.picture = picture
        if self.on_frame:
            self.on_frame()


class FakePlugs:
    """Plugs of which one is stuck and one fails like a taken port."""

    def __init__(self) -> None:
        self.plugs = {"internet": True, "broker": True, "power:counter-1": True}

    async def set(self, name: str, on: bool) -> None:
        if name == "broker":
            raise PlugStuck("the broker does not stop")
        if name == "power:counter-1":
            raise OSError("address in use")
        self.plugs[name] = on

    def state(self) -> dict[str, bool]:
        return dict(self.plugs)


class FakeReceipt(NamedTuple):
    """A piece of paper."""

    number: int
    width: int = 384
    height: int = 100
    png: bytes = b"\x89PNG fake"


class FakePaper:
    """A printer whose paper the test cuts."""

    def __init__(self) -> None:
        self.on_change: Callable[[], None] | None = None
        self.receipts: list[FakeReceipt] = []

    def cut(self) -> None:
        self.receipts.append(FakeReceipt(len(self.receipts) + 1))
        if self.on_change:
            self.on_change()


class FakePhone:
    """A phone that joins at once; the test makes its guest a member."""

    port = 8081

    def __init__(self) -> None:
        self.on_change: Callable[[], None] | None = None
        self.now = PhoneState(joined=False, mac="", online_until=None, member=False)
        self.shows: str | None = None

    def state(self) -> PhoneState:
        return self.now

    async def join(self) -> None:
        self.become(joined=True, mac="02:00:00:00:00:01")

    async def leave(self) -> None:
        self.become(joined=False, mac="", online_until=None, member=False)

    async def code(self) -> str | None:
        return self.shows

    def become(self, **change: Any) -> None:
        self.now = cast(PhoneState, {**self.now, **change})
        if self.on_change:
            self.on_change()


PLACES = {"door": (150, 400), "shelves": (600, 200)}
HEARD: HeardBeacon = {"uuid": "5a" * 16, "major": 4_660, "minor": 22_136, "rssi": -61}


class FakeFloor:
    """Two zones, a beacon in each; whoever walks is there at once."""

    def __init__(self) -> None:
        self.on_change: Callable[[], None] | None = None
        self.on_glow: Callable[[str], None] | None = None
        self.at = {"tag": "door", "phone": "door"}

    def state(self) -> FloorState:
        beacons = [_stands(f"beacon-{zone}", zone, zone == "door") for zone in PLACES]
        return {
            "width_cm": 1_200,
            "height_cm": 800,
            "zones": [
                {"zone": zone, "name": {"zh-CN": zone, "en": zone.title()}, **_around(zone)}
                for zone in PLACES
            ],
            "beacons": beacons,
            "tag": _stands("tag-lin", self.at["tag"]),
            "phone": _stands("phone", self.at["phone"]),
        }

    def walk(self, who: str, zone: str) -> None:
        if who not in self.at or zone not in PLACES:
            raise KeyError(who)
        self.at[who] = zone
        if self.on_change:
            self.on_change()

    def heard(self) -> list[HeardBeacon]:
        return [HEARD]


def _stands(name: str, zone: str, on: bool = True) -> Sender:
    x, y = PLACES[zone]
    return {"name": name, "x_cm": x, "y_cm": y, "on": on}


def _around(zone: str) -> Any:
    x, y = PLACES[zone]
    return {"x_cm": x - 100, "y_cm": y - 100, "width_cm": 200, "height_cm": 200}


@pytest.fixture
def floor() -> FakeFloor:
    return FakeFloor()


@pytest.fixture
def phone() -> FakePhone:
    return FakePhone()


@pytest.fixture
def paper() -> FakePaper:
    return FakePaper()


@pytest.fixture
def terminal() -> FakeTerminal:
    return FakeTerminal()


@pytest.fixture
def plugs() -> FakePlugs:
    return FakePlugs()


@pytest.fixture
def people() -> list[Person]:
    return [LIN, TANG]
