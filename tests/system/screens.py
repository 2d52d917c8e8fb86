"""What a display must show for an event, pixel by pixel: drawn again by the gateway's own painter."""

from firmware.protocol import cbor
from firmware.protocol.messages import DISPLAY_HEIGHT, DISPLAY_WIDTH, Screen, Strip
from gateway.adapters.pixels import Screens
from gateway.core import model
from gateway.core.event import Event
from gateway.core.names import mask_name
from gateway.settings import GatewaySettings
from gateway.storage.cache import NO_PERSON, Cache
from gateway.storage.layout import cache_folder


def screen_for(gateway: GatewaySettings, event: Event) -> Screen:
    """The screen of this event, from the gateway's cache as it is now."""
    cache = Cache(cache_folder(gateway.data_dir))
    cache.follow()
    try:
        with cache.reading() as snapshot:
            member = event.facts.member
            person = snapshot.person(member.id) if member else NO_PERSON
            name = mask_name(person.name) if event.outcome.name == model.GREETED else None
            painter = Screens(gateway.language)
            encoded = painter.encoded(snapshot.bundle, event.outcome, name, person.language)
    finally:
        cache.detach("absent")
    hold_ms, light, tone, strips = cbor.decode(encoded)
    return Screen(hold_ms, light, tone, tuple(Strip(*strip) for strip in strips))


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
