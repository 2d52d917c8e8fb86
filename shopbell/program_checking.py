"""Checks a file of programs against the bundle it would be part of, and says every fault where it stands."""

import json
from collections.abc import Callable
from pathlib import Path

from gateway.core.programs.check import problems
from shopbell.errors import ShopbellError
from shopbell.program_files import Json, NoPrograms, is_bundle, merged, pointer_in, read_part
from shopbell.program_shelf import bytes_of
from shopbell.program_view import View, problem_line

Say = Callable[[str], None]


def check_file(view: View, path: Path, around: Callable[[], Json], say: Say) -> bool:
    """Whether nothing is wrong with a file; `around` gives the bundle that a part of one belongs to.

    Raises ShopbellError for a file that is none of these.
    """
    body = bytes_of(path)
    try:
        part = read_part(body)
    except NoPrograms as fault:
        raise ShopbellError(f"{path}: {fault}", "docs/programs.md shows one") from None
    whole = part if is_bundle(part) else merged(around(), part)
    found = problems(json.dumps(whole).encode())
    single = "trigger" in json.loads(body)
    for problem in found:
        pointer = pointer_in(part, whole, problem.pointer)
        if single and pointer is not None:
            pointer = pointer.removeprefix("/programs/0")
        say(problem_line(view, str(path), pointer, problem))
    if not found:
        say(view.word("check.good", file=path, programs=len(part["programs"])))
    return not found
