"""What the display beside a till shows of a real sale, a refusal, a return and a PIN."""

from typing import Any

import pytest

from firmware.protocol import messages
from gateway.acting import Refused, Request, Verdict
from gateway.core import model
from gateway.core.orders.model import GoBack, Piece, Sell, Tender
from gateway.displays import Announcing, Displays, TillKeypads, missed_told
from gateway.ports import Told
from tests.gateway.day import basket, coupon, sell
from tests.gateway.lanes import Terminals, run, screens_of
from tests.gateway.rig import House, screens
from tests.gateway.till import DAY_MS, earn

ZONE = "Asia/Shanghai"
CAKES = ("cake", "cake")


class Beside:
    """The terminal counter-1 beside till-1."""

    def __init__(self, shop: House, *types: str | None) -> None:
        self.terminals = Terminals(*types)
        pairs, live, send = {"till-1": "counter-1"}, self.terminals.live, self.terminals.send
        self.displays = Displays(pairs, live, screens(), send, ZONE, lambda: shop.now_ms)
        self.shop = shop

    def told(self, verdict: Verdict) -> Told | None:
        return self.displays.told_of(verdict)


@pytest.fixture
def beside(bakery: House) -> Beside:
    return Beside(bakery)


def test_a_sale_says_what_was_paid_and_a_members_what_was_earned(beside: Beside) -> None:
    walk_in = beside.told(sell(beside.shop, basket("loaf", member=None), 1_200))
    assert walk_in == Told("sold", (("amount", (("zh-CN", "12"), ("en", "12"))),))
    assert beside.told(sell(beside.shop, basket("loaf"), 1_200)) == Told("sold.earned", (("count", 12),))


def test_a_coupon_that_was_used_says_when_and_where(beside: Beside) -> None:
    lot = coupon(beside.shop)
    sell(beside.shop, basket(*CAKES, coupons=(lot,)), 6_200)
    again = sell(beside.shop, basket(*CAKES, coupons=(lot,)), 6_200)
    assert again.event.outcome.reason == model.USED_UP
    here = (("zh-CN", "本收银台"), ("en", "at this till"))
    assert beside.told(again) == Told("used_up", (("when", "12:00"), ("where", here)))
    beside.shop.now_ms += DAY_MS
    elsewhere = sell(beside.shop, basket(*CAKES, coupons=(lot,)), 6_200, till="till-2")
    shop = (("zh-CN", "本店"), ("en", "at this shop"))
    assert beside.told(elsewhere) == Told("used_up", (("when", "11-21 12:00"), ("where", shop)))


def test_a_coupon_that_was_used_somewhere_else_says_only_that(beside: Beside) -> None:
    lot = coupon(beside.shop)
    sell(beside.shop, basket(*CAKES, coupons=(lot,)), 6_200)
    again = sell(beside.shop, basket(*CAKES, coupons=(lot,)), 6_200)
    assert beside.told(again._replace(used_at=None, used_where=None)) == Told("used_up.elsewhere")


def test_a_return_says_what_was_refunded(beside: Beside) -> None:
    order = sell(beside.shop, basket(*CAKES), 11_200).event.random
    act = GoBack(order, "till-1", pieces=(Piece(0, 1),))
    (back,) = beside.shop.desk.act([Request(None, "pos", model.ORDER_RETURNED, act)])
    assert isinstance(back, Verdict)
    assert beside.told(back) == Told("returned", (("amount", (("zh-CN", "56"), ("en", "56"))),))


def test_a_condition_that_is_missed_says_how_much_more() -> None:
    assert missed_told("subtotal_low", 3_850).words("en") == {"short": "38.50"}
    assert missed_told("quantity_low", 2).words("zh-CN") == {"short": "2"}


def announced(beside: Beside, request: Request) -> Any:
    """The verdict, or what was raised, of a teller that tells the display."""

    class Teller:
        async def ask(self, asked: Request) -> Verdict:
            (verdict,) = beside.shop.desk.act([asked])
            if isinstance(verdict, Refused):
                raise verdict
            return verdict

    try:
        return run(Announcing(Teller(), beside.displays).ask(request))
    except Refused as problem:
        return problem.code


def sale(key: str, paid: int, till: str = "till-1") -> Request:
    return Request(key, "pos", model.ORDER_COMMITTED, Sell(basket("loaf"), (Tender("cash", paid),), till))


def test_verdicts_are_shown_beside_their_own_till_and_once(beside: Beside) -> None:
    announced(beside, sale("s-1", 1_200))
    announced(beside, sale("s-1", 1_200))
    announced(beside, sale("s-2", 1_200, "till-9"))
    (screen,) = screens_of(beside.terminals.shown)
    wanted = screens().told("counter", Told("sold.earned", (("count", 12),)), None)
    assert decoded(wanted) == screen
    assert beside.terminals.shown[0][0] == "counter-1"


def test_a_refusal_stays_on_the_display_and_so_does_one_that_was_never_booked(beside: Beside) -> None:
    verdict = announced(beside, sale("s-1", 1_100))
    assert verdict.event.outcome.reason == model.TENDERS_DIFFER
    assert announced(beside, sale("s-1", 1_200)) == "key_reused"
    refused, reused = screens_of(beside.terminals.shown)
    assert refused.hold_ms == reused.hold_ms == 60_000


def test_a_pin_is_asked_for_beside_the_till(bakery: House) -> None:
    beside = Beside(bakery, "4821", None)
    keypads = TillKeypads(beside.terminals.keypads, beside.displays)
    assert run(keypads.digits("till-1")) == "4821"
    assert beside.terminals.shown == []
    assert run(keypads.digits("till-1")) is None
    assert run(keypads.digits("till-without-terminal")) is None
    keypads.found("till-1", "wrong")
    no_answer, wrong = screens_of(beside.terminals.shown)
    assert no_answer == decoded(screens().told("counter", Told("pin.no_answer"), None))
    assert wrong == decoded(screens().told("counter", Told("pin.wrong"), None))


def decoded(encoded: bytes) -> Any:
    return messages.decode("show", b"\x83\x01\x00" + encoded).screen


def test_nothing_is_shown_of_acts_that_are_no_customers_business(beside: Beside) -> None:
    asked = Request("k", "staff:console", model.TRANSFER_POSTED, earn(5))
    (verdict,) = beside.shop.desk.act([asked])
    assert isinstance(verdict, Verdict)
    beside.displays.announce(asked, verdict)
    assert beside.terminals.shown == []
