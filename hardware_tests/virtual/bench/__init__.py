"""The bench page: a drawn shop whose terminals, plugs, ledger and HQ are the real ones running beside it.

build_bench() makes the app. It knows the gateway and HQ by HTTP only, and the terminals by ports.py.
"""

from hardware_tests.virtual.bench.server import build_bench

__all__ = ["build_bench"]
