"""By the clock: leases of gateways that speak go on, others end; what is over leaves HQ's part once."""

from cloud_bridge.hq import feed
from tests.cloud_bridge.hq.shops import MEI, Brand

DAY_MS = 86_400_000
ZONE = "Asia/Shanghai"


def speak(brand: Brand, gateway: str) -> None:
    """Read the feed as the bridge does."""
    with brand.hq.intake.snapshot(gateway) as file:
        generation = file.readline().split(b'"generation":"')[1].split(b'"')[0].decode()
    brand.hq.intake.changes(gateway, generation, _cursor(brand), 10)


def _cursor(brand: Brand) -> int:
    with brand.hq.database.reading() as connection:
        return feed.head(connection)


def test_a_lease_goes_on_while_its_gateway_speaks(brand: Brand) -> None:
    lot = brand.issue(100)
    brand["river"].ask(100)
    first = brand.row(lot).parts["river-1"].lease_end
    assert first - brand.now_ms == 30 * DAY_MS
    brand.now_ms += 10 * DAY_MS
    speak(brand, "river-1")
    assert brand.row(lot).parts["river-1"].lease_end == first, "not yet"
    brand.now_ms += 6 * DAY_MS
    speak(brand, "garden-1")
    assert brand.row(lot).parts["river-1"].lease_end == first, "another one spoke"
    speak(brand, "river-1")
    assert brand.row(lot).parts["river-1"].lease_end == brand.now_ms + 30 * DAY_MS


def test_leases_that_end_together_are_renewed_soon(brand: Brand, monkeypatch) -> None:
    monkeypatch.setattr("cloud_bridge.hq.upkeep.RENEWED_TOGETHER_MAX", 2)
    lots = [brand.issue(10) for _ in range(5)]
    brand.now_ms += 16 * DAY_MS
    due = brand.now_ms + 30 * DAY_MS
    renewed = []
    for _ in range(4):
        speak(brand, "river-1")
        renewed.append(sum(brand.row(lot).parts["river-1"].lease_end >= due for lot in lots))
        brand.now_ms += 10_000
    assert renewed == [2, 4, 5, 5]


def test_a_lease_that_ended_frees_nothing(brand: Brand) -> None:
    brand.issue(100)
    brand["river"].ask(100)
    brand.now_ms += 99 * DAY_MS
    given = brand["garden"].ask(5)
    assert given.rows[0].parts["garden-1"].granted == 0


def test_what_is_over_leaves_once(brand: Brand) -> None:
    lot = brand.issue(100, owner=MEI, expires_on="2026-11-21", zone=ZONE)
    brand["garden"].ask(30, owner=MEI)
    speak(brand, "river-1")
    assert brand.pool(lot) == 70, "the day is not over"
    brand.now_ms += DAY_MS
    for _ in range(2):
        speak(brand, "river-1")
        brand.now_ms += 2 * 3_600_000
    assert brand.pool(lot) == 0 and brand.row(lot).total == 30
    assert [event.type for event in brand.own_log()].count("lot.expired") == 1


def test_what_comes_back_after_its_day_is_over_too(brand: Brand) -> None:
    river = brand["river"]
    lot = brand.issue(100, expires_on="2026-11-21", zone=ZONE)
    river.ask(100)
    river.take()
    river.push()
    brand["garden"].ask(30)
    river.pull()
    brand.now_ms += 3 * DAY_MS
    speak(brand, "garden-1")
    river.give_back()
    river.push()
    assert brand.row(lot).parts["garden-1"].granted == 0 and brand.pool(lot) == 0
