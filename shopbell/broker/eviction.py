"""Shuts a revoked device out of a running broker.

Three steps, because each alone leaves a hole: the list is copied to where mosquitto reads it; SIGHUP makes
mosquitto read it; and a connection that is open stays open, so its client id is taken over from the gateway's
listener, which closes it.
"""

import os
import signal
import threading
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from shopbell.broker import folder, mosquitto, service
from shopbell.broker.settings import PkiSettings
from shopbell.errors import ShopbellError
from shopbell.settings import Config, TableError, section

# A broker on loopback answers within milliseconds; longer means that it is not there.
TAKEOVER_WAIT_S = 5.0


def shut_out(config: Config, device: str) -> str:
    """Do all three steps; a sentence on what was done. ShopbellError if a running broker cannot be told."""
    broker = service.broker_settings(config)
    place = Path(broker.folder)
    if not (place / mosquitto.CONFIGURATION).exists():
        return "no mosquitto is configured here: give its machine the new list (`shopbell pki broker`)"
    pki = section(config, "pki", PkiSettings.from_table, TableError)
    folder.refresh_revocations(place, Path(pki.folder), folder.account(broker.user))
    if not reload(place / "mosquitto.pid"):
        return "mosquitto is not running: it reads the list when it starts"
    take_over(config, device)
    return f"mosquitto has read the list, and a connection {device} had open is closed"


def reload(pid_file: Path) -> bool:
    """Make mosquitto read its list again; False if it is not running."""
    try:
        os.kill(int(pid_file.read_text("ascii")), signal.SIGHUP)
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return False
    return True


def take_over(config: Config, device: str) -> None:
    """Connect once under the device's client id, as the gateway's user, and leave."""
    gateway = service.gateway_settings(config)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=device, clean_session=True)
    client.username_pw_set(mosquitto.GATEWAY_USER, service.password(service.gateway_password_path(config)))
    if not connect_once(client, gateway.mqtt_host, gateway.mqtt_port):
        where = f"{gateway.mqtt_host}:{gateway.mqtt_port}"
        hint = "restart it: that closes every connection"
        raise ShopbellError(f"the broker at {where} does not let the gateway in", hint)


def connect_once(client: mqtt.Client, host: str, port: int) -> bool:
    """Whether the broker accepted the client; it is disconnected again on return."""
    accepted = threading.Event()

    def on_connect(_client: object, _data: object, _flags: object, code: ReasonCode, _more: object) -> None:
        if not code.is_failure:
            accepted.set()

    client.on_connect = on_connect
    try:
        client.connect(host, port)
    except OSError:
        return False
    client.loop_start()
    try:
        return accepted.wait(TAKEOVER_WAIT_S)
    finally:
        client.disconnect()
        client.loop_stop()
