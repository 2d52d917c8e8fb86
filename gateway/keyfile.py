"""Keys that the gateway and the portal make for themselves: random bytes, each in a file of its own."""

import os
import secrets
from pathlib import Path
from typing import Final

from gateway.errors import SettingsError

KEY_BYTES: Final = 32


def read_key(path: Path, hint: str) -> bytes:
    """The key of a file, made at the first start; `hint` says what to do where the file is unusable, which
    raises SettingsError."""
    try:
        if not path.exists():
            _write_new(path, secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
    except OSError as problem:
        raise SettingsError(f"{path} cannot be used ({problem.strerror})", hint) from problem
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{path} holds no key of {KEY_BYTES} bytes", hint)
    return key


def _write_new(path: Path, key: bytes) -> None:
    """Whole and readable for its owner alone, or not there."""
    aside = path.with_suffix(".new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)
