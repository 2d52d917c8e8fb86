"""Which language a page speaks, and how long ago something was."""

import pytest

from shopbell.look.ages import DAY_MS, HOUR_MS, MINUTE_MS, age_in_words, span_in_words
from shopbell.look.languages import choose, cookie_header, switch_links


@pytest.mark.parametrize(
    ("query", "cookie", "accept", "shop", "spoken"),
    [
        ("en", "zh-CN", "zh-CN", "zh-CN", "en"),
        (None, "en", "zh-CN", "zh-CN", "en"),
        (None, None, "de, en-GB;q=0.8, zh;q=0.9", "en", "zh-CN"),
        (None, None, "de", "en", "en"),
        (None, None, None, "zh-CN", "zh-CN"),
        ("tlh", "<script>", "*;q=x,;;,,", "en", "en"),
        ("", "", "", "", "zh-CN"),
        (None, None, "en;q=0", "zh-CN", "zh-CN"),
        ("zh-TW", None, None, "en", "zh-CN"),
    ],
)
def test_the_first_wish_that_the_catalogue_has_is_spoken(
    query: str | None, cookie: str | None, accept: str | None, shop: str, spoken: str
) -> None:
    assert choose(query, cookie, accept, shop) == spoken


def test_a_header_longer_than_any_browser_sends_is_not_read_to_its_end() -> None:
    assert choose(None, None, "x," * 10_000 + "en", "zh-CN") == "zh-CN"


def test_the_switch_names_each_language_in_itself_and_marks_the_present_one() -> None:
    links = switch_links("en")
    assert [(link["name"], link["current"]) for link in links] == [("中文", False), ("English", True)]


def test_the_cookie_keeps_nothing_but_the_choice() -> None:
    assert cookie_header("en").startswith("shopbell_language=en; Path=/;")


@pytest.mark.parametrize(
    ("age_ms", "said"),
    [
        (None, "never"),
        (-5_000, "just now"),
        (4_999, "just now"),
        (5_000, "5 s ago"),
        (2 * MINUTE_MS - 1, "119 s ago"),
        (2 * MINUTE_MS, "2 min ago"),
        (2 * HOUR_MS, "2 h ago"),
        (2 * DAY_MS, "2 days ago"),
        (400 * DAY_MS, "400 days ago"),
    ],
)
def test_an_age_is_said_in_the_unit_a_person_would_use(age_ms: int | None, said: str) -> None:
    assert age_in_words(age_ms, "en") == said


@pytest.mark.parametrize(
    ("span_ms", "said"), [(-1, "0 s"), (39_000, "39 s"), (3 * HOUR_MS, "3 h"), (9 * DAY_MS, "9 days")]
)
def test_a_span_has_the_same_units(span_ms: int, said: str) -> None:
    assert span_in_words(span_ms, "en") == said
