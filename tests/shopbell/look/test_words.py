"""The catalogue: complete in both languages, and loud about what it lacks."""

import pytest

from shopbell.look import words
from shopbell.look.words import MissingWord, say


def test_every_word_has_both_languages_with_the_same_placeholders() -> None:
    assert words.faults(words.WORDS) == []


def test_faults_finds_a_blank_and_a_lost_placeholder() -> None:
    found = words.faults({"a": ("好", " "), "b": ("{count} 个", "some"), "c": ("好", "good")})
    assert found == ["a: en is blank", "b: zh-CN has ['count'], en has []"]


def test_say_fills_the_placeholders_of_the_language_asked_for() -> None:
    assert say("age.minutes", "zh-CN", count=3) == "3 分钟前"
    assert say("age.minutes", "en", count=3) == "3 min ago"


def test_a_table_of_the_caller_comes_first_and_the_shared_words_after_it() -> None:
    table = {"word.none": ("没有", "nothing"), "own.word": ("自己的", "own")}
    assert say("word.none", "en", table) == "nothing"
    assert say("own.word", "zh-CN", table) == "自己的"
    assert say("age.never", "en", table) == "never"


@pytest.mark.parametrize(
    ("key", "language", "told"),
    [("no.such", "en", "no.such"), ("word.none", "fr", "fr"), ("age.minutes", "en", "count")],
)
def test_a_missing_word_says_what_is_missing(key: str, language: str, told: str) -> None:
    with pytest.raises(MissingWord) as caught:
        say(key, language)
    assert told in str(caught.value)
    assert isinstance(caught.value, KeyError)
