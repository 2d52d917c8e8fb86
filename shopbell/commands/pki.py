"""`shopbell pki`: the store's own keys. The settings are [pki] and [broker]."""

import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from shopbell.broker.settings import PkiSettings
from shopbell.commands.common import ConfigOption, configuration, say
from shopbell.errors import ShopbellError
from shopbell.settings import Config, TableError, section

app = typer.Typer(help="Keys of the store: who may speak to the broker.")

Device = Annotated[str, typer.Argument(metavar="DEVICE", help="The device's id, e.g. counter-1.")]


@app.command()
def init(config: ConfigOption = None) -> None:
    """Make the store's keys; never overwrites."""
    from shopbell.pki import verbs

    settings = pki_settings(configuration(config))
    hosts = list(dict.fromkeys(["localhost", "127.0.0.1", socket.gethostname(), *settings.hosts]))
    verbs.init(Path(settings.folder), hosts)
    say(f"made the keys in {settings.folder} for {', '.join(hosts)}; keep a copy away from this machine")


@app.command()
def sign(
    request: Annotated[
        Path, typer.Argument(metavar="CSR", help="The request made on the device, DER or PEM.")
    ],
    device: Annotated[str, typer.Option("--device", metavar="ID", help="The device it must be for.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Default: ID.cert.der.")] = None,
    config: ConfigOption = None,
) -> None:
    """Sign the request of a device.

    The certificate is written as DER, as devices read it.
    """
    from shopbell.pki import verbs

    target = out or Path(f"{device}.cert.der")
    if target.exists():
        raise ShopbellError(f"{target} is there already", "name another with --out")
    settings = pki_settings(configuration(config))
    target.write_bytes(verbs.sign(Path(settings.folder), read_file(request), device))
    say(f"{target}: put it on {device} as cert.der, and {settings.folder}/ca.der beside it")


@app.command()
def revoke(device: Device, config: ConfigOption = None) -> None:
    """Shut a device out, at once.

    Its certificates are revoked, the broker is told, and a connection it has open is closed.
    """
    from shopbell.broker.eviction import shut_out
    from shopbell.pki import verbs

    found = configuration(config)
    count = verbs.revoke(Path(pki_settings(found).folder), device)
    say(f"{device}: {count} certificate(s) revoked" if count else f"{device}: was revoked before")
    say(shut_out(found, device))


@app.command()
def show(config: ConfigOption = None) -> None:
    """List every certificate ever issued."""
    from shopbell.pki.folder import read_issued

    settings = pki_settings(configuration(config))
    issued = read_issued(Path(settings.folder))
    say(f"{settings.folder}: {len(issued)} certificate(s), {sum(entry.revoked for entry in issued)} revoked")
    for entry in issued:
        state = "revoked" if entry.revoked else "valid"
        say(f"{entry.device:<32} {state:<8} {entry.at}  {entry.serial:x}")


@app.command()
def broker(config: ConfigOption = None) -> None:
    """Write mosquitto's configuration, into [broker] folder."""
    from shopbell.broker.service import write_mosquitto

    path = write_mosquitto(configuration(config))
    say(f"{path}: start it with `mosquitto -c {path}`")


def pki_settings(config: Config) -> PkiSettings:
    """The [pki] table. Raises ShopbellError."""
    return section(config, "pki", PkiSettings.from_table, TableError)


def read_file(path: Path) -> bytes:
    """A file named on the command line. Raises ShopbellError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ShopbellError(
            f"cannot read {path} ({os.strerror(error.errno or 0)})", "name the file"
        ) from None
