"""Finds fill-in templates, those that come with Shopbell or of a file, and fills them in for the command."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from samples.brand import FOLDER
from shopbell.errors import ShopbellError
from shopbell.program_fill import LANGUAGES, FillError, FillIn, fill, read_template
from shopbell.program_shelf import bytes_of
from shopbell.program_view import View, fault_line, template_lines

TEMPLATES = FOLDER / "templates"
Say = Callable[[str], None]


def show_all(view: View, say: Say) -> None:
    """Every template that comes with Shopbell, as a sentence."""
    say(view.word("fill.templates"))
    for path in sorted(TEMPLATES.glob("*.json")):
        found = find(path.stem)
        say(f"  {found.template:<14} {found.sentence[view.language]}")


def show_one(view: View, template: str, say: Say) -> None:
    """One template, and what its blanks take. Raises ShopbellError."""
    for line in template_lines(view, find(template)):
        say(line)


def fill_in(view: View, template: str, typed: Iterable[str], tell: Say) -> dict[str, Any] | None:
    """The program, or a part of a bundle where it is more; the sentences are told. None: told what is wrong.

    Raises ShopbellError where there is no such template, or something is no BLANK=VALUE.
    """
    found = find(template)
    pairs = dict(_pair(view, text) for text in typed)
    try:
        made = fill(found, pairs)
    except FillError as error:
        for fault in error.faults:
            tell(fault_line(view, fault))
        return None
    for language in LANGUAGES:
        tell(made.sentence[language])
    if len(made.programs) == 1 and not made.templates:
        return made.programs[0]
    return {"programs": list(made.programs), "templates": list(made.templates)}


def find(template: str) -> FillIn:
    """The template of this name, or of this file. Raises ShopbellError."""
    path = Path(template) if template.endswith(".json") else TEMPLATES / f"{template}.json"
    if not path.is_file():
        known = ", ".join(sorted(one.stem for one in TEMPLATES.glob("*.json")))
        raise ShopbellError(f"no template {template!r}", f"there are {known}, or name a .json file")
    try:
        return read_template(bytes_of(path))
    except ValueError as fault:
        raise ShopbellError(f"{path}: {fault}", "docs/programs.md shows one") from None


def _pair(view: View, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ShopbellError(view.word("fill.not_named", text=text))
    return name, value
