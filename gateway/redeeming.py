"""Coupons shown at a terminal, after their scan is booked: a till's page is told, a terminal alone redeems.

A coupon is redeemed alone where one program of coupon.redeemed takes it. The act's key is the scan's: the
same record again, also after a restart, gets the same answer and takes nothing more; what needs the member's
PIN asks for it, under a key of its own. It may be used up already: then when and where is said. What is told
to a page nobody keeps: one that is away shows it never.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

from firmware.protocol.messages import ASK_PIN
from gateway.acting import Acting, Refused, Request
from gateway.badging import Coupon
from gateway.batch import Batch
from gateway.core import model
from gateway.core.orders.model import Run
from gateway.core.promises import MEMBER
from gateway.displays import Displays, Teller
from gateway.errors import GatewayError, LedgerUnsafe
from gateway.keypads import Keypads, Send, show
from gateway.live import Live
from gateway.pins import RIGHT
from gateway.ports import Told
from gateway.sales import CouponFound
from gateway.scanned import Scanned

REDEEMING_MAX = 16  # at once: each waits 1.5 s for HQ, or for somebody who types, at most
WANT_PIN = (model.PIN_NEEDED, model.CODE_LIMIT)
COUPONS_REDEEMED = "coupons.redeemed"
COUPONS_BUSY = "coupons.busy"
COUPONS_FAILED = "coupons.failed"

Done = TypeVar("Done")


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


class Redeemer:
    """Serves every terminal of one gateway, each coupon in a task of its own."""

    def __init__(
        self,
        desk: Desk,
        teller: Teller,
        pins: Pins,
        keypads: Keypads,
        displays: Displays,
        send: Send,
        live: Live,
    ) -> None:
        self._desk = desk
        self._teller = teller
        self._pins = pins
        self._keypads = keypads
        self._displays = displays
        self._send = send
        self._live = live
        self._working: set[asyncio.Task[None]] = set()

    def shown(self, coupon: Coupon) -> None:
        """A coupon was shown: its till is told, or it is redeemed."""
        if coupon.till is not None:
            self._live.tell("coupon", {"device": coupon.device, "code": coupon.code})
        elif len(self._working) >= REDEEMING_MAX:
            self._live.counters.add(COUPONS_BUSY)
        else:
            task = asyncio.get_running_loop().create_task(self._serve(coupon))
            self._working.add(task)
            task.add_done_callback(self._ended)

    def close(self) -> None:
        """The gateway is stopping."""
        for task in self._working:
            task.cancel()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._working.discard(task)
        if not task.cancelled() and task.exception() is not None:
            raise task.exception()  # type: ignore[misc]  # told by the loop's handler, as every callback's

    async def _serve(self, coupon: Coupon) -> None:
        try:
            told = await self._redeem(coupon)
        except LedgerUnsafe:
            raise
        except Refused as problem:
            told = Told(problem.code)
        except GatewayError:
            self._live.counters.add(COUPONS_FAILED)
            told = Told(model.REFUSED)
        self._send([show(coupon.device, self._displays.screen(coupon.device, told))])

    async def _redeem(self, coupon: Coupon) -> Told:
        found = self._desk.consult(lambda batch, acting: _found(batch, acting, coupon.code))
        if found is None:
            return Told(model.LOT_UNKNOWN)
        request = _request(coupon, found.lot)
        verdict = await self._teller.ask(request)
        if verdict.event.outcome.reason in WANT_PIN:
            typed = await self._pin(coupon)
            if typed != RIGHT:
                return Told(f"pin.{typed}")
            verdict = await self._teller.ask(request._replace(key=f"{coupon.key}:pin", pin=RIGHT))
        if verdict.event.outcome.name == model.DONE:
            self._live.counters.add(COUPONS_REDEEMED)
            name = found.name or {}
            return Told("coupon.redeemed", (("what", tuple(name.items())),))
        if found.unusable == model.USED_UP:
            return self._displays.used(found.used_at, found.used_where, coupon.device)
        if found.unusable == model.PAST_LAST_DAY:
            return Told(model.PAST_LAST_DAY, (("day", found.expires_on or ""),))
        return self._displays.told_of(verdict) or Told(model.REFUSED)

    async def _pin(self, coupon: Coupon) -> str:
        screen = self._displays.screen(coupon.device, Told("pin.ask"))
        digits = await self._keypads.ask(coupon.device, ASK_PIN, screen)
        return "no_answer" if digits is None else await self._pins.check(MEMBER + coupon.member, digits)


def _found(batch: Batch, acting: Acting, code: str) -> CouponFound | None:
    return Scanned(batch, acting.facts.finder, acting.rights.frozen).coupon(code)


def _request(coupon: Coupon, lot: str) -> Request:
    act = Run(coupon.member, program=coupon.program, till=coupon.device, coupon=lot)
    return Request(coupon.key, coupon.actor, model.COUPON_REDEEMED, act)
