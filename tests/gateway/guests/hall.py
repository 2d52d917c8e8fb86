"""A store that guests join: the bakery with a welcome gift, its door's middle, and a teller that commits."""

import asyncio
import contextlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec.structs import replace

from gateway.core.event import open_event
from gateway.core.model import Bundle
from gateway.core.programs.model import Earn, Issue, Program
from gateway.core.programs.model import Limits as Caps
from gateway.core.promises import Credit, Post, Terms
from gateway.guests.asking import Asking
from gateway.guests.found import PORTAL
from gateway.guests.guests import Guests
from gateway.guests.limits import Limits
from gateway.lines import ANSWER_BYTES_MAX, encode
from gateway.phones import Phones
from gateway.presence.checkins import CheckIns
from gateway.presence.heard import Presence
from gateway.presence.limits import Bounds, Days
from gateway.presence.tickets import Tickets
from gateway.teller import Teller
from tests.gateway.day import PROGRAMS, stock, text
from tests.gateway.rig import House

WELCOME = Program(
    "welcome", 1, text("welcome"), {"zh-CN": "第一次来店送 {face} 元券", "en": "{face}: your first visit"},
    "member.enrolled", (Issue("off50"),), limits=Caps(per_member=1),
)  # fmt: skip
CHECK_IN = Program("check-in", 1, text("check-in"), text("{amount} points today"), "presence.checked_in",
                   (Earn("PTS", amount=5),), limits=Caps(per_member=1, period="day"))  # fmt: skip
SHAKEN = Program("shake", 1, text("shake"), text("{amount} points for shaking"), "presence.seen",
                 (Earn("PTS", amount=2),), limits=Caps(per_member=1, period="day"))  # fmt: skip
HALL = replace(PROGRAMS, programs=(*PROGRAMS.programs, WELCOME, CHECK_IN))  # type: ignore[misc]
HQ_KEY = X25519PrivateKey.from_private_bytes(bytes(range(32)))
PIN = "4821"
KEY = bytes(range(32))  # of presence tickets


class Pins:
    """One PIN for everybody; what was typed is kept."""

    def __init__(self, found: str | None = None) -> None:
        self.typed: list[tuple[str, str]] = []
        self.found = found

    async def check(self, owner: str, digits: str) -> str:
        self.typed.append((owner, digits))
        return self.found or ("right" if digits == PIN else "wrong")


class Hall:
    """Asks as the portal does; every answer must fit a line. `cut` acts are booked before the power goes."""

    def __init__(self, house: House, phones: bool = True, bundle: Bundle = HALL) -> None:
        self.house = house
        house.seed("g1p", bundle)
        house.open()
        stock(house)
        self.pins = Pins()
        self.presence: Presence | None = None
        self.phones = Phones(HQ_KEY.public_key()) if phones else None
        self.begin()

    def begin(self) -> None:
        """The door of a gateway that just started."""
        steady_ms = lambda: self.house.steady_ms  # noqa: E731
        self.limits, self.bounds = Limits(steady_ms), Bounds(steady_ms)
        self.tickets, self.days = Tickets(KEY), Days(self.house.counters)

    def restart(self) -> None:
        """Another process on the same folders."""
        self.house.restart()
        self.begin()

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        """One answer."""
        (answer,) = self.ask_all({"do": do, **more})
        return answer

    def ask_all(self, *lines: dict[str, Any]) -> list[dict[str, Any]]:
        """Answers to lines that come at once."""
        return asyncio.run(self._ask(lines))

    def enrol(self, key: str = "k1", name: str = "小林", **more: Any) -> dict[str, Any]:
        """A guest joins."""
        return self.ask("enrol", key=key, name=name, language="zh-CN", **more)

    def credit(self, member: str, amount: int, unit: str = "PTS") -> None:
        """Somebody at HQ's or the till's word gives it."""
        act = Post((Credit(amount, "member:" + member, Terms(), unit),))
        self.house.act("transfer.posted", act)

    async def _ask(self, lines: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
        counters = self.house.counters
        teller = Teller(self.house.desk, counters)
        serving = asyncio.create_task(teller.run())
        asking = Asking(self.house.desk, teller, self.limits, counters)
        check_ins = CheckIns(PORTAL, True, asking, self.presence, self.tickets, self.days, self.bounds)
        guests = Guests(asking, self.pins, self.phones, check_ins)
        try:
            answers = await asyncio.gather(*map(guests.handle, lines))
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
        for answer in answers:
            assert len(encode(answer)) < ANSWER_BYTES_MAX
        return [json.loads(encode(answer)) for answer in answers]


def types(hall: Hall) -> list[str]:
    """All that is booked, in its order."""
    return [open_event(body).type for body in hall.house.bodies()]


def gifts(answer: dict[str, Any]) -> list[tuple[str, str, int]]:
    """What an answer says that programs gave."""
    return [(each["does"], each["unit"], each["amount"]) for each in answer["given"]]
