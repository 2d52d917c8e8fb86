"""The store's own processes on the Pi of the town, as it runs them: from one settings file, without root.

broker and gateway; netd, portal, nginx and dnsmasq twice by the units and files that `shopbell network write`
makes. The gateway has the sample brand in its cache; no bridge and no HQ: the store is alone, as on bad days.
"""

import shutil
import socket
import sqlite3
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final, TypeVar

from gateway.core.event import open_event
from gateway.portal.settings import GUESTS_SOCKET, NETD_SOCKET
from gateway.storage import layout
from hardware_tests.lab import settings, wires
from hardware_tests.lab.certificates import Authority
from hardware_tests.lab.children import Child, privileges, until
from hardware_tests.lab.phones import Phone
from hardware_tests.lab.settings import CONSOLE_PORT, GATEWAY_USER, NAME, PORTAL_PORT
from hardware_tests.lab.spaces import run, sweep
from hardware_tests.lab.units import make_folders, read_unit
from hardware_tests.lab.users import give, settle
from hardware_tests.lab.wires import OURS, Town
from samples.store_cache import write_store
from shopbell.network.places import GROUP

SHOPBELL: Final = str(Path(sys.executable).with_name("shopbell"))
BRAND_KEY: Final = bytes(range(32))
READY_WAIT_S: Final = 30.0
BROKER: Final = "listener {port} 0.0.0.0\nallow_anonymous true\nset_tcp_nodelay true\n"
UNITS: Final = ("netd", "dns", "dns-captive", "web", "portal")  # shopbell-<name>.service

A = TypeVar("A")


class Store:
    """A town with its store; everything is off until open(), and gone when the block is left."""

    def __init__(self, secured: bool = True, clients_max: int = 60, **portal: Any) -> None:
        """`secured`: pages have a certificate. `clients_max`: online at once. `portal`: more of its table."""
        sweep()
        self._phones = 0
        self._closing = ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="sbg-"))
        self._closing.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)
        try:
            self.authority = Authority(self.folder)
            certificate = self.authority.vouch(NAME) if secured else None
            self.settings = settings.write(self.folder, certificate, clients_max, **portal)
            self._make_files()
            self.town = Town()
            self._closing.callback(self.town.close)
            settle(self.town.pi)
            self.children = self._children()
            self._closing.callback(self._stop)
        except BaseException:
            self._closing.close()
            raise

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def __getitem__(self, name: str) -> Child:
        """A process by its name."""
        return self.children[name]

    def open(self) -> "Store":
        """Everything on and answering."""
        try:
            self._lay_lan()
            for child in self.children.values():
                child.start()
            until(self._is_ready, "the store's processes answer", READY_WAIT_S)
        except Exception as problem:
            problem.add_note(self.tails())
            raise
        return self

    def restart(self, name: str) -> None:
        """Kill a process, start it again, and wait until all answer."""
        self[name].kill()
        self.start(name)

    def start(self, *names: str) -> None:
        """Start processes that were killed, and wait until all answer."""
        for name in names:
            self[name].start()
        until(self._is_ready, f"{', '.join(names)} is back", READY_WAIT_S)

    def as_user(self, user: str, code: str, given: str = "") -> str:
        """What a piece of Python prints that runs on the Pi as one of its users; raises CommandFailed."""
        return self.town.pi.run(
            "setpriv", *privileges(user, GROUP, ()), sys.executable, "-c", code, given=given
        )

    def phone(self, mac: str = "", joined: bool = True) -> Phone:
        """Another guest's phone; where `joined`, with an address."""
        self._phones += 1
        phone = Phone(self.town, self._phones, self.folder, mac)
        phone.trusted.load_verify_locations(str(self.authority.file))
        if joined:
            phone.join()
        return phone

    def booked(self, kind: type[A]) -> list[A]:
        """The acts of a kind that the gateway has booked, read from its file."""
        path = layout.ledger_path(str(self.folder / "gateway"))
        with closing(sqlite3.connect(layout.read_only_uri(path), uri=True)) as db:
            rows = db.execute("SELECT body FROM events ORDER BY seq").fetchall()
        acts = (open_event(bytes(body)).act for (body,) in rows)
        return [act for act in acts if isinstance(act, kind)]

    def tails(self) -> str:
        """The ends of all logs."""
        return "\n".join(f"--- {child.name}\n{child.tail()}" for child in self.children.values())

    # what it is made of

    @property
    def _made(self) -> Path:
        """Where the generated files are."""
        return self.folder / "made"

    def _make_files(self) -> None:
        """The generated files, folders with their owners, and a cache with the sample brand in it."""
        data = self.folder / "gateway"
        cache = layout.cache_folder(str(data))
        write_store(cache, "g1", BRAND_KEY, time.time_ns() // 1_000_000, settings.STORE)
        give(data, GATEWAY_USER)
        data.chmod(0o700)
        run(SHOPBELL, "network", "write", "--config", str(self.settings), "--out", str(self._made))
        make_folders(self._made, self.folder)

    def _lay_lan(self) -> None:
        """The guests' interface, by its unit; switches that only the whole machine has are left out (-e)."""
        for command in read_unit(self._made, "shopbell-lan").commands:
            self.town.pi.run(*command, *(["-e"] if "sysctl" in command[0] else []))

    def _children(self) -> dict[str, Child]:
        """Every process, by its name, in the order they start."""
        broker = self.folder / "broker.conf"
        broker.write_text(BROKER.format(port=settings.BROKER_PORT))
        site = self.authority.vouch("example.com")
        gateway = [SHOPBELL, "gateway", "--config", str(self.settings)]
        found = [
            *wires.world(self.town, self.folder, site, sys.executable),
            self._child("broker", ["mosquitto", "-c", str(broker)], "mosquitto"),
            self._child("gateway", gateway, GATEWAY_USER),
        ]
        for name in UNITS:
            unit = read_unit(self._made, f"shopbell-{name}")
            found.append(self._child(name, unit.command, unit.user, unit.group, unit.capabilities))
        return {child.name: child for child in found}

    def _child(
        self, name: str, command: list[str], user: str, group: str = "", capabilities: tuple[str, ...] = ()
    ) -> Child:
        trust = {"SSL_CERT_FILE": str(self.authority.file)}
        log = self.folder / f"{name}.log"
        return Child(name, self.town.pi, command, log, user, group, capabilities, trust)

    def _is_ready(self) -> bool:
        """Everything listens; a process that ended says so at once."""
        for child in self.children.values():
            assert child.running, f"{child.name} ended:\n{child.tail()}"
        doors = (self.folder / "run" / name for name in (NETD_SOCKET, GUESTS_SOCKET))
        listening = ((OURS, 80), (OURS, 53), ("127.0.0.1", PORTAL_PORT), ("127.0.0.1", CONSOLE_PORT))
        return all(map(_is_open, doors)) and all(self._listens(*where) for where in listening)

    def _listens(self, address: str, port: int) -> bool:
        with self.town.pi.inside(), socket.socket() as probe:
            return probe.connect_ex((address, port)) == 0

    def _stop(self) -> None:
        for child in reversed(self.children.values()):
            child.stop()


def _is_open(door: Path) -> bool:
    """Whether somebody listens; a killed process leaves its socket where it was, and one that starts makes it
    before it listens."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(door)) == 0
