"""Importing goods and staff over HTTP: the samples, refused lines, what moves and what is never taken."""

import json
from pathlib import Path

import pytest

from cloud_bridge.hq.csv_file import Line
from cloud_bridge.hq.good_lines import GOODS, GoodLine, read_good
from cloud_bridge.hq.staff_lines import STAFF
from tests.cloud_bridge.rig import HEADER, RunningHq, wait_for

SAMPLES = Path(__file__).parents[3] / "samples"
GOODS_HEADER = ",".join(GOODS.columns) + "\n"
STAFF_HEADER = ",".join(STAFF.columns) + "\n"
BADGE = "04E1A90B37C680"


def import_file(hq: RunningHq, kind: str, text: str | bytes) -> dict:
    answer = hq.staff("POST", f"/v1/imports?kind={kind}&lang=en&name={kind}.csv", content=text)
    assert answer.status_code == 202, answer.text
    path = f"/v1/imports/{answer.json()['id']}?lang=en"
    wait_for(lambda: hq.staff("GET", path).json()["state"] == "done", "import ends")
    return hq.staff("GET", path).json()


def good(sku: str, barcode: str = "", price: str = "12.00", tax: str = "13", kind: str = "goods") -> str:
    return f"{sku},{barcode},面包,Bread,bread,{price},{tax},{kind}\n"


def staff(number: str, role: str = "clerk", badge: str = "", store: str = "") -> str:
    return f"{number},何小雨,{role},{badge},{store}\n"


def refused(report: dict) -> list[tuple[int, str, str]]:
    assert all(refusal["what"] and refusal["do"] for refusal in report["refusals"])
    return [(refusal["line"], refusal["column"], refusal["code"]) for refusal in report["refusals"]]


@pytest.fixture
def roles(hq: RunningHq) -> RunningHq:
    """HQ with the sample bundle in force, which has roles."""
    answer = hq.staff("POST", "/v1/programs", content=(SAMPLES / "bundle.json").read_bytes())
    assert answer.status_code == 200, answer.text
    return hq


def test_the_sample_goods_and_staff(roles: RunningHq) -> None:
    for store in ("river", "station", "garden"):
        roles.staff("PUT", f"/v1/stores/{store}", json={"name": {"zh-CN": store, "en": store}})
    for kind, count in (("goods", 40), ("staff", 8)):
        text = (SAMPLES / f"{kind}.csv").read_bytes()
        first, again = (import_file(roles, kind, text) for _ in range(2))
        assert (first["kind"], first["created"], first["refusals"]) == (kind, count, [])
        assert first["done"] == first["lines"] == count
        assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, count)
    (found,) = roles.staff("GET", "/v1/goods?query=2104170000025").json()
    assert (found["sku"], found["price"], found["prices"], found["tax"]) == (
        "bread-country",
        2200,
        {"member": 1980},
        1300,
    )
    people = roles.staff("GET", "/v1/staff").json()
    assert people[0] == {
        "id": "S01",
        "name": "沈**",
        "role": "manager",
        "has_badge": True,
        "store": "river",
        "status": "active",
    }
    feed = roles.query("SELECT table_name, count(*) FROM feed WHERE op = 'put' GROUP BY 1 ORDER BY 1")
    assert dict(feed).items() >= {"bundles": 2, "goods": 40, "staff": 8}.items()


def test_every_wrong_column_of_a_good_is_named(hq: RunningHq) -> None:
    lines = [
        good("Bad sku!"),
        good("a", barcode="1|2|1"),
        good("b", barcode="1||2"),
        good("c", price="1.234", tax="101"),
        good("d", kind="service"),
        good("e", price="-1"),
        good("f"),
        good("f"),
        "g,,,Bread,bread,1,2,goods\n",
        "h,1\n",
    ]
    report = import_file(hq, "goods", GOODS_HEADER + "".join(lines))
    assert refused(report) == [
        (2, "sku", "bad_sku"),
        (3, "barcode", "barcode_twice"),
        (4, "barcode", "bad_barcode"),
        (5, "price", "bad_price"),
        (5, "tax", "bad_tax"),
        (6, "kind", "unknown_kind"),
        (7, "price", "bad_price"),
        (9, "sku", "sku_twice"),
        (10, "name_zh", "missing"),
        (11, "line", "column_count"),
    ]
    assert (report["created"], report["refused"]) == (1, 9)


@pytest.mark.parametrize(
    ("text", "minor"), [("0", 0), ("12", 1200), ("12.5", 1250), ("19.80", 1980), ("0.07", 7)]
)
def test_prices_are_exact(text: str, minor: int) -> None:
    found = read_good(Line(2, ("a", "", "面包", "Bread", "", text, "13", ""), GOODS.columns))
    assert isinstance(found, GoodLine)
    assert (found.good.price, found.good.kind) == (minor, "goods")


def test_a_barcode_moves_only_when_its_article_gave_it_up(hq: RunningHq) -> None:
    import_file(hq, "goods", GOODS_HEADER + good("a", "1|2") + good("b"))
    report = import_file(hq, "goods", GOODS_HEADER + good("b", "2"))
    assert refused(report) == [(2, "barcode", "barcode_taken")]
    report = import_file(hq, "goods", GOODS_HEADER + good("a", "1") + good("b", "2|3"))
    assert (report["changed"], report["refused"]) == (2, 0)
    assert hq.query("SELECT code, sku FROM barcodes ORDER BY 1") == [("1", "a"), ("2", "b"), ("3", "b")]


def test_an_article_is_taken_away(hq: RunningHq) -> None:
    import_file(hq, "goods", GOODS_HEADER + good("a", "1"))
    assert hq.staff("DELETE", "/v1/goods/a").status_code == 204
    assert hq.staff("DELETE", "/v1/goods/a").status_code == 404
    assert hq.query("SELECT count(*) FROM barcodes") == [(0,)]
    assert hq.query("SELECT op, payload FROM feed WHERE table_name = 'goods'") == [("del", '{"sku":"a"}')]


def test_every_wrong_column_of_staff_is_named_and_no_badge_is_quoted(roles: RunningHq) -> None:
    lines = [
        staff("S 1"),
        staff("S2", role="king"),
        staff("S3", badge="04E1"),
        staff("S4", store="moon"),
        staff("S5"),
        staff("S5"),
    ]
    report = import_file(roles, "staff", STAFF_HEADER + "".join(lines))
    assert refused(report) == [
        (2, "staff_no", "bad_staff_no"),
        (3, "role", "unknown_role"),
        (4, "badge_uid", "bad_card_uid"),
        (5, "store", "unknown_store"),
        (7, "staff_no", "staff_twice"),
    ]
    assert "04E1" not in json.dumps(report)


def test_a_badge_is_never_taken_from_anybody(roles: RunningHq) -> None:
    roles.import_text(HEADER + "A1,林晓雯,,zh-CN,active,,10,river,9B3E07C4,,active\n")
    import_file(roles, "staff", STAFF_HEADER + staff("S1", badge=BADGE) + staff("S2"))
    text = STAFF_HEADER + staff("S2", badge=BADGE) + staff("S3", badge="9B3E07C4")
    assert refused(import_file(roles, "staff", text)) == [
        (2, "badge_uid", "held_by_another"),
        (3, "badge_uid", "held_by_another"),
    ]
    text = STAFF_HEADER + staff("S1") + staff("S2", badge=BADGE)
    assert import_file(roles, "staff", text)["changed"] == 2
    assert roles.query("SELECT id FROM staff WHERE badge IS NOT NULL") == [("S2",)]
    stored = b"".join(path.read_bytes() for path in roles.folder.rglob("*") if path.is_file())
    assert BADGE.encode() not in stored and bytes.fromhex(BADGE) not in stored


def test_two_badges_change_hands_in_one_file(roles: RunningHq) -> None:
    other = "047B24D85F9181"
    import_file(roles, "staff", STAFF_HEADER + staff("S1", badge=BADGE) + staff("S2", badge=other))
    before = dict(roles.query("SELECT id, badge FROM staff"))
    text = STAFF_HEADER + staff("S1") + staff("S2", badge=BADGE)
    assert import_file(roles, "staff", text)["changed"] == 2
    assert dict(roles.query("SELECT id, badge FROM staff")) == {"S1": None, "S2": before["S1"]}


def test_who_left_has_no_badge_and_can_be_erased(roles: RunningHq) -> None:
    header = STAFF_HEADER.rstrip("\n") + ",status\n"
    import_file(roles, "staff", STAFF_HEADER + staff("S1", badge=BADGE))
    report = import_file(roles, "staff", header + staff("S1", badge=BADGE).rstrip("\n") + ",left\n")
    assert report["changed"] == 1
    (person,) = roles.staff("GET", "/v1/staff").json()
    assert (person["status"], person["has_badge"]) == ("left", False)
    assert roles.staff("DELETE", "/v1/staff/S1").status_code == 204
    assert roles.query("SELECT op, payload FROM feed WHERE table_name = 'staff'") == [("del", '{"id":"S1"}')]


def test_a_file_of_another_kind_is_refused_whole(hq: RunningHq) -> None:
    for kind, text in (("goods", STAFF_HEADER), ("staff", HEADER), ("members", GOODS_HEADER)):
        answer = hq.staff("POST", f"/v1/imports?kind={kind}", content=text)
        assert answer.status_code == 422, kind
        assert answer.json()["error"] in ("no_header", "wrong_columns")
    assert hq.staff("POST", "/v1/imports?kind=prices", content="x").status_code == 422


def test_birthdays_come_with_members_and_stay_where_a_file_says_nothing(hq: RunningHq) -> None:
    header = HEADER.rstrip("\n") + ",birthday\n"
    line = "A1,林晓雯,,zh-CN,active,,10,river,,,active"
    assert hq.import_text(header + line + ",02-29\n")["created"] == 1
    person = "SELECT birthday FROM people"
    assert hq.query(person) == [("02-29",)]
    assert hq.import_text(HEADER + line + "\n")["unchanged"] == 1
    assert hq.import_text(header + line + ",\n")["changed"] == 1
    assert hq.query(person) == [("",)]
    both = HEADER.rstrip("\n") + ",birthday,points\n"
    report = hq.import_text(both + line + ",02-30,5\n" + line.replace("A1", "A2") + ",W1-01,5\n")
    assert [refusal["code"] for refusal in report["refusals"]] == ["bad_birthday", "bad_birthday"]
    assert [refusal["value"] for refusal in report["refusals"]] == ["", ""]
