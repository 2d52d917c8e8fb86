"""`shopbell device watch`: every message between devices and gateway, as a line for people.

Reads as the broker's `watch` user, who may read all and write nothing. A message that the contract refuses is
shown with the reason the gateway would count it under, and the start of its bytes.
"""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from firmware.protocol import messages, topics
from firmware.protocol.errors import ProtocolError
from gateway.settings import GatewaySettings
from shopbell.broker import mosquitto, service
from shopbell.errors import ShopbellError
from shopbell.settings import Config

FILTER = "sb/v1/#"
# Enough of a refused message to recognise it.
SHOWN_BYTES_MAX = 48
# Pixels and other long fields are shown by their length.
SHOWN_FIELD_BYTES_MAX = 32


def watch(config: Config) -> None:
    """Print every message until Ctrl-C. Raises ShopbellError if there is no broker."""
    gateway = service.gateway_settings(config)
    client = make_client(config, gateway, lambda line: print_line(line))
    try:
        client.connect(gateway.mqtt_host, gateway.mqtt_port)
        client.loop_forever()
    except OSError as error:
        where = f"{gateway.mqtt_host}:{gateway.mqtt_port}"
        raise ShopbellError(f"no broker at {where} ({error})", "is `make run` running?") from None
    finally:
        client.disconnect()


def make_client(config: Config, gateway: GatewaySettings, show: Callable[[str], None]) -> mqtt.Client:
    """A client that shows what it reads; it subscribes anew at each connection."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, clean_session=True)
    password = Path(service.broker_settings(config).folder) / service.WATCH_PASSWORD
    if gateway.broker_secured and password.exists():
        client.username_pw_set(mosquitto.WATCH_USER, service.password(password))

    def on_connect(_client: object, _data: object, _flags: object, code: object, _properties: object) -> None:
        client.subscribe(FILTER, qos=0)
        show(f"watching {FILTER} ({code})")

    def on_message(_client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        show(f"{datetime.now():%H:%M:%S.%f}"[:-3] + f"  {describe(message.topic, bytes(message.payload))}")

    client.on_connect = on_connect
    client.on_message = on_message
    return client


def describe(topic: str, payload: bytes) -> str:
    """One message as one line. Pure."""
    try:
        device, direction, kind = topics.parse(topic)
        arrow = "->" if direction == "up" else "<-"
        if not payload:
            return f"{device:<12} {arrow} {kind:<9} (empty)"
        return f"{device:<12} {arrow} {kind:<9} {readable(messages.decode(kind, payload))}"
    except ProtocolError as error:
        shown = payload[:SHOWN_BYTES_MAX].hex() + ("..." if len(payload) > SHOWN_BYTES_MAX else "")
        detail = f" ({error.detail})" if error.detail else ""
        return f"REFUSED {error.reason}{detail}: {topic[:80]!r}, {len(payload)} bytes {shown}"


def readable(value: object) -> str:
    """A message with its fields' names; bytes as hex, long ones by their length."""
    if isinstance(value, bytes):
        return value.hex() if len(value) <= SHOWN_FIELD_BYTES_MAX else f"<{len(value)} bytes>"
    if isinstance(value, tuple):
        names = getattr(value, "_fields", None)
        if names:
            return (
                "{"
                + " ".join(f"{name}={readable(item)}" for name, item in zip(names, value, strict=True))
                + "}"
            )
        return "[" + ", ".join(readable(item) for item in value) + "]"
    return repr(value) if isinstance(value, str) else str(value)


def print_line(line: str) -> None:
    """At once, also into a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
