"""The folder `make run` lives in: what lies where, its settings file, its tokens, and starting afresh.

lock            held by the running `shopbell run`, whose process id is in it
shopbell.toml   written once, then the person's to change; every process is started with it
pki/ broker/    keys and the broker's files
store/ run/     the gateway's and the bridge's data, their sockets, and the printer's serial line
portal/         what the guests' Wi-Fi remembers: grants, keys of cookies, leases
hq/             HQ's database, the programs it begins with, the key that signs them, the one for phone numbers
tokens/         0600: hq.json, bridge, gateway
firmware/       what the terminals run, per board
devices/<id>/   the flash of a virtual terminal
log/            one file per child
"""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from samples.brand import BUNDLE_JSON, read_brand
from shopbell.errors import ShopbellError
from shopbell.pki.folder import write_once

SETTINGS, LOCK, PRINTER = "shopbell.toml", "lock", "run/printer"
TOKEN_BYTES = 32
# A Unix socket's path has room for 107 bytes; the longest one is <folder>/run/gateway.sock.
SOCKET_PATH_BYTES_MAX = 107
LONGEST_SOCKET = "run/gateway.sock"
STORE, GATEWAY_ID = "river", "river-1"

TEXT = """\
# Written by `shopbell run` at its first start; change what you like, it is not written again.
# SHOPBELL_<TABLE>__<KEY> in the environment overrides a key, as in SHOPBELL_GATEWAY__HTTP_PORT=8180.

[run]
bench_port = 8095

[gateway]
id = "{gateway}"
store = "{store}"
store_name = {store_name}
data_dir = "{folder}/store"
run_dir = "{folder}/run"
token_file = "{folder}/tokens/gateway"
http_port = 8080
mqtt_port = 1883
mqtt_password_file = "{folder}/broker/gateway.password"
bundle_key_file = "{folder}/hq/bundle.key.pub"
printer = "{folder}/run/printer"
phone_key_file = "{folder}/hq/phone.key.pub"
tills = "till-1=counter-1"

[bridge]
gateway_id = "{gateway}"
# The internet plug of the bench page listens here and passes on to HQ.
hq_url = "http://127.0.0.1:8091"
token_file = "{folder}/tokens/bridge"
data_dir = "{folder}/store"
run_dir = "{folder}/run"

[hq]
port = 8090
database_url = "sqlite:///{folder}/hq/hq.db"
token_file = "{folder}/tokens/hq.json"
bundle_file = "{folder}/hq/bundle.json"
bundle_key_file = "{folder}/hq/bundle.key"
phone_key_file = "{folder}/hq/phone.key"

[broker]
device_port = 8883
folder = "{folder}/broker"

[pki]
folder = "{folder}/pki"
"""

# The guests' Wi-Fi as it is played here: this machine's own browser is the phone, and no firewall is touched.
# Who may show its pages in a frame, and how it finds out about the internet, processes.py tells it.
WIFI_TEXT = """\

[network]
run_dir = "{folder}/run"
data_dir = "{folder}/portal"

[portal]
store = "{store}"
store_name = {store_name}
brand = {brand}
run_dir = "{folder}/run"
data_dir = "{folder}/portal"
http_port = 8081
behind_proxy = false
simulated = true
contact = "privacy@chenmai.example"
"""


def take(folder: Path) -> int:
    """Hold the folder for this process alone until it ends: a descriptor. ShopbellError if another has it."""
    check_length(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(descriptor, 32).decode("ascii", "replace").strip()
        os.close(descriptor)
        hint = "stop it with Ctrl-C, or name another folder with --var"
        raise ShopbellError(f"{folder} is in use by another `shopbell run` (process {owner})", hint) from None
    os.truncate(descriptor, 0)
    os.write(descriptor, b"%d\n" % os.getpid())
    return descriptor


def prepare(folder: Path, reset: bool) -> Path:
    """The folder, which is taken, with all of its parts; the settings file's path. Raises ShopbellError."""
    if reset:
        throw_away(folder)
    for name in ("store", "run", "portal", "hq", "tokens", "firmware", "devices", "log"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    settings = folder / SETTINGS
    if not settings.exists():
        (folder / "hq" / "bundle.json").write_bytes(BUNDLE_JSON.read_bytes())
        settings.write_text(first_settings(folder), "utf-8")
    elif "\n[portal]\n" not in settings.read_text("utf-8"):  # of a version that had no Wi-Fi yet
        with settings.open("a", encoding="utf-8") as file:
            file.write(wifi_settings(folder))
    make_tokens(folder / "tokens")
    return settings


def first_settings(folder: Path) -> str:
    """The settings file as it is first written."""
    text = TEXT.format(folder=folder, gateway=GATEWAY_ID, store=STORE, store_name=_both(_store_names()))
    return text + wifi_settings(folder)


def wifi_settings(folder: Path) -> str:
    """The tables of the guests' Wi-Fi."""
    names = {"store_name": _both(_store_names()), "brand": _both(read_brand().name)}
    return WIFI_TEXT.format(folder=folder, store=STORE, **names)


def _store_names() -> Mapping[str, str]:
    return next(store.name for store in read_brand().stores if store.id == STORE)


def _both(name: Mapping[str, str]) -> str:
    """A name in both languages, quoted by TOML's own rules for such a text."""
    return json.dumps(" / ".join(dict.fromkeys(name.values())), ensure_ascii=False)


def throw_away(folder: Path) -> None:
    """Remove all the folder holds but the lock, if it is one of ours. Raises ShopbellError if it is not."""
    if not folder.exists():
        return
    held = [path for path in folder.iterdir() if path.name != LOCK]
    if held and not (folder / SETTINGS).exists():
        hint = "it is left alone; name another with --var"
        raise ShopbellError(f"{folder} is not a folder of `shopbell run`", hint)
    for path in held:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def check_length(folder: Path) -> None:
    """Raises ShopbellError if a socket's path would be longer than the kernel allows."""
    path = str(folder / LONGEST_SOCKET)
    if len(path.encode()) > SOCKET_PATH_BYTES_MAX:
        raise ShopbellError(f"{path} is too long for a socket's path", "name a shorter folder with --var")


def make_tokens(folder: Path) -> None:
    """The bearer tokens of HQ, bridge and gateway, made once."""
    if (folder / "hq.json").exists():
        return
    bridge, staff = secrets.token_urlsafe(TOKEN_BYTES), secrets.token_urlsafe(TOKEN_BYTES)
    write_once(folder / "gateway", secrets.token_urlsafe(TOKEN_BYTES).encode() + b"\n")
    write_once(folder / "bridge", bridge.encode() + b"\n")
    write_once(folder / "hq.json", json.dumps({"gateways": {GATEWAY_ID: bridge}, "staff": staff}).encode())


def read_token(path: Path) -> str:
    """A token file's one token."""
    return path.read_text("utf-8").strip()


def staff_token(path: Path) -> str:
    """The staff's token out of HQ's file."""
    return str(json.loads(path.read_bytes())["staff"])
