"""The guests' pages speak both languages, in full, and say only what they have words for."""

import re
from pathlib import Path

import pytest

from gateway.portal import clerk, drawing, enforcer, joining, staying
from gateway.portal.drawing import FOLDER, table
from gateway.portal.me.views import in_language
from gateway.portal.shown import left_in_words
from gateway.portal.words import WORDS
from shopbell.look.words import LANGUAGES, faults

KEY = re.compile(r'say\("(wifi\.[a-z_.]+)"(?! ~)')
TEMPLATES = sorted(FOLDER.glob("wifi_*.j2"))


def test_the_catalogue_is_sound() -> None:
    assert faults(WORDS) == []
    assert all(key.startswith("wifi.") for key in WORDS)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_says_nothing_that_the_catalogue_has_not(template: Path) -> None:
    assert set(KEY.findall(template.read_text())) <= set(WORDS)


def test_a_template_holds_no_words_of_its_own() -> None:
    for template in TEMPLATES:
        text = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>|{#.*?#}", " ", template.read_text(), flags=re.DOTALL)
        assert set(re.findall(r"[A-Za-z\u4e00-\u9fff]+", text)) <= {"wifi"}, template.name  # the body's class


def test_every_refusal_has_its_page_and_every_fault_its_words() -> None:
    sorry = {*staying.STATUS, enforcer.BUSY, "gateway", "too_many", "form", "missing"}
    assert {f"wifi.sorry.{why}" for why in sorry} <= set(WORDS)
    assert {f"wifi.sorry.{why}.next" for why in sorry} <= set(WORDS)
    assert {f"wifi.fault.{word}" for _, word in joining.FAULTS.values()} <= set(WORDS)
    assert clerk.DONE.isdisjoint(staying.STATUS)


def test_no_word_is_kept_that_no_page_says() -> None:
    said = set(re.findall(r"wifi\.[a-z_.]+", "".join(path.read_text() for path in TEMPLATES)))
    said |= set(
        re.findall(r'"(wifi\.[a-z_.]+)"', Path(str(drawing.__file__)).with_name("shown.py").read_text())
    )
    said |= {f"wifi.online.{state}" for state in ("title", "wan", "opening", "wan.text", "opening.text")}
    made = ("wifi.sorry.", "wifi.fault.", "wifi.privacy.what.")
    assert [key for key in WORDS if key not in said and not key.startswith(made)] == []


def test_a_brand_stands_where_ours_would_in_the_pages_language() -> None:
    assert table("麦香 / Mai")["page.brand"] == ("麦香", "Mai")
    assert table("{Mai}")["page.brand"] == ("{{Mai}}", "{{Mai}}")
    assert "page.brand" not in table("")
    assert in_language("a / b / c", "en") == "a / b / c"


@pytest.mark.parametrize(
    ("left_ms", "said"),
    [
        (240 * 60_000 - 1, ("4 小时", "4 h")),
        (239 * 60_000 - 1, ("3 小时 59 分钟", "3 h 59 min")),
        (60 * 60_000, ("60 分钟", "60 min")),
        (1, ("60 秒", "60 s")),
        (-5, ("0 秒", "0 s")),
    ],
)
def test_what_is_left_is_never_said_to_be_less(left_ms: int, said: tuple[str, str]) -> None:
    assert tuple(left_in_words(left_ms, language) for language in LANGUAGES) == said
