"""Lines that the door takes, and all the others: refused, counted, and nothing else."""

import random
from typing import Any

import pytest

from gateway.guests import asked
from gateway.guests.asked import clean_name, read
from tests.gateway.guests.hall import Hall
from tests.gateway.rig import House

GOOD: list[dict[str, Any]] = [
    {"do": "enrol", "key": "k", "name": "n", "phone": None, "language": "zh-CN", "consents": [], "seen": {}},
    {"do": "return", "key": "k", "code": "ABCD-EFGH", "language": "en"},
    {"do": "card", "member": "m-1"},
    {"do": "history", "member": "m-1", "limit": 20},
    {"do": "codes", "member": "m-1"},
    {"do": "consent", "key": "k", "member": "m-1", "purpose": "marketing", "text": "v1", "given": True,
     "language": "en"},
    {"do": "lost", "key": "k", "member": "m-1", "instrument": "c-1"},
    {"do": "cards", "member": "m-1"},
    {"do": "export", "member": "m-1"},
    {"do": "forget", "key": "k", "member": "m-1"},
    {"do": "resolve", "code": "ABCD-EFGH"},
    {"do": "prove", "member": "m-1", "pin": "1234"},
    {"do": "receipt", "code": "Rg1.7"},
    {"do": "shake", "key": "k", "member": "m-1", "network": False, "heard": [{"eid": "00" * 8, "rssi": -60}]},
    {"do": "claim", "key": "k", "ticket": "SBT1.", "seen": {}},
    {"do": "settings"},
]  # fmt: skip
WRONG: tuple[Any, ...] = (None, 7, -1, True, "", "x" * 600, [], {}, [{}], "\ud800", 1.5, {"a": [1]})


def test_every_shape_has_a_line_that_is_taken() -> None:
    taken = [type(read(line)) for line in GOOD]
    assert set(taken) == set(asked.Ask.__args__)  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", [{}, {"do": "open"}, {"do": None}, {"do": ["card"]}, {"member": "m-1"}])
def test_what_nobody_may_ask_is_no_ask(line: dict[str, Any]) -> None:
    assert read(line) is None


@pytest.mark.parametrize("line", GOOD[:-1], ids=lambda line: str(line["do"]))
def test_every_field_that_must_be_there_must_be_there(line: dict[str, Any]) -> None:
    for field in set(line) - {"phone", "consents", "seen", "limit", "heard", "network"}:
        assert read({name: value for name, value in line.items() if name != field}) is None


def test_half_a_character_is_no_text_anywhere() -> None:
    for line in GOOD:
        for field in line:
            assert read({**line, field: "\ud800"}) is None


def test_wrong_values_are_answered_and_book_nothing_that_is_not_asked(house: House) -> None:
    hall, dice = Hall(house), random.Random(5)
    before = len(house.bodies())
    for line in GOOD:
        for field in line:
            answer = hall.ask_all({**line, field: dice.choice(WRONG), "key": "\x00"})[0]
            assert isinstance(answer["ok"], bool)
    kinds = {body for body in house.bodies()[before:] if b'"act"' not in body}
    assert kinds == set()


def test_too_many_consents_are_no_form() -> None:
    consents = [{"purpose": "marketing", "text": "v1"}] * (asked.CONSENTS_MAX + 1)
    assert read({**GOOD[0], "consents": consents}) is None
    assert read({**GOOD[0], "consents": consents[1:]}) is not None


@pytest.mark.parametrize("purpose", ["", "Marketing", "a b", "a" * 33, "<b>", "市场"])
def test_purposes_are_codes(purpose: str) -> None:
    assert read({**GOOD[5], "purpose": purpose}) is None


def test_names_are_cut_to_what_they_mean() -> None:
    assert clean_name(" 小  林 ") == "小 林"
    assert clean_name("a" * asked.NAME_CHARACTERS_MAX) is not None
    assert clean_name("a" * (asked.NAME_CHARACTERS_MAX + 1)) is None
    assert clean_name("林\u200b") is None
