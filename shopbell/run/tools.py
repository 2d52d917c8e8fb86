"""The programs `make run` needs, and where they are."""

import shutil
import sys
from pathlib import Path

from shopbell.broker import nats
from shopbell.broker.settings import BrokerSettings
from shopbell.errors import ShopbellError

# Debian puts mosquitto where an ordinary account's path does not look.
ALSO = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")


def find(program: str) -> str | None:
    """The program beside this Python, on the path, or where system programs are; None if it is nowhere."""
    beside = Path(sys.executable).with_name(program)
    return (
        str(beside)
        if beside.exists()
        else shutil.which(program) or shutil.which(program, path=":".join(ALSO))
    )


def require(program: str, hint: str) -> str:
    """The program, or ShopbellError naming it and how to get it."""
    found = find(program)
    if found is None:
        raise ShopbellError(f"{program} is missing", hint)
    return found


def choose_broker(settings: BrokerSettings) -> tuple[str, str]:
    """("mosquitto" or "nats", program) as the settings allow. Raises ShopbellError if there is none."""
    mosquitto = find(settings.mosquitto) if settings.kind != "nats" else None
    if mosquitto:
        return "mosquitto", mosquitto
    if settings.kind == "mosquitto":
        raise ShopbellError(
            f"{settings.mosquitto} is missing", 'run `make system` as root, or set [broker] kind = "auto"'
        )
    server = nats.find_binary()
    if server is None:
        raise ShopbellError("there is no MQTT broker", "run `make system` as root, or `make setup`")
    return "nats", server
