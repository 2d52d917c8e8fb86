"""The users of a Pi, known inside the lab's namespace alone: this machine gets none of them."""

import os
from pathlib import Path
from typing import Final

from hardware_tests.lab.settings import GATEWAY_USER, PORTAL_USER
from hardware_tests.lab.spaces import Space
from shopbell.network.places import GROUP, NETD_USER, WEB_USER

# Users and groups: each user has a group of its own name, and all are in GROUP, which is the first one's own.
# From 64,200 on: above those that Debian gives out, below nobody's (65,534).
IDS: Final = {"root": 0} | {
    name: 64_200 + number for number, name in enumerate((GATEWAY_USER, PORTAL_USER, NETD_USER, WEB_USER))
}
_PASSWD, _GROUP = Path("/etc/passwd"), Path("/etc/group")

assert GROUP == GATEWAY_USER


def settle(space: Space) -> None:
    """Add the users and groups to those that programs in this namespace know."""
    ours = {name: number for name, number in IDS.items() if number}
    users = [f"{name}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin\n" for name, number in ours.items()]
    groups = [f"{name}:x:{n}:{','.join(ours) if name == GROUP else ''}\n" for name, n in ours.items()]
    space.etc("passwd", _PASSWD.read_text() + "".join(users))
    space.etc("group", _GROUP.read_text() + "".join(groups))


def give(path: Path, user: str, group: str = "") -> None:
    """A file or a folder with all in it becomes this user's and this group's, the user's own by default."""
    for one in (path, *path.rglob("*")):
        os.chown(one, IDS[user], IDS[group or user])
