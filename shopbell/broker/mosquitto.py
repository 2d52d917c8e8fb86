"""mosquitto's configuration as text. Pure: paths and ports in, files' contents out.

Two listeners. Devices: mutual TLS, the certificate's common name is user name and client id at once, so no
terminal can evict another by using its id, and two patterns keep each inside its own topics. Gateway:
loopback and password, with its own list of topics and without the client-id rule, so that it can close a
revoked device's open connection by taking over its id.

Nothing is persisted: a PUBACK promises nothing here, a device keeps its record until the gateway's `booked`.
"""

from pathlib import Path
from typing import NamedTuple

CONFIGURATION, PASSWORDS = "mosquitto.conf", "passwords"
DEVICE_ACL, GATEWAY_ACL = "devices.acl", "gateway.acl"
GATEWAY_USER, WATCH_USER = "gateway", "watch"

# The largest message, `booked` with a whole 128x64 picture, has some 1,100 bytes; the codec takes 4,096.
PACKET_BYTES_MAX = 8192
# The gateway's bench keeps 64 taps open; mosquitto's default of 20 would be the limit that is measured.
INFLIGHT_MAX = 256
# What waits for a slow client. Beyond, mosquitto drops, and the device sends again: it was not `booked`.
QUEUED_MAX, QUEUED_BYTES_MAX = 4000, 4 * 1024 * 1024
# For the whole broker, on a board with 512 MiB and up.
MEMORY_BYTES_MAX = 64 * 1024 * 1024
# Many times the terminals and beacons of one store.
CONNECTIONS_MAX = 256

DEVICE_ACL_TEXT = """\
# %u is the certificate's common name and fills one whole topic level.
pattern write sb/v1/%u/up/#
pattern read sb/v1/%u/down/#
"""

GATEWAY_ACL_TEXT = f"""\
user {GATEWAY_USER}
topic read sb/v1/+/up/#
topic write sb/v1/+/down/#

# `shopbell device watch`: reads everything, writes nothing.
user {WATCH_USER}
topic read sb/v1/#
"""


class Listeners(NamedTuple):
    """Where the broker listens, and as which account. `user` "" leaves the choice to mosquitto."""

    device_host: str
    device_port: int
    gateway_host: str
    gateway_port: int
    user: str


def configuration(folder: Path, listeners: Listeners) -> str:
    """The whole mosquitto.conf for a folder that holds the other files."""
    return (
        common(folder, listeners.user)
        + device_listener(folder, listeners)
        + gateway_listener(folder, listeners)
    )


def common(folder: Path, user: str) -> str:
    return f"""\
# Written by `shopbell`; changes here are lost. The settings are [broker] and [pki] in shopbell.toml.
per_listener_settings true
{f"user {user}" if user else "# started by an ordinary account: nothing to drop"}
pid_file {folder}/mosquitto.pid
log_dest stderr
log_timestamp_format %Y-%m-%dT%H:%M:%S
log_type error
log_type warning
log_type notice
log_type information
connection_messages true
sys_interval 0

# Nothing depends on what the broker stores: a record leaves its terminal on `booked`, not on PUBACK.
persistence false
persistent_client_expiration 1h

# Without it every answer waits some 40 ms for the other side's delayed ACK.
set_tcp_nodelay true
max_inflight_messages {INFLIGHT_MAX}
max_queued_messages {QUEUED_MAX}
max_queued_bytes {QUEUED_BYTES_MAX}
max_packet_size {PACKET_BYTES_MAX}
memory_limit {MEMORY_BYTES_MAX}
"""


def device_listener(folder: Path, listeners: Listeners) -> str:
    return f"""
listener {listeners.device_port} {listeners.device_host}
max_connections {CONNECTIONS_MAX}
allow_anonymous false
allow_zero_length_clientid false
require_certificate true
use_identity_as_username true
use_username_as_clientid true
tls_version tlsv1.2
cafile {folder}/device-ca.pem
crlfile {folder}/device-crl.pem
certfile {folder}/broker.pem
keyfile {folder}/broker.key
acl_file {folder}/{DEVICE_ACL}
"""


def gateway_listener(folder: Path, listeners: Listeners) -> str:
    return f"""
listener {listeners.gateway_port} {listeners.gateway_host}
max_connections {CONNECTIONS_MAX}
allow_anonymous false
allow_zero_length_clientid false
password_file {folder}/{PASSWORDS}
acl_file {folder}/{GATEWAY_ACL}
"""
