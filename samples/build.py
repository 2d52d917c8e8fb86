"""Builds bundle.json out of rules/ and programs/: `python -m samples.build`, or `--check` to only compare.

rules/ has what programs stand on (tiers, units, roles, ladder and the templates of what is issued), programs/
one promise a file, named by its id. The bundle is canonical JSON, its programs in the order of their ids; it
is refused as a gateway or HQ would refuse it, before a byte is written.
"""

import json
import sys
from pathlib import Path
from typing import Any

from gateway.core.event import canonical, open_bundle
from gateway.core.programs.check import problems
from gateway.core.programs.faults import Problem
from samples.brand import BUNDLE_JSON, FOLDER

PROGRAMS = FOLDER / "programs"
RULES = FOLDER / "rules"
LISTS = ("tiers", "units", "roles", "templates")
STALE_STATUS = 1


def bundle_body(rules: Path = RULES, programs: Path = PROGRAMS) -> bytes:
    """The canonical bytes of the bundle these folders make. Raises ValueError naming every fault, OSError."""
    value = {name: _read(rules / f"{name}.json") for name in LISTS}
    value["ladder"] = _read(rules / "ladder.json")
    value["programs"] = [_program(path) for path in sorted(programs.glob("*.json"), key=_id)]
    found = problems(json.dumps(value).encode())
    if found:
        raise ValueError("\n".join(_told(problem, value) for problem in found))
    return canonical(open_bundle(json.dumps(value).encode()))


def main(arguments: list[str]) -> int:
    """Write the bundle, or say whether it is current."""
    try:
        body = bundle_body()
    except ValueError as fault:
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


def _told(problem: Problem, value: dict[str, Any]) -> str:
    """A fault with the file it is in."""
    place = problem.pointer.split("/")
    file = f"{place[1]}.json" if len(place) > 1 else ""
    if len(place) > 2 and place[1] == "programs":
        file = f"programs/{value['programs'][int(place[2])].get('id')}.json"
        place = place[2:]
    return f"{file} /{'/'.join(place[1:])}: {problem.reason}. {problem.hint}"


def _id(path: Path) -> str:
    return path.stem


def _program(path: Path) -> Any:
    program = _read(path)
    if program.get("id") != path.stem:
        raise ValueError(f"{path.name}: its id is {program.get('id')!r}, its file says {path.stem!r}")
    return program


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
