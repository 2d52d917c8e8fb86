"""Publishes programs at HQ, and says what that changes in what was in force."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from cloud_bridge.errors import CloudBridgeError
from cloud_bridge.hq.client import HqClient, ProgramsRefused
from gateway.core.event import canonical, open_bundle
from gateway.core.programs.check import problems
from shopbell.errors import ShopbellError
from shopbell.program_files import Json, changes
from shopbell.program_shelf import as_json, part_file, with_parts
from shopbell.program_view import View, problem_line

Say = Callable[[str], None]


class Address(NamedTuple):
    """Where HQ is, and its staff's token."""

    url: str
    token: str


def publish(view: View, address: Address, files: Iterable[Path], dry: bool, say: Say) -> bool:
    """Put the files' programs into the bundle in force, say what changed; `dry`: only say it.

    False, and what is wrong was said, where anything is. Raises ShopbellError.
    """
    paths = list(files)
    parts = [part_file(path) for path in paths]
    names = ", ".join(str(path) for path in paths)
    try:
        with HqClient(address.url, address.token, view.language) as client:
            before = as_json(open_bundle(client.bundle()))
            after = with_parts(before, parts)
            found = problems(json.dumps(after).encode())
            for problem in found:
                say(problem_line(view, names, problem.pointer, problem))
            if found:
                return False
            # As it will be written: fields that only repeat a default are no change.
            after = as_json(open_bundle(canonical(after)))
            _tell(view, before, after, say)
            if not dry and before != after:
                made = client.publish(canonical(after))
                say(view.word("publish.done", hash=made.hash[:12]))
    except ProgramsRefused as refused:
        for fault in refused.faults:
            say(
                view.word(
                    "check.problem", file=names, pointer=fault.pointer, what=fault.what, hint=fault.hint
                )
            )
        return False
    except CloudBridgeError as error:
        raise ShopbellError(error.message, error.hint) from None
    return True


def _tell(view: View, before: Json, after: Json, say: Say) -> None:
    found = changes(before, after)
    if not found:
        say(view.word("publish.nothing"))
    for kind, what in found:
        say(view.word("publish." + kind, what=what))
