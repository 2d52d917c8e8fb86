"""Fill-in templates: each reads as a sentence in both languages, and a wrong blank is named."""

import json
from typing import Any

import pytest

from gateway.core.event import open_bundle
from samples.brand import BUNDLE_JSON, FOLDER
from shopbell.look.words import faults
from shopbell.program_fill import Filled, FillError, FillIn, fill, read_template
from shopbell.program_words import WORDS

FILES = sorted((FOLDER / "templates").glob("*.json"))
FILLED = {
    "after-payment": "minimum=30 coupon=off-5",
    "birthday-gift": "coupon=birthday",
    "buy-get": "goods=roll buy=3",
    "every-off": "goods=bread every=40 off=4 start=18:00 end=21:00",
    "full-off": "threshold=500 off=50",
    "mall": "points=300 coupon=croissant",
    "pair-price": "first=pastry second=coffee price=25",
    "points-for": "goods=gift every=10",
    "points-pay": "points=100",
    "share-off": "tier=silver goods=coffee share=8 cap=10",
    "staff-grant": "",
    "top-up": "paid=500 gift=50",
    "try-it": "goods=coffee share=50 times=2 total=1000 budget=9000",
    "welcome-back": "coupon=full-100-50",
}


def template(code: str) -> FillIn:
    return read_template((FOLDER / "templates" / f"{code}.json").read_bytes())


def filled(code: str, typed: str) -> Filled:
    return fill(template(code), dict(pair.split("=", 1) for pair in typed.split()))


def wrong(code: str, typed: str) -> list[tuple[str, str]]:
    with pytest.raises(FillError) as error:
        filled(code, typed)
    return [(fault.blank, fault.code) for fault in error.value.faults]


def test_every_template_is_filled_in_a_test() -> None:
    assert [path.stem for path in FILES] == sorted(FILLED)
    assert all(read_template(path.read_bytes()).template == path.stem for path in FILES)


@pytest.mark.parametrize("code", FILLED)
def test_it_reads_as_sentences_and_makes_programs_a_bundle_takes(code: str) -> None:
    made = filled(code, FILLED[code])
    assert made.sentence["zh-CN"].endswith("。")
    assert made.sentence["en"].endswith(".")
    for text in (*made.sentence.values(), json.dumps(made.programs), json.dumps(made.templates)):
        assert "blank" not in text
    bundle: dict[str, Any] = json.loads(BUNDLE_JSON.read_bytes())
    codes = {one["code"] for one in made.templates}
    bundle["templates"] = [one for one in bundle["templates"] if one["code"] not in codes] + list(
        made.templates
    )
    bundle["programs"] = list(made.programs)
    open_bundle(json.dumps(bundle).encode())
    for program in made.programs:
        assert program["version"] == 1
        for words in (*program["name"].values(), *program["because"].values()):
            assert "{" not in words


def test_a_threshold_coupon_word_for_word() -> None:
    made = filled("full-off", "threshold=500 off=50")
    assert made.sentence == {
        "zh-CN": "凭券消费满 500 元，减 50 元；券 60 天内有效。",
        "en": "With this coupon, whoever spends 500 yuan pays 50 yuan less; it is good for 60 days.",
    }
    (program,) = made.programs
    assert program == {
        "id": "full-500-50",
        "version": 1,
        "name": {"zh-CN": "满500减50", "en": "50 off 500"},
        "because": {"zh-CN": "满500减50", "en": "50 yuan off because you spent 500"},
        "trigger": "order.quoted",
        "when": {"test": "subtotal", "at_least": 50_000},
        "then": [{"do": "fixed", "off": 5_000}],
        "coupon": "full-500-50",
        "exclusive": "threshold",
    }
    (coupon,) = made.templates
    assert (coupon["code"], coupon["face"], coupon["validity"]) == ("full-500-50", 5_000, {"days": [60]})


def test_money_has_two_places_and_english_groups_thousands() -> None:
    made = filled("full-off", "threshold=1299.5 off=50.05")
    assert made.programs[0]["when"]["at_least"] == 129_950
    assert made.programs[0]["then"][0]["off"] == 5_005
    assert made.programs[0]["id"] == "full-1299.50-50.05"
    assert "1299.50" in made.sentence["zh-CN"]
    assert "1,299.50" in made.sentence["en"]


def test_a_choice_may_be_typed_in_words_and_may_stand_for_more() -> None:
    by_word = filled("share-off", "tier=银卡 goods=咖啡 share=12.5 cap=10")
    assert by_word == filled("share-off", "tier=silver goods=coffee share=12.5 cap=10")
    (program,) = by_word.programs
    assert program["when"]["any_of"] == ["silver", "gold", "black"]
    assert program["then"][0]["off"] == 1_250
    assert "12.5%" in by_word.sentence["en"]


def test_days_version_and_id_may_be_given_to_every_template() -> None:
    made = filled("buy-get", "goods=roll buy=3 id=spring version=4 first_day=2026-12-01 last_day=2026-12-01")
    (program,) = made.programs
    assert (program["id"], program["version"]) == ("spring", 4)
    assert (program["first_day"], program["last_day"]) == ("2026-12-01", "2026-12-01")


@pytest.mark.parametrize(
    ("code", "typed", "named"),
    [
        ("full-off", "threshold=500", [("off", "missing")]),
        ("full-off", "", [("threshold", "missing"), ("off", "missing")]),
        ("full-off", "threshold=500 off=lots", [("off", "wrong")]),
        ("full-off", "threshold=500 off=-5", [("off", "wrong")]),
        ("full-off", "threshold=500 off=5.005", [("off", "wrong")]),
        ("full-off", "threshold=500 off=0.99", [("off", "wrong")]),
        ("full-off", "threshold=500 off=５０", [("off", "wrong")]),
        ("full-off", "threshold=500 off=", [("off", "wrong")]),
        ("full-off", "threshold=500 off=500", [("off", "not_below")]),
        ("full-off", "threshold=100000.01 off=500", [("threshold", "wrong")]),
        ("full-off", "threshold=500 off=50 days=1.5", [("days", "wrong")]),
        ("full-off", "threshold=500 off=50 colour=red", [("colour", "unknown")]),
        ("full-off", "threshold=500 off=50 version=0", [("version", "wrong")]),
        ("full-off", "threshold=500 off=50 id=Spring!", [("id", "wrong")]),
        ("full-off", "threshold=500 off=50 last_day=2026-02-30", [("last_day", "wrong")]),
        ("buy-get", "goods=shoes buy=3", [("goods", "wrong")]),
        ("share-off", "tier=gold goods=roll share=50.01 cap=1", [("share", "wrong")]),
        ("every-off", "goods=bread every=40 off=4 start=24:00", [("start", "wrong")]),
        ("every-off", "goods=bread every=40 off=4 start=21:00 end=18:00", [("start", "not_below")]),
        ("staff-grant", "least=500 most=100", [("least", "not_below")]),
        (
            "buy-get",
            "goods=roll buy=3 first_day=2026-12-02 last_day=2026-12-01",
            [("first_day", "not_below")],
        ),
    ],
)
def test_a_wrong_blank_is_named(code: str, typed: str, named: list[tuple[str, str]]) -> None:
    assert wrong(code, typed) == named


def test_a_template_whose_sentence_misses_a_blank_is_refused() -> None:
    body = json.loads((FOLDER / "templates" / "full-off.json").read_bytes())
    body["sentence"] = {"zh-CN": "满 {threshold}", "en": "Spend {threshold}"}
    with pytest.raises(ValueError, match="the sentence names"):
        read_template(json.dumps(body).encode())


def test_both_languages_of_a_sentence_name_the_same_blanks() -> None:
    body = json.loads((FOLDER / "templates" / "full-off.json").read_bytes())
    body["sentence"]["en"] = "Spend {threshold} and pay {off} less."
    with pytest.raises(ValueError, match="en"):
        read_template(json.dumps(body).encode())


def test_the_words_are_there_in_both_languages() -> None:
    assert faults(WORDS) == []
