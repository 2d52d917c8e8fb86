"""Files that are on the disk when a function returns, for their owner alone, and whose they are."""

import grp
import hashlib
import os
import pwd
from contextlib import suppress
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
HASH_BYTES_TOGETHER = 1 << 20


def write_synced(path: Path, data: bytes) -> None:
    """A new file of this content, private from its first byte on; what is there already is overwritten."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Make a file's content, or a folder's names, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(path: Path) -> str:
    """The digest of a file's content, in hex."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while piece := stream.read(HASH_BYTES_TOGETHER):
            digest.update(piece)
    return digest.hexdigest()


def owner_of(path: Path) -> str:
    """Whose a file is, as "user:group" by their names; by number where they have none."""
    found = path.stat()
    user, group = str(found.st_uid), str(found.st_gid)
    with suppress(KeyError):
        user = pwd.getpwuid(found.st_uid).pw_name
    with suppress(KeyError):
        group = grp.getgrgid(found.st_gid).gr_name
    return f"{user}:{group}"


def give(path: Path, owner: str, like: Path) -> None:
    """Make a file `owner`'s ("user:group"), or `like`'s where this machine has no such names. Only root can:
    for others nothing happens, and what they write is theirs."""
    if os.geteuid() != 0:
        return
    user, _, group = owner.partition(":")
    try:
        uid, gid = pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid
    except KeyError:
        found = like.stat()
        uid, gid = found.st_uid, found.st_gid
    os.chown(path, uid, gid)
