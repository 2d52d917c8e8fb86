"""What a display must show for an event, pixel by pixel: drawn again by the gateway's own painter."""

import sqlite3
from typing import cast

from firmware.protocol import cbor
from firmware.protocol.messages import DISPLAY_HEIGHT, DISPLAY_WIDTH, Screen, Strip
from gateway.acting import BUSY, Acting, Refused, Request, Verdict
from gateway.adapters.pixels import Screens
from gateway.batch import Batch
from gateway.core import model
from gateway.core.event import Event, open_event
from gateway.core.model import CORE_VERSION, Setting
from gateway.core.names import mask_name
from gateway.greeting import Greeting
from gateway.ports import Told
from gateway.screens import role_of
from gateway.settings import GatewaySettings
from gateway.storage.cache import NO_PERSON, Cache, Snapshot
from gateway.storage.layout import SELECT_TIP, cache_folder, ledger_path, read_only_uri
from gateway.storage.ledger import Ledger, Transaction


def screen_for(gateway: GatewaySettings, event: Event) -> Screen:
    """The screen of this event, from the gateway's cache and ledger as they are now."""
    cache = Cache(cache_folder(gateway.data_dir))
    cache.follow()
    try:
        with cache.reading() as snapshot:
            member = event.facts.member
            person = snapshot.person(member.id) if member else NO_PERSON
            name = mask_name(person.name) if event.outcome.name == model.GREETED else None
            told = told_besides(gateway, snapshot, event)
            painter = Screens(gateway.language)
            role = role_at(event.device)
            encoded = painter.encoded(snapshot.bundle, event.outcome, name, person.language, role, told)
    finally:
        cache.detach("absent")
    hold_ms, light, tone, strips = cbor.decode(encoded)
    return Screen(hold_ms, light, tone, tuple(Strip(*strip) for strip in strips))


def is_named(gateway: GatewaySettings, member: str) -> bool:
    """Whether a member's name has come down from HQ, so that screen_for() knows it."""
    cache = Cache(cache_folder(gateway.data_dir))
    cache.follow()
    try:
        with cache.reading() as snapshot:
            return snapshot.person(member).name is not None
    finally:
        cache.detach("absent")


def role_at(device: str) -> str:
    """The role of a sample terminal, which is named after it."""
    return role_of(device.rpartition("-")[0])


def told_besides(gateway: GatewaySettings, snapshot: Snapshot, event: Event) -> Told | None:
    """What a greeting says besides: looked up as the gateway does, and nothing is booked."""
    if event.outcome.name != model.GREETED or event.outcome.late or event.facts.member is None:
        return None
    db = sqlite3.connect(read_only_uri(ledger_path(gateway.data_dir)), uri=True, isolation_level=None)
    try:
        seq, tip, _ = db.execute(SELECT_TIP).fetchone()
        with Ledger(db, gateway.id, 1, seq, tip).reading() as page:
            setting = _setting(snapshot, event, gateway.zone)
            batch = Batch(page, snapshot, setting, gateway.id, gateway.store)
            greeting = Greeting(batch, lambda: cast(Acting, _Booked(page)), "device:{}".format)
            return greeting.told(role_at(event.device), event.device, event.facts.member.id, event.seq)
    finally:
        db.close()


class _Booked:
    """Knows the acts that were booked, and books none."""

    def __init__(self, page: Transaction) -> None:
        self._page = page

    def ask(self, request: Request) -> Verdict | Refused:
        """The verdict that was booked under this key."""
        seq = self._page.key(request.key or "")
        return Refused(BUSY) if seq is None else Verdict(seq, open_event(self._page.body(seq)), True)


def _setting(snapshot: Snapshot, event: Event, zone: str) -> Setting:
    return Setting(event.at, snapshot.bundle_hash, snapshot.mark, 1, CORE_VERSION, event.date, zone)


def pixels_of(screen: Screen) -> bytes:
    """The display's 1,024 bytes with nothing but this screen on it (MONO_VLSB)."""
    display = bytearray(DISPLAY_WIDTH * DISPLAY_HEIGHT // 8)
    for x, y, width, height, pixels in screen.strips:
        for page in range((height + 7) // 8):
            at = (y // 8 + page) * DISPLAY_WIDTH + x
            display[at : at + width] = pixels[page * width : (page + 1) * width]
    return bytes(display)


def lit(pixels: bytes) -> int:
    """How many pixels shine."""
    return sum(byte.bit_count() for byte in pixels)
