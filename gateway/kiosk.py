"""The kiosk: a member who was greeted there sees what they may take and what they have, and takes by number.

What may be taken are programs of coupon.claimed that would happen for this member now, each tried by the
rules and forgotten; what costs points or balance asks for the member's PIN. A conversation ends by its
result, by silence, and by the next card.
"""

import asyncio
import os
from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

from firmware.protocol.messages import ASK_CHOICE, ASK_PIN
from gateway.acting import Acting, Refused, Request, Verdict
from gateway.batch import Batch
from gateway.booking import Guest
from gateway.core import model
from gateway.core.orders.model import Run
from gateway.core.programs.book import book_of
from gateway.core.promises import COUPON, MEMBER
from gateway.counters import Counters
from gateway.displays import LANGUAGES, Displays, Teller
from gateway.errors import GatewayError, LedgerUnsafe
from gateway.keypads import Keypads, Send, show
from gateway.member_view import MemberView
from gateway.pins import RIGHT
from gateway.ports import Told
from gateway.screens import KIOSK, row

CHOICES_MAX = 9  # a number key each; 0 is the next page
LINES_A_PAGE = 3  # below the heading
SERVED_MAX = 16  # kiosks in conversation at once

Done = TypeVar("Done")
Words = dict[str, str]


class Desk(Protocol):
    """Who lets things be looked up: gateway/desk.py."""

    def consult(self, ask: Callable[[Batch, Acting], Done]) -> Done:
        """What `ask` finds out; nothing of it is booked."""
        ...


class Pins(Protocol):
    """Who knows PINs: gateway/pins.py."""

    async def check(self, owner: str, digits: str) -> str:
        """ "right", "wrong", "locked" or "none"."""
        ...


class Painter(Protocol):
    """Draws screens: gateway/adapters/pixels.py."""

    def told(self, role: str, told: Told, language: str | None, name: str | None = None) -> bytes:
        """The encoded screen of an outcome."""
        ...

    def listing(self, texts: list[str]) -> bytes:
        """The encoded screen of a list."""
        ...

    def spoken(self, language: str | None) -> str:
        """The language of the catalogue nearest to a member's."""
        ...


class Offer(NamedTuple):
    """A program that may be chosen, and what it is called."""

    program: str
    name: Words


class Kiosk:
    """Serves every kiosk of one gateway, each in a task of its own."""

    def __init__(
        self,
        desk: Desk,
        teller: Teller,
        pins: Pins,
        keypads: Keypads,
        displays: Displays,
        painter: Painter,
        send: Send,
        counters: Counters,
    ) -> None:
        self._desk = desk
        self._teller = teller
        self._pins = pins
        self._keypads = keypads
        self._displays = displays
        self._painter = painter
        self._send = send
        self._counters = counters
        self._serving: dict[str, asyncio.Task[None]] = {}

    def met(self, guest: Guest) -> None:
        """A member was greeted at a kiosk: serve them, and no longer who was there before."""
        before = self._serving.pop(guest.device, None)
        if before is not None:
            before.cancel()
        if len(self._serving) >= SERVED_MAX:
            self._counters.add("kiosk.refused")
            return
        task = asyncio.get_running_loop().create_task(self._serve(guest))
        self._serving[guest.device] = task
        task.add_done_callback(lambda done: self._ended(guest.device, done))

    def close(self) -> None:
        """The gateway is stopping."""
        for task in self._serving.values():
            task.cancel()

    def _ended(self, device: str, task: "asyncio.Task[None]") -> None:
        if self._serving.get(device) is task:
            del self._serving[device]
        if not task.cancelled() and task.exception() is not None:
            raise task.exception()  # type: ignore[misc]  # told by the loop's handler, as every callback's

    async def _serve(self, guest: Guest) -> None:
        self._counters.add("kiosk.served")
        try:
            told = await self._conversation(guest)
        except LedgerUnsafe:
            raise
        except Refused as problem:
            told = Told(problem.code)
        except GatewayError:
            self._counters.add("kiosk.failed")
            told = Told(model.REFUSED)
        if told is not None:
            self._send([show(guest.device, self._screen(guest, told))])

    async def _conversation(self, guest: Guest) -> Told | None:
        """What came of it; None where the member left."""
        offers = self._desk.consult(lambda batch, _: claimable(batch))
        offers = [offer for offer in offers if self._happens(guest, offer)][:CHOICES_MAX]
        coupons = self._desk.consult(lambda batch, acting: coupons_of(batch, acting, guest.member))
        if not offers and not coupons:
            return Told("kiosk.empty")
        offer = await self._choose(guest, offers, coupons)
        if offer is None or not isinstance(offer, Offer):
            return offer
        return await self._claim(guest, offer)

    async def _choose(self, guest: Guest, offers: list[Offer], coupons: list[Words]) -> Offer | Told | None:
        spoken = self._painter.spoken(guest.language)
        pages = pages_of(offers, coupons, guest.name, spoken)
        page = 0
        while True:
            screen = self._painter.listing(pages[page % len(pages)])
            digit = await self._keypads.ask(guest.device, ASK_CHOICE, screen)
            if digit is None:
                return None
            if digit != "0":
                number = int(digit)
                return offers[number - 1] if number <= len(offers) else Told("kiosk.wrong_key")
            page += 1

    async def _claim(self, guest: Guest, offer: Offer) -> Told:
        verdict = await self._teller.ask(_request(guest, offer))
        if verdict.event.outcome.reason in (model.PIN_NEEDED, model.CODE_LIMIT):
            found = await self._pin(guest)
            if found != RIGHT:
                return Told(f"pin.{found}")
            verdict = await self._teller.ask(_request(guest, offer)._replace(pin=RIGHT))
        if verdict.event.outcome.name == model.DONE:
            self._counters.add("kiosk.claimed")
            return Told("kiosk.claimed", (("what", tuple(offer.name.items())),))
        return self._displays.told_of(verdict) or Told(model.REFUSED)

    async def _pin(self, guest: Guest) -> str:
        digits = await self._keypads.ask(guest.device, ASK_PIN, self._screen(guest, Told("pin.ask")))
        return "no_answer" if digits is None else await self._pins.check(MEMBER + guest.member, digits)

    def _happens(self, guest: Guest, offer: Offer) -> bool:
        """Whether this program would happen now, the PIN taken for granted."""
        request = _request(guest, offer)._replace(key=None, pin=RIGHT, final=True)
        tried = self._desk.consult(lambda _, acting: acting.ask(request))
        return isinstance(tried, Verdict) and tried.event.outcome.name == model.DONE

    def _screen(self, guest: Guest, told: Told) -> bytes:
        return self._painter.told(KIOSK, told, guest.language, guest.name)


def claimable(batch: Batch) -> list[Offer]:
    """The programs that a member may choose here, as far as the bundle says."""
    found = book_of(batch.cache.bundle).of(model.COUPON_CLAIMED)
    return [Offer(entry.program.id, entry.program.name) for entry in found]


def coupons_of(batch: Batch, acting: Acting, member: str) -> list[Words]:
    """The names of a member's coupons that can be used, as often as there are of them."""
    shown = MemberView(batch, acting.rights.frozen).at_till(member)
    units = [] if shown is None else shown["units"]
    lots = [lot for unit in units if unit["unit"].startswith(COUPON) for lot in unit["lots"]]
    return [lot["name"] or {} for lot in lots if lot["unusable"] is None]


def pages_of(offers: list[Offer], coupons: list[Words], name: str | None, language: str) -> list[list[str]]:
    """Pages of a heading and three lines: what may be taken, numbered, then what the member has."""
    lines = [f"{number} {offer.name.get(language, '')}" for number, offer in enumerate(offers, start=1)]
    names = [words.get(language, "") for words in coupons]
    lines += [f"· {words} ×{names.count(words)}" for words in dict.fromkeys(names)]
    count = max(1, -(-len(lines) // LINES_A_PAGE))
    title = row("kiosk.list", KIOSK).title[LANGUAGES.index(language)]
    heading = title.format(name=name or "", count=len(coupons)) + ("" if count == 1 else "   0 →")
    return [[heading, *lines[at * LINES_A_PAGE : (at + 1) * LINES_A_PAGE]] for at in range(count)]


def _request(guest: Guest, offer: Offer) -> Request:
    key = f"kiosk:{os.urandom(8).hex()}"
    at = guest.device if guest.actor else None
    act = Run(guest.member, program=offer.program, till=at)
    return Request(key, guest.actor or f"device:{guest.device}", model.COUPON_CLAIMED, act)
