"""The pages hold together: links lead somewhere, verbs exist, both READMEs say the same, none is lost."""

import re
from pathlib import Path

import pytest

from tests.docs import pages

ROOT = pages.ROOT
README, README_ZH = ROOT / "README.md", ROOT / "README.zh-CN.md"
VERB = re.compile(r"make +(?:[A-Z]+=\S+ +)*([a-z]+)")


def names(found: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in found]


@pytest.mark.parametrize("name", names(pages.pages()))
def test_every_link_inside_the_repository_leads_somewhere(name: str) -> None:
    page = ROOT / name
    for link in pages.links(page):
        found = pages.target(page, link)
        assert found.exists(), f"{name}: {link}"
        assert found.is_relative_to(ROOT), f"{name}: {link} leaves the repository"
        heading = link.partition("#")[2]
        if heading and found.suffix == ".md":
            assert heading in pages.anchors(found), f"{name}: {link} names no heading"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, ahead = set[Path](), [README]
    while ahead:
        page = ahead.pop()
        if page in reached:
            continue
        reached.add(page)
        found = [pages.target(page, link) for link in pages.links(page)]
        ahead += [path for path in found if path.suffix == ".md"]
        # A link to a folder shows a reader all of its pages.
        ahead += [inner for path in found if path.is_dir() for inner in path.glob("*.md")]
    assert names(sorted(set(pages.pages()) - reached)) == []


def makefile_verbs() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("name", names(pages.pages()))
def test_every_make_verb_that_a_page_names_exists(name: str) -> None:
    said = {match[1] for line in pages.typed(ROOT / name, "make") if (match := VERB.match(line))}
    assert said <= makefile_verbs(), said - makefile_verbs()


def test_the_readme_names_every_verb_a_person_types() -> None:
    said = {match[1] for line in pages.typed(README, "make") if (match := VERB.match(line))}
    assert makefile_verbs() - said <= {"setup"}  # which every other verb does by itself


def test_both_readmes_say_the_same() -> None:
    english, chinese = (
        {link for link in pages.links(page) if "README" not in link} for page in (README, README_ZH)
    )
    assert english == chinese
    assert pages.typed(README, "make") == pages.typed(README_ZH, "make")


def test_the_changelog_has_what_is_not_released_yet() -> None:
    assert "## Unreleased" in pages.text(ROOT / "CHANGELOG.md")


def test_a_wrong_link_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A `head`, of two\n[a](other.md) ![b](b.png)\n```\n[c](no-link)\n```\n[d](https://x.y)\n"
    )
    assert pages.links(page) == ["other.md", "b.png"]
    assert pages.anchors(page) == {"a-head-of-two"}
    page.write_text("`make run RESET=1`, `sudo make system`\n```\nmake nothing  # at all\n```\n")
    assert pages.typed(page, "make") == {"make run RESET=1", "make system", "make nothing"}
