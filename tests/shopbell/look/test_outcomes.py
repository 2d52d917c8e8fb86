"""How outcomes look: every one with a word in both languages, an icon we have drawn, and a mood."""

import pytest

from shopbell.look import icons, words
from shopbell.look.outcomes import EVIDENCE_ICONS, OUTCOMES, evidence_icon, milliseconds, outcome_look


def test_every_outcome_has_a_word_an_icon_and_a_mood_of_its_own() -> None:
    assert {f"outcome.{name}" for name in OUTCOMES} <= set(words.WORDS)
    assert {look.icon for look in OUTCOMES.values()} | set(EVIDENCE_ICONS.values()) <= set(icons.NAMES)
    assert len({look.icon for look in OUTCOMES.values()}) == len(OUTCOMES), "told apart without colour"


def test_what_a_later_version_brings_is_shown_plainly() -> None:
    assert outcome_look("promoted").mood == ""
    assert evidence_icon("nfc.sun") == evidence_icon(None) == "eye"


@pytest.mark.parametrize(
    ("us", "said"), [(0, "0.0"), (640, "0.6"), (9_949, "9.9"), (12_300, "12"), (1_204_000, "1,204")]
)
def test_milliseconds_have_as_many_places_as_help(us: int, said: str) -> None:
    assert milliseconds(us) == said
