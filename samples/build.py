"""Builds bundle.json out of rules/ and programs/: `python -m samples.build`, or `--check` to only compare.

rules/ has what programs stand on (tiers, units, roles, ladder and the templates of what is issued), programs/
one promise a file, named by its id. The bundle is canonical JSON, its programs in the order of their ids; it
is refused as a gateway or HQ would refuse it, before a byte is written.
"""

import json
import sys
from pathlib import Path
from typing import Any

from gateway.core.errors import EventError
from gateway.core.event import canonical, open_bundle
from samples.brand import BUNDLE_JSON, FOLDER

PROGRAMS = FOLDER / "programs"
RULES = FOLDER / "rules"
LISTS = ("tiers", "units", "roles", "templates")
STALE_STATUS = 1


def bundle_body(rules: Path = RULES, programs: Path = PROGRAMS) -> bytes:
    """The canonical bytes of the bundle these folders make. Raises EventError, ValueError, OSError."""
    value = {name: _read(rules / f"{name}.json") for name in LISTS}
    value["ladder"] = _read(rules / "ladder.json")
    value["programs"] = [_program(path) for path in sorted(programs.glob("*.json"), key=_id)]
    return canonical(open_bundle(json.dumps(value).encode()))


def main(arguments: list[str]) -> int:
    """Write the bundle, or say whether it is current."""
    try:
        body = bundle_body()
    except (EventError, ValueError) as fault:
        sys.stderr.write(f"{fault}\n")
        return STALE_STATUS
    if "--check" not in arguments:
        BUNDLE_JSON.write_bytes(body)
    elif BUNDLE_JSON.read_bytes() != body:
        sys.stderr.write(f"{BUNDLE_JSON.name} is older than its parts: python -m samples.build\n")
        return STALE_STATUS
    return 0


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError as fault:
        raise ValueError(f"{path.name}: {fault}") from None


def _id(path: Path) -> str:
    return path.stem


def _program(path: Path) -> Any:
    program = _read(path)
    if program.get("id") != path.stem:
        raise ValueError(f"{path.name}: its id is {program.get('id')!r}, its file says {path.stem!r}")
    return program


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
