"""Whom a device trusts and who it is, from the files that were provisioned into flash."""

from firmware.ports import flash, net

TLS_FILES = ("ca.der", "cert.der", "key.der")


def of(tls: int) -> "net.Trust | None":
    """What a line to the broker is wrapped in; None without TLS. Raises OSError, ValueError: provision."""
    return net.Trust(*[needed(name) for name in TLS_FILES]) if tls else None


def needed(name: str) -> bytes:
    """The file's content; raises OSError when there is none."""
    data = flash.read(name)
    if data is None:
        raise OSError(name + " is missing: provision this device")
    return data
