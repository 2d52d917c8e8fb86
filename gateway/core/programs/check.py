"""What is wrong with a bundle or a program, as JSON pointers into it. Pure."""

from typing import NamedTuple

import msgspec

from gateway.core.model import Bundle


class Problem(NamedTuple):
    """Where (a JSON pointer, "" the whole), what (a constant name) and how to mend it."""

    pointer: str
    reason: str
    hint: str


def problems(body: bytes) -> list[Problem]:
    """Everything that is wrong with these bytes of a bundle; none: it may be put in force."""
    try:
        msgspec.json.decode(body, type=Bundle)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        return [Problem("", "shape", str(fault))]
    return []
