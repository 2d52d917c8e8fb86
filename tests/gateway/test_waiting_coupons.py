"""Coupons that wait are looked up for a whole batch at once: who has none costs nothing, nobody is missed."""

from collections.abc import Iterator
from random import Random

import pytest
from msgspec.structs import replace

from gateway.core.programs.model import Issue, Program
from gateway.core.promises import COUPON
from gateway.lot_finder import LotFinder
from gateway.ports import Told
from gateway.storage.holders import OWNERS_TOGETHER
from tests.gateway.conftest import judge
from tests.gateway.day import PROGRAMS, coupon, stock, text
from tests.gateway.rig import LIN, MIA, STRANGER, House, booked_of
from tests.gateway.test_booking_roles import drawn, online

GIFT = Program(
    "gift", 1, text("签到礼"), text("a coupon at the door"), "presence.checked_in", (Issue("off50"),)
)
BUNDLE = replace(PROGRAMS, programs=(GIFT,))


@pytest.fixture
def store(house: House) -> Iterator[House]:
    """A bakery that gives a coupon at the door, judged at the end."""
    house.seed("g1d", BUNDLE)
    house.open()
    stock(house)
    house.desk.serve([online("entrance"), online("counter")])
    yield house
    judge(house, BUNDLE)


def waiting(count: int) -> Told:
    return Told("coupons_waiting", (("count", count),))


def test_each_of_a_batch_is_told_of_their_own_and_no_other(store: House) -> None:
    coupon(store)
    lin, mia, nobody = booked_of(
        store.desk.serve([store.tap(uid, device="counter") for uid in (LIN, MIA, STRANGER)])
    )
    assert lin.screen == drawn(waiting(1), "counter")
    assert mia.screen != drawn(waiting(1), "counter")
    assert mia.screen.strips and nobody.screen.strips


def test_a_coupon_of_this_very_batch_is_told_of(store: House) -> None:
    here, door, there = booked_of(
        store.desk.serve([store.tap(LIN, device=device) for device in ("counter", "entrance", "counter")])
    )
    assert here.screen == drawn(None, "counter")
    assert door.screen == drawn(Told("checked_in.gift"), "entrance")
    assert there.screen == drawn(waiting(1), "counter")


@pytest.mark.parametrize("of", ["m-1", "m-77"])
def test_a_coupon_under_either_name_of_a_merged_member_is_told_of(store: House, of: str) -> None:
    store.say("INSERT INTO members SELECT 'm-77', status, tier, qualifying, language, home FROM members"
              " WHERE id = 'm-1'")  # fmt: skip
    store.say("INSERT INTO people SELECT 'm-77', name, birthday FROM people WHERE member = 'm-1'")
    store.say_merged("m-1", "m-77")
    store.say_lot(f"member:{of}", "CPN:off50", "hq.1", 1, granted=1)
    (told,) = booked_of(store.desk.serve([store.tap(LIN, device="counter")]))
    assert told.screen == drawn(waiting(1), "counter")


def test_who_is_without_is_who_has_no_lot_of_any_coupon(store: House) -> None:
    """Against the one look-up that was there before, member by member."""
    chance = Random(9)
    members = [f"m-{100 + number}" for number in range(2 * OWNERS_TOGETHER + 1)]
    for member in chance.sample(members, 12):
        store.say_lot(
            f"member:{member}", chance.choice(("CPN:off50", "CPN:z", "CPN", "CPO:x", "PTS")), "hq", 1
        )
    for member in chance.sample(members, 6):
        coupon(store, f"C-{member}", f"member:{member}")
    merged = chance.sample(members, 4)
    store.say_merged(*merged[:2])
    store.say_merged(*merged[2:])

    def compare(finder: LotFinder) -> tuple[set[str], set[str]]:
        lots = {each: finder.lots(f"member:{each}", None) for each in members}
        none = {
            each for each in members if not any(fact.nature.unit.startswith(COUPON) for fact in lots[each])
        }
        return finder.without(members, COUPON), none

    said, none = store.desk.consult(lambda batch, acting: compare(LotFinder(batch)))
    assert said == none - set(merged)
    assert 0 < len(said) < len(members)
