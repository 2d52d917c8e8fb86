"""The worst loss by HQ's books, and the same on its page, in both languages."""

from cloud_bridge.hq.exposure import exposures
from gateway.core.exposure import Exposure, Held
from gateway.core.exposure import exposure as by_the_log
from tests.cloud_bridge.hq.shops import BUNDLE, STRICT, TENS, Brand
from tests.cloud_bridge.hq.test_ingest import chain, send
from tests.cloud_bridge.rig import RunningHq

DAY = "2026-11-21"
LIMIT = TENS.offline.per_gateway


def money(brand: Brand) -> dict[str, Exposure]:
    with brand.hq.database.reading() as connection:
        return {one.gateway: one.money for one in exposures(connection, BUNDLE, DAY)}


def test_nothing_is_at_risk_but_todays_limits(brand: Brand) -> None:
    assert money(brand) == {name: Exposure(0, LIMIT, 0) for name in brand.stores}


def test_rights_count_where_they_lie_and_what_comes_back_does_not(brand: Brand) -> None:
    river = brand["river"]
    brand.issue(100)
    river.ask(100)
    river.take()
    river.spend(30)
    river.earn(10)
    brand.issue(1, STRICT, "member:bo", face=2_000)
    river.push()
    assert money(brand)["river-1"] == Exposure(0, LIMIT, 8), "80 points, ten for one minor unit"
    assert money(brand)["garden-1"] == Exposure(0, LIMIT, 2_000), "the coupon went to its member's store"


def test_what_was_given_at_risk_counts_at_who_loses(brand: Brand) -> None:
    brand.issue(1, TENS.code, face=1_000)
    river, garden = brand["river"], brand["garden"]
    river.pull()
    river.take()
    garden.pull()
    river.spend(1, TENS.code)
    garden.spend(1, TENS.code)
    river.push()
    garden.push()
    found = money(brand)
    assert found["garden-1"] == Exposure(1_000, LIMIT - 1_000, 0)
    assert found["river-1"] == Exposure(0, LIMIT, 0)


def test_it_is_what_the_gateway_says_itself(brand: Brand) -> None:
    river = brand["river"]
    brand.issue(100)
    river.ask(100)
    river.take()
    river.spend(7)
    river.earn(10)
    river.push()
    held = [
        Held(key, river.state.natures[key.lot].terms, part.left)
        for (key, epoch), part in river.state.parts.items()
        if epoch == river.state.epoch
    ]
    assert money(brand)["river-1"] == by_the_log(BUNDLE, "river-1", DAY, held)


def test_an_epoch_that_waits_for_its_fence_is_still_at_risk(brand: Brand) -> None:
    river = brand["river"]
    brand.issue(100)
    river.ask(100)
    river.take()
    river.push()
    old = river.image()
    river.earn(1)
    river.push()
    old.earn(2)
    brand.stores["river-1"] = old
    old.push()
    assert money(brand)["river-1"].in_box > 0
    old.fence()
    old.push()
    assert money(brand)["river-1"].in_box == 0


def test_the_card_is_on_the_page(hq: RunningHq) -> None:
    send(hq, chain(1))
    english, chinese = (hq.staff("GET", f"/?lang={language}").text for language in ("en", "zh-CN"))
    assert "Exposure and rights" in english and "Worst loss now ¥0.00" in english and "gw-2" in english
    assert "额度与风险" in chinese and "可用，第 1 期" in chinese
