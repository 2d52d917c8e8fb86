"""Phone numbers of guests on their way up, opened at HQ; a number that two have; what staff see of it."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from msgspec.structs import replace
from sqlalchemy import insert, update

from cloud_bridge.asks import PersonUp
from cloud_bridge.hq import models
from cloud_bridge.hq.app import build
from cloud_bridge.hq.doubles import spellings
from cloud_bridge.hq.enrolments import commit
from cloud_bridge.hq.people_models import sealed_phones
from cloud_bridge.hq.phone_boxes import read_opener
from cloud_bridge.hq.phones import mask_phone
from gateway.core.evidence import PHONE, WEAK, evidence_key
from gateway.core.model import INSTRUMENT_LINKED, MEMBER_ENROLLED, Evidence, Facts, Instrument, Member
from gateway.core.promises import Enrol, Link
from tests.cloud_bridge.hq.shops import STORES, Brand, tokens_for
from tests.cloud_bridge.hq.test_member_events import SALT, people, rows, snapshot
from tests.cloud_bridge.hq.test_phone_boxes import NUMBER, seal
from tests.cloud_bridge.hq.test_wishes import forget, say
from tests.cloud_bridge.rig import hq_settings, silent_log

NAME = "林晓雯"
OTHER_NUMBER = "+8613900139000"
STAFF = {"authorization": "Bearer staff-token-0123456789"}


def key_of(brand: Brand, number: str) -> bytes:
    (secret,) = [row["value"] for row in rows(brand, models.secrets) if row["name"] == "brand_key"]
    return evidence_key(secret, PHONE, number.removeprefix("+").encode())


class Guests:
    """Members who join in stores, with a phone number."""

    def __init__(self, brand: Brand) -> None:
        self.brand = brand
        self.rows: dict[str, PersonUp] = {}

    def join(self, store: str, member: str, number: str = NUMBER, box_key: str = "", **more: Any) -> PersonUp:
        """Enrolled by an event, unsent; the personal row is sent by up()."""
        shop, box = self.brand[store], seal(box_key or self.brand.phone_key, number).hex()
        act = Enrol(commit(NAME, SALT, box), "zh-CN", member)
        event = shop.done(act, MEMBER_ENROLLED, facts=Facts(rights=shop._rights()))
        key = key_of(self.brand, number).hex()
        row = replace(PersonUp(member, NAME, SALT, event.seq, key, box), **more)
        self.rows[member] = row
        return row

    def verify(self, store: str, member: str, number: str = NUMBER, holder: str | None = None) -> str:
        """A till links the number to the member, or is refused because a holder has it; the outcome."""
        shop = self.brand[store]
        key = key_of(self.brand, number)
        there = None if holder is None else Instrument("i-old", PHONE, holder, "active", key.hex())
        seen = Member(member, 0, "provisional", "")
        facts = Facts(member=seen, holder=there, rights=shop._rights())
        link = Link(f"i-{self.brand.random()}", member)
        evidence = Evidence(key.hex(), PHONE, WEAK)
        return shop.do(link, INSTRUMENT_LINKED, facts=facts, evidence=evidence).outcome.name

    def up(self, store: str, *members: str) -> None:
        """Events and names of these members."""
        self.brand[store].push()
        people(self.brand, f"{store}-1", *(self.rows[member] for member in members))


@pytest.fixture
def guests(brand: Brand) -> Guests:
    return Guests(brand)


class Staff:
    """Somebody at headquarters who asks HQ's own site, without a line between."""

    def __init__(self, site: Any) -> None:
        self._site = site

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._site)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, headers=more.pop("headers", STAFF), **more)

        return asyncio.run(ask())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("POST", path, **more)


@pytest.fixture
def staff(brand: Brand) -> Staff:
    return Staff(brand.hq.site)


def number_of(brand: Brand, member: str) -> str | None:
    return next((row["phone"] for row in rows(brand, models.people) if row["member"] == member), None)


def put_member(brand: Brand, member: str, phone: str) -> None:
    """One of whom the shop's own list has the number."""
    with brand.hq.database.writing() as connection:
        row = {"member": member, "name": "王芳", "phone": phone, "birthday": ""}
        connection.execute(insert(models.people), row)


def found(staff: Staff, query: str) -> list[dict[str, Any]]:
    answer = staff.get("/v1/members", params={"query": query})
    assert answer.status_code == 200
    listed: list[dict[str, Any]] = answer.json()["found"]
    return listed


def test_a_number_goes_up_closed_and_stays_at_headquarters(guests: Guests, staff: Staff) -> None:
    brand = guests.brand
    guests.join("river", "p-1")
    guests.up("river", "p-1")
    assert number_of(brand, "p-1") == NUMBER and brand.kinds() == []
    (row,) = found(staff, "p-1")
    assert (row["phone"], row["phone_is_verified"], row["phone_is_sealed"]) == ("****8000", False, False)
    down = snapshot(brand).decode()
    assert NAME in down and "13800138000" not in down and str(guests.rows["p-1"].phone_box) not in down
    for table in (models.events, models.feed):
        assert all(b"13800138000" not in repr(row).encode() for row in rows(brand, table))


@pytest.mark.parametrize("query", ["+8613800138000", "13800138000", "138 0013 8000", "86-13800138000"])
def test_a_member_is_found_by_the_whole_number_only(guests: Guests, staff: Staff, query: str) -> None:
    guests.join("river", "p-1")
    guests.up("river", "p-1")
    assert [row["id"] for row in found(staff, query)] == ["p-1"]
    assert found(staff, query[:-1]) == [] and found(staff, "٣٤٥٦٧٨٩") == []


def test_a_box_that_was_not_enrolled_is_not_taken(guests: Guests) -> None:
    brand = guests.brand
    other = seal(brand.phone_key, OTHER_NUMBER).hex()
    guests.join("river", "p-1", phone_box=other)
    guests.join("river", "p-2", phone_box=None, phone_key=None)
    guests.up("river", "p-1", "p-2")
    assert brand.kinds() == ["person_differs"] * 2 and rows(brand, models.people) == []


def test_a_number_that_its_store_knows_by_another_key_is_not_taken(guests: Guests) -> None:
    brand = guests.brand
    guests.join("river", "p-1", phone_key="00" * 16)
    guests.up("river", "p-1")
    assert brand.kinds() == ["phone_differs"]
    assert number_of(brand, "p-1") == "", "the name is"


def test_what_no_key_opens_waits_for_the_right_one(guests: Guests, tmp_path: Path) -> None:
    brand = guests.brand
    lost = str(tmp_path / "lost.key")
    read_opener(lost)
    for member in ("p-1", "p-2"):
        guests.join("river", member, box_key=lost)
    guests.join("garden", "p-3")
    guests.up("river", "p-1", "p-2")
    guests.up("garden", "p-3")
    assert brand.kinds() == ["phone_closed"], "one for the gateway, not one for each guest"
    assert [number_of(brand, member) for member in ("p-1", "p-2", "p-3")] == ["", "", NUMBER]
    assert len(rows(brand, sealed_phones)) == 2
    forget(brand["river"], "p-2")
    brand["river"].push()
    assert [row["member"] for row in rows(brand, sealed_phones)] == ["p-1"]
    again(brand, lost)
    assert number_of(brand, "p-1") == NUMBER
    assert rows(brand, sealed_phones) == [] and brand.kinds() == []


def again(brand: Brand, phone_key: str) -> None:
    """HQ started once more, with another key for phones."""
    settings = hq_settings(
        brand.folder,
        database_url=brand.url,
        spool_dir=str(brand.folder / "spool"),
        bundle_file=str(brand.folder / "bundle.json"),
        phone_key_file=phone_key,
    )
    build(settings, tokens_for(brand.folder, STORES), silent_log(), lambda: brand.now_ms).close()


def test_a_number_that_a_till_verified_travels_to_every_store(guests: Guests, staff: Staff) -> None:
    brand = guests.brand
    guests.join("river", "p-1")
    assert guests.verify("river", "p-1") == "done"
    guests.up("river", "p-1")
    key = key_of(brand, NUMBER).hex()
    assert f'"key":"{key}"' in snapshot(brand).decode() and '"kind":"phone"' in snapshot(brand).decode()
    assert found(staff, "p-1")[0]["phone_is_verified"] and brand.kinds() == []
    guests.verify("garden", "p-1")
    brand["garden"].push()
    assert brand.kinds() == [] and len(rows(brand, models.instruments)) == 1, "twice the same is no trouble"


@pytest.mark.parametrize("listed", ["+8613800138000", "13800138000", "8613800138000"])
@pytest.mark.parametrize("verified_first", [True, False])
def test_a_verified_number_of_two_may_be_one_person(
    guests: Guests, staff: Staff, listed: str, verified_first: bool
) -> None:
    brand = guests.brand
    put_member(brand, "lin", listed)
    guests.join("river", "p-1")
    if verified_first:
        guests.verify("river", "p-1")
    guests.up("river", "p-1")
    if not verified_first:
        assert brand.kinds() == [], "a number that anybody may type proves nothing"
        guests.verify("river", "p-1")
        brand["river"].push()
    assert brand.kinds() == ["maybe_one_person"]
    assert brand.trouble("maybe_one_person") == {"member": "lin", "other": "p-1"}
    assert staff.post("/v1/members/p-1/merge", json={"into": "lin"}).status_code == 204
    assert brand.kinds() == []
    assert [(row["member"], row["phone"]) for row in rows(brand, models.people)] == [("lin", listed)]
    assert [row["member"] for row in rows(brand, models.instruments)] == ["lin"]


def test_numbers_that_were_only_typed_say_nothing(guests: Guests) -> None:
    guests.join("river", "p-1")
    guests.join("garden", "p-2")
    guests.up("river", "p-1")
    guests.up("garden", "p-2")
    guests.verify("river", "p-1", OTHER_NUMBER)
    guests.brand["river"].push()
    assert guests.brand.kinds() == []


def test_a_till_that_finds_the_number_taken_tells_of_two(guests: Guests) -> None:
    brand = guests.brand
    guests.join("river", "p-1")
    assert guests.verify("river", "p-1", holder="lin") == "refused"
    guests.up("river", "p-1")
    assert brand.trouble("maybe_one_person") == {"member": "lin", "other": "p-1"}
    forget(brand["river"], "p-1")
    brand["river"].push()
    assert brand.kinds() == [], "nobody is nobody's double"
    guests.verify("river", "p-1", holder="lin")
    brand["river"].push()
    assert brand.kinds() == []


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


def test_one_number_verified_for_two_in_two_stores_stays_with_the_first(guests: Guests) -> None:
    brand = guests.brand
    for store, member in (("river", "p-1"), ("garden", "p-2")):
        guests.join(store, member)
        guests.verify(store, member)
        guests.up(store, member)
    assert brand.kinds() == ["maybe_one_person"]
    assert [row["member"] for row in rows(brand, models.instruments)] == ["p-1"]


def test_a_merged_member_leaves_its_number_where_there_is_none(guests: Guests) -> None:
    brand = guests.brand
    guests.join("river", "p-1")
    guests.up("river", "p-1")
    put_member(brand, "lin", "")
    brand.hq.promises.merge("p-1", "lin")
    assert [(row["member"], row["phone"]) for row in rows(brand, models.people)] == [("lin", NUMBER)]


def test_a_number_that_comes_after_the_merger_is_the_survivors(guests: Guests) -> None:
    brand = guests.brand
    put_member(brand, "lin", "")
    guests.join("river", "p-1")
    brand["river"].push()
    brand.hq.promises.merge("p-1", "lin")
    people(brand, "river-1", guests.rows["p-1"])
    assert [(row["member"], row["phone"]) for row in rows(brand, models.people)] == [("lin", NUMBER)]


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
    guests.up("river", "p-1")
    data = staff.get("/v1/members/p-1/data").json()
    assert (data["name"], data["phone"], data["phone_is_sealed"]) == (NAME, NUMBER, False)
    assert [(one["purpose"], one["given"], one["text"]) for one in data["consents"]] == [
        ("marketing", True, "2026-11")
    ]
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


@pytest.mark.parametrize(
    ("number", "shown"), [("+8613800138000", "****8000"), ("", None), ("1234", None), ("+12025", "****2025")]
)
def test_a_number_is_shown_by_its_end(number: str, shown: str | None) -> None:
    assert mask_phone(number) == shown


def test_a_number_is_found_however_a_list_had_it() -> None:
    assert (
        set(spellings("13800138000")) == set(spellings("+8613800138000")) == set(spellings("8613800138000"))
    )
    assert spellings("+4930123456") == ["+4930123456", "4930123456"]
    assert "+8649301234" not in spellings("49301234")
