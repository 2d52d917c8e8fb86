"""Opens presence for a gateway: the file of beacons, what was kept, and the parts joined."""

from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from gateway.clock import Clock
from gateway.desk import Desk
from gateway.errors import SettingsError
from gateway.live import Live
from gateway.presence.keeping import FILE, PresenceDb
from gateway.presence.registry import RADIO, read_site
from gateway.presence.running import Ask, live
from gateway.presence.service import Presence
from gateway.settings import GatewaySettings

Work = Callable[[], Coroutine[Any, Any, None]]


def open_presence(
    settings: GatewaySettings, desk: Desk, shown: Live, clock: Clock, closing: ExitStack
) -> Presence | None:
    """The store's presence, put into its desk; None where it has no beacons. Raises SettingsError."""
    if not settings.beacons_file:
        if settings.radio:
            hint = "Name the file that `shopbell device` wrote in beacons_file, or leave radio empty"
            raise SettingsError(f"[gateway] radio = {settings.radio!r} without beacons_file", hint)
        return None
    site = read_site(Path(settings.beacons_file))
    db = PresenceDb(Path(settings.data_dir) / FILE, shown.counters)
    presence = Presence(site, db, desk, shown, clock.moment)
    closing.callback(presence.close)
    desk.presence = presence
    return presence


def works(
    presence: Presence | None, settings: GatewaySettings, ask: Ask, shown: Live, clock: Clock
) -> list[Work]:
    """What runs for presence as long as the gateway does."""
    if presence is None:
        return []
    counters = shown.counters
    if not settings.radio:
        return [lambda: live(presence, ask, counters)]
    # Imported here: bleak and its bus are some megabytes, which a gateway without a radio need not hold.
    from gateway.adapters.ble import Scanner

    scanner = Scanner(settings.radio, RADIO, presence, lambda: clock.moment().at, counters)
    return [lambda: live(presence, ask, counters), scanner.run]
