"""docs/payments.md as it stands: a payment, its sale and its return, and what nobody was sure of."""

import json
import re
from typing import Any

import pytest

from gateway.adapters.http.books import Books
from gateway.enquiry import Enquiry
from gateway.payments.asking import ALLOWED_MS, LATE_MS
from gateway.payments.book import Book
from gateway.payments.course import STANDINGS
from gateway.payments.desk import Payments
from gateway.payments.http import ANSWER_BYTES_MAX, ANSWER_S_MAX
from gateway.payments.sales import Booked
from gateway.teller import Teller
from tests.docs import pages, played
from tests.docs.played import Step, shown
from tests.gateway.payments.rig import DECLINE, LOST, PAY, FakeBridge, World
from tests.gateway.rig import House

PAGE = pages.ROOT / "docs/payments.md"
STEPS = list(played.steps(PAGE))


def join(house: House, teller: Teller) -> Books:
    world = World()
    world.moods.extend([PAY, DECLINE, LOST])
    clocks = (lambda: house.now_ms), (lambda: house.steady_ms)
    book = Book(house.data, house.counters)
    house.closing.callback(book.close)
    payments = Payments(book, FakeBridge(world), Booked(house.desk), *clocks, house.counters)
    return Books(teller, Enquiry(house.desk), house.counter, payments=payments)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each step printed, by its name."""
    return played.answers(PAGE, tmp_path_factory.mktemp("payments"), join)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_answers_what_the_page_shows(step: Step, answers: dict[str, Any]) -> None:
    shown(step.shows, answers[step.name])


def test_the_page_has_every_step_and_every_standing() -> None:
    assert {"paid", "sold", "used", "declined", "unsure", "known", "open", "refunded", "returned"} == {
        step.name for step in STEPS
    }
    table = pages.text(PAGE).partition("### How a payment stands")[2].partition("##")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    assert {state for row in rows for state in re.findall(r"`(\w+)`", row)} - {"state"} == set(STANDINGS)


def test_the_bridges_side_names_the_bounds_that_hold() -> None:
    text = pages.text(PAGE)
    assert f"{ALLOWED_MS // 1000} s after" in text and f"{LATE_MS // 1000} s later" in text
    assert f"{ANSWER_BYTES_MAX // 1024} KiB" in text and f"within {ANSWER_S_MAX:.0f} s" in text
    blocks = re.findall(r"```json\n(.*?)```", text.partition("## At the bridge's side")[2], re.DOTALL)
    charge, refund = map(json.loads, blocks)
    assert set(charge) == {"key", "tender", "amount", "currency", "code", "till", "store", "until"}
    assert set(refund) == {"key", "amount", "currency"}
