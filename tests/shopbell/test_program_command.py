"""`shopbell program`: what it prints, in both languages, and what it ends with."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.core.event import open_bundle
from samples.brand import BUNDLE_JSON
from samples.build import PROGRAMS
from samples.orders import main as make_orders
from samples.shop import GOODS_CSV
from shopbell import cli

AROUND = ("--bundle", str(BUNDLE_JSON))
SHOP = (*AROUND, "--goods", str(GOODS_CSV))
CAKES = {
    "lines": [{"sku": "cake-berry-4", "quantity": 2}],
    "member": {"tier": "silver", "qualifying": 880},
    "coupons": ["full-100-50"],
}


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    speak(monkeypatch, "en_GB.UTF-8")


def speak(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, language)


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.call(["program", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def written(folder: Path, body: Any, name: str = "it.json") -> str:
    path = folder / name
    path.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
    return str(path)


def changed(**more: Any) -> Any:
    return {**json.loads((PROGRAMS / "coupon-5.json").read_bytes()), **more}


# -- check


def test_the_samples_have_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(str(path) for path in PROGRAMS.glob("*.json"))
    status, out, _ = call(capsys, "check", *files, str(BUNDLE_JSON), *AROUND)
    assert status == 0
    assert out.count("nothing wrong") == len(files) + 1


def test_every_fault_is_told_where_it_stands_in_the_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = written(tmp_path, changed(coupon="off-6", then=[{"do": "fixed", "off": 500, "each": 0}]))
    status, out, _ = call(capsys, "check", file, *AROUND)
    assert status == 1
    assert f"{file} /then/0/each" in out
    file = written(tmp_path, changed(coupon="off-6", because={"zh-CN": "减{of}元", "en": "{off} off"}))
    status, out, _ = call(capsys, "check", file, *AROUND)
    assert status == 1
    assert f"{file} /coupon" in out
    assert f"{file} /because/zh-CN" in out


def test_a_part_has_its_own_pointers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    part = {"programs": [changed(id="one", coupon=None), changed(id="two", coupon="no-such")]}
    file = written(tmp_path, part)
    status, out, _ = call(capsys, "check", file, *AROUND)
    assert status == 1
    assert f"{file} /programs/1/coupon" in out
    assert "/programs/0" not in out


def test_faults_are_told_in_chinese(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak(monkeypatch, "zh_CN.UTF-8")
    _, out, _ = call(capsys, "check", written(tmp_path, changed(coupon="no-such")), *AROUND)
    assert "没有这个券或卡模板" in out


@pytest.mark.parametrize("body", [[], {"name": "x"}, {"programs": 3}])
def test_what_is_no_program_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, body: Any
) -> None:
    status, out, err = call(capsys, "check", written(tmp_path, body), *AROUND)
    assert (status, out, err.count("\n")) == (cli.USAGE_STATUS, "", 1)


def test_a_file_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = call(capsys, "check", "/no/such.json", *AROUND)
    assert status == cli.USAGE_STATUS
    assert "/no/such.json" in err


# -- list, schema


def test_the_list_names_every_program_with_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "list", *AROUND)
    programs = open_bundle(BUNDLE_JSON.read_bytes()).programs
    assert isinstance(programs, tuple)
    assert len(out.splitlines()) == len(programs) + 1
    assert "buns-3-1  v1  order.quoted  Buy three rolls, get one: Rolls: buy 3, get 1 free" in out
    assert "(2026-12-01 to 2026-12-31)" in out
    assert "{" not in out


def test_the_schema_is_the_published_one(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "schema")
    assert json.loads(out)["$schema"].startswith("https://json-schema.org/")


# -- fill


def test_a_template_filled_is_a_file_to_check_and_sentences_beside_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, out, err = call(capsys, "fill", "full-off", "threshold=200", "off=20")
    assert status == 0
    assert "凭券消费满 200 元，减 20 元" in err
    assert "whoever spends 200 yuan pays 20 yuan less" in err
    file = tmp_path / "new.json"
    file.write_text(out, "utf-8")
    assert call(capsys, "check", str(file), *AROUND)[0] == 0


def test_a_wrong_blank_is_named_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, "fill", "full-off", "threshold=200", "off=lots")
    assert (status, out) == (1, "")
    assert err == "off = lots: that cannot be; it takes yuan, 1 to 50,000\n"


def test_without_blanks_it_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "fill", "full-off")
    assert status == 0
    assert "{threshold}" in out
    assert "days the coupon is good for: a whole number, 1 to 366 (60 if not given)" in out


def test_without_a_template_it_names_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "fill")
    assert status == 0
    assert len(out.splitlines()) == 15


def test_an_unknown_template_or_pair_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, part in ((["full-on", "a=1"], "full-on"), (["full-off", "threshold"], "threshold")):
        status, _, err = call(capsys, "fill", *arguments)
        assert (status, err.count("\n")) == (cli.USAGE_STATUS, 1)
        assert part in err


# -- try


def test_a_basket_line_by_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, _ = call(capsys, "try", written(tmp_path, CAKES), *SHOP)
    assert status == 0
    assert "2026-11-22 12:00, Silver member" in out
    assert "Berry cream cake, 4 inch × 2: 112.00 - 50.00 = 62.00" in out
    assert "to pay 62.00 (tax in it 7.13)" in out  # 62 * 13 / 113 = 7.1327
    assert " + full-100-50: 50 off (50 yuan off because you spent 100)" in out
    assert " + earn-normal: 62 PTS given" in out
    assert " - coupon-5: Needs its coupon" in out
    programs = open_bundle(BUNDLE_JSON.read_bytes()).programs
    assert isinstance(programs, tuple)
    for program in programs:
        assert f" {program.id}: " in out
    assert "{" not in out


def test_a_basket_in_chinese(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak(monkeypatch, "zh_CN.UTF-8")
    _, out, _ = call(capsys, "try", written(tmp_path, CAKES), *SHOP)
    assert "应付 62.00（含税 7.13）" in out
    assert " + full-100-50：减 50 元（满100减50）" in out


def test_a_program_is_tried_before_it_is_published(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    body = {**CAKES, "coupons": []}
    new = changed(id="cakes", coupon=None, because={"zh-CN": "减{off}", "en": "{off} off"})
    file = written(tmp_path, new, "new.json")
    _, out, _ = call(capsys, "try", written(tmp_path, body), "--program", file, *SHOP)
    assert "*+ cakes: 5 off" in out
    assert "to pay 107.00" in out


def test_a_happening_outside_orders(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    body = {"happens": "coupon.claimed", "program": "mall-croissant", "member": {"has": {"PTS": 299}}}
    status, out, _ = call(capsys, "try", written(tmp_path, body), *SHOP)
    assert status == 0
    assert "coupon.claimed" in out.splitlines()[0]
    assert " - mall-croissant: Not enough: 1 more needed" in out


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"lines": [{"sku": "no-such"}]}, "no-such"),
        ({"lines": []}, "at least one"),
        ({**CAKES, "member": {"tier": "tin"}}, "tin"),
        ({**CAKES, "coupons": ["no-such"]}, "no-such"),
        ({**CAKES, "member": None}, "member"),
        ({**CAKES, "colour": 1}, "colour"),
        ({**CAKES, "left": {"USE:buns-3-1": 1}}, "USE:buns-3-1"),
        ({"happens": "member.activated"}, "describe one"),
    ],
)
def test_a_basket_that_cannot_be_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, body: Any, part: str
) -> None:
    status, out, err = call(capsys, "try", written(tmp_path, body), *SHOP)
    assert (status, out, err.count("\n")) == (cli.USAGE_STATUS, "", 1)
    assert part in err


def test_a_basket_the_core_refuses_says_why(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    body = {"lines": [{"sku": "topup"}]}
    status, out, _ = call(capsys, "try", written(tmp_path, body), *SHOP)
    assert status == 1
    assert "bad_amount" in out


def test_a_program_with_faults_is_not_tried(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = written(tmp_path, changed(coupon="no-such"), "new.json")
    status, _, err = call(capsys, "try", written(tmp_path, CAKES), "--program", file, *SHOP)
    assert status == cli.USAGE_STATUS
    assert "shopbell program check" in err


def test_a_month_of_orders(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    store = tmp_path / "store"
    make_orders([str(store), "--days", "8", "--orders", "10", "--last", "2026-11-02"])
    capsys.readouterr()
    ledger = ("--orders", str(store / "ledger.db"), *AROUND)
    status, out, _ = call(capsys, "try", *ledger)
    assert status == 0
    assert out.startswith("2026-10-01 to 2026-10-31: ")
    assert "earn-normal: fires " in out
    file = written(tmp_path, changed(id="cheap", coupon=None), "new.json")
    _, out, _ = call(capsys, "try", "--program", file, "--month", "2026-11", *ledger)
    assert out.startswith("2026-11-01 to 2026-11-30: ")
    assert "cheap: fires " in out
    assert "takings would have been " in out
    _, out, _ = call(capsys, "try", "--program", file, "--offered", *ledger)
    assert "as if every member" in out


def test_a_month_or_ledger_that_is_none_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, _, err = call(capsys, "try", "--orders", str(tmp_path / "none.db"), *AROUND)
    assert status == cli.USAGE_STATUS
    assert "none.db" in err


# -- in a store


@pytest.fixture
def store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The settings of a store that HQ has sent everything, and that has sold for some days."""
    make_orders([str(tmp_path / "data"), "--days", "3", "--orders", "8", "--last", "2026-11-02"])
    capsys.readouterr()
    path = tmp_path / "shopbell.toml"
    table = {"id": "river-1", "store": "river", "data_dir": str(tmp_path / "data"), "run_dir": str(tmp_path)}
    path.write_text("[gateway]\n" + "".join(f"{key} = {json.dumps(text)}\n" for key, text in table.items()))
    return str(path)


def test_a_store_tries_by_what_hq_sent_it(
    capsys: pytest.CaptureFixture[str], store: str, tmp_path: Path
) -> None:
    config = ("--config", store)
    assert "buns-3-1" in call(capsys, "list", *config)[1]
    assert call(capsys, "check", str(PROGRAMS / "coupon-5.json"), *config)[0] == 0
    assert "to pay 62.00" in call(capsys, "try", written(tmp_path, CAKES), *config)[1]
    status, out, _ = call(capsys, "try", "--month", "2026-11", *config)
    assert (status, out.startswith("2026-11-01 to 2026-11-30")) == (0, True)


def test_a_store_that_hq_sent_nothing_says_so(
    capsys: pytest.CaptureFixture[str], store: str, tmp_path: Path
) -> None:
    (tmp_path / "data" / "cache" / "current").unlink()
    status, _, err = call(capsys, "list", "--config", store)
    assert (status, err.count("\n")) == (cli.USAGE_STATUS, 1)
    assert "--bundle" in err
