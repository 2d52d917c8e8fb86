"""The worst loss and the holds as the pages show them: of real files, as the log grows."""

import asyncio
from typing import Any

import pytest

from gateway import reckoning
from gateway.acting import Request, Verdict
from gateway.clock import Clock
from gateway.core import model
from gateway.core.book import AMOUNT_MAX
from gateway.core.model import Bundle
from gateway.core.promises import AT_RISK, Credit, Hold, Policy, Post, Spend, Terms, Unit
from gateway.errors import LedgerDamaged
from gateway.reckoning import HOLDS_COUNTED_MAX, Reckoning
from tests.gateway.rig import House
from tests.gateway.test_enquiry import offer

TEA = Unit("CPN:*", Policy(AT_RISK, per_use=500, per_member=1_000, per_gateway=5_000, hours=72), worth=500)
POINTS = Unit("PTS", worth=1, per=100)


@pytest.fixture
def shop(house: House) -> House:
    """A store whose coupons may be given at risk, five yuan each."""
    house.seed("g1-units", Bundle(units=(TEA, POINTS)))
    return house.open()


def _reckoning(house: House) -> Reckoning:
    clock = Clock(lambda: house.now_ms, "Asia/Shanghai", house.ledger.last_at())
    return Reckoning(house.ledger_path, house.ledger, house.cache, clock, house.live)


def _ask(house: House, type_: str, act: Any, final: bool = False) -> Verdict:
    request = Request(f"k{house.ledger.seq}", "api", type_, act, final=final)
    [verdict] = house.desk.act([request])
    assert isinstance(verdict, Verdict), verdict
    return verdict


def _credit(house: House, amount: int, unit: str, **terms: Any) -> None:
    act = Post((Credit(amount, "member:m-1", Terms(**terms), unit),))
    assert _ask(house, model.TRANSFER_POSTED, act).event.outcome.name == model.DONE


def _exposure(house: House) -> tuple[int, int, int, int]:
    found = house.live.promises["exposure"]
    return found["at_risk_now"], found["still_possible"], found["in_box"], found["worst"]


def test_nothing_is_shown_before_the_box_was_weighed(shop: House) -> None:
    made = _reckoning(shop)
    made.look()
    assert shop.live.promises["exposure"] is None
    asyncio.run(made.weigh())
    assert _exposure(shop) == (0, 5_000, 0, 5_000)


def test_the_box_holds_what_lots_are_worth_and_a_face_before_a_price(shop: House) -> None:
    _credit(shop, 250, "PTS")
    _credit(shop, 2, "CPN:tea")
    _credit(shop, 1, "CPN:feast", face=10_000)
    _credit(shop, 9, "STICKER")
    made = _reckoning(shop)
    asyncio.run(made.weigh())
    assert _exposure(shop)[2] == 3 + 1_000 + 10_000


def test_what_is_given_at_risk_shows_at_once_and_takes_from_what_is_possible(shop: House) -> None:
    made = _reckoning(shop)
    asyncio.run(made.weigh())
    offer(shop, "hq.0", total=1, granted=0, unit="CPN:tea", generation="g1-units")
    spend = Post((Spend(1, "member:m-1", "CPN:tea", "hq.0"),))
    verdict = _ask(shop, model.COUPON_REDEEMED, spend, final=True)
    assert verdict.event.outcome.name == model.DONE, verdict.event.outcome
    made.look()
    assert _exposure(shop) == (500, 4_500, 0, 5_000)
    asyncio.run(made.weigh())
    assert _exposure(shop) == (500, 4_500, 0, 5_000), "what is shown at once is not counted twice"


def test_holds_are_counted_with_the_first_to_end(shop: House) -> None:
    _credit(shop, 100, "PTS")
    for wait_ms in (9_000, 5_000):
        _ask(shop, model.TRANSFER_HELD, Hold(1, "member:m-1", "PTS", shop.now_ms + wait_ms))
    _reckoning(shop).look()
    assert (shop.live.promises["holds"], shop.live.promises["holds_due_ms"]) == (2, shop.now_ms + 5_000)
    assert HOLDS_COUNTED_MAX < AMOUNT_MAX


def test_nothing_new_costs_no_second_sum_but_stays_true(shop: House, monkeypatch: pytest.MonkeyPatch) -> None:
    summed: list[int] = []
    real = reckoning.worst_loss
    monkeypatch.setattr(reckoning, "worst_loss", lambda *given: summed.append(1) or real(*given))  # type: ignore[func-returns-value]
    made = _reckoning(shop)
    asyncio.run(made.weigh())
    shop.now_ms += 60_000
    asyncio.run(made.weigh())
    assert len(summed) == 1 and shop.live.promises["exposure"]["at_ms"] == shop.now_ms
    _credit(shop, 100, "PTS")
    asyncio.run(made.weigh())
    assert len(summed) == 2


def test_a_new_day_has_new_limits(shop: House) -> None:
    offer(shop, "hq.0", total=1, granted=0, unit="CPN:tea", generation="g1-units")
    made = _reckoning(shop)
    asyncio.run(made.weigh())
    _ask(shop, model.COUPON_REDEEMED, Post((Spend(1, "member:m-1", "CPN:tea", "hq.0"),)), final=True)
    made.look()
    assert _exposure(shop)[:2] == (500, 4_500)
    shop.now_ms += 24 * 3_600_000
    made.look()
    assert _exposure(shop)[:2] == (500, 5_000)


def test_what_cannot_be_read_keeps_the_last_figure_and_is_counted(
    shop: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _reckoning(shop)
    asyncio.run(made.weigh())
    before = _exposure(shop)

    def fail(*given: Any) -> None:
        raise LedgerDamaged("torn", "")

    monkeypatch.setattr(reckoning, "worst_loss", fail)
    _credit(shop, 100, "PTS")
    asyncio.run(made.weigh())
    assert _exposure(shop) == before
    assert shop.counters.get("exposure.put_off") == 1


def test_it_runs_until_it_is_cancelled(shop: House) -> None:
    async def play() -> None:
        notes = shop.live.subscribe()
        assert notes is not None
        running = asyncio.create_task(_reckoning(shop).run())
        while shop.live.promises["exposure"] is None:
            await anext(notes)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(asyncio.wait_for(play(), 20))
