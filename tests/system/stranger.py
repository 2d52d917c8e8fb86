"""A device with a right certificate and wrong manners, as far as MQTT and TLS let it."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shopbell.pki import folder
from tests.shopbell.broker import rig
from tests.system.store import Store

DEVICE = "probe-1"


def trust(store: Store) -> ssl.SSLContext:
    """What the stranger shows and trusts; its certificate is made at the first call."""
    pki = Path(store.plan.pki.folder)
    identity = rig.Identity(store.folder / "stranger", pki, DEVICE)
    server = x509.load_der_x509_certificate((pki / folder.CA_DER).read_bytes())
    context = ssl.create_default_context(cadata=server.public_bytes(Encoding.PEM).decode())
    context.load_cert_chain(identity.certificate, identity.key)
    return context


@contextmanager
def connected(store: Store) -> Iterator[rig.Client]:
    """The stranger, connected to the devices' listener."""
    with rig.connected(rig.Client(store.plan.broker.device_port, DEVICE, trust(store))) as client:
        yield client
