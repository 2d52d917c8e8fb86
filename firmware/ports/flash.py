"""Files in the device's flash that must survive a power cut at any moment.

Written aside, flushed to the medium, renamed into place: LittleFS makes the rename atomic, so a reader finds
the old content or the new one, never a part (282 cut points tried, micropython.md 5; again in
tests/firmware/ports).

    boot    decimal number of the last start and a line end
"""

import errno
import os

from firmware.protocol.compat import const

BOOT_FILE = "boot"
NONCE_BYTES = const(8)
_ASIDE = ".new"
_BOOT_MAX = const(0xFFFFFFFF)


def read(path: str) -> "bytes | None":
    """The file's content; None if there is no such file."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise
        return None


def write(path: str, data: bytes) -> None:
    """Replace the file's content; on return it is on the medium."""
    with open(path + _ASIDE, "wb") as file:
        file.write(data)
        file.flush()  # MicroPython: down to the medium
    os.rename(path + _ASIDE, path)


def next_boot(path: str = BOOT_FILE) -> tuple:
    """(boot, nonce) of this start, the number already on the medium: no other start has this pair.

    A lost or damaged number begins again at 1; the nonce keeps the pair unique.
    """
    boot = boot_number(read(path)) % _BOOT_MAX + 1
    write(path, b"%d\n" % boot)
    return boot, os.urandom(NONCE_BYTES)


def boot_number(data: "bytes | None") -> int:
    """The number in a boot file; 0 if there is none."""
    text = (data or b"").strip()
    return int(text) if text.isdigit() and len(text) <= 10 and int(text) <= _BOOT_MAX else 0
