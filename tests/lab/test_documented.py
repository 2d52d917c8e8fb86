"""docs/operations/wifi-attacks.md names the test of each attack: every name is a test, none is left out."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parent.parent / "docs" / "operations" / "wifi-attacks.md"
ATTACKS = ("test_attacks_on_the_network.py", "test_attacks_on_the_pages.py", "test_when_things_die.py")
# What is no attack: a test that shows that the others can fail.
CONTROLS = {
    "test_online_is_online",
    "test_the_stores_own_machines_do_reach_the_console",
}


def defined_in(*files: str) -> set[str]:
    text = "".join((HERE / name).read_text("utf-8") for name in files)
    return set(re.findall(r"^def (test_\w+)", text, re.MULTILINE))


def named() -> set[str]:
    return set(re.findall(r"`(test_\w+)`", PAGE.read_text("utf-8")))


def test_every_test_that_the_page_names_is_there() -> None:
    assert named() - defined_in(*(path.name for path in HERE.glob("test_*.py"))) == set()


@pytest.mark.parametrize("file", ATTACKS)
def test_every_attack_that_is_tested_is_on_the_page(file: str) -> None:
    assert defined_in(file) - named() - CONTROLS == set()
