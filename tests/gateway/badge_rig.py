"""A bakery with badges and a coupon for a free loaf: terminals alone and one beside a till."""

import asyncio
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from firmware.protocol import messages, topics
from firmware.protocol.messages import Booked, Pin, Screen, Status
from gateway.acting import Refused, Request, Verdict
from gateway.attending import Attendance, Badge
from gateway.badging import Coupon
from gateway.booking import Guest
from gateway.core.event import Event, open_event
from gateway.core.evidence import NFC_UID, Bounds, evidence_key
from gateway.core.programs.model import Issue, Limits, Program, Template
from gateway.core.promises import Credit, Post, Terms
from gateway.displays import Displays
from gateway.keypads import Keypads
from gateway.live import Data
from gateway.ports import Inbound, Outbound, Told
from gateway.redeeming import Redeemer
from tests.gateway.conftest import judge
from tests.gateway.day import BADGE, LIN, PROGRAMS, asked, stock, text
from tests.gateway.lanes import turns
from tests.gateway.rig import BRAND_KEY, NO_WITNESS, NONCE, House, booked_of, screens

MANAGER, CLERK = BADGE, bytes.fromhex("04E1A90B37C681")
GONE, HELPER = bytes.fromhex("04E1A90B37C682"), bytes.fromhex("04E1A90B37C683")
MINUTES = 30
BESIDE = "counter-1"  # the terminal of till-1
LOAF = "CPN:loaf"
PIN = "4821"
BOUNDS = Bounds(50_000, 0)
GIFT = Program(
    "gift", 1, text("loaf"), text("a coupon for a loaf"), "coupon.redeemed", (Issue("thanks"),),
    coupon="loaf", opt_in=True,
)  # fmt: skip
CHECK_IN = Program(
    "hello", 1, text("hello"), text("hello"), "presence.checked_in", (Issue("thanks"),),
    limits=Limits(per_member=1, period="day"),
)  # fmt: skip
BUNDLE = replace(
    PROGRAMS,
    programs=(*(PROGRAMS.programs or ()), GIFT, CHECK_IN),
    templates=(
        *(PROGRAMS.templates or ()),
        Template("loaf", text("loaf")),
        Template("thanks", text("thanks")),
    ),
)


class Floor:
    """The bakery's terminals: "desk", "counter", "kiosk" and "entrance" alone, BESIDE a till's."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.shown: list[tuple[str, Screen]] = []
        self.notes: list[tuple[str, Data]] = []
        self.guests: list[Guest] = []
        self.coupons: list[Coupon] = []
        self.join()
        alone = [online(role, role) for role in ("desk", "counter", "kiosk", "entrance")]
        house.desk.serve([*alone, online(BESIDE, "counter")])

    def join(self) -> None:
        """As gateway/lane.py does."""
        house, terminals = self.house, {"till-1": BESIDE}
        self.attendance = Attendance(terminals, MINUTES, lambda: house.steady_ms, house.live)
        displays = Displays(
            terminals, house.live, screens(), self.send, "Asia/Shanghai", lambda: house.now_ms
        )
        keypads = Keypads(house.live, house.counters, self.send)
        self.redeemer = Redeemer(house.desk, self, self, keypads, displays, self.send, house.live)
        self.types: list[str] = []
        house.desk.attendance = self.attendance
        house.desk.lane = self

    # -- the lane

    def heard(self, device: str, pin: messages.Pin) -> None:
        self.redeemer._keypads.heard(device, pin)

    async def check(self, owner: str, digits: str) -> str:
        """As the PINs: one for everybody."""
        return "right" if digits == PIN else "wrong"

    def lost(self, device: str) -> None:
        pass

    def met(self, guest: Guest) -> None:
        self.guests.append(guest)

    def handed(self, handed: Badge | Coupon) -> None:
        if isinstance(handed, Badge):
            self.attendance.shown(handed)
        else:
            self.coupons.append(handed)

    async def ask(self, request: Request) -> Verdict:
        """As the teller."""
        (verdict,) = self.house.desk.act([request])
        if isinstance(verdict, Refused):
            raise verdict
        return verdict

    def send(self, sent: Any) -> None:
        for topic, payload in sent:
            device, _, kind = topics.parse(topic)
            message = messages.decode(kind, payload)
            if kind == "show":
                self.shown.append((device, message.screen))
            elif message.ask == messages.ASK_PIN:
                pin = Pin(message.session, messages.ENDED_DIGITS, self.types.pop(0))
                asyncio.get_running_loop().call_soon(self.heard, device, pin)

    # -- hands

    def tap(self, device: str, uid: bytes, **more: Any) -> Booked:
        return booked_of(self.house.desk.serve([self.house.tap(uid, device=device, **more)]))[0]

    def scan(self, device: str, code: str | bytes) -> Booked:
        raw = code.encode() if isinstance(code, str) else code
        return booked_of(self.house.desk.serve([self.house.scan(raw, device)]))[0]

    def serve(self, sent: Inbound) -> list[Outbound]:
        return list(self.house.desk.serve([sent]))

    def later(self, ms: int) -> None:
        self.house.now_ms += ms
        self.house.steady_ms += ms

    def redeem(self) -> list[tuple[str, Screen]]:
        """What terminals show once all coupons shown so far are seen to."""

        async def work() -> None:
            for coupon in self.coupons:
                self.redeemer.shown(coupon)
            await turns()

        asyncio.run(work())
        self.coupons.clear()
        shown, self.shown = self.shown, []
        return shown

    # -- what came of it

    def events(self) -> list[Event]:
        return [open_event(body) for body in self.house.bodies()]

    def said(self) -> list[tuple[str, str, str | None]]:
        """(type, outcome, reason) of every event but devices' states and the coupons' making."""
        return [
            (event.type, event.outcome.name, event.outcome.reason)
            for event in self.events()
            if event.type not in ("device.status_changed", "transfer.posted")
        ]


def online(device: str, role: str) -> Inbound:
    status = Status(messages.STATE_ONLINE, 1, NONCE, 5_000, NO_WITNESS, "0.1.0", "esp32", role, ())
    return Inbound(f"sb/v1/{device}/up/status", messages.encode("status", status))


def drawn(role: str, told: Told, name: str | None = None, language: str | None = None) -> Screen:
    payload = b"\x83\x01\x00" + screens().told(role, told, language, name)
    return messages.decode("show", payload).screen  # type: ignore[no-any-return]


def loaf_coupon(house: House, code: str = "LOAF-1", owner: str = LIN, **terms: Any) -> str:
    """A coupon for a loaf; the name of its lot."""
    act = Post((Credit(1, owner, Terms(code=code, **terms), LOAF),))
    return f"{asked(house, 'transfer.posted', act).event.random}.0"


def floor_of(house: House) -> Iterator[Floor]:
    """The floor, judged at the end: HQ decides every event to its own bytes."""
    house.seed("g1b", BUNDLE)
    house.bounds = BOUNDS
    house.open()
    stock(house)
    for id_, uid in (("s-2", CLERK), ("s-3", GONE)):
        house.say("UPDATE staff SET badge = ? WHERE id = ?", evidence_key(BRAND_KEY, NFC_UID, uid), id_)
    house.say(
        "INSERT INTO staff VALUES('s-4', '小工', 'helper', ?, 'active')",
        evidence_key(BRAND_KEY, NFC_UID, HELPER),
    )
    yield Floor(house)
    judge(house, BUNDLE)
