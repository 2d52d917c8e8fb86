"""The one settings file of the lab's store, who runs what there, and the store's key for phone numbers."""

from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hardware_tests.lab.wires import LAN, OURS, WAN, WORLD, WORLD_DNS

GATEWAY_USER, PORTAL_USER = "shopbell", "shopbell-portal"
NAME: Final = "wifi.shopbell.example"
STORE, STORE_NAME = "river", "River Road"
CONSOLE_PORT, BROKER_PORT, PORTAL_PORT = 8080, 1883, 8081
TOKEN: Final = "lab-token-0123456789abcdef"
PHONE_KEY: Final = "phone.pub"

SETTINGS: Final = """\
[gateway]
id = "lab"
store = "{store}"
store_name = "{store_name}"
data_dir = "{folder}/gateway"
run_dir = "{folder}/run"
mqtt_port = {broker_port}
http_host = "0.0.0.0"
http_port = {console_port}
token_file = "{folder}/token"
ballast_mib = 0
low_water_mib = 1
broker_secured = false
portal_user = "{portal_user}"
phone_key_file = "{folder}/phone.pub"

[network]
lan = "{lan}"
wan = "{wan}"
address = "{ours}/22"
first = "10.77.0.50"
last = "10.77.3.250"
name = "{name}"
certificate_file = "{certificate}"
certificate_key_file = "{key}"
upstreams = "{upstream}"
clients_max = {clients_max}
run_dir = "{folder}/run"
data_dir = "{folder}/network"

[portal]
store = "{store}"
store_name = "{store_name}"
brand = "Bright Bakery"
run_dir = "{folder}/run"
data_dir = "{folder}/portal"
http_port = {portal_port}
wan_check_url = "http://{world}/generate_204"
contact = "privacy@shopbell.example"
{more}"""


def write(folder: Path, certificate: tuple[Path, Path] | None, clients_max: int, **portal: Any) -> Path:
    """The settings file and what it names; no certificate, no TLS. `portal`: more keys of that table."""
    lines = (f"{key} = {str(value).lower()}\n" for key, value in portal.items())
    text = SETTINGS.format(
        folder=folder,
        certificate=certificate[0] if certificate else "",
        key=certificate[1] if certificate else "",
        more="".join(lines),
        store=STORE,
        store_name=STORE_NAME,
        name=NAME,
        lan=LAN,
        wan=WAN,
        ours=OURS,
        upstream=WORLD_DNS,
        world=WORLD,
        clients_max=clients_max,
        broker_port=BROKER_PORT,
        console_port=CONSOLE_PORT,
        portal_port=PORTAL_PORT,
        portal_user=PORTAL_USER,
    )
    path = folder / "shopbell.toml"
    path.write_text(text)
    (folder / "token").write_text(TOKEN)
    _write_phone_key(folder / PHONE_KEY)
    return path


def _write_phone_key(path: Path) -> None:
    """HQ's public key; nobody here can open what is sealed to it."""
    public = X25519PrivateKey.generate().public_key()
    path.write_bytes(
        public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
