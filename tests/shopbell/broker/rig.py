"""A real mosquitto with our configuration and keys, and MQTT clients with and without a certificate."""

import contextlib
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from paho.mqtt.enums import CallbackAPIVersion

from shopbell.broker import service
from shopbell.pki import authority, folder, verbs
from shopbell.settings import Config
from tests.ports import free_port

WAIT_S = 10.0


def configuration(tmp_path: Path) -> Config:
    """Settings on free ports with everything below tmp_path."""
    tables: dict[str, dict[str, object]] = {
        "gateway": {"id": "gw-1", "store": "river", "mqtt_port": free_port()},
        "broker": {"device_port": free_port(), "folder": str(tmp_path / "broker")},
        "pki": {"folder": str(tmp_path / "pki")},
    }
    return Config("test", None, tables)


class Identity:
    """A device's key and certificate as PEM files, signed by the store's device authority."""

    def __init__(self, place: Path, pki: Path, device: str) -> None:
        place.mkdir(parents=True, exist_ok=True)
        key = authority.make_key()
        self.certificate, self.key = place / f"{device}.pem", place / f"{device}.key"
        self.key.write_bytes(folder.key_pem(key))
        signed = x509.load_der_x509_certificate(verbs.sign(pki, request_of(device, key), device))
        self.certificate.write_bytes(signed.public_bytes(Encoding.PEM))


def request_of(device: str, key: authority.Key) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, device)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


class Broker:
    """A running mosquitto."""

    def __init__(self, tmp_path: Path) -> None:
        self.config = configuration(tmp_path)
        self.pki = tmp_path / "pki"
        verbs.init(self.pki, ["localhost", "127.0.0.1"])
        self.conf = service.write_mosquitto(self.config)
        self.device_port = service.broker_settings(self.config).device_port
        self.gateway_port = service.gateway_settings(self.config).mqtt_port
        self.log = (tmp_path / "mosquitto.log").open("wb")
        self.process = subprocess.Popen(["mosquitto", "-c", str(self.conf)], stderr=self.log)
        for port in (self.device_port, self.gateway_port):
            wait_until(lambda port=port: reachable(port))

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(WAIT_S)
        self.log.close()

    def context(self, identity: Identity | None) -> ssl.SSLContext:
        """What a device trusts: the server authority alone."""
        trusted = x509.load_der_x509_certificate((self.pki / folder.CA_DER).read_bytes())
        context = ssl.create_default_context(cadata=trusted.public_bytes(Encoding.PEM).decode())
        if identity is not None:
            context.load_cert_chain(identity.certificate, identity.key)
        return context


def reachable(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition, wait_s: float = WAIT_S) -> bool:
    """Whether the condition came true before the deadline."""
    deadline = time.monotonic() + wait_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class Client:
    """One MQTT 3.1.1 client; what it receives is in `received` as (topic, payload)."""

    def __init__(
        self, port: int, client_id: str, context: ssl.SSLContext | None = None, user: tuple | None = None
    ):
        self.paho = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True)
        self.received: list[tuple[str, bytes]] = []
        self.subscribed, self.connected, self.gone = threading.Event(), threading.Event(), threading.Event()
        self.paho.on_connect = lambda _c, _u, _f, code, _p: code.is_failure or self.connected.set()
        self.paho.on_disconnect = lambda *_arguments: self.gone.set()
        self.paho.on_subscribe = lambda *_arguments: self.subscribed.set()
        self.paho.on_message = lambda _c, _u, message: self.received.append((message.topic, message.payload))
        if context is not None:
            self.paho.tls_set_context(context)
        if user is not None:
            self.paho.username_pw_set(*user)
        self.port = port

    def connect(self) -> bool:
        """Whether the broker accepted."""
        try:
            self.paho.connect("localhost", self.port, keepalive=30)
        except (OSError, ssl.SSLError):
            return False
        self.paho.loop_start()
        return wait_until(lambda: self.connected.is_set() or self.gone.is_set()) and self.connected.is_set()

    def subscribe(self, *filters: str) -> None:
        for topic in filters:
            self.subscribed.clear()
            self.paho.subscribe(topic, qos=1)
            assert self.subscribed.wait(WAIT_S)

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """Publish with QoS 1 and wait for the PUBACK, which mosquitto also sends for what it refuses."""
        self.paho.publish(topic, payload, qos=1, retain=retain).wait_for_publish(WAIT_S)

    def close(self) -> None:
        self.paho.disconnect()
        self.paho.loop_stop()


@contextlib.contextmanager
def connected(client: Client) -> Iterator[Client]:
    assert client.connect()
    try:
        yield client
    finally:
        client.close()
