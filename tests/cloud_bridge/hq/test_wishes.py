"""What members say about their own data in stores: what they allow, that they want to be forgotten."""

import json

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from cloud_bridge.asks import PersonUp
from cloud_bridge.hq import models
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.consents import read_consents
from cloud_bridge.hq.issuing import NoMember
from cloud_bridge.hq.own_data import own_data
from cloud_bridge.hq.people_models import consents, forgotten, visits
from cloud_bridge.hq.promises import MoneyLeft
from gateway.core.event import Event, canonical
from gateway.core.model import (
    CONSENT_CHANGED,
    INSTRUMENT_CHANGED,
    INSTRUMENT_LINKED,
    MEMBER_ENROLLED,
    MEMBER_FORGOTTEN,
    Evidence,
    Facts,
    Instrument,
    Member,
)
from gateway.core.promises import Change, Consent, Credit, Enrol, Forget, Link, Post, Terms
from tests.cloud_bridge.hq.shops import NOW_MS, Brand, Store
from tests.cloud_bridge.hq.test_member_events import CARD, SALT, enrol, people, rows, snapshot

NAME = "独一无二"
PHONE_CARD = Evidence("ef" * 16, "phone", "weak")
OTHER_CARD = replace(CARD, key="cd" * 16)


def known(member: str, store: Store, status: str = "provisional") -> Facts:
    return Facts(member=Member(member, 0, status, ""), rights=store._rights(), lots=())


def say(store: Store, member: str, given: bool, text: str = "2026-11", purpose: str = "marketing") -> Event:
    act = Consent(given, "zh-CN", member, purpose, text)
    return store.done(act, CONSENT_CHANGED, facts=known(member, store))


def forget(store: Store, member: str) -> Event:
    return store.done(Forget(member), MEMBER_FORGOTTEN, facts=known(member, store))


def allowed(brand: Brand, member: str) -> dict[str, tuple[bool, str]]:
    with brand.hq.database.reading() as connection:
        return {row["purpose"]: (row["given"], row["text"]) for row in read_consents(connection, member)}


def status(brand: Brand, member: str) -> str:
    return next(row["status"] for row in rows(brand, models.members) if row["id"] == member)


def somebody(brand: Brand) -> str:
    """A member with a name, a card and a consent, of river; all of it at HQ."""
    river = brand["river"]
    member = enrol(river, NAME)
    say(river, member, True)
    river.push()
    people(brand, "river-1", PersonUp(member, NAME, SALT, 1))
    return member


def assert_nobody(brand: Brand, member: str) -> None:
    assert status(brand, member) == "erased"
    for table in (models.people, models.instruments, tables.links, consents, visits):
        assert rows(brand, table) == []
    text = snapshot(brand).decode()
    assert NAME not in text and CARD.key not in text
    assert f'"id":"{member}","status":"erased"' in text
    assert all(NAME not in str(row) for row in rows(brand, models.feed))


def test_the_last_word_on_each_purpose_counts(brand: Brand) -> None:
    river = brand["river"]
    member = enrol(river)
    for given, text in ((True, "2026-10"), (False, "2026-10"), (True, "2026-11")):
        say(river, member, given, text)
    say(river, member, True, "p1", "profiling")
    river.push()
    assert allowed(brand, member) == {"marketing": (True, "2026-11"), "profiling": (True, "p1")}
    (row,) = [row for row in rows(brand, consents) if row["purpose"] == "marketing"]
    assert (row["language"], row["at_ms"]) == ("zh-CN", river.events[-2].at)
    say(river, member, False)
    river.push()
    assert allowed(brand, member)["marketing"] == (False, "2026-11")


@pytest.mark.parametrize("order", [("river", "garden"), ("garden", "river")])
def test_the_later_word_counts_whoever_is_heard_first(brand: Brand, order: tuple[str, str]) -> None:
    member = enrol(brand["river"])
    brand["river"].push()
    say(brand["river"], member, True)
    say(brand["garden"], member, False)
    for name in order:
        brand[name].push()
    assert allowed(brand, member) == {"marketing": (False, "2026-11")}


@pytest.mark.parametrize("merged_first", [True, False])
def test_two_who_are_one_have_one_word(brand: Brand, merged_first: bool) -> None:
    river, garden = brand["river"], brand["garden"]
    member = enrol(river)
    river.push()
    say(garden, "lin", True)
    say(river, member, False)
    say(garden, "lin", True, "p1", "profiling")
    if merged_first:
        brand.hq.promises.merge(member, "lin")
    garden.push()
    river.push()
    if not merged_first:
        brand.hq.promises.merge(member, "lin")
    assert allowed(brand, "lin") == {"marketing": (False, "2026-11"), "profiling": (True, "p1")}
    assert allowed(brand, member) == {}


def test_a_consent_that_no_column_holds_is_told_and_kept_as_a_fact(brand: Brand) -> None:
    river = brand["river"]
    member = enrol(river)
    for act in (
        Consent(True, "zh-CN", member, "m" * 65, "t"),
        Consent(True, "zh-CN", member, "marketing", "t\x00"),
        Consent(True, "e" * 36, member, "marketing", "t"),
    ):
        slip(river, act, CONSENT_CHANGED)
    say(river, member, True)
    river.push()
    assert allowed(brand, member) == {"marketing": (True, "2026-11")}
    assert set(brand.kinds()) == {"not_booked", "decision_differs"}
    river.sent = -1  # the core would not have booked these: there is no log to compare with


def slip(store: Store, act: Consent | Forget, kind: str) -> None:
    """An event that no honest core makes: done, whatever the rules say."""
    assert store.do(act, kind, facts=known(act.member, store)).outcome.name == "refused"
    body = json.loads(store.bodies[-1])
    body["outcome"] = {**body["outcome"], "name": "done", "reason": None}
    store.bodies[-1] = canonical(body)


@pytest.mark.parametrize("member", ["x\x00", "m" * 65, "Ünïcode", "m 1", "m\n1"])
def test_a_wish_of_nobody_that_can_be_is_told(brand: Brand, member: str) -> None:
    """Of an id that no wire can carry nothing is made, and nothing else is held up by it."""
    river = brand["river"]
    forget(river, member)
    say(river, member, True)
    linking = replace(known(member, river), holder=None)
    river.done(Link("i-new", member), INSTRUMENT_LINKED, facts=linking, evidence=PHONE_CARD)
    river.earn(1)
    river.push()
    assert set(brand.kinds()) == {"not_booked"}
    for table in (forgotten, consents, models.instruments):
        assert rows(brand, table) == []


def test_whoever_wants_it_is_forgotten_here_and_in_every_store(brand: Brand) -> None:
    member = somebody(brand)
    assert allowed(brand, member) and NAME in snapshot(brand).decode()
    wish = forget(brand["river"], member)
    brand["river"].push()
    assert_nobody(brand, member)
    assert rows(brand, forgotten) == [
        {"member": member, "at_ms": wish.at, "gateway": "river-1", "seq": wish.seq}
    ]
    assert brand.kinds() == []


@pytest.mark.parametrize("order", [("river", "garden"), ("garden", "river")])
def test_a_wish_that_comes_twice_was_made_when_it_was_made_first(
    brand: Brand, order: tuple[str, str]
) -> None:
    member = somebody(brand)
    river = brand["river"]
    first = forget(river, member)
    forget(brand["garden"], member)
    brand[order[0]].push()
    before = rows(brand, models.feed)
    brand[order[1]].push()
    brand.post("river-1", river.bodies, 1)
    assert rows(brand, models.feed) == before
    (row,) = rows(brand, forgotten)
    assert (row["at_ms"], row["gateway"]) == (first.at, "river-1")


def test_a_wish_counts_in_whatever_branch_it_comes(brand: Brand) -> None:
    member = somebody(brand)
    river = brand["river"]
    old = river.image()
    river.earn(5)
    river.push()
    brand.stores["river-1"] = old
    forget(old, member)
    old.push()
    assert_nobody(brand, member)
    assert brand.kinds() == ["ledger_branch"]


def test_what_a_store_books_before_it_hears_brings_nothing_back(brand: Brand) -> None:
    member = somebody(brand)
    river, garden = brand["river"], brand["garden"]
    (card,) = rows(brand, models.instruments)
    facts = Facts(Instrument(card["id"], "nfc.uid", member, "active", CARD.key), rights=garden._rights())
    garden.done(Change(card["id"], member, "lost"), INSTRUMENT_CHANGED, facts=facts)
    linking = replace(known(member, garden), holder=None)
    garden.done(Link("i-new", member), INSTRUMENT_LINKED, facts=linking, evidence=OTHER_CARD)
    say(garden, member, True, "later")
    garden.earn(9, owner=f"member:{member}")
    forget(river, member)
    river.push()
    garden.push()
    assert_nobody(brand, member)
    assert people(brand, "river-1", PersonUp(member, NAME, SALT, 1)) == 1
    assert_nobody(brand, member)
    assert brand.kinds() == []


def test_a_name_that_comes_after_the_wish_is_not_taken(brand: Brand) -> None:
    river = brand["river"]
    member = enrol(river, NAME)
    forget(river, member)
    river.push()
    assert people(brand, "river-1", PersonUp(member, NAME, SALT, 1)) == 1
    assert_nobody(brand, member)


def test_somebody_forgotten_of_whom_nobody_heard_does_not_come_into_being(brand: Brand) -> None:
    """A store whose disk was lost enrolled them; another one, which had it from a card, forgot them."""
    river, garden = brand["river"], brand["garden"]
    forget(garden, "p-unheard")
    garden.push()
    act = Enrol("00" * 32, "zh-CN", "p-unheard")
    river.done(act, MEMBER_ENROLLED, facts=Facts(rights=river._rights()))
    river.push()
    assert status(brand, "p-unheard") == "erased"


@pytest.mark.parametrize("which", [0, 1])
def test_merged_members_are_forgotten_together_by_either_name(brand: Brand, which: int) -> None:
    member = somebody(brand)
    brand.hq.promises.merge(member, "lin")
    say(brand["garden"], "lin", True, "p1", "profiling")
    brand["garden"].push()
    forget(brand["river"], (member, "lin")[which])
    brand["river"].push()
    assert_nobody(brand, "lin")
    assert status(brand, member) == "merged"
    assert [row["member"] for row in rows(brand, forgotten)] == ["lin"]


def test_a_card_may_be_somebody_elses_later(brand: Brand) -> None:
    member = somebody(brand)
    river = brand["river"]
    forget(river, member)
    again = enrol(river)
    river.push()
    assert [(row["member"], row["status"]) for row in rows(brand, models.instruments)] == [(again, "active")]


def test_money_of_the_forgotten_is_told_until_it_is_paid_out(brand: Brand) -> None:
    member = somebody(brand)
    river, garden = brand["river"], brand["garden"]
    owner = f"member:{member}"
    garden.done(Post((Credit(2_500, owner, Terms(), "CNY"), Credit(300, owner, Terms(), "CNY.bonus"))))
    forget(river, member)
    river.push()
    assert brand.kinds() == []
    garden.push()
    assert brand.kinds() == ["forgotten_money"] and brand.trouble("forgotten_money") == {"amount": 2_800}
    garden.pull()
    for unit, amount in (("CNY", 2_500), ("CNY.bonus", 300)):
        assert garden.spend(amount, unit, owner=owner).outcome.name == "done"
    garden.push()
    assert brand.kinds() == []


def test_points_and_coupons_of_the_forgotten_stay_in_the_books(brand: Brand) -> None:
    member = somebody(brand)
    river = brand["river"]
    lot = river.earn(40, owner=f"member:{member}")
    forget(river, member)
    river.push()
    assert brand.row(lot).total == 40 and brand.kinds() == []


def test_headquarters_forgets_whoever_asks_there(brand: Brand) -> None:
    member = somebody(brand)
    brand.hq.promises.forget(member)
    brand.hq.promises.forget(member)
    assert_nobody(brand, member)
    assert [event.type for event in brand.own_log()] == [MEMBER_FORGOTTEN]
    assert [(row["gateway"], row["seq"]) for row in rows(brand, forgotten)] == [("hq", 1)]
    with pytest.raises(NoMember):
        brand.hq.promises.forget("nobody")


def test_headquarters_pays_out_before_it_forgets(brand: Brand) -> None:
    member = somebody(brand)
    river = brand["river"]
    river.earn(900, owner=f"member:{member}", unit="CNY")
    river.push()
    with pytest.raises(MoneyLeft):
        brand.hq.promises.forget(member)
    assert status(brand, member) == "provisional" and rows(brand, forgotten) == []


def test_a_person_gets_everything_that_is_held_of_them(brand: Brand) -> None:
    member = somebody(brand)
    river, garden = brand["river"], brand["garden"]
    river.earn(40, owner=f"member:{member}")
    river.spend(15, owner=f"member:{member}")
    river.push()
    brand.hq.promises.merge(member, "lin")
    garden.earn(7)
    garden.push()
    for id_ in (member, "lin"):
        with brand.hq.database.reading() as connection:
            found = own_data(connection, id_)
        assert found is not None
        assert (found["id"], found["merged"], found["name"]) == ("lin", [member], NAME)
        assert found["balances"] == {"PTS": 32}
        assert [row["amount"] for row in found["movements"]] == [7, -15, 40]
        assert [row["kind"] for row in found["instruments"]] == ["nfc.uid"]
        assert [row["purpose"] for row in found["consents"]] == ["marketing"]
        assert found["forgotten_ms"] is None and not found["more_movements"]
    with brand.hq.database.reading() as connection:
        assert own_data(connection, "nobody") is None


def test_of_the_forgotten_nothing_but_the_books_is_held(brand: Brand) -> None:
    member = somebody(brand)
    forget(brand["river"], member)
    brand["river"].push()
    with brand.hq.database.reading() as connection:
        found = own_data(connection, member)
        events = connection.scalars(select(models.events.c.body)).all()
    assert found is not None and found["forgotten_ms"] >= NOW_MS
    assert (found["name"], found["phone"], found["instruments"], found["consents"]) == (None, None, [], [])
    assert all(NAME.encode() not in body for body in events)
