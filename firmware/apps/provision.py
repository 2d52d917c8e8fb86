"""Run over the cable before a device goes into a store: makes its key, prints the certificate request.

    mpremote run firmware/apps/provision.py      the bundle and device.json are already in flash

    CSR BEGIN counter-1
    MIHNMHUCAQAwFDESMBAGA1UEAwwJY291bnRlci0x...      base64, 64 characters a line
    CSR END

The key never leaves the flash. It is made once: a further run prints a request for the same key, and a key
file that cannot be read stops the run rather than being replaced: a certificate may be waiting for it.
"""

import binascii
import errno
import hashlib
import json
import os
import sys

from firmware.core import csr, p256
from firmware.ports import noise
from firmware.protocol import topics
from firmware.protocol.compat import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SETTINGS_FILE = "device.json"
KEY_FILE = "key.der"
_ASIDE_FILE = "key.der.new"

_LINE_BYTES = 48  # 64 characters of base64
_NOISE_BYTES = 1024  # RP2 takes a bit of its ring oscillator as often: neighbours are not independent


def main() -> None:
    """Make the key unless it is there, print the request. Raises OSError, ValueError, ProtocolError."""
    device = read_device()
    key = read_key()
    if key is None:
        noise.radio_on()
        key = make_key(conditioned_noise)
    sys.stdout.write(report(device, csr.request_der(device, key)))


def read_device() -> str:
    """The id in device.json, checked."""
    with open(SETTINGS_FILE) as file:
        settings = json.load(file)
    device = settings.get("device") if isinstance(settings, dict) else None
    if not isinstance(device, str):
        raise ValueError("device.json names no device")
    return topics.check_device(device)


def read_key() -> "int | None":
    """The key in flash, None if there is none yet; ValueError if the file is damaged."""
    try:
        with open(KEY_FILE, "rb") as file:
            return csr.read_private_key(file.read())
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise
        return None


def make_key(random_bytes: "Callable[[int], bytes]") -> int:
    """A new key, in flash when this returns: written aside, flushed to the medium, renamed into place."""
    key = p256.new_key(random_bytes)
    with open(_ASIDE_FILE, "wb") as file:
        file.write(csr.private_key_der(key))
        file.flush()  # MicroPython: down to the medium
    os.rename(_ASIDE_FILE, KEY_FILE)
    return key


def conditioned_noise(size: int) -> bytes:
    """`size` bytes, up to 32, that are even although the board's noise is not."""
    return hashlib.sha256(os.urandom(_NOISE_BYTES)).digest()[:size]


def report(device: str, request: bytes) -> str:
    """What is printed: the request in base64 between its marks."""
    starts = range(0, len(request), _LINE_BYTES)
    lines = [binascii.b2a_base64(request[at : at + _LINE_BYTES]).decode() for at in starts]
    return "CSR BEGIN {}\n{}CSR END\n".format(device, "".join(lines))


if __name__ == "__main__":
    main()
