"""The display's words are complete in both languages."""

from gateway.words import WORDS
from shopbell.look.words import faults


def test_every_word_is_sound() -> None:
    assert faults(WORDS) == []
