"""Files of programs: one program, a part of a bundle, or a whole bundle; and what they make together. Pure.

A part is an object with `programs` and perhaps `templates`, as `shopbell program fill` prints it. Merging
puts a part into a bundle: what has an id or code that is there takes its place, the rest is added.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

Json = dict[str, Any]

KEYS: Final = {"programs": "id", "templates": "code"}


class NoPrograms(ValueError):
    """The bytes are no program, part or bundle; the message says why."""


def read_part(body: bytes) -> Json:
    """The file as a part; a whole bundle is one that has everything. Raises NoPrograms."""
    try:
        value = json.loads(body)
    except ValueError as fault:
        raise NoPrograms(str(fault)) from None
    if not isinstance(value, dict):
        raise NoPrograms("an object is needed: one program, or programs and templates")
    if "trigger" in value or "then" in value:
        return {"programs": [value]}
    if not isinstance(value.get("programs"), list):
        raise NoPrograms('neither a program (it has "trigger" and "then") nor a list of "programs"')
    return value


def is_bundle(part: Json) -> bool:
    """Whether it stands alone: only a whole bundle has tiers."""
    return "tiers" in part


def merged(bundle: Json, part: Json) -> Json:
    """The bundle with what the part has."""
    if is_bundle(part):
        return part
    lists = {name: _merged(bundle.get(name, []), part.get(name, []), key) for name, key in KEYS.items()}
    return {**bundle, **{name: rows for name, rows in lists.items() if rows}}


def _merged(old: Iterable[Json], new: Iterable[Json], key: str) -> list[Json]:
    rows = {row[key]: row for row in old}
    for row in new:
        rows[str(row.get(key, ""))] = row  # one without a name is refused by whoever checks the bundle
    return [rows[name] for name in sorted(rows)]


def pointer_in(part: Json, whole: Json, pointer: str) -> str | None:
    """Where in the part's file a place of the merged bundle is; None where it is not in the part."""
    _, name, place, *rest = (*pointer.split("/", 3), "", "")[:4]
    if name not in KEYS or not place.isdecimal() or is_bundle(part):
        return pointer if is_bundle(part) else None
    row = whole[name][int(place)]
    found = next((n for n, one in enumerate(part.get(name, [])) if one is row), None)
    return None if found is None else "/".join(["", name, str(found), *filter(None, rest)])


def changes(old: Json, new: Json) -> list[tuple[str, str]]:
    """What differs between two bundles, by name: ("added" | "changed" | "gone", "program x"), and so on."""
    found = []
    for name, key in {**KEYS, "tiers": "code", "units": "code", "roles": "code"}.items():
        before, after = ({row[key]: row for row in bundle.get(name) or []} for bundle in (old, new))
        for code in sorted({*before, *after}):
            kind = _change(before.get(code), after.get(code))
            if kind:
                found.append((kind, f"{name[:-1]} {code}"))
    if old.get("ladder") != new.get("ladder"):
        found.append(("changed", "ladder"))
    return found


def _change(before: Json | None, after: Json | None) -> str | None:
    if before == after:
        return None
    if before is None:
        return "added"
    return "gone" if after is None else "changed"
