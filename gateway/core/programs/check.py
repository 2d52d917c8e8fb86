"""What is wrong with a bundle or a single program, as JSON pointers into it. Pure.

Two rounds: first the shape, each program, template, role, tier and unit by itself, so that one slip does not
hide the next; and only where every shape is right, what they mean together (gateway/core/programs/rules.py).
A body that is too long or too deep is refused before anything walks over it.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from gateway.core.model import Bundle, Tier
from gateway.core.programs.faults import FAULTS, Problem
from gateway.core.programs.model import Program, Role, Template
from gateway.core.programs.rules import bundle_faults, program_faults
from gateway.core.promises import Unit

BUNDLE_BYTES_MAX: Final = 1 << 20  # some thousand programs; a gateway reads it on a Pi at every start
_PARTS: Final[dict[str, type]] = {
    "programs": Program,
    "templates": Template,
    "roles": Role,
    "tiers": Tier,
    "units": Unit,
}
_AT = re.compile(r"^(?P<what>.*?)(?: - at (?:`key` in )?`\$(?P<path>[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")


def problems(body: bytes, within: Bundle | None = None) -> list[Problem]:
    """Everything that is wrong with these bytes of a bundle, or of one program; none: it may be in force.

    A program by itself is checked against the tiers, templates and roles of `within`; None: not against any.
    """
    if len(body) > BUNDLE_BYTES_MAX:
        return [Problem("", "too_large", f"{len(body)} bytes, at most {BUNDLE_BYTES_MAX}")]
    try:
        raw = msgspec.json.decode(body)
    except RecursionError:
        return [Problem("", "too_deep", "Nothing needs so many brackets inside each other")]
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        return [Problem("", "shape", str(fault))]
    if isinstance(raw, dict) and "trigger" in raw:
        return _of_program(raw, within)
    return _of_bundle(body, raw)


def words(problem: Problem) -> dict[str, str]:
    """What kind of fault it is, for people, by language; the hint names what is meant."""
    return dict(zip(("zh-CN", "en"), FAULTS[problem.reason], strict=True))


def _of_program(raw: Any, within: Bundle | None) -> list[Problem]:
    made, fault = _convert(raw, Program, "")
    return [fault] if fault else list(program_faults(made, "", within or Bundle(), within is not None))


def _of_bundle(body: bytes, raw: Any) -> list[Problem]:
    found = list(_shapes(raw))
    if found:
        return found
    try:
        bundle = msgspec.json.decode(body, type=Bundle)
    except msgspec.ValidationError as fault:
        return [_located(str(fault), "")]
    return list(bundle_faults(bundle))


def _shapes(raw: Any) -> Iterator[Problem]:
    if not isinstance(raw, dict):
        return
    for name, kind in _PARTS.items():
        part = raw.get(name)
        for place, each in enumerate(part if isinstance(part, list) else ()):
            _, fault = _convert(each, kind, f"/{name}/{place}")
            if fault:
                yield fault


def _convert(raw: Any, kind: Any, pointer: str) -> tuple[Any, Problem | None]:
    try:
        return msgspec.convert(raw, kind), None
    except RecursionError:
        return None, Problem(pointer, "too_deep", "Nothing needs so many brackets inside each other")
    except msgspec.ValidationError as fault:
        return None, _located(str(fault), pointer)


def _located(message: str, pointer: str) -> Problem:
    """The library's message with its path as a JSON pointer; a path ends where it cannot name a key."""
    match = _AT.match(message)
    assert match is not None, "the pattern fits every text"
    path = (match["path"] or "").split("[...]")[0]
    steps = (_escaped(name or index) for name, index in _STEP.findall(path))
    return Problem("/".join([pointer, *steps]), "shape", match["what"])


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
