"""A question on the display and its answer from the keypad: once, by whoever was asked, kept nowhere."""

from firmware.core import question
from firmware.core.question import SENT_MS, WAIT, Question
from firmware.protocol import messages
from firmware.protocol.messages import (
    ASK_CHOICE,
    ASK_PIN,
    ENDED_CLEARED,
    ENDED_DIGITS,
    ENDED_NO_KEYPAD,
    ENDED_TIMEOUT,
    Command,
    Pin,
    Screen,
    Strip,
)

ONE = b"session1"
PROMPT = Screen(0, 0x2060FF, 3, (Strip(0, 0, 8, 8, b"\xff" * 8),))


def asking(ask=ASK_PIN, seconds=30, now_ms=0):
    return Question(Command(ONE, ask, seconds, PROMPT), now_ms)


def typed(asked, keys, now_ms=0):
    for key in keys:
        asked.pressed(key, now_ms)
    return asked


def test_a_pin_is_typed_shown_as_dots_and_sent_at_ok():
    asked = asking()
    assert asked.open and asked.shown is PROMPT
    typed(asked, "482107")
    assert asked.answer is None
    typed(asked, "#")
    assert asked.answer == Pin(ONE, ENDED_DIGITS, "482107")
    assert asked.shown == WAIT and not asked.open
    asked.answer = None
    assert not asked.is_over
    asked.answered()
    assert asked.is_over


def test_dots_are_as_many_as_digits_and_say_nothing_else():
    asked = asking()
    seen = []
    for count in range(1, 9):
        typed(asked, "7" if count % 2 else "1")
        screen = messages.build(messages.SCREEN, asked.shown)
        assert screen.strips[:-1] == PROMPT.strips and screen.tone == 0
        dots = screen.strips[-1]
        assert (dots.y, dots.height, dots.width) == (48, 16, 12 * count)
        seen.append(dots.pixels)
    other = asking()
    typed(other, "00000000")
    assert other.shown.strips[-1].pixels == seen[-1]


def test_a_ninth_digit_is_none_and_letters_mean_nothing():
    asked = typed(asking(), "123456789ABCD#")
    assert asked.answer.digits == "12345678"


def test_clear_takes_all_digits_back_and_then_ends_it():
    asked = typed(asking(), "12*")
    assert asked.open and len(asked.shown.strips) == len(PROMPT.strips)
    typed(asked, "34#")
    assert asked.answer == Pin(ONE, ENDED_DIGITS, "34")
    asked = typed(asking(), "12**")
    assert asked.answer == Pin(ONE, ENDED_CLEARED, "") and asked.shown is None


def test_ok_with_nothing_typed_is_nothing():
    asked = typed(asking(), "#")
    assert asked.open and asked.answer is None


def test_a_choice_is_sent_at_its_digit():
    asked = typed(asking(ASK_CHOICE), "A#3")
    assert asked.answer == Pin(ONE, ENDED_DIGITS, "3")


def test_it_ends_by_itself_so_long_after_the_last_key():
    asked = asking(seconds=30)
    typed(asked, "1", 20000)
    assert not asked.elapsed(49999) and asked.elapsed(50000)
    assert asked.answer == Pin(ONE, ENDED_TIMEOUT, "") and asked.shown is None


def test_please_wait_gives_way_to_an_answer_or_to_time():
    asked = typed(asking(), "1#", 1000)
    assert not asked.elapsed(1000 + SENT_MS - 1)
    assert asked.elapsed(1000 + SENT_MS) and asked.shown is None
    asked = typed(asking(), "1#")
    asked.answered()
    assert asked.shown is None and asked.answer is not None


def test_what_the_gateway_shows_does_not_end_an_open_question():
    asked = typed(asking(), "12")
    asked.answered()
    assert asked.open and asked.shown is not None


def test_digits_are_gone_as_soon_as_they_are_handed_on():
    asked = typed(asking(), "1234#")
    asked.answer = None
    assert not [value for value in vars_of(asked) if "1234" in repr(value)]


def vars_of(thing):
    """What it keeps, on both Pythons."""
    return [getattr(thing, name) for name in dir(thing) if not name.startswith("__")]


def test_another_card_means_that_who_was_asked_is_gone():
    asked = typed(asking(), "12")
    asked.left(0)
    assert asked.answer == Pin(ONE, ENDED_CLEARED, "") and asked.shown is None
    asked = typed(asking(), "12#")
    asked.left(0)
    assert asked.shown is None and asked.answer.digits == "12"


def test_a_dead_keypad_says_so_once():
    asked = asking()
    asked.pressed(None, 0)
    assert asked.answer == Pin(ONE, ENDED_NO_KEYPAD, "")
    asked.answer = None
    asked.pressed(None, 0)
    assert asked.answer is None and asked.is_over


def test_every_answer_is_one_that_the_contract_allows():
    for asked in (typed(asking(), "12345678#"), typed(asking(), "*"), typed(asking(ASK_CHOICE), "0")):
        assert messages.decode("pin", messages.encode("pin", asked.answer)) == asked.answer
    assert question.OK in "#" and question.CLEAR in "*"
