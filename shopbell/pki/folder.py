"""The folder of keys on disk: what lies where, with which mode, and what is never overwritten.

    device-ca.key  device-ca.pem           signs devices; the broker gets the certificate as its cafile
    server-ca.key  server-ca.pem  ca.der   signs the broker; devices get ca.der
    broker.key     broker.pem              the broker's own
    device-crl.pem                         revoked devices; rewritten as a whole, by rename
    issued.jsonl                           one line for every certificate issued or revoked, only added to

All files are 0600 in a 0700 folder. A key or a certificate is written once (O_EXCL): a second `init` cannot
silently replace the authority that every device in the shop trusts.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shopbell.errors import ShopbellError
from shopbell.pki import authority

DEVICE_CA, SERVER_CA, BROKER = "device-ca", "server-ca", "broker"
REVOCATIONS, ISSUED, CA_DER = "device-crl.pem", "issued.jsonl", "ca.der"


class Issued(NamedTuple):
    """One issued certificate. `revoked` as the log says; times are UTC, for people to read."""

    device: str
    serial: int
    at: str
    revoked: bool


def write_once(path: Path, data: bytes) -> None:
    """A new 0600 file, on the disk when this returns. Raises ShopbellError if the file is there already."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ShopbellError(
            f"{path} is there already", "keys are never overwritten; move it away first"
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace(path: Path, data: bytes, mode: int = 0o600) -> None:
    """The file with new content, old or new as a whole at any power cut."""
    aside = path.with_name(path.name + ".new")
    aside.unlink(missing_ok=True)
    write_once(aside, data)
    aside.chmod(mode)
    aside.replace(path)


def write_pair(folder: Path, name: str, key: authority.Key, certificate: x509.Certificate) -> None:
    """A key and its certificate; the key first, so that a certificate always has one."""
    write_once(folder / f"{name}.key", key_pem(key))
    write_once(folder / f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM))


def key_pem(key: authority.Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def read_pair(folder: Path, name: str) -> tuple[authority.Key, x509.Certificate]:
    """An authority's key and certificate. Raises ShopbellError if they are missing or damaged."""
    try:
        key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
    except FileNotFoundError as error:
        raise ShopbellError(f"no {error.filename}", "make the keys with `shopbell pki init`") from None
    except (OSError, ValueError) as error:
        raise ShopbellError(f"cannot read {name} in {folder} ({error})", "restore it from a backup") from None
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key, certificate


def record(folder: Path, device: str, serial: int, what: str, at: str) -> None:
    """Add one line ("issued" or "revoked") to the log, whole or not at all; it is on the disk on return."""
    line = json.dumps({"what": what, "device": device, "serial": f"{serial:x}", "at": at}, sort_keys=True)
    log = folder / ISSUED
    before = log.read_bytes() if log.exists() else b""
    replace(log, before + line.encode() + b"\n")


def read_issued(folder: Path) -> list[Issued]:
    """Every certificate ever issued, oldest first. Raises ShopbellError if a line is damaged."""
    try:
        lines = (folder / ISSUED).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    try:
        return fold(json.loads(line) for line in lines)
    except (ValueError, KeyError, TypeError) as error:
        raise ShopbellError(f"{folder / ISSUED} is damaged ({error})", "restore it from a backup") from None


def fold(entries: Iterable[dict[str, str]]) -> list[Issued]:
    """The log's lines as one entry per serial, with the last word on each."""
    known: dict[int, Issued] = {}
    for entry in entries:
        serial = int(entry["serial"], 16)
        if entry["what"] == "revoked":
            known[serial] = known[serial]._replace(revoked=True)
        else:
            known[serial] = Issued(entry["device"], serial, entry["at"], False)
    return list(known.values())
