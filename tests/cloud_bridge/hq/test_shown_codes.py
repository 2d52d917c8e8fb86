"""Rotating codes at HQ: one that two stores took, and one that stood for a PIN it was not shown for."""

from hashlib import sha256
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from cloud_bridge.chain import Link
from cloud_bridge.hq.people_models import shown_codes
from cloud_bridge.hq.shown_codes import KEPT_MS, drop_old_codes, note_codes
from gateway.core.event import Event, canonical
from gateway.core.evidence import CodeShown
from gateway.core.model import SCAN_SEEN, Evidence, Facts, Input, Instrument, Member
from gateway.core.orders.model import Tender
from tests.cloud_bridge.hq.shops import Brand, Store
from tests.cloud_bridge.hq.test_wishes import forget
from tests.gateway.core.orders.till import Till, basket, bundle

KEY, STEP = "ab" * 16, 59_000_000
LIN = Member("lin", 0, "active", "member")


def show(store: Store, step: int = STEP, key: str = KEY, member: Member = LIN, **more: Any) -> Event:
    """A store greets a member by a code."""
    facts = Facts(Instrument("i-1", "qr.static", member.id, "active"), member, spent=False)
    given = Input(
        store.brand.setting(),
        more.get("place", "till-1"),
        store.brand.random(),
        SCAN_SEEN,
        evidence=Evidence(key, "qr.static", more.get("level", "fresh"), step),
        gateway=store.gateway,
    )
    return store._book(replace(facts, **more.get("facts", {})), given)


@pytest.mark.parametrize("order", [("river", "garden", "station"), ("station", "garden", "river")])
def test_one_code_taken_by_several_stores_is_told_of_once(brand: Brand, order: tuple[str, ...]) -> None:
    for name in order:
        show(brand[name])
    assert brand.kinds() == []
    for name in order:
        brand[name].push()
    assert brand.kinds() == ["code_twice"]
    found = brand.trouble("code_twice")
    assert found["member"] == "lin"
    assert {found[part]["gateway"] for part in ("winner", "loser")} == {f"{name}-1" for name in order[:2]}
    brand.post(brand[order[1]].gateway, brand[order[1]].bodies, 1)
    assert brand.kinds() == ["code_twice"], "told twice, it happened once"


def test_codes_of_other_times_members_and_levels_are_others(brand: Brand) -> None:
    river, garden = brand["river"], brand["garden"]
    show(river)
    show(garden, STEP + 1)
    show(garden, key="cd" * 16)
    show(garden, level="stale")
    show(garden, facts={"spent": True})
    show(river, facts={"spent": True})
    for store in (river, garden):
        store.push()
    assert brand.kinds() == []


def test_a_store_that_opens_twice_by_one_code_is_found_out(brand: Brand) -> None:
    river = brand["river"]
    show(river)
    show(river)
    river.push()
    assert brand.kinds() == ["code_twice"]
    assert brand.trouble("code_twice")["loser"] == {"gateway": "river-1", "seq": 2}


def test_what_no_gateway_makes_is_kept_nowhere(brand: Brand) -> None:
    for key, step in (("AB" * 16, STEP), ("x", STEP), (KEY, 2**40), (KEY, -1), (KEY, 0)):
        show(brand["river"], step, key)
    brand["river"].push()
    assert kept(brand) == 0
    assert brand.kinds() == []


def kept(brand: Brand) -> int:
    with brand.hq.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(shown_codes)) or 0


def test_what_is_older_than_a_store_is_away_is_dropped(brand: Brand) -> None:
    show(brand["river"])
    brand["river"].push()
    for late_ms, left in ((KEPT_MS - 1_000, 1), (KEPT_MS + 1_000, 0)):
        with brand.hq.database.writing() as connection:
            drop_old_codes(connection, brand.now_ms + late_ms)
        assert kept(brand) == left


def test_of_whoever_is_forgotten_no_code_is_kept(brand: Brand) -> None:
    show(brand["river"])
    brand["river"].push()
    forget(brand["garden"], "lin")
    brand["garden"].push()
    assert kept(brand) == 0


# -- what was spent by a code


@pytest.fixture(scope="module")
def paid() -> Event:
    """A sale by balance, by a code."""
    till = Till(bundle(), LIN)
    till.give(5_000, "CNY")
    code = CodeShown(till.setting.at - 1, 5_000, "lin", "till-1", 1)
    return till.sold(basket(("bread", 1), member="lin"), Tender("balance", 1_250), facts={"code": code})


def tell(
    brand: Brand, paid: Event, shown: Event, seq: int, change: dict[str, Any] | None = None
) -> list[str]:
    """HQ hears of the sale as event `seq` of a gateway, by a code that was shown as it says."""
    code = CodeShown(shown.at, 5_000, "lin", "till-1", shown.seq)
    facts = replace(paid.facts, code=replace(code, **(change or {})))
    body = canonical(replace(paid, facts=facts, gateway=shown.gateway, seq=seq))
    link = Link(seq, sha256(body).digest(), bytes(32), paid.type, paid.bundle, body)
    with brand.hq.database.writing() as connection:
        return note_codes(connection, shown.gateway, [link], brand.now_ms)


def test_a_code_stands_for_one_act_after_it(brand: Brand, paid: Event) -> None:
    shown = show(brand["river"])
    brand["river"].push()
    assert tell(brand, paid, shown, 2) == []
    assert tell(brand, paid, shown, 3) == ["code_unproved"], "it was used by the event before"
    assert brand.trouble("code_unproved") == {"member": "lin", "shown": 1}


def test_a_code_that_was_not_shown_so_is_for_a_person(brand: Brand, paid: Event) -> None:
    shown = show(brand["river"])
    show(brand["river"], STEP + 1, "cd" * 16, Member("bo", 0, "active", "member"))
    brand["river"].push()
    for number, change in enumerate(
        ({"seq": 2}, {"seq": 0}, {"seq": 9}, {"member": "bo"}, {"place": "till-2"}, {"at": shown.at + 1}), 3
    ):
        assert tell(brand, paid, shown, number, change) == ["code_unproved"], change
    assert tell(brand, paid, shown, 9) == [], "and as it was shown it stands"


def test_a_code_that_another_store_took_stands_for_nothing_here(brand: Brand, paid: Event) -> None:
    shown = show(brand["garden"])
    brand["garden"].push()
    assert tell(brand, paid, replace(shown, gateway="river-1"), 2) == ["code_unproved"]


def test_a_sale_with_the_pin_or_that_was_refused_says_nothing_of_codes(brand: Brand, paid: Event) -> None:
    plain = replace(paid, transfers=())
    refused = replace(paid, outcome=replace(paid.outcome, name="refused", reason="code_limit"))
    shown = show(brand["river"])
    for event in (plain, refused):
        assert tell(brand, event, shown, 2) == []


def test_the_member_may_have_become_another_meanwhile(brand: Brand, paid: Event) -> None:
    shown = show(brand["river"], member=Member("bo", 0, "active", "member"))
    brand["river"].push()
    brand.hq.promises.merge("bo", "lin")
    assert tell(brand, paid, shown, 2) == []
