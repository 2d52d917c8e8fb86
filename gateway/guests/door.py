"""Opens the door for the portal: <run_dir>/guests.sock, for the portal's user and our own, nobody else."""

from pathlib import Path

from gateway.counters import Counters
from gateway.errors import SettingsError
from gateway.guests.asking import Asking
from gateway.guests.guests import Guests
from gateway.guests.ports import Phones, Pins
from gateway.lines import Door, own_uid, serve, uid_of
from gateway.portal.settings import GUESTS_SOCKET
from gateway.presence.checkins import CheckIns
from gateway.settings import GatewaySettings

SOCKET_MODE = 0o666  # the kernel tells who asks; a group of both users would be one more thing to set up


async def open_guests_door(
    settings: GatewaySettings, asking: Asking, pins: Pins, check_ins: CheckIns, counters: Counters
) -> Door:
    """Listen in the run folder until the door is closed. Raises SettingsError."""
    guests = Guests(asking, pins, _phones(settings), check_ins)
    path = Path(settings.run_dir) / GUESTS_SOCKET
    uids = _uids(settings.portal_user)
    mode = SOCKET_MODE if len(uids) > 1 else 0o600
    try:
        return await serve(path, uids, guests.handle, lambda name: counters.add("guests." + name), mode)
    except OSError as problem:
        hint = "Give a [gateway] run_dir that this program may write to, with a short path"
        raise SettingsError(f"{path} cannot be listened on ({problem.strerror})", hint) from problem


def _uids(portal_user: str) -> set[int]:
    """Who is let in."""
    if not portal_user:
        return {own_uid()}
    try:
        return {own_uid(), uid_of(portal_user)}
    except KeyError as problem:
        hint = "Make the user of the portal, or leave the setting empty"
        raise SettingsError(f"[gateway] portal_user = {portal_user!r} is no user here", hint) from problem


def _phones(settings: GatewaySettings) -> Phones | None:
    """What reads and seals phone numbers; None where the store has no key for them."""
    if not settings.phone_key_file:
        return None
    # Imported here: tables of the world's numbers, which a store that asks for none need not hold.
    from gateway.phones import read_phones

    return read_phones(settings.phone_key_file)
