"""What `shopbell pki` does: init, sign, revoke. Each works on one folder; `shopbell run` calls them too."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from shopbell.errors import ShopbellError
from shopbell.pki import authority, folder
from shopbell.pki.requests import check_device, read_request


def init(path: Path, hosts: Iterable[str]) -> None:
    """New authorities and the broker's certificate. Raises ShopbellError if the folder holds anything."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_existing(path)
    device_key, server_key, broker_key = authority.make_key(), authority.make_key(), authority.make_key()
    device_ca = authority.make_authority(device_key, "Shopbell devices")
    server_ca = authority.make_authority(server_key, "Shopbell server")
    broker = authority.make_server(broker_key, server_ca, server_key, hosts)
    folder.write_pair(path, folder.DEVICE_CA, device_key, device_ca)
    folder.write_pair(path, folder.SERVER_CA, server_key, server_ca)
    folder.write_pair(path, folder.BROKER, broker_key, broker)
    folder.write_once(path / folder.CA_DER, server_ca.public_bytes(Encoding.DER))
    write_revocations(path)


def refuse_existing(path: Path) -> None:
    """Raises ShopbellError if the folder holds anything: a half-made set is for a person to judge."""
    found = sorted(entry.name for entry in path.iterdir())
    if found:
        raise ShopbellError(
            f"{path} already holds {found[0]}", "keys are never overwritten; name an empty folder"
        )


def sign(path: Path, request: bytes, device: str) -> bytes:
    """The device's certificate as DER, recorded before it is handed out. ShopbellError on a bad request."""
    checked = read_request(request, device)
    key, ca = folder.read_pair(path, folder.DEVICE_CA)
    certificate = authority.make_device(checked, device, ca, key)
    folder.record(path, device, certificate.serial_number, "issued", now())
    return certificate.public_bytes(Encoding.DER)


def revoke(path: Path, device: str) -> int:
    """Revoke every certificate of the device; how many were valid. ShopbellError if it never had one."""
    mine = [entry for entry in folder.read_issued(path) if entry.device == check_device(device)]
    if not mine:
        raise ShopbellError(f"no certificate was ever issued to {device}", "see `shopbell pki show`")
    valid = [entry for entry in mine if not entry.revoked]
    for entry in valid:
        folder.record(path, device, entry.serial, "revoked", now())
    write_revocations(path)
    return len(valid)


def write_revocations(path: Path) -> None:
    """The revocation list made anew from the log, so that a power cut between the two heals itself."""
    key, ca = folder.read_pair(path, folder.DEVICE_CA)
    issued = folder.read_issued(path)
    revoked = [entry.serial for entry in issued if entry.revoked]
    crl = authority.make_revocation_list(ca, key, revoked, number=len(issued) + len(revoked))
    folder.replace(path / folder.REVOCATIONS, crl.public_bytes(Encoding.PEM))


def now() -> str:
    """The time of day for the log, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
