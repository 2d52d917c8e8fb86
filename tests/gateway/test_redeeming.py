"""A coupon's code at a terminal: the till's page hears of it, a counter alone redeems what needs no goods."""

from collections.abc import Iterator

import pytest

from firmware.protocol import messages, outcomes
from firmware.protocol.messages import Scan
from gateway.core.orders.model import Run
from gateway.core.promises import Terms
from gateway.ports import Inbound, Told
from gateway.redeeming import REDEEMING_MAX
from tests.gateway.badge_rig import (
    BESIDE,
    BOUNDS,
    CLERK,
    LOAF,
    PIN,
    Floor,
    drawn,
    floor_of,
    loaf_coupon,
    online,
)
from tests.gateway.day import coupon, text
from tests.gateway.rig import LIN_CODE, NO_WITNESS, House, booked_of

SHOWN = ("scan.seen", "coupon", None)
REDEEMED = drawn("counter", Told("coupon.redeemed", (("what", tuple(text("loaf").items())),)))


@pytest.fixture
def floor(house: House) -> Iterator[Floor]:
    yield from floor_of(house)


def test_beside_a_till_the_page_is_told_and_nothing_is_taken(floor: Floor) -> None:
    loaf_coupon(floor.house)
    with floor.house.live.subscribe() as notes:  # type: ignore[union-attr]
        answer = floor.scan(BESIDE, "LOAF-1")
        assert floor.redeem() == []
        told = [note for note in notes._waiting if note[0] == "coupon"]
    assert (answer.outcome, answer.screen) == (outcomes.COUPON, drawn("counter", Told("coupon.till")))
    assert told == [("coupon", {"device": BESIDE, "code": "LOAF-1"})]
    assert floor.said() == [SHOWN]
    assert b"LOAF-1" not in floor.house.bodies()[-1] and "LOAF-1" not in str(floor.house.live.taps())


def test_at_a_counter_alone_it_is_redeemed_and_said(floor: Floor) -> None:
    lot = loaf_coupon(floor.house)
    assert floor.scan("counter", "LOAF-1").screen == drawn("counter", Told("coupon.reading"))
    assert floor.redeem() == [("counter", REDEEMED)]
    assert floor.said() == [SHOWN, ("coupon.redeemed", "done", None)]
    event = floor.events()[-1]
    assert event.act == Run("m-1", program="gift", till="counter", coupon=lot)
    assert event.actor == "device:counter"
    assert floor.house.counters.get("coupons.redeemed") == 1


def test_whoever_works_there_redeems_it(floor: Floor) -> None:
    loaf_coupon(floor.house)
    floor.tap("desk", CLERK)
    floor.scan("desk", "LOAF-1")
    assert floor.redeem() == [("desk", REDEEMED)]
    assert floor.events()[-1].actor == "staff:s-2"


def test_the_second_time_it_says_when_and_where(floor: Floor) -> None:
    loaf_coupon(floor.house)
    floor.scan("counter", "LOAF-1")
    floor.redeem()
    floor.later(60_000)
    floor.scan("counter", "LOAF-1")
    where = (("zh-CN", "本收银台"), ("en", "at this till"))
    used = drawn("counter", Told("used_up", (("when", "12:00"), ("where", where))))
    assert floor.redeem() == [("counter", used)]
    assert floor.said()[-1] == ("coupon.redeemed", "refused", "program_missed")


def test_the_one_that_was_shown_is_used_and_no_other(floor: Floor) -> None:
    first = loaf_coupon(floor.house, "LOAF-1", expires_on="2026-12-31")
    second = loaf_coupon(floor.house, "LOAF-2")
    floor.scan("counter", "LOAF-2")
    floor.redeem()
    assert floor.events()[-1].act.coupon == second  # type: ignore[union-attr]
    floor.scan("counter", "LOAF-2")
    assert floor.redeem() != [("counter", REDEEMED)]
    floor.scan("counter", "LOAF-1")
    assert floor.redeem() == [("counter", REDEEMED)]
    assert floor.events()[-1].act.coupon == first  # type: ignore[union-attr]


def test_the_same_record_again_takes_nothing_more_also_after_a_restart(floor: Floor) -> None:
    loaf_coupon(floor.house)
    loaf_coupon(floor.house, "LOAF-2")
    scan = floor.house.scan(b"LOAF-1", "counter")
    floor.serve(scan)
    floor.serve(scan)
    assert floor.redeem() == [("counter", REDEEMED)] * 2
    floor.house.restart()
    floor.join()
    floor.serve(online("counter", "counter"))
    floor.serve(scan)
    assert floor.redeem() == [("counter", REDEEMED)]
    assert floor.said() == [SHOWN, ("coupon.redeemed", "done", None)]


def test_a_power_cut_between_scan_and_redemption_loses_nothing(floor: Floor) -> None:
    loaf_coupon(floor.house)
    scan = floor.house.scan(b"LOAF-1", "counter")
    floor.serve(scan)
    floor.coupons.clear()
    floor.house.restart()
    floor.join()
    floor.serve(online("counter", "counter"))
    floor.serve(scan)
    assert floor.redeem() == [("counter", REDEEMED)]
    assert floor.said().count(("coupon.redeemed", "done", None)) == 1


def test_a_coupon_that_goes_with_goods_says_so(floor: Floor) -> None:
    coupon(floor.house, "C-1")
    assert floor.scan("counter", "C-1").screen == drawn("counter", Told("coupon.with_goods"))
    assert floor.redeem() == [] and floor.said() == [SHOWN]


@pytest.mark.parametrize("place", ["kiosk", "entrance"])
def test_at_the_kiosk_and_the_entrance_it_says_where_to_go(floor: Floor, place: str) -> None:
    loaf_coupon(floor.house)
    assert floor.scan(place, "LOAF-1").screen == drawn(place, Told("coupon.counter"))
    assert floor.redeem() == [] and floor.said() == [SHOWN]


def test_a_dear_one_asks_for_the_pin_of_whose_it_is(floor: Floor) -> None:
    loaf_coupon(floor.house, face=BOUNDS.face + 1)
    scan = floor.house.scan(b"LOAF-1", "counter")
    floor.serve(scan)
    floor.types = ["0000"]
    assert floor.redeem() == [("counter", drawn("counter", Told("pin.wrong")))]
    floor.serve(scan)
    floor.types = [PIN]
    assert floor.redeem() == [("counter", REDEEMED)]
    assert [said[1:] for said in floor.said()] == [SHOWN[1:], ("refused", "pin_needed"), ("done", None)]


def test_one_past_its_day_says_the_day(floor: Floor) -> None:
    loaf_coupon(floor.house, expires_on="2026-11-20")
    floor.scan("counter", "LOAF-1")
    assert floor.redeem() == [("counter", drawn("counter", Told("lot_expired", (("day", "2026-11-20"),))))]


def test_a_coupon_that_hq_told_of_and_granted_nobody_is_not_taken(floor: Floor) -> None:
    house = floor.house
    house.say_lot("member:m-1", LOAF, "hq.7", 1, Terms(code="HQ-7"))
    house.say("INSERT INTO codes VALUES('HQ-7', 'member:m-1', ?, 'hq.7')", LOAF)
    floor.scan("counter", "HQ-7")
    (shown,) = floor.redeem()
    assert shown != ("counter", REDEEMED)
    assert floor.said()[-1][:2] == ("coupon.redeemed", "refused")


def test_a_coupon_of_nobodys_is_left_to_the_till(floor: Floor) -> None:
    house = floor.house
    house.say_lot("issuer", LOAF, "hq.8", 1, Terms(code="HQ-8"))
    house.say("INSERT INTO codes VALUES('HQ-8', 'issuer', ?, 'hq.8')", LOAF)
    assert floor.scan("counter", "HQ-8").screen == drawn("counter", Told("coupon.with_goods"))


def test_bytes_that_are_no_code_and_members_codes_are_what_they_were(floor: Floor) -> None:
    loaf_coupon(floor.house, LIN_CODE.decode())
    for code in (b"\xff\xfe", b"", b"x" * 512, b"no such code", b"' OR 1=1 --"):
        assert floor.scan("counter", code or b" ").outcome == outcomes.UNKNOWN
    assert floor.scan("counter", LIN_CODE).outcome == outcomes.GREETED


def test_a_scan_that_comes_too_late_redeems_nothing(floor: Floor) -> None:
    loaf_coupon(floor.house)
    body = messages.encode_body("scan", floor.house.record(), Scan(0, b"LOAF-1"))
    sent = Inbound("sb/v1/counter/up/scan", messages.seal("scan", body, 6_000, NO_WITNESS))
    (answer,) = booked_of(floor.serve(sent))
    assert (answer.outcome, answer.screen.hold_ms) == (outcomes.LATE, 0)
    assert floor.redeem() == [] and floor.said() == [SHOWN]


def test_more_at_once_than_can_be_served_are_counted(floor: Floor) -> None:
    loaf_coupon(floor.house)
    floor.scan("counter", "LOAF-1")
    floor.coupons *= REDEEMING_MAX + 1
    assert len(floor.redeem()) == REDEEMING_MAX
    assert floor.house.counters.get("coupons.busy") == 1


def test_a_ledger_that_refuses_takes_nothing_and_says_so(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaf_coupon(floor.house)
    floor.scan("counter", "LOAF-1")
    floor.house.room = False
    assert floor.redeem() == [("counter", drawn("counter", Told("disk_low")))]
    assert floor.said() == [SHOWN]
