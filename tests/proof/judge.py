"""Judges hostile messages, on both Pythons alike: prints one verdict a line.

`python tests/proof/judge.py CASES`: a file with, for each case, its kind's place in KINDS (1 byte), its size
(2 bytes) and its bytes. A verdict is one of

    =               accepted, and encoded again to the very same bytes
    reason detail   refused by ProtocolError
    ! ...           a fault of ours: another exception, or other bytes when encoded again
"""

import sys

from firmware.protocol import messages
from firmware.protocol.errors import REASONS, ProtocolError

KINDS = tuple(sorted(messages.SHAPES)) + ("log", "")  # noqa: RUF005 - MicroPython has no (*a, b)
LINES_AT_ONCE = 20  # one by one takes longer than judging, many at once more memory than a board has


def verdict(kind, data):
    """What the contract says of these bytes."""
    try:
        message = messages.decode(kind, data)
    except ProtocolError as error:
        return (error.reason + " " + error.detail) if error.reason in REASONS else "! reason " + error.reason
    except Exception as error:  # noqa: BLE001 - which one it is, is the finding
        return "! " + type(error).__name__
    return "=" if messages.encode(kind, message) == data else "! encodes otherwise"


def main(path):
    lines = []
    with open(path, "rb") as file:
        while True:
            start = file.read(3)
            if not start:
                break
            data = file.read(start[1] << 8 | start[2])
            lines.append(verdict(KINDS[start[0]], data))
            if len(lines) == LINES_AT_ONCE:
                print("\n".join(lines))
                lines = []
    if lines:
        print("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1])
