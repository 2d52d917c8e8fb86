"""The shared look: templates, files, icons, and colours that everybody can read."""

import re
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest

from shopbell.look import icons
from shopbell.look.pages import LOOK, Pages
from shopbell.look.words import LANGUAGES

CSS = (LOOK / "shopbell.css").read_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_base_page_says_its_language_and_offers_the_other(language: str) -> None:
    page = Pages().render("base.html.j2", language)  # type: ignore[arg-type]  # one of LANGUAGES
    assert f'<html lang="{language}">' in page
    assert page.count('aria-current="true"') == 1
    assert 'class="skip" href="#content"' in page
    assert not [bad for bad in ("<script>", "style=", "http://", "https://") if bad in page]


def test_text_of_others_is_shown_and_never_run(tmp_path: Path) -> None:
    (tmp_path / "one.html.j2").write_text("<p>{{ text }}</p>")
    page = Pages([tmp_path]).render("one.html.j2", "en", text="<script>alert(1)</script>")
    assert page == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


def test_a_template_that_forgets_a_value_fails(tmp_path: Path) -> None:
    (tmp_path / "one.html.j2").write_text("{{ forgotten }}")
    with pytest.raises(jinja2.UndefinedError):
        Pages([tmp_path]).render("one.html.j2", "en")


def test_only_files_read_at_start_are_served_and_their_address_changes_with_them(tmp_path: Path) -> None:
    (tmp_path / "own.css").write_text("a{}")
    (tmp_path / "secret.key").write_text("no")
    pages = Pages([tmp_path])
    first = pages.asset_address("own.css")
    (tmp_path / "own.css").write_text("b{}")
    assert pages.asset("own.css").body == b"a{}"  # type: ignore[union-attr]  # it is there
    assert Pages([tmp_path]).asset_address("own.css") != first
    assert pages.asset("secret.key") is None
    assert pages.asset("../words.py") is None
    assert pages.asset("words.py") is None


def test_a_folder_given_first_wins(tmp_path: Path) -> None:
    (tmp_path / "shopbell.css").write_text("own{}")
    assert Pages([tmp_path]).asset("shopbell.css").body == b"own{}"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", icons.NAMES)
def test_every_icon_is_whole_and_hidden_from_screen_readers(name: str) -> None:
    parser = _Balance()
    parser.feed(icons.svg(name))
    assert parser.open == [] and 'aria-hidden="true"' in icons.svg(name)


class _Balance(HTMLParser):
    """Collects the tags that are never closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


# Colours: WCAG 2.2 contrast, 4.5 for text and 3 for the edges of controls, in both schemes.

MOODS = ("yes", "no", "heed", "calm")
TEXT = [
    *[(name, ground) for name in ("ink", "ink-soft") for ground in ("paper", "sheet", "sunk")],
    *[("brass", "paper"), ("brass", "sheet"), ("brass", "brass-wash"), ("on-brass", "brass")],
    *[(name, ground) for name in MOODS for ground in (f"{name}-wash", "sheet", "paper")],
    *[("ink", f"{name}-wash") for name in (*MOODS, "brass")],
]
EDGES = [("line-strong", "sheet"), ("line-strong", "paper"), ("focus", "paper"), ("focus", "sheet")]


def _schemes() -> dict[str, dict[str, str]]:
    light = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", CSS.split("@media")[0]))
    dark = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", CSS.split("@media")[1]))
    assert set(dark) == set(light), "a colour is given in one scheme only"
    return {"light": light, "dark": dark}


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_of_colours_can_be_read(scheme: str) -> None:
    colours = _schemes()[scheme]
    wanted = [(pair, 4.5) for pair in TEXT] + [(pair, 3.0) for pair in EDGES]
    found = {pair: _contrast(colours[pair[0]], colours[pair[1]]) for pair, _ in wanted}
    assert {pair: round(found[pair], 2) for pair, least in wanted if found[pair] < least} == {}


def test_the_stylesheet_knows_reduced_motion_focus_and_nothing_from_outside() -> None:
    assert "prefers-reduced-motion: reduce" in CSS and ":focus-visible" in CSS
    assert "@import" not in CSS and "url(" not in CSS
