"""Every word that a member's page may need is there, in both languages."""

import re

from gateway.acting import BUSY, DISK_LOW, LEDGER_REFUSES
from gateway.core import model
from gateway.guests import found
from gateway.guests.view import NONE, UNVERIFIED, VERIFIED
from gateway.pins import LOCKED, WRONG
from gateway.pins import NONE as NO_PIN
from gateway.portal import words
from gateway.portal.me import site as me_site
from gateway.portal.me import ways as me_ways
from gateway.portal.me import words as me_words
from gateway.portal.me.words import CONSENTS, WORDS
from gateway.storage.layout import INSTRUMENT_STATUSES
from shopbell.look.words import WORDS as SHARED
from shopbell.look.words import faults

PAGES = sorted(me_site.FOLDER.glob("*.j2"))


def test_the_table_is_sound_and_shares_no_key_with_the_guests_pages() -> None:
    assert faults(WORDS) == []
    assert not WORDS.keys() & words.WORDS.keys()
    assert len(WORDS) == len(me_words.CARD) + len(me_words.way_words.WORDS)


def test_every_word_that_a_page_names_is_there() -> None:
    said = {key for page in PAGES for key in re.findall(r'say\("([a-z_.]+)"[,)]', page.read_text())}
    assert len(said) > 60, "the search has lost sight of the pages"
    assert said <= WORDS.keys() | SHARED.keys()


def test_what_is_chosen_by_what_happened_has_words_for_all_of_it() -> None:
    for said in me_site.SAID:
        assert f"me.said.{said}" in WORDS
    for trouble in (*me_site.TROUBLES, "other"):
        assert f"me.trouble.{trouble}" in WORDS
    for fault in ("empty", "unknown", "used", "receipt", "blocked", "old", *me_ways.FAULTS.values()):
        assert f"me.enter.fault.{fault}" in WORDS
    for fault in me_ways.PIN_FAULTS:
        assert f"me.front.fault.{fault}" in WORDS
    for purpose in CONSENTS:
        assert f"me.consent.{purpose}" in WORDS


def test_what_the_gateway_may_say_has_words() -> None:
    for status in INSTRUMENT_STATUSES:
        assert f"me.status.{status}" in WORDS
    for state in (NONE, UNVERIFIED, VERIFIED):
        assert f"me.phone.{state}" in WORDS
    for why in (model.USED_UP, model.PAST_LAST_DAY, model.NOT_VESTED, model.HELD_ELSEWHERE):
        assert f"me.coupon.not.{why}" in WORDS
    assert f"me.coupon.not.{model.RIGHTS_FROZEN}" in WORDS
    assert {WRONG, LOCKED, NO_PIN, BUSY} == me_ways.PIN_FAULTS
    assert {found.UNKNOWN_CODE, found.BLOCKED, found.BAD_REQUEST} == set(me_ways.FAULTS)
    assert {found.NO_BOOKS, found.TOO_MANY, BUSY, DISK_LOW, LEDGER_REFUSES} <= me_site.TROUBLES
    assert found.UNKNOWN_MEMBER in me_site.GONE
