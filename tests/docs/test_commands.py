"""docs/operations/commands.md has every command and option of `shopbell`, and pages name no other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from shopbell.verbs import app
from tests.docs import pages

PAGE = pages.ROOT / "docs/operations/commands.md"


def commands() -> dict[str, Any]:
    """Every command a person can type, by its words behind `shopbell`."""
    return dict(below(typer.main.get_command(app), ()))


def below(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield " ".join(words), command
        return
    for name, inner in command.commands.items():
        yield from below(inner, (*words, name))


def options(command: Any) -> set[str]:
    """Its options as a person types them."""
    return {word for parameter in command.params for word in parameter.opts if word.startswith("--")}


ROW = re.compile(r"^\| `shopbell ((?:[a-z]+ ?)+)[^`]*` \| (.+) \|$", re.MULTILINE)


def rows() -> dict[str, str]:
    """The page's rows by command."""
    return {name.strip(): meaning for name, meaning in ROW.findall(pages.text(PAGE))}


def test_every_command_has_its_row_and_no_row_is_without_a_command() -> None:
    assert set(rows()) == set(commands())


@pytest.mark.parametrize("name", commands())
def test_every_option_is_explained_and_no_other(name: str) -> None:
    assert set(re.findall(r"--[a-z-]+", rows()[name])) == options(commands()[name])


@pytest.mark.parametrize("page", pages.pages(), ids=lambda page: page.relative_to(pages.ROOT).as_posix())
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    known = [name.split() for name in commands()]
    for line in pages.typed(page, "shopbell"):
        said = [word for word in line.split()[1:3] if re.fullmatch(r"[a-z]+", word)]
        assert any(said == name[: len(said)] or said[:1] == name for name in known), f"{page.name}: {line}"
