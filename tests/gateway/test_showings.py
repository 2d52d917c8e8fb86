"""Codes that stand for the PIN, at a real desk: once, of who showed them, where, and within minutes."""

import json
from typing import Any

import pytest

from firmware.protocol import messages, outcomes
from firmware.protocol.messages import Scan
from gateway.acting import Refused, Request, Verdict
from gateway.core import model
from gateway.core.evidence import QR_STATIC, Bounds
from gateway.core.orders.model import Run, Sell, Tender
from gateway.core.orders.spender import COUNTED, STANDS_MS
from gateway.core.promises import Credit, Link, Post, Terms
from gateway.core.rotating import STEP_S, member_code, rotating_text
from gateway.ports import Inbound
from gateway.sales import Quoted, WithoutPin
from gateway.showings import PLACES_MAX, Showing, Showings, Turn
from gateway.storage.ledger import Ledger
from tests.gateway.day import LIN, LIN_ID, asked, basket, coupon, said, sell
from tests.gateway.rig import BRAND_KEY, NO_WITNESS, House, booked_of
from tests.gateway.rig import LIN as CARD
from tests.gateway.storage.test_ledger import Failing

CODE = member_code(BRAND_KEY, LIN_ID)
LOAF = Tender("balance", 1_200)
LIMIT = 2_500


@pytest.fixture
def shop(bakery: House) -> House:
    """A bakery that lets codes stand for the PIN; Lin has a code, 100.00 on the balance and 200 points."""
    bakery.code_day_max = LIMIT
    bakery.reopen()
    for member, code in ((LIN_ID, CODE), ("m-2", member_code(BRAND_KEY, "m-2"))):
        linked = bakery.act(model.INSTRUMENT_LINKED, Link("", member), evidence=(QR_STATIC, code.encode()))
        assert linked.event.outcome.name == model.DONE
    credit = (Credit(10_000, LIN, Terms(), "CNY"), Credit(200, LIN, Terms(), "PTS"))
    bakery.act(model.TRANSFER_POSTED, Post(credit))
    return bakery


def text(shop: House, member: str = LIN_ID) -> str:
    """What a member's page shows now."""
    return rotating_text(BRAND_KEY, member_code(BRAND_KEY, member), shop.now_ms // 1_000 // STEP_S)


def show(shop: House, till: str = "till-1", member: str = LIN_ID) -> None:
    """A member holds a code to a till's scanner; codes are half a minute apart."""
    shop.now_ms += STEP_S * 1_000
    assert shop.counter.lookup(text(shop, member), till).kind == "member"


def scan(shop: House, device: str = "counter-1", age_ms: int = 20) -> list[int]:
    """Lin holds a code to a terminal's scanner."""
    shop.now_ms += STEP_S * 1_000
    body = messages.encode_body("scan", shop.record(deadline_ms=900_000), Scan(0, text(shop).encode()))
    sent = Inbound(f"sb/v1/{device}/up/scan", messages.seal("scan", body, age_ms, NO_WITNESS))
    return [booked.outcome for booked in booked_of(shop.desk.serve([sent]))]


def buy(shop: House, till: str = "till-1", **more: Any) -> tuple[str, str | None]:
    """A loaf for 12.00 off the balance."""
    return said(sell(shop, basket("loaf"), (LOAF,), till=till, **more))


def without_pin(shop: House, till: str = "till-1", **more: Any) -> WithoutPin | None:
    found = shop.counter.quote(basket("loaf", **more), till, "pos")
    assert isinstance(found, Quoted)
    return found.without_pin


def last(shop: House) -> Any:
    return json.loads(shop.bodies()[-1])


def test_a_code_that_was_shown_at_the_till_pays_once_without_the_pin(shop: House) -> None:
    assert buy(shop) == ("refused", "pin_needed")
    show(shop)
    assert without_pin(shop) == WithoutPin(shop.now_ms, LIMIT)
    shown = last(shop)["seq"]
    assert buy(shop) == ("done", None)
    code = last(shop)["facts"]["code"]
    assert code == {"at": shop.now_ms, "limit": LIMIT, "member": LIN_ID, "place": "till-1", "seq": shown}
    assert without_pin(shop) is None
    assert buy(shop) == ("refused", "pin_needed")


def test_the_same_request_again_gets_its_answer_and_takes_nothing_more(shop: House) -> None:
    show(shop)
    first = sell(shop, basket("loaf"), (LOAF,), "key-1")
    again = sell(shop, basket("loaf"), (LOAF,), "key-1")
    assert (said(first), said(again), again.duplicate) == (("done", None), ("done", None), True)
    assert buy(shop) == ("refused", "pin_needed")
    show(shop)
    left = without_pin(shop)
    assert left is not None
    assert left.left == LIMIT - 1_200


def test_two_sales_of_one_batch_share_no_code(shop: House) -> None:
    show(shop)
    act = Sell(basket("loaf"), (LOAF,), "till-1")
    requests = [Request(None, "pos", model.ORDER_COMMITTED, act) for _ in range(2)]
    found = [said(each) for each in shop.desk.act(requests) if isinstance(each, Verdict)]
    assert found == [("done", None), ("refused", "pin_needed")]


def test_split_sales_end_at_the_limit_of_the_day_and_the_pin_goes_on(shop: House) -> None:
    found = []
    for _ in range(3):
        show(shop)
        found.append(buy(shop))
    assert found == [("done", None), ("done", None), ("refused", "code_limit")]
    assert without_pin(shop) == WithoutPin(shop.now_ms, LIMIT - 2_400)
    assert buy(shop, pin="right") == ("done", None)
    shop.reopen()
    show(shop)
    assert buy(shop) == ("refused", "code_limit"), "a restart forgets codes, and not what they spent"


def test_a_refused_sale_leaves_the_code_for_the_next_try(shop: House) -> None:
    show(shop)
    assert said(sell(shop, basket("cake"), (Tender("balance", 5_600),))) == ("refused", "code_limit")
    assert buy(shop) == ("done", None)


@pytest.mark.parametrize(("shown_at", "bought_at"), [("till-1", "till-2"), ("entrance-1", "till-1")])
def test_a_code_shown_elsewhere_pays_nothing_here(shop: House, shown_at: str, bought_at: str) -> None:
    show(shop, shown_at)
    assert buy(shop, bought_at) == ("refused", "pin_needed")
    assert "code" not in last(shop)["facts"]


def test_another_members_code_pays_nothing_and_ends_the_one_before(shop: House) -> None:
    show(shop)
    show(shop, member="m-2")
    assert buy(shop) == ("refused", "pin_needed")


def test_minutes_later_the_pin_is_asked_for_again(shop: House) -> None:
    show(shop)
    shop.now_ms += STANDS_MS
    assert without_pin(shop) is not None
    shop.now_ms += 1
    assert (without_pin(shop), buy(shop)) == (None, ("refused", "pin_needed"))


def test_a_sale_that_spends_nothing_ends_the_code_all_the_same(shop: House) -> None:
    """Shown to earn points, it is not there for whoever says the same number next."""
    show(shop)
    assert said(sell(shop, basket("loaf"), 1_200)) == ("done", None)
    assert buy(shop) == ("refused", "pin_needed")


def test_a_sale_to_somebody_else_at_the_till_ends_it_too(shop: House) -> None:
    show(shop)
    assert said(sell(shop, basket("loaf", member=None), 1_200)) == ("done", None)
    assert buy(shop) == ("refused", "pin_needed")


def test_an_old_code_and_one_that_was_shown_before_prove_nothing(shop: House) -> None:
    old = text(shop)
    show(shop)
    assert buy(shop) == ("done", None)
    assert shop.counter.lookup(old, "till-2").kind == "member", "still fresh, and never shown"
    assert shop.counter.lookup(old, "till-1").kind == "stale"
    assert buy(shop) == ("refused", "pin_needed")
    shop.now_ms += 3 * STEP_S * 1_000
    assert shop.counter.lookup(old, "till-2").kind == "stale"


def test_a_restart_forgets_it_and_a_limit_of_nothing_never_knew_it(shop: House) -> None:
    show(shop)
    shop.reopen()
    assert buy(shop) == ("refused", "pin_needed")
    shop.code_day_max = 0
    shop.reopen()
    show(shop)
    assert (without_pin(shop), buy(shop)) == (None, ("refused", "pin_needed"))


def test_the_terminal_beside_the_till_is_the_till(shop: House) -> None:
    assert scan(shop) == [outcomes.GREETED]
    assert buy(shop) == ("done", None)
    assert last(shop)["facts"]["code"]["place"] == "counter-1"


def test_a_record_that_comes_late_counts_from_when_it_was_shown(shop: House) -> None:
    shop.now_ms += STANDS_MS
    body = messages.encode_body("scan", shop.record(deadline_ms=900_000), Scan(0, text(shop).encode()))
    shop.now_ms += STANDS_MS - 1_000
    age_ms = STANDS_MS - 1_000
    sent = Inbound("sb/v1/counter-1/up/scan", messages.seal("scan", body, age_ms, NO_WITNESS))
    assert [booked.outcome for booked in booked_of(shop.desk.serve([sent]))] == [outcomes.GREETED]
    assert without_pin(shop) is not None
    shop.now_ms += 1_001
    assert without_pin(shop) is None
    shop.desk.serve([sent])
    assert without_pin(shop) is None, "sent again, it is what it was"


def test_a_card_is_weak_and_another_members_card_ends_the_code(shop: House) -> None:
    shop.desk.serve([shop.tap(CARD)])
    assert buy(shop) == ("refused", "pin_needed")
    scan(shop)
    shop.desk.serve([shop.tap(CARD)])
    assert without_pin(shop) is not None, "the same member's card changes nothing"
    show(shop, member="m-2")
    assert without_pin(shop) is None


def test_at_a_terminal_a_program_is_chosen_without_the_pin_once(shop: House) -> None:
    run = Run(LIN_ID, program="mall")
    assert scan(shop, "kiosk-1") == [outcomes.GREETED]
    chosen = [asked(shop, model.COUPON_CLAIMED, run, actor="device:kiosk-1") for _ in range(2)]
    assert [said(each) for each in chosen] == [("done", None), ("refused", "pin_needed")]
    scan(shop, "kiosk-1")
    elsewhere = asked(shop, model.COUPON_CLAIMED, run, actor="device:kiosk-2")
    assert said(elsewhere) == ("refused", "pin_needed")


def test_where_nothing_was_written_the_code_is_still_good(
    shop: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(shop)
    assert isinstance(shop.ledger, Ledger)
    real, shop.ledger._db = shop.ledger._db, Failing(shop.ledger._db, "COMMIT", "SQLITE_FULL")  # type: ignore[assignment]
    act = Sell(basket("loaf"), (LOAF,), "till-1")
    [refused] = shop.desk.act([Request("key-1", "pos", model.ORDER_COMMITTED, act)])
    assert isinstance(refused, Refused)
    shop.ledger._db = real
    assert buy(shop, key="key-1") == ("done", None)


def test_what_the_day_allows_is_a_balance_that_ends_with_the_day(shop: House) -> None:
    show(shop)
    buy(shop)
    unit = COUNTED + "2026-11-21"
    rows = shop.rows(f"SELECT minted, spent, due FROM lots WHERE unit = '{unit}'")
    assert rows == [(LIMIT, 1_200, "2026-11-21")]


def test_the_pin_and_a_card_alone_go_as_far_as_the_settings_let_them(shop: House) -> None:
    shop.bounds = Bounds(4_999, 2_000)
    shop.reopen()
    lot = coupon(shop)
    dear = basket("cake", "cake", coupons=(lot,))
    assert said(sell(shop, dear, 6_200)) == ("refused", "pin_needed")
    show(shop)
    assert said(sell(shop, dear, 6_200)) == ("done", None), "a code says who it is; the coupon is worth 50.00"
    assert [buy(shop, pin="right") for _ in range(2)] == [("done", None), ("refused", "pin_limit")]
    assert last(shop)["facts"]["bounds"] == {"face": 4_999, "pin_day": 2_000}
    shop.reopen()
    assert buy(shop, pin="right") == ("refused", "pin_limit")


def test_places_are_bounded_and_a_later_code_is_another() -> None:
    showings = Showings(100)
    for number in range(PLACES_MAX + 1):
        showings.note(Showing(f"till-{number}", "lin", number + 1, 0))
    assert (showings.at("till-0"), showings.at("till-1")) == (None, Showing("till-1", "lin", 2, 0))
    turn = Turn(showings)
    turn.end("till-1")
    assert (turn.at("till-1"), turn.limit) == (None, 100)
    later = Showing("till-1", "lin", 9_999, 5)
    showings.note(later)
    turn.settle()
    assert showings.at("till-1") == later
