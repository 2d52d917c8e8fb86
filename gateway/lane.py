"""What is joined for terminals besides the desk: keypads, kiosks, badges, coupons, displays beside tills."""

from collections.abc import Callable
from typing import NamedTuple

from firmware.protocol.messages import Pin
from gateway.adapters.pixels import Screens
from gateway.attending import Attendance, Badge
from gateway.badging import Coupon
from gateway.booking import Guest
from gateway.desk import Desk
from gateway.displays import Announcing, Displays, Teller, TillKeypads
from gateway.keypads import Keypads, Send
from gateway.kiosk import Kiosk
from gateway.live import Live
from gateway.pins import Pins
from gateway.redeeming import Redeemer
from gateway.settings import GatewaySettings


class Lane(NamedTuple):
    """The live lane as the desk meets it: nothing of it is durable, and nothing waits for it."""

    keypads: Keypads
    kiosk: Kiosk
    attendance: Attendance
    redeemer: Redeemer

    def heard(self, device: str, pin: Pin) -> None:
        """A keypad answered."""
        self.keypads.heard(device, pin)

    def lost(self, device: str) -> None:
        """A terminal went offline."""
        self.keypads.lost(device)

    def met(self, guest: Guest) -> None:
        """A member was greeted at a kiosk, and that is booked."""
        self.kiosk.met(guest)

    def handed(self, handed: Badge | Coupon) -> None:
        """A badge or a coupon was shown, and that is booked."""
        if isinstance(handed, Badge):
            self.attendance.shown(handed)
        else:
            self.redeemer.shown(handed)


class Joined(NamedTuple):
    """What pages use of it: a teller that tells displays, keypads beside tills, badges shown there."""

    teller: Announcing
    keypads: TillKeypads
    badges: Attendance
    close: Callable[[], None]


def join(
    settings: GatewaySettings,
    desk: Desk,
    teller: Teller,
    pins: Pins,
    live: Live,
    send: Send,
    now_ms: Callable[[], int],
    steady_ms: Callable[[], int],
) -> Joined:
    """Build it, and put the lane into the desk."""
    painter = Screens(settings.language)
    displays = Displays(settings.terminals, live, painter, send, settings.zone, now_ms)
    keypads = Keypads(live, live.counters, send)
    kiosk = Kiosk(desk, teller, pins, keypads, displays, painter, send, live.counters)
    redeemer = Redeemer(desk, teller, pins, keypads, displays, send, live)
    desk.attendance = Attendance(settings.terminals, settings.badge_minutes, steady_ms, live)
    desk.lane = Lane(keypads, kiosk, desk.attendance, redeemer)

    def close() -> None:
        kiosk.close()
        redeemer.close()

    return Joined(Announcing(teller, displays), TillKeypads(keypads, displays), desk.attendance, close)
