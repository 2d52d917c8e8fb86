"""What the network lab needs of the machine."""

import os
import shutil
import subprocess
import sys

import pytest

from hardware_tests.lab.users import IDS

TOOLS = ("ip", "nft", "tc", "dnsmasq", "nginx", "udhcpc", "setpriv", "mosquitto", "conntrack")


def need_the_lab() -> None:
    """Skip, aloud, where no lab can be."""
    if os.geteuid():
        pytest.skip("the network lab makes namespaces: run as root")
    folders = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [tool for tool in TOOLS if shutil.which(tool, path=folders) is None]
    if missing:
        pytest.skip(f"the network lab needs {', '.join(missing)}: make system")
    nobody = str(max(IDS.values()))
    as_nobody = ["setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups"]
    tried = subprocess.run([*as_nobody, sys.executable, "-c", "import gateway.portal"], capture_output=True)
    if tried.returncode:
        pytest.skip(f"no other user can run {sys.executable}, and the lab's processes are not root's")
