"""Opens presence for a gateway: the file of beacons, what was kept, and the parts joined."""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.acting import Request, Verdict
from gateway.clock import Clock
from gateway.desk import Desk
from gateway.errors import SettingsError
from gateway.live import Live
from gateway.log import Log
from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from gateway.presence.reloading import SiteFile
    from gateway.presence.service import Presence

Ask = Callable[[Request], Awaitable[Verdict]]

Work = Callable[[], Coroutine[Any, Any, None]]


class Opened(NamedTuple):
    """A store's presence, and the file that says which beacons it has."""

    presence: "Presence"
    file: "SiteFile"


def open_presence(
    settings: GatewaySettings, desk: Desk, shown: Live, clock: Clock, log: Log, closing: ExitStack
) -> Opened | None:
    """The store's presence, put into its desk; None where it has no beacons. Raises SettingsError."""
    if not settings.beacons_file:
        if settings.radio:
            hint = "Name the file that `shopbell device` wrote in beacons_file, or leave radio empty"
            raise SettingsError(f"[gateway] radio = {settings.radio!r} without beacons_file", hint)
        return None
    # Imported here: a store without beacons need not hold ciphers and all that hears.
    from gateway.presence.keeping import FILE, PresenceDb
    from gateway.presence.registry import read_site
    from gateway.presence.reloading import SiteFile, mark_of
    from gateway.presence.service import Presence

    path = Path(settings.beacons_file)
    seen, site = mark_of(path), read_site(path)
    db = PresenceDb(Path(settings.data_dir) / FILE, shown.counters)
    presence = Presence(site, db, desk, shown, clock.moment)
    closing.callback(presence.close)
    desk.presence = presence
    return Opened(presence, SiteFile(path, seen, presence, log, lambda: clock.moment().at, shown.counters))


def works(
    opened: Opened | None, settings: GatewaySettings, ask: Ask, shown: Live, clock: Clock
) -> list[Work]:
    """What runs for presence as long as the gateway does."""
    if opened is None:
        return []
    presence, file = opened
    from gateway.presence.registry import RADIO
    from gateway.presence.running import live

    counters = shown.counters
    if not settings.radio:
        return [lambda: live(presence, file, ask, counters)]
    # Likewise: bleak and its bus, for gateways with a radio alone.
    from gateway.adapters.ble import Scanner

    scanner = Scanner(settings.radio, RADIO, presence, lambda: clock.moment().at, counters)
    return [lambda: live(presence, file, ask, counters), scanner.run]
