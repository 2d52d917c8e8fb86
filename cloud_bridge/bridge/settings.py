"""The bridge's table of the settings file, and the file with its token."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from cloud_bridge.errors import SettingsError
from cloud_bridge.tables import convert, require

POLL_MS_MIN: Final = 100
POLL_MS_MAX: Final = 60_000
TOKEN_CHARACTERS_MAX: Final = 512
_ID: Final = re.compile(r"[a-z0-9-]{1,32}\Z")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class BridgeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a shop sets for its bridge. Folders are the gateway's own."""

    gateway_id: str
    hq_url: str
    token_file: str
    data_dir: str = "/var/lib/shopbell"
    run_dir: str = "/run/shopbell"
    poll_ms: int = 1_000

    @classmethod
    def from_table(cls, table: dict[str, object]) -> "BridgeSettings":
        """Settings of one TOML table; texts from the environment convert. Raises SettingsError."""
        settings = convert(table, cls, "bridge")
        gateway, poll_ms = settings.gateway_id, settings.poll_ms
        require(bool(_ID.match(gateway)), "bridge", "gateway_id", gateway, "Use a-z, 0-9 and -, at most 32")
        require(
            POLL_MS_MIN <= poll_ms <= POLL_MS_MAX,
            "bridge",
            "poll_ms",
            poll_ms,
            f"{POLL_MS_MIN} to {POLL_MS_MAX}",
        )
        _check_url(settings.hq_url)
        return settings


def _check_url(url: str) -> None:
    """A bearer token crosses this line, so it is HTTPS unless it never leaves the machine."""
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    plain = not (parts.query or parts.fragment or parts.username) and bool(parts.hostname)
    hint = "Give https://<host>; http:// only for this machine itself"
    require(safe and plain, "bridge", "hq_url", url, hint)


def read_token(path: str) -> str:
    """The token in the file. Raises SettingsError."""
    try:
        token = Path(path).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as fault:
        hint = "Write the token HQ gave this gateway into it"
        raise SettingsError(f"[bridge] token_file = {path!r} cannot be read ({fault})", hint) from None
    if not token or len(token) > TOKEN_CHARACTERS_MAX or not token.isprintable() or " " in token:
        hint = "Write the token HQ gave this gateway into it, and nothing else"
        raise SettingsError(f"[bridge] token_file = {path!r} holds no token", hint)
    return token
