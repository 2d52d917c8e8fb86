"""The broker as the settings describe it: its listeners, its passwords, its files."""

import secrets
from pathlib import Path

from gateway.errors import GatewayError
from gateway.settings import GatewaySettings
from shopbell.broker import folder, mosquitto
from shopbell.broker.settings import BrokerSettings, PkiSettings
from shopbell.pki.folder import write_once
from shopbell.settings import Config, TableError, section

WATCH_PASSWORD = "watch.password"
PASSWORD_BYTES = 32


def write_mosquitto(config: Config) -> Path:
    """All of mosquitto's files for these settings; the configuration's path. Raises ShopbellError."""
    broker = broker_settings(config)
    place = Path(broker.folder)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    gateway = gateway_settings(config)
    passwords = {
        mosquitto.GATEWAY_USER: password(gateway_password_path(config)),
        mosquitto.WATCH_USER: password(place / WATCH_PASSWORD),
    }
    pki = section(config, "pki", PkiSettings.from_table, TableError)
    return folder.write(place, Path(pki.folder), listeners(broker, gateway), passwords)


def listeners(broker: BrokerSettings, gateway: GatewaySettings) -> mosquitto.Listeners:
    """Where the broker listens: devices as [broker] says, the gateway as [gateway] says."""
    return mosquitto.Listeners(
        broker.device_host,
        broker.device_port,
        gateway.mqtt_host,
        gateway.mqtt_port,
        folder.account(broker.user),
    )


def gateway_password_path(config: Config) -> Path:
    """The file the gateway reads its password from; beside the broker's files if the settings name none."""
    named = gateway_settings(config).mqtt_password_file
    return Path(named) if named else Path(broker_settings(config).folder) / "gateway.password"


def password(path: Path) -> str:
    """The password in this file; made at the first call, 0600."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_once(path, secrets.token_urlsafe(PASSWORD_BYTES).encode() + b"\n")
    return path.read_text("utf-8").strip()


def broker_settings(config: Config) -> BrokerSettings:
    """The [broker] table. Raises ShopbellError."""
    return section(config, "broker", BrokerSettings.from_table, TableError)


def gateway_settings(config: Config) -> GatewaySettings:
    """The [gateway] table. Raises ShopbellError."""
    return section(config, "gateway", GatewaySettings.from_table, GatewayError)
