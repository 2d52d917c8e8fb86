"""The published JSON Schema of bundles and programs, made from the types. Pure."""

from typing import Any, Final

import msgspec

from gateway.core.model import Bundle
from gateway.core.programs.model import Program

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
TITLE: Final = "Shopbell programs"
ABOUT: Final = "A bundle of programs as HQ publishes it, or one program as marketing people write it."


def schema() -> bytes:
    """The schema's bytes, as docs/contract/program.schema.json holds them."""
    parts, definitions = msgspec.json.schema_components((Bundle, Program), ref_template="#/$defs/{name}")
    whole = {
        "$schema": DIALECT,
        "title": TITLE,
        "description": ABOUT,
        "anyOf": list(parts),
        "$defs": definitions,
    }
    return msgspec.json.format(msgspec.json.encode(_portable(whole)), indent=2) + b"\n"


def _portable(value: Any) -> Any:
    """Patterns as ECMA-262 has them: `\\Z` is `$` there."""
    if isinstance(value, dict):
        return {
            key: each.replace(r"\Z", "$") if key == "pattern" else _portable(each)
            for key, each in sorted(value.items())
        }
    return [_portable(each) for each in value] if isinstance(value, list) else value
