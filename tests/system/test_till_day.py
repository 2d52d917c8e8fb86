"""A day at the till in Chromium, the internet out from before the first customer to after the last.

A whole store: HQ has said who its members, goods, staff and programs are, then the plug is pulled. A clerk
opens a shift, sells two cakes with 满100减50 to a customer who taps a card, refuses the coupon the second
time, takes one cake back, counts the drawer and closes. With the plug in again, HQ has every event and finds
nothing wrong.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gateway.core.orders.model import ShiftRecord
from samples.shop import GOODS_CSV, STAFF_CSV, read_staff
from shopbell.run import house
from tests.system.process import until
from tests.system.store import COUNTER, Store, finished

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect
pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

PATIENCE_MS = 15_000
CAKE = "2404170000255"  # 56.00; two are 112.00
LIN_UID, LIN_CODE = "04A1B2C3D4E580", "MW-7Q4K-2M9D"
MANAGER = next(one for one in read_staff() if one.role == "manager" and one.store == house.STORE)
SIZES = {320: 640, 1280: 900}


class Said(NamedTuple):
    """What the page says of this day, in one language."""

    used: str  # when and where
    offline: str
    taken_back: str
    balances: str


SAID = {
    "en": Said(r"Used at \d\d:\d\d at this till", "Internet out", "-¥31.00", "It balances"),
    "zh-CN": Said(r"\d\d:\d\d 在本收银台用过了", "断网照常收银", "-¥31.00", "账实相符"),
}


@pytest.fixture(scope="module")
def store(new_store: Callable[..., Store]) -> Iterator[Store]:
    """A store that HQ has told everything, and cannot reach any more."""
    with new_store((COUNTER,)) as made:
        made.open()
        for kind, file in (("goods", GOODS_CSV), ("staff", STAFF_CSV)):
            import_file(made, kind, file)
        until(lambda: kind_of(made, CAKE) == "goods", "the goods have reached the till")
        until(lambda: kind_of(made, MANAGER.badge_uid) == "staff", "and the staff")
        made.loop.call(made.plug.pull())
        yield made


@pytest.fixture(scope="module")
def lin(store: Store) -> str:
    """The member who taps."""
    return str(look_up(store, LIN_CODE)["member"]["id"])


def import_file(store: Store, kind: str, file: Path) -> None:
    """A file of goods or staff, applied at HQ without a refused line."""
    headers = store.staff() | {"content-type": "text/csv"}
    address = store.hq_url(f"/v1/imports?kind={kind}&name={file.name}")
    answer = store.client.post(address, content=file.read_bytes(), headers=headers)
    assert answer.status_code == 202, answer.text
    report: Any = until(
        lambda: finished(store.ask_hq(f"/v1/imports/{answer.json()['id']}")), f"{kind} are there"
    )
    assert report["refused"] == 0, report


def look_up(store: Store, code: str) -> dict[str, Any]:
    found: dict[str, Any] = store.ask(f"/v1/lookup?code={code}")
    return found


def kind_of(store: Store, code: str) -> str:
    return str(look_up(store, code)["kind"])


def give_coupon(store: Store, member: str, code: str) -> None:
    """满100减50 for a member, given at this store."""
    token = house.read_token(Path(store.plan.gateway.token_file))
    terms = {"code": code, "face": 5_000, "expires_on": "2099-12-31", "zone": "Asia/Shanghai"}
    part = {"do": "credit", "owner": None, "amount": 1, "unit": "CPN:full-100-50", "terms": terms}
    answer = store.client.post(
        store.gateway_url(f"/v1/members/{member}/transfers"),
        json={"key": f"give.{code}", "type": "transfer.posted", "act": {"do": "post", "parts": [part]}},
        headers={"authorization": f"Bearer {token}"},
    )
    assert answer.json()["outcome"] == "done", answer.text


class Day:
    """One clerk's page, and a picture after each step."""

    def __init__(self, store: Store, browser: Any, language: str, width: int, pictures: Path) -> None:
        self.said, self.pictures, self.number = SAID[language], pictures, 0
        self.problems: list[str] = []
        context = browser.new_context(viewport={"width": width, "height": SIZES[width]})
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        self.page = context.new_page()
        self.page.on("console", lambda message: self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.hosts: set[str] = set()
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        token = house.read_token(Path(store.plan.gateway.token_file))
        self.page.goto(store.gateway_url(f"/?token={token}&lang={language}"))
        self.page.goto(store.gateway_url("/till?till=till-1"))

    def scan(self, code: str) -> None:
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def zone(self, name: str) -> Any:
        return self.page.locator(f"[data-zone={name}]")

    def picture(self, name: str) -> None:
        self.number += 1
        self.page.screenshot(path=self.pictures / f"{self.number:02}-{name}.png")

    def open_shift(self) -> None:
        self.page.locator("#badge").wait_for()
        self.picture("sign-in")
        self.scan(MANAGER.badge_uid)
        self.page.locator("#float").wait_for()
        self.picture("open")
        self.scan("300")
        expect(self.page.locator("#scan")).to_be_focused()
        expect(self.zone("offline")).to_contain_text(self.said.offline)

    def sell(self, tap: Callable[[], Any] | None, coupon: str) -> str:
        """Two cakes at 112.00 with the coupon: 62.00, of 100.00; gives the receipt's code. Who does not tap
        is known by the coupon."""
        self.scan(CAKE)
        self.scan(CAKE)
        expect(self.zone("total")).to_have_text("¥112.00")
        if tap is not None:
            tap()
            expect(self.zone("customer")).to_contain_text("林**")
        self.scan(coupon)
        expect(self.zone("customer")).to_contain_text("林**")
        expect(self.zone("total")).to_have_text("¥62.00")
        expect(self.zone("why").locator("li").first).to_contain_text("-¥50.00")
        self.picture("explained")
        self.page.keyboard.press("F2")
        self.page.locator("#pay[open]").wait_for()
        self.scan("100")
        expect(self.zone("change")).to_contain_text("¥38.00")
        self.picture("paid")
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#done .paper")).to_contain_text("¥62.00")
        self.picture("receipt")
        return str(self.page.locator("#done .figures").inner_text())

    def refuse(self, coupon: str) -> None:
        """The same coupon again: when and where, and it stays until it is dismissed."""
        self.scan(CAKE)
        expect(self.zone("total")).to_have_text("¥56.00")
        self.scan(coupon)
        notice = self.page.locator(".notices .notice")
        expect(notice).to_contain_text(re.compile(self.said.used))
        self.picture("used")
        expect(self.zone("total")).to_have_text("¥56.00")
        self.page.keyboard.press("Escape")
        expect(notice).to_have_count(0)
        self.page.locator("[data-do=drop]").click()
        self.zone("sure-yes").click()
        expect(self.zone("total")).to_have_text("¥0.00")

    def take_back(self, receipt: str) -> None:
        """One of the two cakes: half of everything."""
        self.scan(receipt)
        self.page.locator("#back [data-do=further]").click()
        expect(self.zone("preview")).to_contain_text("¥31.00")
        self.picture("what-goes-back")
        self.page.locator("[data-do=give-back]").click()
        expect(self.page.locator("#done")).to_contain_text("¥31.00")
        self.picture("returned")
        self.page.keyboard.press("Enter")

    def close_shift(self) -> None:
        self.page.locator("[data-do=shift]").click()
        expect(self.page.locator("#shift .report")).to_contain_text("¥331.00")
        self.picture("x-report")
        self.page.locator("[data-do=count]").click()
        for note, count in (("10000", "3"), ("1000", "3"), ("100", "1")):
            self.page.locator(f"[data-note='{note}']").fill(count)
        expect(self.page.locator("#counted")).to_have_value("331.00")
        self.picture("counted")
        self.page.locator("#counted").press("Enter")
        report = self.page.locator("#shift .report")
        expect(report).to_contain_text(self.said.balances)
        expect(report).to_contain_text(self.said.taken_back)
        self.picture("z-report")
        self.page.keyboard.press("Escape")
        expect(self.page.locator("#float")).to_be_visible()


@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize("width", SIZES)
def test_a_day_at_the_till_with_the_internet_out(
    store: Store, lin: str, browser: Any, language: str, width: int, tmp_path: Path
) -> None:
    coupon = f"C{width}{language[:2].upper()}"
    give_coupon(store, lin, coupon)
    before = store.ledger.tip()
    day = Day(store, browser, language, width, tmp_path)
    try:
        day.open_shift()
        receipt = day.sell((lambda: store.tap(COUNTER.device, LIN_UID)) if width > 320 else None, coupon)
        day.refuse(coupon)
        day.take_back(receipt)
        day.close_shift()
    finally:
        day.picture("at-the-end")
        day.page.context.close()
    assert day.problems == [], "the page breaks its own policy, or a script fails"
    assert len(day.hosts) == 1, "nothing but the gateway is asked"
    assert len(list(tmp_path.glob("*.png"))) >= 11
    see_what_is_booked(store, before)


def see_what_is_booked(store: Store, before: int) -> None:
    """The day as events: one order, one return, a shift whose drawer holds what it should."""
    events = [event for event in store.ledger.events() if event.seq > before]
    kinds = [event.type for event in events if event.type.partition(".")[0] in ("order", "shift")]
    assert kinds == ["shift.opened", "order.committed", "order.returned", "shift.closed"]
    record = events[-1].settled
    assert isinstance(record, ShiftRecord)
    assert (record.expected, record.counted, record.difference) == (33_100, 33_100, 0)
    sums = record.sums
    assert (sums.gross, sums.discount, sums.orders, sums.returns) == (11_200, 5_000, 1, 1)


def test_with_the_plug_in_again_hq_has_every_event_and_nothing_to_complain_of(store: Store) -> None:
    store.loop.call(store.plug.put_in())
    store.until_hq_has_all()
    assert store.ask_hq("/v1/exceptions") == []
