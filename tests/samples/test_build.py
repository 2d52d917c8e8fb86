"""bundle.json is what its parts make, and a wrong part is named before anything is written."""

import shutil
from pathlib import Path

import pytest

from gateway.core.event import open_bundle
from samples.brand import BUNDLE_JSON
from samples.build import PROGRAMS, RULES, bundle_body


def folders(tmp_path: Path) -> tuple[Path, Path]:
    rules, programs = tmp_path / "rules", tmp_path / "programs"
    shutil.copytree(RULES, rules)
    shutil.copytree(PROGRAMS, programs)
    return rules, programs


def test_the_bundle_is_current() -> None:
    assert BUNDLE_JSON.read_bytes() == bundle_body(), "python -m samples.build"


def test_every_program_is_in_the_bundle_and_speaks_both_languages() -> None:
    programs = open_bundle(BUNDLE_JSON.read_bytes()).programs
    assert isinstance(programs, tuple)
    assert [program.id for program in programs] == sorted(path.stem for path in PROGRAMS.glob("*.json"))
    for program in programs:
        for words in (program.name, program.because):
            assert set(words) == {"zh-CN", "en"}
            assert all(text.strip() for text in words.values())


def test_a_changed_program_changes_the_bundle(tmp_path: Path) -> None:
    rules, programs = folders(tmp_path)
    path = programs / "coupon-5.json"
    path.write_text(path.read_text("utf-8").replace('"off": 500', '"off": 600'), "utf-8")
    assert bundle_body(rules, programs) != bundle_body()


def test_a_file_named_otherwise_than_its_program_is_refused(tmp_path: Path) -> None:
    rules, programs = folders(tmp_path)
    (programs / "coupon-5.json").rename(programs / "coupon-6.json")
    with pytest.raises(ValueError, match=r"coupon-6\.json: its id is 'coupon-5'"):
        bundle_body(rules, programs)


def test_a_program_that_is_no_json_is_named(tmp_path: Path) -> None:
    rules, programs = folders(tmp_path)
    (programs / "coupon-5.json").write_text("{", "utf-8")
    with pytest.raises(ValueError, match=r"coupon-5\.json"):
        bundle_body(rules, programs)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"then"', '"colour": "red", "then"', r"programs/coupon-5\.json .*colour"),
        ('"coupon": "off-5"', '"coupon": "off-6"', r"programs/coupon-5\.json /coupon: .*off-6"),
        ('"off": 500', '"off": -1', r"programs/coupon-5\.json /then/0/off"),
    ],
)
def test_what_is_wrong_with_a_program_is_told_with_its_file(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    rules, programs = folders(tmp_path)
    path = programs / "coupon-5.json"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ValueError, match=message):
        bundle_body(rules, programs)
