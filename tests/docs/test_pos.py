"""docs/pos.md as it stands: one customer, from the greeting to the return."""

from typing import Any

import pytest

from gateway.adapters.http.books import Books
from gateway.enquiry import Enquiry
from gateway.teller import Teller
from tests.docs import pages, played
from tests.docs.played import Step, shown
from tests.gateway.rig import House

PAGE = pages.ROOT / "docs/pos.md"
STEPS = list(played.steps(PAGE))


def join(house: House, teller: Teller) -> Books:
    return Books(teller, Enquiry(house.desk), house.counter)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each step printed, by its name."""
    return played.answers(PAGE, tmp_path_factory.mktemp("pos"), join)


def test_the_page_has_every_step_of_a_foreign_till() -> None:
    names = [step.name for step in STEPS]
    assert {"quote", "sold", "again", "changed", "used", "returned"} <= set(names)
    assert len(names) == len(set(names)) and all(step.shows for step in STEPS)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_answers_what_the_page_shows(step: Step, answers: dict[str, Any]) -> None:
    shown(step.shows, answers[step.name])


def test_the_same_sale_again_is_the_same_answer(answers: dict[str, Any]) -> None:
    assert answers["again"] == answers["sold"] | {"duplicate": True}


def test_the_preview_is_what_then_happens(answers: dict[str, Any]) -> None:
    assert answers["preview"]["record"] == answers["returned"]["record"]


def test_the_comparison_finds_what_is_missing() -> None:
    for part in ({"a": 2}, {"b": 1}, {"c": [1]}, {"c": {}}, {"c": [1, 3]}):
        with pytest.raises(AssertionError):
            shown(part, {"a": 1, "c": [1, 2]})
    shown({"a": 1, "c": [1, 2]}, {"a": 1, "c": [1, 2], "d": None})
