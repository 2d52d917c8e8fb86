"""What of a gateway's files goes into its backups beside the ledger, and what a restore makes void.

    pin.key       follows the ledger: its PINs fit no other key
    beacons.json  the keys of beacons and tags, which cannot be made again (settings: beacons_file)
    presence.db   how the clocks of tags run; without who was in the store

Never copied: `session.key`, with which whoever has the backup would be any of the staff, and without which
staff sign in again; `presence.key`, with which tickets that were used after the backup would open once more.
The latter is made anew at every restore, for the ledger that is put back does not know what was used.
"""

from pathlib import Path

from gateway import pins
from gateway.errors import SettingsError
from gateway.presence import keeping, tickets
from gateway.presence.registry import read_site
from gateway.settings import GatewaySettings
from gateway.storage.belongings import Belonging, copy_file

BEACONS = "beacons.json"


def belongings(settings: GatewaySettings) -> list[Belonging]:
    """What belongs to the gateway of these settings, there or not."""
    data = Path(settings.data_dir)
    kept = data / keeping.FILE
    found = [
        Belonging(pins.KEY_FILE, data / pins.KEY_FILE, True, Path.exists, copy_file),
        Belonging(keeping.FILE, kept, False, keeping.is_sound, keeping.copy_without_visits),
    ]
    if settings.beacons_file:
        found.append(Belonging(BEACONS, Path(settings.beacons_file), False, _is_site, copy_file))
    return found


def made_void(settings: GatewaySettings) -> list[Path]:
    """The keys that a restore removes; the gateway makes others at its start."""
    return [Path(settings.data_dir) / tickets.KEY_FILE]


def _is_site(path: Path) -> bool:
    try:
        read_site(path)
    except SettingsError:
        return False
    return True
