"""A PostgreSQL server of the tests' own: in a temporary folder, on loopback, gone at the end.

PostgreSQL refuses to run as root; where the tests do, the server runs as the user that Debian's package made.
SHOPBELL_TEST_POSTGRESQL names another server instead, whose role may create databases.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

PACKAGED = Path("/usr/lib/postgresql")  # where Debian keeps each version's programs
ROLE = "shopbell"
PACKAGE_USER = "postgres"
START_WAIT_S = "60"
MISSING = "PostgreSQL is not installed: run `make system` as root"


def programs() -> Path | None:
    """The folder of the newest version's initdb and pg_ctl; None where there is none."""
    found = shutil.which("initdb")
    packaged = sorted(PACKAGED.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if packaged:
        return packaged[-1].parent
    return Path(found).resolve().parent if found else None


@contextmanager
def server() -> Iterator[str]:
    """A running server's URL."""
    named = os.environ.get("SHOPBELL_TEST_POSTGRESQL")
    if named:
        yield named
        return
    folder = Path(tempfile.mkdtemp(prefix="shopbell-pg-"))
    try:
        with _running(folder) as port:
            yield f"postgresql+psycopg://{ROLE}@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(folder: Path) -> Iterator[int]:
    bin_, port = programs(), free_port()
    assert bin_ is not None, MISSING
    user = _give_away(folder)
    data = str(folder / "data")
    _run(user, str(bin_ / "initdb"), "-D", data, "-A", "trust", "-U", ROLE, "-E", "UTF8", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    control = [str(bin_ / "pg_ctl"), "-D", data, "-w", "-t", START_WAIT_S]
    _run(user, *control, "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield port
    finally:
        _run(user, *control, "-m", "immediate", "stop")


def _give_away(folder: Path) -> str | None:
    """The user that the server runs as, whose the folder is then; None: the one we are."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(PACKAGE_USER)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return PACKAGE_USER


def _run(user: str | None, *command: str) -> None:
    """Run to its end as that user; what it said is in the error if it failed."""
    more = {"user": user, "group": user, "extra_groups": []} if user else {}
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=120, check=False, **more)  # type: ignore[call-overload]
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stdout[-500:]} {done.stderr[-1500:]}")
