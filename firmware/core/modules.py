"""Modules that are needed for a moment only: their code and data leave the heap with them.

Nobody may keep such a module, or import it once for good: it would then stay, or be there twice.
"""

import sys


def forget(name: str) -> None:
    """Drop a loaded module; what nothing refers to goes with the next collection."""
    del sys.modules[name]
    package, _, leaf = name.rpartition(".")
    if package in sys.modules and hasattr(sys.modules[package], leaf):
        delattr(sys.modules[package], leaf)


def borrowed(name: str, attribute: str):
    """One attribute of a module that is loaded for this call alone; MemoryError where it does not fit."""
    try:
        return getattr(__import__(name, None, None, (attribute,)), attribute)
    finally:
        if name in sys.modules:  # also half loaded: the next import would take it for whole
            forget(name)
