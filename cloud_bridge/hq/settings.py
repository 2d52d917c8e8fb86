"""HQ's table of the settings file, and the file of tokens it names."""

import hashlib
import hmac
import re
from pathlib import Path
from typing import Final
from zoneinfo import available_timezones

import msgspec

from cloud_bridge.errors import SettingsError
from cloud_bridge.tables import convert, require
from gateway.core.promises import HQ

PORT_MAX: Final = 65_535
LEASE_DAYS_MAX: Final = 3_650
TOKEN_CHARACTERS_MIN: Final = 16  # shorter ones can be guessed over the network
_GATEWAY_ID: Final = re.compile(r"[a-z0-9-]{1,32}\Z")
_SQLITE: Final = "sqlite:///"


class HqSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an owner sets for HQ."""

    host: str = "127.0.0.1"
    port: int = 8090
    database_url: str = "sqlite:////var/lib/shopbell/hq.db"
    token_file: str
    zone: str = "Asia/Shanghai"
    language: str = "zh-CN"
    host_names: str = ""  # names HQ answers to besides addresses and localhost, separated by spaces
    spool_dir: str = ""  # where uploads and snapshots wait; empty: beside the SQLite file
    bundle_file: str = ""  # the bundle HQ begins with, read again when it changed; empty: a ladder of tiers
    bundle_key_file: str = ""  # Ed25519 key that signs bundles, made if it is not there; empty: unsigned
    phone_key_file: str = ""  # X25519 key that opens guests' numbers, made if it is not there; empty: none
    lease_days: int = 30  # how long a gateway may use a right without a new word from HQ

    @classmethod
    def from_table(cls, table: dict[str, object]) -> "HqSettings":
        """Settings of one TOML table; texts from the environment convert. Raises SettingsError."""
        settings = convert(table, cls, "hq")
        require(0 <= settings.port <= PORT_MAX, "hq", "port", settings.port, f"Give 1 to {PORT_MAX}")
        require(settings.zone in available_timezones(), "hq", "zone", settings.zone, "As Asia/Shanghai")
        require(settings.language in ("zh-CN", "en"), "hq", "language", settings.language, "zh-CN or en")
        days = settings.lease_days
        require(1 <= days <= LEASE_DAYS_MAX, "hq", "lease_days", days, f"Give 1 to {LEASE_DAYS_MAX}")
        require(bool(settings.spool_path()), "hq", "spool_dir", settings.spool_dir, "Name a folder")
        return settings

    def spool_path(self) -> Path | None:
        """The folder for files in passing; None if none is set and the database is not an SQLite file."""
        if self.spool_dir:
            return Path(self.spool_dir)
        if self.database_url.startswith(_SQLITE) and self.database_url != _SQLITE:
            return Path(self.database_url.removeprefix(_SQLITE)).parent / "hq-spool"
        return None


class Tokens:
    """Who a bearer token belongs to. Holds digests only, so no dump or log can show a token."""

    def __init__(self, gateways: dict[str, str], staff: str) -> None:
        self._gateways = {_digest(token): gateway for gateway, token in gateways.items()}
        self._staff = _digest(staff)
        # What a browser keeps: made from the token, so that a stolen cookie does not give the token away.
        self.staff_mark = hmac.new(self._staff, b"shopbell hq cookie", hashlib.sha256).hexdigest()
        self.gateways = tuple(sorted(gateways))

    def gateway(self, token: str) -> str | None:
        """The gateway of a token; None for a token that is no gateway's."""
        return self._gateways.get(_digest(token))

    def is_staff(self, token: str) -> bool:
        """Whether the token is the staff's."""
        return _digest(token) == self._staff

    def __repr__(self) -> str:
        return f"Tokens({len(self.gateways)} gateways)"


def _digest(token: str) -> bytes:
    # Comparing digests leaks no prefix of a token by time.
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


class _TokenFile(msgspec.Struct, forbid_unknown_fields=True):
    gateways: dict[str, str]
    staff: str


def read_tokens(path: str) -> Tokens:
    """The tokens of the file, checked. Raises SettingsError naming the file and what to do."""
    hint = 'Write {"gateways": {"<gateway id>": "<token>"}, "staff": "<token>"} into it'
    try:
        found = msgspec.json.decode(Path(path).read_bytes(), type=_TokenFile)
    except OSError as fault:
        raise SettingsError(f"[hq] token_file = {path!r}: {fault.strerror}", hint) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise SettingsError(f"[hq] token_file = {path!r}: {fault}", hint) from None
    _check_tokens(path, found)
    return Tokens(found.gateways, found.staff)


def _check_tokens(path: str, found: _TokenFile) -> None:
    for gateway in found.gateways:
        if not _GATEWAY_ID.match(gateway) or gateway == HQ:
            raise SettingsError(
                f"[hq] token_file = {path!r}: {gateway!r} is no gateway id",
                f"Use a-z, 0-9 and -, at most 32, and not {HQ!r}",
            )
    every = [*found.gateways.values(), found.staff]
    if min(map(len, every)) < TOKEN_CHARACTERS_MIN:
        raise SettingsError(
            f"[hq] token_file = {path!r}: a token is too short",
            f"Make each of at least {TOKEN_CHARACTERS_MIN} random characters",
        )
    if len(set(every)) != len(every):
        raise SettingsError(f"[hq] token_file = {path!r}: two tokens are alike", "Make each its own")
