"""HQ's private keys: a PEM file each, that only HQ's account can read, its public half beside it, <name>.pub.

A key is made at the first start where its setting names a file that is not there; of two workers that start
together the first one's stays. The public half goes to every gateway. Keys of one kind each: one that leaks
gives nothing of the others away.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from cloud_bridge.errors import SettingsError

PUBLIC_SUFFIX: Final = ".pub"
HINT: Final = "Name a PEM file with an {kind} key, or one that is not there: it is made then"

PrivateKey = Ed25519PrivateKey | X25519PrivateKey


def load(setting: str, path: str, kind: str, make: Callable[[], PrivateKey]) -> object:
    """What key is in this file, made if it is not there; `kind` is the wanted one's name for people.

    Raises SettingsError.
    """
    file = Path(path)
    try:
        if not file.exists():
            _write(file, make())
        return load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as fault:
        problem = f"[hq] {setting} = {path!r} cannot be used ({type(fault).__name__})"
        raise SettingsError(problem, HINT.format(kind=kind)) from None


def wrong_kind(setting: str, path: str, kind: str) -> SettingsError:
    """The error for a key that is none of this kind."""
    return SettingsError(f"[hq] {setting} = {path!r} is no {kind} key", HINT.format(kind=kind))


def public_pem(key: PrivateKey) -> str:
    """The public half, as it stands beside the file and on every gateway."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _write(file: Path, key: PrivateKey) -> None:
    """The key in this file, whole or not at all."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        opened.flush()
        os.fsync(opened.fileno())
    try:
        os.link(part, file)
        file.with_name(file.name + PUBLIC_SUFFIX).write_text(public_pem(key))
    except FileExistsError:
        return
    finally:
        part.unlink()
