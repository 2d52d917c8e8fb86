"""Member codes and rotating codes: the text, what it proves and when, and everything that proves nothing."""

import base64
import hashlib
import hmac

import pytest

from gateway.core.evidence import FRESH, STALE
from gateway.core.rotating import (
    ALPHABET,
    STEP_MAX,
    STEP_S,
    TEXT_CHARACTERS,
    Proved,
    member_code,
    normalise,
    read,
    rotating_text,
    shown,
    step_at,
)

BRAND_KEY = bytes(range(32))
NOW_S = 1_795_000_000
STEP = NOW_S // 30
CODE = member_code(BRAND_KEY, "m-1")
TEXT = rotating_text(BRAND_KEY, CODE, STEP)

TO_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET)


def test_a_member_code_is_forty_bits_of_the_members_id_under_the_brands_key() -> None:
    digest = hmac.new(BRAND_KEY, b"member code\0m-1", hashlib.sha256).digest()
    assert base64.b32encode(digest[:5]).decode().translate(TO_CROCKFORD) == CODE
    assert member_code(BRAND_KEY, "m-2") != CODE
    assert member_code(bytes(32), "m-1") != CODE


def test_a_rotating_text_is_prefix_code_step_and_mac() -> None:
    key = hmac.new(BRAND_KEY, b"rotating\0" + CODE.encode(), hashlib.sha256).digest()
    mac = hmac.new(key, STEP.to_bytes(4, "big"), hashlib.sha256).digest()[:8]
    assert TEXT[:11] == "SBR" + CODE
    assert _value(TEXT[11:18]) == STEP
    assert _value(TEXT[18:]) == int.from_bytes(mac, "big")
    assert len(TEXT) == TEXT_CHARACTERS == 31


def test_every_character_is_in_qrs_alphanumeric_set() -> None:
    assert set(TEXT) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


@pytest.mark.parametrize(
    ("away", "level"),
    [(-2, STALE), (-1, FRESH), (0, FRESH), (1, FRESH), (2, STALE), (2_880, STALE)],
)
def test_a_code_is_fresh_in_its_step_and_in_the_one_on_either_side(away: int, level: str) -> None:
    assert read(BRAND_KEY, TEXT, (STEP + away) * STEP_S) == Proved(CODE, STEP, level)


def test_a_code_is_fresh_to_the_last_second_of_the_step_after_it() -> None:
    last_s = (STEP + 2) * STEP_S - 1
    assert read(BRAND_KEY, TEXT, last_s) == Proved(CODE, STEP, FRESH)
    assert read(BRAND_KEY, TEXT, last_s + 1) == Proved(CODE, STEP, STALE)


def test_without_a_clock_a_genuine_code_is_stale() -> None:
    assert read(BRAND_KEY, TEXT, None) == Proved(CODE, STEP, STALE)


def test_another_brands_key_proves_nothing() -> None:
    assert read(bytes(32), TEXT, NOW_S) is None


def test_a_changed_character_anywhere_proves_nothing() -> None:
    for place in range(len(TEXT)):
        for other in ALPHABET + "OIL-sé":
            if other != TEXT[place]:
                assert read(BRAND_KEY, TEXT[:place] + other + TEXT[place + 1 :], NOW_S) is None


@pytest.mark.parametrize(
    "text", ["", "SBR", TEXT[:-1], TEXT + "0", TEXT.lower(), " " + TEXT[:-1], "é" * TEXT_CHARACTERS]
)
def test_another_form_proves_nothing(text: str) -> None:
    assert read(BRAND_KEY, text, NOW_S) is None


def test_a_step_of_more_than_32_bits_proves_nothing() -> None:
    assert read(BRAND_KEY, TEXT[:11] + "Z" * 7 + TEXT[18:], NOW_S) is None
    assert read(BRAND_KEY, rotating_text(BRAND_KEY, CODE, STEP_MAX), STEP_MAX * STEP_S) is not None


def test_every_step_has_another_text() -> None:
    assert len({rotating_text(BRAND_KEY, CODE, step) for step in range(STEP, STEP + 100)}) == 100


def test_a_code_as_people_read_it_is_read_back() -> None:
    assert shown("ABCDEFGH") == "ABCD-EFGH"
    assert normalise(shown(CODE)) == CODE


@pytest.mark.parametrize(
    "typed", ["abcd-efg1", "ABCDEFG1", " abcd efgl ", "ABCD–EFGI", "ABCD－EFG1", "ＡＢＣＤ ＥＦＧ１"]
)
def test_a_typed_code_may_have_any_case_dash_and_look_alike(typed: str) -> None:
    assert normalise(typed) == "ABCDEFG1"


@pytest.mark.parametrize("typed", ["", "ABCD-EFG", "ABCD-EFGHJ", "ABCD-EFGU", "ABCD_EFGH", "手机1234AB"])
def test_other_texts_are_no_member_codes(typed: str) -> None:
    assert normalise(typed) is None


def test_steps_are_half_minutes() -> None:
    assert [step_at(seconds) for seconds in (0, 29, 30)] == [0, 0, 1]


def _value(text: str) -> int:
    number = 0
    for letter in text:
        number = number * 32 + ALPHABET.index(letter)
    return number
