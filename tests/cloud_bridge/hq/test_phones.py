"""Phone numbers of guests on their way up, opened at HQ; a number that two have."""

from pathlib import Path

import pytest

from cloud_bridge.hq import models
from cloud_bridge.hq.app import build
from cloud_bridge.hq.doubles import spellings
from cloud_bridge.hq.people_models import sealed_phones
from cloud_bridge.hq.phone_boxes import read_opener
from cloud_bridge.hq.phones import mask_phone
from tests.cloud_bridge.hq.guests import NAME, Guests, Staff, found, key_of, number_of, put_member
from tests.cloud_bridge.hq.shops import STORES, Brand, tokens_for
from tests.cloud_bridge.hq.test_member_events import people, rows, snapshot
from tests.cloud_bridge.hq.test_phone_boxes import NUMBER, seal
from tests.cloud_bridge.hq.test_wishes import forget
from tests.cloud_bridge.rig import hq_settings, silent_log

OTHER_NUMBER = "+8613900139000"


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
