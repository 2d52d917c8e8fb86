"""The shake page speaks both languages, in full, and says only what it has words for."""

import re

from gateway.portal import words
from gateway.portal.drawing import SHAKE_FOLDER, table
from gateway.portal.me import words as me_words
from gateway.portal.shake import page
from gateway.portal.shake.checkins import STATUSES
from gateway.portal.shake.words import WORDS
from gateway.presence import checkins, heard
from shopbell.look.words import faults

TEMPLATES = sorted(SHAKE_FOLDER.glob("*.j2"))
SAID = "".join(path.read_text() for path in TEMPLATES)
STATES = ("ask", "listening", "sending", "denied", "none", "insecure", "heard")


def test_the_table_is_sound_and_shares_no_key_with_the_other_pages() -> None:
    assert faults(WORDS) == []
    assert all(key.startswith("shake.") for key in WORDS)
    assert len(table("")) == len(WORDS) + len(words.WORDS) + len(me_words.WORDS)


def test_every_word_that_a_page_names_is_there_and_none_is_kept_that_no_page_says() -> None:
    named = set(re.findall(r'"(shake\.[a-z_.]+)"(?! ~)', SAID))
    named = {key for key in named if not key.endswith((".js", ".css"))}
    assert len(named) > 30 and named <= WORDS.keys()
    made = ("shake.sorry.", "shake.says.", "shake.proof.", "shake.fault.")
    assert [key for key in WORDS if key not in named and not key.startswith(made)] == []


def test_a_template_holds_no_words_of_its_own() -> None:
    for template in TEMPLATES:
        text = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>|{#.*?#}", " ", template.read_text(), flags=re.DOTALL)
        assert set(re.findall(r"[A-Za-z\u4e00-\u9fff]+", text)) <= {"wifi", "sign", "page"}, template.name


def test_what_is_chosen_by_what_happened_has_words_for_all_of_it() -> None:
    for error in (*page.SORRY, *STATUSES):
        assert f"shake.sorry.{error}" in WORDS and f"shake.sorry.{error}.next" in WORDS
    assert {key for key in WORDS if key.startswith("shake.says.")} == {
        f"shake.says.{each}" for each in STATES
    }
    for fault in page.FAULTS.values():
        assert f"shake.fault.{fault}" in WORDS


def test_what_the_gateway_may_say_has_words() -> None:
    proofs = {checkins.BY_NETWORK, checkins.BY_BEACON, checkins.BY_TAG}
    assert {key for key in WORDS if key.startswith("shake.proof.")} == {
        f"shake.proof.{each}" for each in proofs
    }
    signals = {heard.IDENTITY_OLD, heard.IDENTITY_UNKNOWN, heard.IDENTITY_CLONED, heard.CLOCK_UNKNOWN}
    assert signals | {checkins.IDENTITY_USED} == page.SIGNALS
    told = {checkins.NOT_HERE, checkins.TICKET_BAD, checkins.TICKET_USED, checkins.TICKET_EXPIRED}
    assert told | {checkins.TOO_MANY, checkins.BLOCKED} <= page.SORRY.keys()
