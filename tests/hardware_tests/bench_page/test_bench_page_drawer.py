"""The drawer and the words of the bench page."""

import inspect
import re
from typing import Any

import pytest

from hardware_tests.virtual.bench import buttons
from hardware_tests.virtual.bench.people import STRANGER, draw_code, fill_drawer
from hardware_tests.virtual.bench.ports import STATES, TONES, Person
from hardware_tests.virtual.bench.words import SCRIPT_WORDS, WORDS, kind_word
from shopbell.look.words import faults

LIN: Person = {"name": "林晓雯", "kind": "silver", "uid": "04A1B2C3D4E580", "qr": "MW-7Q4K-2M9D"}
TANG: Person = {"name": "唐果", "kind": "member", "uid": "", "qr": ""}


def test_every_word_is_there_twice_and_the_script_has_all_it_says() -> None:
    assert faults(WORDS) == []
    for key in (*(f"tone.{tone}" for tone in TONES), *(f"terminal.state.{state}" for state in STATES)):
        assert key in SCRIPT_WORDS
    said = {word for key in SCRIPT_WORDS for word in re.findall(r"{(\w+)}", WORDS[key][1])}
    assert said == set(), "the script says words as they are"


def test_every_refusal_of_the_buttons_has_words() -> None:
    keys = set(re.findall(r'Refused\(\d+, "(\w+)"\)', inspect.getsource(buttons)))
    assert keys >= {"busy", "no_card", "body"}
    assert {f"refused.{key}" for key in keys | {"plug_stuck"}} <= set(WORDS)


def test_a_kind_without_a_word_is_shown_as_it_is() -> None:
    assert kind_word("gold", "zh-CN") == "金卡"
    assert kind_word("platinum", "en") == "platinum"


def test_the_stranger_lies_at_the_end_of_the_drawer() -> None:
    drawer = fill_drawer([LIN, TANG])
    assert [entry.number for entry in drawer] == [0, 1, 2]
    assert drawer[0].initial == "林" and drawer[0].uid == bytes.fromhex("04A1B2C3D4E580")
    assert drawer[2].troubled and drawer[2].uid == bytes.fromhex(STRANGER["uid"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"uid": "04A1"}, "2 bytes"),
        ({"uid": "XYZ"}, "not hex"),
        ({"uid": "88A1B2C3"}, "88"),
        ({"uid": "04A1B288D4E580"}, "88"),
        ({"qr": "x" * 513}, "513"),
    ],
)
def test_a_card_that_cannot_be_says_whose_it_is(change: Any, told: str) -> None:
    with pytest.raises(ValueError, match="林晓雯") as caught:
        fill_drawer([{**LIN, **change}])
    assert told in str(caught.value)


def test_a_code_is_drawn_as_a_whole_svg() -> None:
    assert b'xmlns="http://www.w3.org/2000/svg"' in draw_code(b"MW-7Q4K-2M9D")
