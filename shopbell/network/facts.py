"""Looks at this machine for `shopbell network check`. Changes nothing; a process is asked how it is."""

import asyncio
import json
import pwd
import re
import shutil
import socket
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.lines import Answer, Asker, Away
from gateway.portal.announce import pid_path
from gateway.portal.names import address_of
from gateway.portal.net.firewall import TOOLS_PATH
from gateway.portal.net.rules import DNS_PORT
from gateway.portal.settings import NETD_SOCKET, NetworkSettings, PortalSettings
from shopbell.network import places
from shopbell.network.checking import PACKAGES, Certificate, Machine, kernel_keys, users

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as X509

WAIT_S: Final = 2.0
TOOL_WAIT_S: Final = 10.0
_LISTENING: Final = {"tcp": "0A", "udp": "07"}  # states in /proc/net


def look(network: NetworkSettings, portal: PortalSettings, wanted: Mapping[str, str], root: Path) -> Machine:
    """Everything that checking.findings asks for. `root` is where installed files lie, / but in tests."""
    files, unreadable = _read(root, wanted)
    health = asyncio.run(_health(Path(network.run_dir) / NETD_SOCKET))
    interfaces = _interfaces()
    # Our address is asked only where it is ours: elsewhere the question would leave this machine.
    here = any(str(network.interface) in addresses for addresses in interfaces.values())
    ours = str(network.interface.ip)
    return Machine(
        interfaces=interfaces,
        programs=frozenset(each for each in PACKAGES if _which(each)),
        dnsmasq=_dnsmasq_version(),
        users=frozenset(each for each in users(network) if _is_user(each)),
        kernel={key: _kernel(key) for key in kernel_keys(wanted[places.KERNEL])},
        files=files,
        unreadable=unreadable,
        certificate=_certificate(network),
        taken_ports=tuple(_taken(network)),
        netd=bool(health.get("ok")),
        table=bool(health.get("table")),
        shaped=bool(health.get("shaped")),
        pages=_reached(portal.http_host, portal.http_port),
        web=here and _reached(ours, network.http_port),
        resolver_says=asyncio.run(address_of(network.name, ours)) if here else "",
    )


def _read(root: Path, wanted: Iterable[str]) -> tuple[dict[str, str | None], frozenset[str]]:
    found: dict[str, str | None] = {}
    unreadable = set()
    for path in wanted:
        try:
            found[path] = (root / path).read_text("utf-8")
        except FileNotFoundError:
            found[path] = None
        except (OSError, UnicodeDecodeError):
            unreadable.add(path)
    return found, frozenset(unreadable)


async def _health(path: Path) -> Answer:
    """What netd says; empty where it says nothing."""
    asker = Asker(path)
    try:
        return await asker.ask("health")
    except Away:
        return {}
    finally:
        asker.close()


def _interfaces() -> dict[str, tuple[str, ...]]:
    """The interfaces and their addresses of IPv4, as `ip` lists them; none where there is no `ip`."""
    listed = _said("ip", "-j", "-4", "address", "show")
    names = [path.name for path in Path("/sys/class/net").glob("*")]
    found: dict[str, tuple[str, ...]] = dict.fromkeys(names, ())
    for each in json.loads(listed) if listed else []:
        addresses = (
            f"{one['local']}/{one['prefixlen']}" for one in each.get("addr_info", []) if "local" in one
        )
        found[each["ifname"]] = tuple(addresses)
    return found


def _dnsmasq_version() -> tuple[int, int] | None:
    shown = re.search(r"version (\d+)\.(\d+)", _said("dnsmasq", "--version"))
    return (int(shown[1]), int(shown[2])) if shown else None


def _said(tool: str, *arguments: str) -> str:
    """What a program prints; empty where it is not there or fails."""
    path = _which(tool)
    if path is None:
        return ""
    try:
        done = subprocess.run(
            [path, *arguments], capture_output=True, text=True, timeout=TOOL_WAIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _which(tool: str) -> str | None:
    return shutil.which(tool, path=TOOLS_PATH)


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _kernel(key: str) -> str | None:
    """A setting of the kernel; in a key as sysctl.d has it, `/` stands for a dot inside a name."""
    path = "/".join(part.replace("/", ".") for part in key.split("."))
    try:
        return (Path("/proc/sys") / path).read_text("ascii").strip()
    except OSError:
        return None


def _taken(network: NetworkSettings) -> list[int]:
    """Ports that we need and somebody else has: somebody listens while our process does not run."""
    ours = str(network.interface.ip)
    needed = [(pid_path(network), DNS_PORT, "udp")]
    web = places.web_folder(network) / "nginx.pid"
    needed += [(web, network.http_port, "tcp"), (web, network.https_port, "tcp")]
    return [port for pid, port, kind in needed if not _runs(pid) and _listens(kind, ours, port)]


def _runs(pid_file: Path) -> bool:
    try:
        return Path(f"/proc/{int(pid_file.read_text('ascii'))}").exists()
    except (OSError, ValueError):
        return False


def _listens(kind: str, address: str, port: int) -> bool:
    """Whether anybody has this port at all addresses or at this one (proc(5), /proc/net/tcp)."""
    here = socket.inet_aton(address)[::-1].hex().upper()
    wanted = {f"{each}:{port:04X}" for each in (here, "00000000")}
    try:
        lines = Path(f"/proc/net/{kind}").read_text("ascii").splitlines()[1:]
    except OSError:
        return False
    rows = (line.split() for line in lines)
    return any(row[1] in wanted and row[3] == _LISTENING[kind] for row in rows)


def _reached(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=WAIT_S).close()
    except OSError:
        return False
    return True


def _certificate(network: NetworkSettings) -> Certificate | None:
    if not network.certificate_file:
        return None
    from cryptography import x509

    try:
        certificate = x509.load_pem_x509_certificate(Path(network.certificate_file).read_bytes())
    except (OSError, ValueError) as problem:
        return Certificate(problem=str(problem))
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    return Certificate(
        "", _names(certificate), left.days, _key_fits(certificate, network.certificate_key_file)
    )


def _names(certificate: "X509") -> tuple[str, ...]:
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(found.value.get_values_for_type(x509.DNSName))


def _key_fits(certificate: "X509", path: str) -> bool | None:
    """None where the key cannot be read: it is not meant to be, by most."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        data = Path(path).read_bytes()
    except PermissionError:
        return None
    except OSError:
        return False
    try:
        return load_pem_private_key(data, None).public_key() == certificate.public_key()
    except (ValueError, TypeError):
        return False
