"""Members born in stores, cards that change, two that turn out to be one, people who want to be forgotten."""

import secrets

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from cloud_bridge.asks import People, PersonUp
from cloud_bridge.hq import models
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.enrolments import commit
from cloud_bridge.hq.issuing import NoMember
from cloud_bridge.hq.merging import NotTwo
from gateway.core.model import (
    INSTRUMENT_CHANGED,
    INSTRUMENT_LINKED,
    MEMBER_ENROLLED,
    Evidence,
    Facts,
    Instrument,
    Member,
)
from gateway.core.promises import Change, Enrol, Link
from tests.cloud_bridge.hq.shops import Brand, Store

CARD = Evidence("ab" * 16, "nfc.uid", "weak")
SALT = "5a" * 16


def enrol(store: Store, name: str = "林晓雯", evidence: Evidence = CARD) -> str:
    """A provisional member with a card; the id."""
    member = f"p-{secrets.token_hex(8)}"
    store.done(
        Enrol(commit(name, SALT), "zh-CN", member), MEMBER_ENROLLED, facts=Facts(rights=store._rights())
    )
    link(store, member, evidence)
    return member


def link(store: Store, member: str, evidence: Evidence, instrument: str = "") -> None:
    facts = Facts(member=Member(member, 0, "provisional", ""), holder=None, rights=store._rights())
    name = instrument or f"i-{store.brand.random()}"
    store.done(Link(name, member), INSTRUMENT_LINKED, facts=facts, evidence=evidence)


def change(store: Store, member: str, instrument: str, status: str, key: str = "ab" * 16) -> None:
    known = Instrument(instrument, "nfc.uid", member, "active", key)
    facts = Facts(known, rights=store._rights())
    store.done(Change(instrument, member, status), INSTRUMENT_CHANGED, facts=facts)


def rows(brand: Brand, table) -> list[dict]:
    with brand.hq.database.reading() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def people(brand: Brand, gateway: str, *sent: PersonUp) -> int:
    return brand.hq.promises.people(gateway, People(list(sent))).seq


def snapshot(brand: Brand) -> bytes:
    with brand.hq.intake.snapshot("garden-1") as file:
        return file.read()


def test_a_member_enrolled_in_a_store_is_a_member_everywhere(brand: Brand) -> None:
    river = brand["river"]
    member = enrol(river)
    person = PersonUp(member, "林晓雯", SALT, 1)
    assert people(brand, "river-1", person) == 0, "its event is not here yet"
    river.push()
    assert people(brand, "river-1", person) == 1
    assert people(brand, "river-1", person) == people(brand, "river-1") == 1
    (row,) = [row for row in rows(brand, models.members) if row["id"] == member]
    assert (row["status"], row["home_store"], row["language"]) == ("provisional", "river", "zh-CN")
    (card,) = rows(brand, models.instruments)
    assert (card["key"].hex(), card["member"], card["status"]) == (CARD.key, member, "active")
    text = snapshot(brand).decode()
    assert "林晓雯" in text and f'"id":"{member}","status":"provisional"' in text


def test_a_name_that_is_not_the_enrolled_one_is_not_taken(brand: Brand) -> None:
    river = brand["river"]
    member = enrol(river)
    river.push()
    assert people(brand, "river-1", PersonUp(member, "Mallory", SALT, 1)) == 1
    assert brand.kinds() == ["person_differs"] and rows(brand, models.people) == []


def test_no_event_at_hq_holds_a_name(brand: Brand) -> None:
    river = brand["river"]
    member = enrol(river)
    river.push()
    people(brand, "river-1", PersonUp(member, "林晓雯", SALT, 1))
    assert all("林晓雯".encode() not in row["body"] for row in rows(brand, models.events))


@pytest.mark.parametrize("order", [("river", "garden"), ("garden", "river")])
def test_the_later_word_on_a_card_counts_whoever_is_heard_first(brand: Brand, order) -> None:
    river, garden = brand["river"], brand["garden"]
    member = enrol(river)
    river.push()
    (card,) = rows(brand, models.instruments)
    change(river, member, card["id"], "lost")
    change(garden, member, card["id"], "locked")
    for name in order:
        brand[name].push()
    assert [row["status"] for row in rows(brand, models.instruments)] == ["locked"]


def test_one_card_given_to_two_members_stays_with_the_first_and_is_told(brand: Brand) -> None:
    first = enrol(brand["river"])
    brand["river"].push()
    enrol(brand["garden"])
    brand["garden"].push()
    assert [row["member"] for row in rows(brand, models.instruments)] == [first]
    assert brand.kinds() == ["card_taken"]


def test_two_members_become_one_with_all_they_have(brand: Brand) -> None:
    river, garden = brand["river"], brand["garden"]
    member = enrol(river)
    lot = river.earn(40, owner=f"member:{member}")
    river.push()
    people(brand, "river-1", PersonUp(member, "林晓雯", SALT, 1))
    brand.hq.promises.merge(member, "lin")
    brand.hq.promises.merge(member, "lin")
    assert rows(brand, tables.aliases) == [{"id": member, "into_member": "lin"}]
    assert [row["member"] for row in rows(brand, models.instruments)] == ["lin"]
    assert [(row["member"], row["name"]) for row in rows(brand, models.people)] == [("lin", "林晓雯")]
    garden.ask(40)
    assert brand.row(lot).parts["river-1"].recall == 40, "asked for the survivor, found at the merged one"
    river.pull()
    river.give_back()
    river.push()
    assert brand.row(lot).parts["garden-1"].granted == 40
    text = snapshot(brand).decode()
    assert f'{{"id":"{member}","into":"lin"}}' in text


def test_mergers_follow_each_other_and_end(brand: Brand) -> None:
    river = brand["river"]
    one, two = enrol(river), enrol(river, evidence=replace(CARD, key="cd" * 16))
    river.push()
    brand.hq.promises.merge(one, two)
    brand.hq.promises.merge(two, "lin")
    assert {row["id"]: row["into_member"] for row in rows(brand, tables.aliases)} == {one: "lin", two: "lin"}
    for gone, into in (("lin", one), ("lin", "lin"), (one, "bo")):
        with pytest.raises(NotTwo):
            brand.hq.promises.merge(gone, into)
    with pytest.raises(NoMember):
        brand.hq.promises.merge("nobody", "lin")
    assert brand.own_log()[-1].act.member == two


def test_one_limit_is_made_of_two(brand: Brand) -> None:
    unit = "USE:birthday:2026"
    mine, theirs = brand.issue(3, unit), brand.issue(3, unit, "member:bo")
    river, garden = brand["river"], brand["garden"]
    river.ask(3, unit)
    river.take()
    garden.ask(3, unit, owner="member:bo")
    garden.take()
    river.spend(2, unit)
    garden.spend(2, unit, owner="member:bo")
    river.push()
    garden.push()
    brand.hq.promises.merge("bo", "lin")
    assert brand.row(mine).total + brand.row(theirs).total == -1, "three were allowed, four used"
    assert brand.kinds() == ["cap_exceeded"]
    detail = brand.trouble("cap_exceeded")
    assert (detail["allowed"], detail["used"]) == (3, 4)
    river.pull()
    garden.pull()
    for store in (river, garden):
        store.give_back()
        store.push()
    assert brand.row(mine).total + brand.row(theirs).total == -1
    assert brand.pool(mine) == brand.pool(theirs) == 0


def test_a_limit_not_used_up_is_cut_to_one(brand: Brand) -> None:
    unit = "USE:birthday:2026"
    mine, theirs = brand.issue(3, unit), brand.issue(3, unit, "member:bo")
    brand.hq.promises.merge("bo", "lin")
    assert brand.row(mine).total + brand.row(theirs).total == 3
    assert brand.kinds() == []


def test_erasing_takes_whoever_was_merged_along_and_keeps_the_chain(brand: Brand) -> None:
    river = brand["river"]
    member = enrol(river, "独一无二")
    river.push()
    people(brand, "river-1", PersonUp(member, "独一无二", SALT, 1))
    brand.hq.promises.merge(member, "lin")
    brand.hq.promises.forget("lin")
    assert rows(brand, models.people) == [] and rows(brand, models.instruments) == []
    assert people(brand, "river-1", PersonUp(member, "独一无二", SALT, 1)) == 1
    assert "独一无二" not in snapshot(brand).decode()
    assert all(
        "独一无二" not in str(row) for table in (models.feed, models.people) for row in rows(brand, table)
    )
