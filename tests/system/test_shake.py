"""A shake, end to end: beacon firmware, air, bleak, presence, a shaken page, a ticket, a coupon at the till.

The house is `shopbell run`: three beacons and a member's tag run the real firmware on MicroPython, a virtual
radio carries what they say, and the gateway hears it through bleak's own scanner. The page is the portal's,
in Chromium, shaken by its sensors (trusted events); what the beacons say reaches it as an app's web view
hands it over. The coupon is redeemed at the till, its owner known by the card held to the counter's terminal.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.core import model
from gateway.core.event import Event
from gateway.core.orders.model import Run, RunRecord, Sell
from gateway.core.promises import BY_BEACON, BY_TAG, Here
from samples.shop import read_staff
from shopbell.run import house
from tests.gateway.portal.shake.sensors import Hand
from tests.system.ledger_file import LedgerFile
from tests.system.made_run import MadeRun
from tests.system.process import until

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect
pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

PATIENCE_MS = 30_000
HEARD_S = 90.0  # beacons start, learn the time, and are heard; a tag's zone needs some adverts
NEAR_DBM = -75  # the zone's own beacon is two metres away, the next one seven
CAKE = "2404170000255"
COUPON_PROGRAM, POINTS_PROGRAM = "shake-coupon", "shake"
MANAGER = next(one for one in read_staff() if one.role == "manager" and one.store == house.STORE)


class Shop:
    """The running house, asked as its pages ask."""

    def __init__(self, made: MadeRun) -> None:
        self.made = made
        self.ledger = LedgerFile(made.gateway().data_dir)
        self._client = httpx.Client(timeout=10, trust_env=False)
        self._token = house.read_token(made.folder / "tokens" / "gateway")

    def presence(self) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self._token}"}
        answer = self._client.get(self.made.url("GATEWAY__HTTP_PORT") + "v1/presence", headers=headers)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def bench(self, path: str, body: Any = None) -> dict[str, Any]:
        address = self.made.url("RUN__BENCH_PORT") + path
        answer = self._client.get(address) if body is None else self._client.post(address, json=body)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def bench_phone(self) -> dict[str, Any]:
        """What the bench says of its phone: the first note of its stream."""
        with self._client.stream("GET", self.made.url("RUN__BENCH_PORT") + "v1/stream") as answer:
            name = ""
            for line in answer.iter_lines():
                if name == "event: phone":
                    found: dict[str, Any] = json.loads(line.removeprefix("data: "))
                    return found
                name = line
        return {}

    def zone_of(self, member: str) -> str | None:
        return next((one["zone"] for one in self.presence()["people"] if one["member"] == member), None)

    def here(self, proof: str) -> list[Event]:
        events = self.ledger.events(0)
        return [event for event in events if isinstance(event.act, Here) and event.act.proof == proof]

    def ran(self, member: str, program: str) -> Any:
        """What a program gave a member for being seen; None before it did."""
        for event in self.ledger.events(0):
            mine = isinstance(event.act, Run) and event.act.member == member
            if mine and event.type == model.PRESENCE_SEEN and isinstance(event.settled, RunRecord):
                return next((each for each in event.settled.applied if each.program == program), None)
        return None


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with MadeRun(tmp_path_factory.mktemp("s")) as made:
        yield Shop(made)


@pytest.fixture
def new_page(browser: Any) -> Iterator[Any]:
    contexts: list[Any] = []

    def opened() -> Any:
        contexts.append(browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900}))
        contexts[-1].set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        return contexts[-1].new_page()

    yield opened
    for context in contexts:
        context.close()


def test_beacons_and_a_members_tag_are_heard_and_the_tag_is_followed_through_the_shop(shop: Shop) -> None:
    def heard() -> bool:
        found = {one["beacon"]: one["state"] for one in shop.presence()["beacons"]}
        return [found.get(f"beacon-{zone}") for zone in ("door", "shelves", "counter")] == ["ok"] * 3

    until(heard, "every beacon is heard", HEARD_S)
    (visit,) = until(lambda: shop.here(BY_TAG), "the tag's member has come in", HEARD_S)
    assert visit.outcome.name == model.DONE and isinstance(visit.act, Here)
    lin = visit.act.member
    until(lambda: shop.zone_of(lin) == "door", "Lin is at the door", HEARD_S)
    shop.bench("v1/walk", {"who": "tag", "zone": "counter"})
    until(lambda: shop.zone_of(lin) == "counter", "Lin is at the counter", HEARD_S)
    assert len(shop.here(BY_TAG)) == 1, "one visit, however far somebody walks"


def test_a_shaken_phone_gets_a_ticket_and_a_coupon_that_the_till_takes(shop: Shop, new_page: Any) -> None:
    shop.bench("v1/phone", {"joined": True})
    shop.bench("v1/walk", {"who": "phone", "zone": "shelves"})
    phone = new_page()
    member = join(shop, phone)
    shake(shop, phone)
    (seen,) = shop.here(BY_BEACON)
    assert isinstance(seen.act, Here)
    assert (seen.act.member, seen.act.beacon, seen.act.place) == (member, "beacon-shelves", "shelves")
    points, coupon = shop.ran(member, POINTS_PROGRAM), shop.ran(member, COUPON_PROGRAM)
    assert (points.unit, points.amount, coupon.unit) == ("PTS", 5, "CPN:off-5")
    redeem(shop, new_page(), phone)
    (order,) = [event for event in shop.ledger.events(0) if isinstance(event.act, Sell)]
    assert isinstance(order.act, Sell) and order.act.basket.member == member
    assert order.outcome.name == model.DONE and order.act.basket.coupons


def join(shop: Shop, phone: Any) -> str:
    """A guest becomes a member on the portal's page, and goes online; their id."""
    before = shop.ledger.tip()
    phone.goto(shop.made.url("PORTAL__HTTP_PORT"))
    phone.locator("input[name=name]").fill("Mei")
    phone.locator("form[action*=join] button").first.click()
    expect(phone.locator("body")).to_contain_text("because it is your first visit")
    phone.locator("form[action*=connect] button").first.click()
    until(lambda: shop.bench_phone()["member"], "the bench knows its guest is a member")
    enrolled = [event for event in shop.ledger.events(before) if event.type == model.MEMBER_ENROLLED]
    return str(getattr(enrolled[0].act, "member", ""))


def shake(shop: Shop, phone: Any) -> None:
    """The page asks first, an app hands over what it hears, and the hand shakes."""
    hand = Hand(phone)
    phone.goto(shop.made.url("PORTAL__HTTP_PORT") + "shake")
    phone.locator("[data-shake-start]").click()
    phone.locator("[data-shake=listening]").wait_for()
    heard = until(lambda: near(shop), "the phone hears the beacon beside it", HEARD_S)
    phone.evaluate("heard => window.postMessage({ type: 'shopbell.heard', heard })", heard)
    hand.shake()
    expect(phone.locator(".here")).to_contain_text("You're here, Mei")
    expect(phone.locator("main")).to_contain_text("5 points because you shook in the store")
    expect(phone.locator("main")).to_contain_text("A 5-yuan coupon for your first shake this month")


def near(shop: Shop) -> list[Any]:
    """What the phone hears, once that has the nearest beacon in it."""
    heard = list(shop.bench("v1/phone/heard")["heard"])
    return heard if heard and heard[0]["rssi"] > NEAR_DBM else []


def redeem(shop: Shop, till: Any, phone: Any) -> None:
    """A cake, its buyer known by the card on the phone at the counter's terminal, paid with a coupon."""
    till.goto(shop.made.console())
    till.goto(shop.made.url("GATEWAY__HTTP_PORT") + "till?till=till-1&lang=en")
    scan(till, "#badge", MANAGER.badge_uid)
    scan(till, "#float", "300")
    scan(till, "#scan", CAKE)
    expect(till.locator("[data-zone=total]")).to_have_text("¥56.00")
    shop.bench("v1/terminals/counter-1/phone", {})
    customer = till.locator("[data-zone=customer]")
    expect(customer).to_contain_text("M**")
    customer.locator("[data-do=coupon]").first.click()
    expect(till.locator("[data-zone=why]")).to_contain_text("-¥5.00")
    till.keyboard.press("F2")
    till.locator("#pay[open]").wait_for()
    till.keyboard.type("100")
    till.keyboard.press("Enter")
    expect(till.locator("[data-do=complete]")).to_be_focused()
    till.keyboard.press("Enter")
    expect(till.locator("#done .paper")).to_contain_text(re.compile(r"-¥5\.00"))


def scan(page: Any, field: str, text: str) -> None:
    """What a scanner does, once the field is there."""
    expect(page.locator(field)).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
