"""A store's first minutes, and a clock that wraps: friendly before anything is known, right soon after."""

import time
from collections.abc import Iterator

import pytest

from firmware.core.aio_cpython import PERIOD_MS
from samples.brand import MEMBERS_CSV
from tests.system.conftest import NewStore
from tests.system.process import until
from tests.system.screens import lit, pixels_of, screen_for
from tests.system.store import COUNTER, ENTRANCE, Store

LIN, CHEN = "04A1B2C3D4E580", "9B3E07C4"
WRAP_AFTER_MS = 6_000  # a terminal is online in a second or two; on a slow machine it wraps while it connects


@pytest.fixture
def young(new_store: NewStore) -> Iterator[Store]:
    """A store that never heard of HQ."""
    with new_store() as made:
        made.start_broker()
        made.start_gateway()
        made.power_on()
        yield made


def test_a_gateway_without_a_cache_is_friendly_and_knows_the_card_when_it_comes(young: Store) -> None:
    device = ENTRANCE.device
    strange = young.tap(device, LIN)
    assert (strange.outcome.name, strange.outcome.reason) == ("unknown", "no_cache")
    assert strange.cache.generation is None and strange.evidence and strange.evidence.key is None
    wanted = pixels_of(screen_for(young.plan.gateway, strange))
    assert lit(wanted) > 100
    until(lambda: young.terminal(device).pixels() == wanted, "the friendly answer is shown")
    young.bridge.start()
    until(lambda: young.bridge_says().get("trouble"), "the bridge says that HQ is not there")
    young.start_hq()
    imported = young.import_members(MEMBERS_CSV.read_bytes())
    young.until_cache_is_there()
    young.until_cache_has(imported["created"])
    known = young.tap(device, LIN)
    assert known.outcome.name == "greeted" and known.cache.generation is not None
    until(
        lambda: young.terminal(device).pixels() == pixels_of(screen_for(young.plan.gateway, known)),
        "it is greeted",
    )
    young.until_hq_has_all()


def test_everything_survives_a_stop_and_a_second_start(young: Store) -> None:
    first = young.tap(ENTRANCE.device, LIN)
    assert young.gateway.stop() == 0
    young.start_gateway()
    until(lambda: young.is_online(ENTRANCE.device), "the terminal is online again")
    second = young.tap(ENTRANCE.device, CHEN)
    assert [event.seq for event in young.ledger.records()] == [first.seq, second.seq]
    assert second.seq > first.seq and young.ledger.chain_fault() is None


def test_ticks_that_wrap_are_no_event(new_store: NewStore) -> None:
    """Twelve days after its start a board's milliseconds begin anew; these begin seconds before that."""
    start = str(PERIOD_MS - WRAP_AFTER_MS)
    with new_store(SHOPBELL_TICKS_START=start) as store:
        store.start_broker()
        store.start_gateway()
        begun = time.monotonic()
        store.power_on()
        devices = (ENTRANCE.device, COUNTER.device)
        before = [store.tap(device, LIN) for device in devices]
        until(lambda: time.monotonic() - begun > WRAP_AFTER_MS / 1000 + 1, "the ticks have wrapped")
        after = [store.tap(device, CHEN) for device in devices]
        for earlier, later in zip(before, after, strict=True):
            assert earlier.record and later.record
            passed_ms = later.record.uptime_ms - earlier.record.uptime_ms
            assert 0 < passed_ms < 60_000
            assert (later.record.boot, later.record.number) == (
                earlier.record.boot,
                earlier.record.number + 1,
            )
            assert later.record.age_ms < 5_000
        for device, event in zip(devices, after, strict=True):
            wanted = pixels_of(screen_for(store.plan.gateway, event))
            until(lambda: store.terminal(device).pixels() == wanted, f"{device} shows the answer")  # noqa: B023
