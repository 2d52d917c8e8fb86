"""Modules that only the start needs. Dropped afterwards, their code is collected: 7 KB more for the work.

What they made lives on. Nothing may import them again later: it would get a second copy of their classes.
"""

import sys

from firmware.core.modules import forget

MODULES = (
    "firmware.apps.assembly",
    "firmware.apps.beacon_assembly",
    "firmware.boards",
    "firmware.ports.beacon_settings",
    "firmware.ports.ble",
    "firmware.ports.checked",
    "firmware.ports.parts",
    "firmware.ports.settings",
    "firmware.ports.trust",
)


def covers(name: str) -> bool:
    """Whether this module is one of MODULES or lies inside one."""
    return any(name == module or name.startswith(module + ".") for module in MODULES)


def drop() -> None:
    """Forget them; the next collection takes their code."""
    for name in list(sys.modules):
        if covers(name):
            forget(name)
