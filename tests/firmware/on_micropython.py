"""Runs one test file on MicroPython: `micropython tests/firmware/on_micropython.py <file>` from the checkout.

Every `test_*` function is called; the exit code is 0 if there was at least one and none failed.
"""

import sys
import time


def load(path):
    """The module of this file; its folder goes first on sys.path."""
    folder, _, name = path.rpartition("/")
    sys.path.insert(0, folder or ".")
    return __import__(name[: -len(".py")])


def run(module):
    """(passed, failed) counts of the module's tests, failures printed."""
    passed = failed = 0
    for name in sorted(dir(module)):
        if not name.startswith("test_"):
            continue
        try:
            getattr(module, name)()
            passed += 1
        except Exception as error:  # noqa: BLE001 - the next test runs whatever this one raised
            failed += 1
            print("FAILED", name)
            sys.print_exception(error)
    return passed, failed


def main(path):
    started_ms = time.ticks_ms()
    passed, failed = run(load(path))
    print(path, passed, "passed,", failed, "failed in", time.ticks_diff(time.ticks_ms(), started_ms), "ms")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
