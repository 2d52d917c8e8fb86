"""The `shopbell` command: one clear line instead of a traceback for whatever a person can put right.

That ends with exit status 2 and one line on standard error. Anything else is our mistake and keeps its
traceback.
"""

import sys

from shopbell.errors import ShopbellError
from shopbell.processes import service_of

USAGE_STATUS = 2
INTERRUPTED_STATUS = 130


def main() -> None:
    """The entry point of the `shopbell` program."""
    sys.exit(call(sys.argv[1:]))


def call(arguments: list[str]) -> int:
    """Run one command line; its exit status."""
    try:
        service = service_of(arguments)
        return _read(arguments) if service is None else service()
    except ShopbellError as error:
        return complain(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED_STATUS


def complain(text: str) -> int:
    """Say what is wrong on standard error."""
    sys.stderr.write(f"shopbell: {text}\n")
    return USAGE_STATUS


def _read(arguments: list[str]) -> int:
    # Imported here: a service does not need what reads command lines, and would keep 10 MiB of it.
    from shopbell.verbs import read_and_run

    return read_and_run(arguments)
