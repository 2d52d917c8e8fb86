"""The member's page on the gateway's real door: what is shown is booked, and what is asked is done."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from gateway.core.rotating import STEP_S, read
from gateway.lines import Answer
from gateway.sales import receipt_code
from tests.gateway.conftest import judge
from tests.gateway.day import basket, sell
from tests.gateway.guests.hall import HALL, PIN, Hall
from tests.gateway.portal.me.conftest import Hands, Shop, hidden
from tests.gateway.portal.me.test_me_pages import words
from tests.gateway.rig import BRAND_KEY, House


class RealDoor:
    """The middle of guests.sock, without the socket."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    async def ask(self, do: str, **more: Any) -> Answer:
        (answer,) = await self._hall._ask(({"do": do, **more},))
        return answer


class Store:
    """A gateway with a guest who has just joined, and a portal before it."""

    def __init__(self, house: House, folder: Path) -> None:
        self.hall = Hall(house)
        self.card = self.hall.enrol(name="小林", phone="13800138000")
        self.member = self.card["member"]
        self.shop = Shop(folder)
        self.shop.now_ms = house.now_ms
        self.shop.door = RealDoor(self.hall)  # type: ignore[assignment]
        self.shop.restart()

    def browser(self, client: str = "10.77.0.60") -> Hands:
        """The guest's own."""
        response, hands = Response(), Hands(self.shop, client)
        self.shop.cookies.set_member(response, self.member)
        name, _, rest = response.headers["set-cookie"].partition("=")
        hands.cookies.set(name, rest.partition(";")[0], domain="10.77.0.1")
        return hands


@pytest.fixture
def store(house: House, tmp_path: Path) -> Iterator[Store]:
    made = Store(house, tmp_path / "portal")
    yield made
    made.shop.offers.close()
    judge(house, HALL)


def test_who_has_just_joined_sees_the_coupon_and_a_code_that_the_till_believes(store: Store) -> None:
    mine, codes = store.browser(), store.hall.ask("codes", member=store.member)["codes"]
    told = words(mine.get("/me").text)
    for part in ("Hello, 小林", "50", store.card["code"], "5 points today", "not confirmed yet"):
        assert part in told, part
    assert len(mine.get("/me/codes").json()["codes"]) == len(codes) == 15
    proved = read(BRAND_KEY, codes[0]["text"], store.hall.house.now_ms // 1_000)
    assert proved is not None and proved.step == store.hall.house.now_ms // 1_000 // STEP_S


def test_consent_export_and_lost_reach_the_books(store: Store) -> None:
    mine = store.browser()
    mine.fill("/me/data", "/me/consent", given="1")
    assert "Allowed" in mine.get("/me/data").text
    document = json.loads(mine.get("/me/export").content)
    assert document["name"] == "小林"
    (consent,) = document["consents"]
    assert (consent["purpose"], consent["text"], consent["given"]) == ("marketing", "marketing-1", True)
    fields = hidden(mine.get("/me").text, "/me/lost")
    for _ in range(2):
        assert "nobody can use it" in mine.follow(mine.post("/me/lost", fields)).text
    assert "was reported lost" in mine.get("/me").text, "it was the code of this page"


def test_the_member_number_names_and_the_pin_opens(store: Store) -> None:
    guest = Hands(store.shop, "10.77.0.99")
    front = guest.follow(guest.fill("/m", "/m", code=store.card["code"].lower())).text
    assert "小**" in front and "小林" not in front
    assert "That PIN is not right" in guest.follow(guest.fill("/me", "/m/pin", pin="0000")).text
    assert "Hello, 小林" in guest.follow(guest.fill("/me", "/m/pin", pin=PIN)).text
    assert guest.fill("/m", "/m", code="0000-0000").status_code == 404


def test_a_receipt_of_the_till_opens_its_lines(store: Store) -> None:
    lots = tuple(coupon["lot"] for coupon in store.card["coupons"])
    store.hall.house.now_ms += 60_000
    sold = sell(store.hall.house, basket("cake", "cake", member=store.member, coupons=lots), 6_200)
    code = receipt_code("g1", sold.event.seq)
    guest = Hands(store.shop)
    page = guest.follow(guest.fill("/m", "/m", code=code))
    assert page.status_code == 200 and "¥62" in page.text and "小" not in page.text
    told = words(store.browser().get("/me/history").text)
    assert "Purchase ¥62" in told


def test_deleting_waits_for_the_money_and_then_ends_everything(store: Store) -> None:
    store.hall.credit(store.member, 2_000, "CNY")
    mine = store.browser()
    assert "paid out at the till" in mine.follow(mine.fill("/me/forget", "/me/forget", sure="1")).text
    assert "Hello" in mine.get("/me").text


def test_who_is_deleted_is_unknown_to_the_gateway_too(store: Store) -> None:
    mine, other = store.browser(), store.browser("10.77.0.61")
    answer = mine.fill("/me/forget", "/me/forget", sure="1")
    assert "are deleted here" in mine.follow(answer).text
    assert "That card is no more" in other.follow(other.get("/me")).text
    guest = Hands(store.shop, "10.77.0.99")
    assert guest.fill("/m", "/m", code=store.card["code"]).status_code == 404
