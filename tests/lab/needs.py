"""What the network lab needs of the machine."""

import os
import shutil

import pytest

TOOLS = ("ip", "nft", "tc", "dnsmasq", "nginx", "udhcpc", "setpriv", "mosquitto", "conntrack")


def need_the_lab() -> None:
    """Skip, aloud, where no lab can be."""
    if os.geteuid():
        pytest.skip("the network lab makes namespaces: run as root")
    folders = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [tool for tool in TOOLS if shutil.which(tool, path=folders) is None]
    if missing:
        pytest.skip(f"the network lab needs {', '.join(missing)}: make system")
