"""`make bench`: measures, prints one table for people and writes `build/bench.json` for machines."""

import sys
from pathlib import Path

from hardware_tests.figures import adverts, first_tap, joins, promises, quotes, radio, zones
from hardware_tests.figures.machine import MissingTool
from hardware_tests.figures.rows import table, write

OUT = Path("build/bench.json")


def main() -> int:
    try:
        rows = [
            *first_tap.measure(_say),
            *promises.measure(_say),
            *quotes.measure(_say),
            *joins.measure(_say),
            *adverts.measure(_say),
            *radio.measure(_say),
            *zones.measure(_say),
        ]
    except MissingTool as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    write(rows, OUT)
    sys.stdout.write(f"{table(rows)}\n\nwritten to {OUT}\n")
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"  {line}\n")


if __name__ == "__main__":
    sys.exit(main())
