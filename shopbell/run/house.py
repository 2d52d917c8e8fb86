"""The folder `make run` lives in: what lies where, its settings file, its tokens, and starting afresh.

shopbell.toml   written once, then the person's to change; every process is started with it
pki/ broker/    keys and the broker's files
store/ run/     the gateway's and the bridge's data, and their sockets
hq/             HQ's database
tokens/         0600: hq.json, bridge, gateway
devices/<id>/   the flash of a virtual terminal
log/            one file per child
"""

import json
import secrets
import shutil
from pathlib import Path

from shopbell.errors import ShopbellError
from shopbell.pki.folder import write_once

SETTINGS = "shopbell.toml"
TOKEN_BYTES = 32
# A Unix socket's path has room for 107 bytes; the longest one is <folder>/run/gateway.sock.
SOCKET_PATH_BYTES_MAX = 107
LONGEST_SOCKET = "run/gateway.sock"
GATEWAY_ID = "river-1"

TEXT = """\
# Written by `shopbell run` at its first start; change what you like, it is not written again.
# SHOPBELL_<TABLE>__<KEY> in the environment overrides a key, as in SHOPBELL_GATEWAY__HTTP_PORT=8180.

[run]
bench_port = 8095

[gateway]
id = "{gateway}"
store = "river"
data_dir = "{folder}/store"
run_dir = "{folder}/run"
token_file = "{folder}/tokens/gateway"
http_port = 8080
mqtt_port = 1883
mqtt_password_file = "{folder}/broker/gateway.password"

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

[broker]
device_port = 8883
folder = "{folder}/broker"

[pki]
folder = "{folder}/pki"
"""


def prepare(folder: Path, reset: bool) -> Path:
    """The folder with all of its parts; the settings file's path. Raises ShopbellError."""
    if reset:
        throw_away(folder)
    check_length(folder)
    for name in ("store", "run", "hq", "tokens", "devices", "log"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    settings = folder / SETTINGS
    if not settings.exists():
        settings.write_text(TEXT.format(folder=folder, gateway=GATEWAY_ID), "utf-8")
    make_tokens(folder / "tokens")
    return settings


def throw_away(folder: Path) -> None:
    """Remove the folder with all it holds, if it is one of ours. Raises ShopbellError if it is not."""
    if not folder.exists():
        return
    if not (folder / SETTINGS).exists():
        raise ShopbellError(
            f"{folder} is not a folder of `shopbell run`", "it is left alone; name another with --var"
        )
    shutil.rmtree(folder)


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
