"""The till says everything in both languages: every key that is said is there, and every key is said."""

import re
from itertools import chain
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from gateway.adapters.http import till_said, till_words
from gateway.adapters.http.order_shapes import MemberAtTill
from gateway.adapters.http.till import FOLDER, TABLE
from gateway.core.orders.model import TENDERS
from gateway.core.programs.reasons import WORDS as REASONS
from samples.shop import read_goods
from shopbell.look.words import WORDS as SHARED
from shopbell.look.words import faults, placeholders

SCRIPTS = sorted(FOLDER.glob("*.js"))
TEMPLATES = sorted(FOLDER.glob("*.j2"))
# Keys that are put together from a code: the code's own tests are below.
FAMILIES = ("missed.", "unusable.", "customer.", "tender.", "category.", "unit.", "back.reason.", "phone.is.")
QUOTED = re.compile(r'"([a-z]+(?:\.[a-z_]+)+)"')


def said_in(files: list[Path]) -> set[str]:
    """Every quoted key of our catalogue's shape that names an area of it."""
    areas = {key.partition(".")[0] for key in TABLE} | {"live", "page"}
    found = set(chain.from_iterable(QUOTED.findall(file.read_text("utf-8")) for file in files))
    return {key for key in found if key.partition(".")[0] in areas}


def test_the_catalogue_is_sound_and_says_each_key_once() -> None:
    assert faults(TABLE) == []
    assert not set(till_words.WORDS) & set(till_said.WORDS)
    assert not set(till_words.WORDS) & set(SHARED)


# Names of events and files look alike.
NO_WORDS = {"grant.requested", "member.enrolled", "member.activated", "coupon.claimed", "till.css", "till.js"}


def test_everything_that_is_said_has_words() -> None:
    said = said_in(SCRIPTS) | said_in(TEMPLATES)
    assert len(said) > 200, "the search has lost sight of the keys"
    assert {key for key in said if key not in TABLE and key not in SHARED} - NO_WORDS == set()


def test_every_word_is_said() -> None:
    said = said_in(SCRIPTS) | said_in(TEMPLATES)
    assert {key for key in TABLE if not key.startswith(FAMILIES)} - said == set()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_a_template_says_only_words_without_figures_or_with_them_given(template: Path) -> None:
    bare = re.findall(r'say\("([\w.]+)"\)', template.read_text("utf-8"))
    table = {**SHARED, **TABLE}
    assert [key for key in bare if placeholders(table[key][0])] == []


@pytest.mark.parametrize("tender", TENDERS)
def test_every_tender_has_a_name(tender: str) -> None:
    assert f"tender.{tender}" in TABLE


def test_every_reason_of_a_near_miss_has_words() -> None:
    assert {f"missed.{reason}" for reason in REASONS} <= set(TABLE)


def test_every_state_of_a_phone_number_has_words() -> None:
    states = get_args(get_type_hints(MemberAtTill)["phone"])
    assert {f"phone.is.{state}" for state in states} == {key for key in TABLE if key.startswith("phone.is.")}


def test_every_category_of_the_sample_shop_has_a_name() -> None:
    assert {f"category.{article.good.category}" for article in read_goods()} <= set(TABLE)


def test_whatever_cannot_be_used_says_what_to_do_next() -> None:
    for key in TABLE:
        if key.startswith("unusable.") and not key.endswith(".next"):
            assert f"{key}.next" in TABLE


def test_what_may_be_said_to_a_customer_is_a_sentence_to_say_aloud() -> None:
    for key, (chinese, english) in TABLE.items():
        if key.startswith("customer."):
            assert "“" in chinese and "“" in english, key


@pytest.mark.parametrize("file", [*SCRIPTS, *FOLDER.glob("*.css")], ids=lambda file: file.name)
def test_nothing_comes_from_another_host_and_no_file_grows_without_end(file: Path) -> None:
    text = file.read_text("utf-8")
    assert not re.search(r"https?://|//[a-z]+\.|@import", text)
    assert len(text.splitlines()) <= 400
