"""The folder mosquitto reads: its configuration, its own key, the device authority's certificate and list.

It is apart from the keys' folder, so that the broker's account can never read an authority's key. All files
are 0600; if mosquitto is to run as another account (`[broker] user`) they are given to that account, because
mosquitto started as root drops its rights before it opens them.
"""

import os
import pwd
import shutil
from pathlib import Path

from shopbell.broker import mosquitto
from shopbell.broker.passwords import password_line
from shopbell.errors import ShopbellError
from shopbell.pki.folder import REVOCATIONS, replace

FROM_PKI = ("device-ca.pem", REVOCATIONS, "broker.pem", "broker.key")


def write(folder: Path, pki: Path, listeners: mosquitto.Listeners, passwords: dict[str, str]) -> Path:
    """Everything mosquitto needs; the configuration's path. Raises ShopbellError if a key is missing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in FROM_PKI:
        copy(pki / name, folder / name)
    replace(folder / mosquitto.PASSWORDS, password_file(passwords))
    replace(folder / mosquitto.DEVICE_ACL, mosquitto.DEVICE_ACL_TEXT.encode())
    replace(folder / mosquitto.GATEWAY_ACL, mosquitto.GATEWAY_ACL_TEXT.encode())
    configuration = folder / mosquitto.CONFIGURATION
    replace(configuration, mosquitto.configuration(folder.absolute(), listeners).encode())
    give_away(folder, listeners.user)
    return configuration


def refresh_revocations(folder: Path, pki: Path, user: str) -> None:
    """Give the broker the revocation list as it is now; it reads it at its next SIGHUP."""
    copy(pki / REVOCATIONS, folder / REVOCATIONS)
    give_away(folder, user)


def copy(source: Path, target: Path) -> None:
    """A copy that is old or new as a whole. Raises ShopbellError if the source is missing."""
    try:
        replace(target, source.read_bytes())
    except FileNotFoundError:
        raise ShopbellError(f"no {source}", "make the keys with `shopbell pki init`") from None


def password_file(passwords: dict[str, str]) -> bytes:
    return "".join(password_line(user, word) + "\n" for user, word in passwords.items()).encode()


def account(user: str) -> str:
    """The account mosquitto shall run as: the named one, else who starts it; "" if that is not root."""
    if os.geteuid() != 0:
        return ""
    return user or pwd.getpwuid(os.geteuid()).pw_name


def give_away(folder: Path, user: str) -> None:
    """Make the broker's account the owner of its folder; nothing to do for an ordinary account."""
    if os.geteuid() != 0 or not user:
        return
    try:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, user=user)
    except LookupError:
        raise ShopbellError(f"no account {user!r} here", "correct [broker] user") from None
