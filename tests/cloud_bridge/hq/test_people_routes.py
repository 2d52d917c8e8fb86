"""What staff see of people and do for them: HQ's page and its routes."""

from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import update

from cloud_bridge.hq import models
from cloud_bridge.hq.people_models import sealed_phones
from tests.cloud_bridge.hq.guests import NAME, Guests, Staff, found, put_member
from tests.cloud_bridge.hq.test_member_events import people, rows
from tests.cloud_bridge.hq.test_phone_boxes import NUMBER
from tests.cloud_bridge.hq.test_visits import come_in
from tests.cloud_bridge.hq.test_wishes import forget, say


@pytest.mark.parametrize("query", ["+8613800138000", "13800138000", "138 0013 8000", "86-13800138000"])
def test_a_member_is_found_by_the_whole_number_only(guests: Guests, staff: Staff, query: str) -> None:
    guests.join("river", "p-1")
    guests.up("river", "p-1")
    assert [row["id"] for row in found(staff, query)] == ["p-1"]
    assert found(staff, query[:-1]) == [] and found(staff, "٣٤٥٦٧٨٩") == []


def test_two_who_are_two_are_told_once(guests: Guests, staff: Staff) -> None:
    guests.join("river", "p-1")
    guests.verify("river", "p-1", holder="lin")
    guests.up("river", "p-1")
    for id_, other, status in (
        ("p-1", "lin", 204),
        ("lin", "p-1", 204),
        ("lin", "bo", 404),
        ("\0", "lin", 422),
        ("lin", "\0", 422),
    ):
        answer = staff.post(f"/v1/members/{quote(id_)}/distinct", json={"other": other})
        assert answer.status_code == status
    assert guests.brand.kinds() == []
    guests.verify("river", "p-1", holder="lin")
    guests.brand["river"].push()
    assert guests.brand.kinds() == []


def test_whoever_is_forgotten_leaves_no_number(guests: Guests, staff: Staff) -> None:
    brand = guests.brand
    guests.join("river", "p-1")
    guests.verify("river", "p-1")
    guests.up("river", "p-1")
    assert staff.post("/v1/members/p-1/erase").status_code == 204
    assert rows(brand, models.people) == [] and rows(brand, models.instruments) == []
    assert found(staff, NUMBER) == []
    people(brand, "river-1", guests.rows["p-1"])
    assert rows(brand, models.people) == [] and rows(brand, sealed_phones) == []
    (row,) = found(staff, "p-1")
    assert (row["status"], row["phone"], row["forgotten_at"]) == ("erased", None, "hq")


def test_staff_hear_why_somebody_is_not_forgotten_yet(guests: Guests, staff: Staff) -> None:
    river = guests.brand["river"]
    river.earn(500, unit="CNY")
    river.push()
    answer = staff.post("/v1/members/lin/erase?lang=en")
    assert (answer.status_code, answer.json()["error"]) == (409, "money_left")
    assert "paid out" in answer.json()["what"]
    assert staff.post("/v1/members/nobody/erase").status_code == 404


def test_the_public_key_is_given_to_whoever_sets_up_a_store(guests: Guests, staff: Staff) -> None:
    pem = staff.get("/v1/phones/key")
    assert pem.status_code == 200 and "PRIVATE" not in pem.text
    assert pem.text == Path(guests.brand.phone_key + ".pub").read_text()
    assert staff.get("/v1/phones/key", headers={"authorization": "Bearer wrong"}).status_code == 401


def test_a_person_gets_their_own_number_whole(guests: Guests, staff: Staff) -> None:
    guests.join("river", "p-1")
    say(guests.brand["river"], "p-1", True)
    at = come_in(guests.brand["river"], "p-1").at
    guests.up("river", "p-1")
    data = staff.get("/v1/members/p-1/data").json()
    assert (data["name"], data["phone"], data["phone_is_sealed"]) == (NAME, NUMBER, False)
    assert [(one["purpose"], one["given"], one["text"]) for one in data["consents"]] == [
        ("marketing", True, "2026-11")
    ]
    assert data["visits"] == [{"gateway": "river-1", "times": 1, "at_ms": at}]
    assert staff.get("/v1/members/nobody/data").status_code == 404
    assert staff.get("/v1/members/p-1/data", headers={"authorization": ""}).status_code == 401


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ["Phone ****8000", "Not verified", "Marketing", "Agreed", "gifts", "Not agreed", "text 2026-11"],
        ),
        ("zh-CN", ["手机 ****8000", "未核验", "营销信息", "gifts", "不同意", "文本 2026-11"]),
    ],
)
def test_the_page_shows_what_a_member_allows(
    guests: Guests, staff: Staff, language: str, words: list[str]
) -> None:
    river = guests.brand["river"]
    guests.join("river", "p-1")
    say(river, "p-1", True)
    say(river, "p-1", False, purpose="gifts")
    guests.up("river", "p-1")
    text = staff.get(f"/?lang={language}&member=p-1").text
    assert all(word in text for word in words) and "13800138000" not in text and NAME not in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Last in a store on 2026-11-21 (river-1, visits told: 2)"),
        ("zh-CN", "最近到店：2026-11-21（river-1，共 2 次）"),
    ],
)
def test_the_page_shows_where_a_member_was_last(
    guests: Guests, staff: Staff, language: str, words: str
) -> None:
    guests.join("river", "p-1")
    for number in (1, 2):
        come_in(guests.brand["river"], "p-1", number)
    guests.up("river", "p-1")
    assert words in staff.get(f"/?lang={language}&member=p-1").text
    (found,) = staff.get("/v1/members?query=p-1").json()["found"]
    assert [(one["gateway"], one["times"]) for one in found["visits"]] == [("river-1", 2)]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Asked to be forgotten on 2026-11-21 (river-1): done", "Erased", "has ¥3 of"]),
        ("zh-CN", ["本人要求删除：2026-11-21（river-1），已完成", "已删除", "余额 ¥3，"]),
    ],
)
def test_the_page_shows_that_a_wish_was_done(
    guests: Guests, staff: Staff, language: str, words: list[str]
) -> None:
    river, garden = guests.brand["river"], guests.brand["garden"]
    guests.join("river", "p-1")
    forget(river, "p-1")
    guests.up("river", "p-1")
    garden.earn(300, owner="member:p-1", unit="CNY")
    garden.push()
    text = staff.get(f"/?lang={language}&member=p-1").text
    assert all(word in text for word in words), [word for word in words if word not in text]


def test_the_page_offers_to_merge_the_newer_into_the_older(guests: Guests, staff: Staff) -> None:
    put_member(guests.brand, "lin", NUMBER)
    guests.join("river", "a-1")
    guests.verify("river", "a-1")
    guests.up("river", "a-1")
    text = staff.get("/?lang=en&part=exceptions").text
    assert 'data-merge="a-1" data-into="lin"' in text and "Maybe one person" in text
    assert "王**" in text and "林**" in text and "王芳" not in text
    odd = {"detail": '{"member":"gone","other":"lin"}'}
    with guests.brand.hq.database.writing() as connection:
        connection.execute(update(models.exceptions).values(**odd))
    assert staff.get("/?lang=en&part=exceptions").status_code == 200
