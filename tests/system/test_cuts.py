"""Whatever is pulled, killed or lost on the way: people are greeted, and each tap is booked once."""

import time

import pytest

from gateway.core.event import Event
from hardware_tests.virtual.chips.cards import parse_card
from tests.system.antenna import watch
from tests.system.process import until
from tests.system.screens import pixels_of, screen_for
from tests.system.store import COUNTER, ENTRANCE, Store

LIN, CHEN, OUYANG, EMMA, UNKNOWN = (
    "04A1B2C3D4E580",
    "9B3E07C4",
    "042B6F90C1D782",
    "04F15A3D62B980",
    "04010203040506",
)
DEVICE, OTHER = ENTRANCE.device, COUNTER.device
BACK_S = 40.0  # brokers and gateways start in a second or two; terminals come back within their back-off


@pytest.fixture(autouse=True)
def rested(store: Store) -> None:
    """The terminal begins anew: a test's cuts do not count for the waiting of the next one's terminal."""
    before = last_word(store)
    store.loop.call(store.room.set_power(DEVICE, False))
    store.loop.call(store.room.set_power(DEVICE, True))
    until(lambda: store.is_back(DEVICE, before), f"{DEVICE} is back", BACK_S)


def last_word(store: Store) -> int:
    """When the device last said how it is."""
    return int(store.device(DEVICE)["at"])


def all_of(store: Store, after: int, count: int) -> list[Event] | None:
    """The device's records behind `after`, once there are so many."""
    found = records_of(store, DEVICE, after)
    return found if len(found) >= count else None


def records_of(store: Store, device: str, after: int) -> list[Event]:
    return [event for event in store.ledger.records(after) if event.device == device]


def assert_answered(store: Store, device: str, wait_s: float = BACK_S) -> None:
    """The terminal has nothing left that is not booked: it says so itself when it connects."""

    def empty() -> bool:
        before = store.device(device).get("uptime_ms", 0)
        store.loop.call(store.wires[device].cut())
        until(lambda: store.device(device).get("uptime_ms", 0) > before, f"{device} reports", wait_s)
        return bool(store.device(device)["counters"]["outbox.now"] == 0)

    until(empty, f"{device}'s outbox is empty", wait_s)


def test_with_the_internet_pulled_everybody_is_greeted_and_hq_catches_up(store: Store) -> None:
    store.until_hq_has_all()
    before = len(store.hq_hashes())
    store.loop.call(store.plug.pull())
    try:
        greeted = [store.tap(DEVICE, LIN), store.tap(OTHER, CHEN), store.show(OTHER, "MW-7Q4K-2M9D")]
        unknown = store.tap(DEVICE, UNKNOWN)
        wanted = pixels_of(screen_for(store.plan.gateway, unknown))
        until(lambda: store.terminal(DEVICE).pixels() == wanted, "the answer is shown")
        assert [event.outcome.name for event in greeted] == ["greeted"] * 3
        assert unknown.outcome.reason == "not_known"
        assert len(store.hq_hashes()) == before
        until(lambda: trouble(store) == "hq_unreachable", "the bridge says what is wrong", BACK_S)
        waits = store.ledger.tip() - before
        until(lambda: store.bridge_says()["backlog"] == waits, "the bridge says how much waits")
        assert store.sync()["sync"]["waiting"] >= 4
    finally:
        store.loop.call(store.plug.put_in())
    store.until_hq_has_all(BACK_S)
    until(lambda: trouble(store) is None, "the bridge is well again", BACK_S)
    until(lambda: store.sync()["sync"]["waiting"] == 0, "the console says that nothing waits", BACK_S)


def trouble(store: Store) -> str | None:
    """The code of what the bridge says is wrong; None where nothing is."""
    found = store.bridge_says()["trouble"]
    return found and str(found["code"])


@pytest.mark.parametrize("dies", ["broker", "gateway", "broker and gateway", "nobody"])
def test_an_answer_lost_on_the_way_is_given_again_from_what_is_stored(store: Store, dies: str) -> None:
    before = store.ledger.tip()
    wire = store.wires[DEVICE]
    store.loop.call(wire.go_deaf())
    store.hold(DEVICE, parse_card(f"UID={LIN}"))
    (event,) = until(lambda: records_of(store, DEVICE, before), "the tap is booked")
    kill(store, dies)
    store.loop.call(wire.cut())
    until(lambda: again(store, event), "the same answer is given again", BACK_S)
    if dies == "nobody":
        assert_answered(store, DEVICE)
    assert records_of(store, DEVICE, before) == [event]
    store.until_hq_has_all(BACK_S)


def kill(store: Store, names: str) -> None:
    """SIGKILL to these, and start them again."""
    for process in (store.broker, store.gateway):
        if process.name in names:
            process.kill()
    store.start_broker()
    store.start_gateway()


def again(store: Store, event: Event) -> bool:
    """The console has this event as a duplicate, and the gateway counted it."""
    told = [tap for tap in store.taps() if tap["seq"] == event.seq and tap["duplicate"]]
    return bool(told) and store.counters().get("booked.duplicates", 0) > 0


def test_a_broker_that_is_down_makes_nobody_tap_twice(store: Store) -> None:
    """Taps at a terminal without a link are kept, and booked once when it is back."""
    before = store.ledger.tip()
    store.broker.kill()
    for uid in (LIN, CHEN, OUYANG, EMMA):
        store.hold(DEVICE, parse_card(f"UID={uid}"))
    assert records_of(store, DEVICE, before) == []
    store.start_broker()
    booked = until(lambda: all_of(store, before, 4), "all four are booked", BACK_S)
    assert len({event.record.number for event in booked if event.record}) == 4
    store.until_hq_has_all(BACK_S)
    assert records_of(store, DEVICE, before) == booked


def test_a_gateway_that_is_down_makes_nobody_tap_twice(store: Store) -> None:
    before = store.ledger.tip()
    store.gateway.kill()
    for uid in (LIN, CHEN):
        store.hold(DEVICE, parse_card(f"UID={uid}"))
    store.start_gateway()
    booked = until(lambda: all_of(store, before, 2), "both are booked", BACK_S)
    assert [event.outcome.name for event in booked] == ["greeted", "greeted"]
    store.until_hq_has_all(BACK_S)
    assert records_of(store, DEVICE, before) == booked


def test_a_tap_booked_too_late_is_booked_and_shows_nothing(store: Store) -> None:
    """A greeting minutes later would greet a stranger."""
    before = store.ledger.tip()
    store.gateway.kill()
    store.hold(DEVICE, parse_card(f"UID={OUYANG}"))
    kept = time.monotonic()
    until(lambda: time.monotonic() - kept > 8, "the deadline of seven seconds passes")
    store.start_gateway()
    (event,) = until(lambda: records_of(store, DEVICE, before), "the tap is booked", BACK_S)
    assert event.outcome.late and event.outcome.name == "greeted"
    assert screen_for(store.plan.gateway, event).strips == ()
    assert records_of(store, DEVICE, before) == [event]


@pytest.mark.parametrize("after_ms", [0, 7, 15, 25, 40, 120])
def test_a_terminal_whose_power_is_cut_in_a_tap_books_it_once_or_not_at_all(
    store: Store, after_ms: int
) -> None:
    """Its outbox is memory: what was not booked goes with the power, nothing else does."""
    before, said = store.ledger.tip(), last_word(store)
    cut_power_in_a_tap(store, after_ms)
    store.loop.call(store.room.set_power(DEVICE, True))
    until(lambda: store.is_back(DEVICE, said), f"{DEVICE} is back", BACK_S)
    at_most_one = records_of(store, DEVICE, before)
    assert len(at_most_one) <= 1
    following = store.tap(DEVICE, EMMA)
    assert following.outcome.name == "greeted"
    booked = records_of(store, DEVICE, before)
    assert booked == [*at_most_one, following]
    assert len({(event.record.nonce, event.record.number) for event in booked if event.record}) == len(booked)


def cut_power_in_a_tap(store: Store, after_ms: float) -> None:
    """Pull the plug this long after the reader has seen a card."""
    terminal, card = store.terminal(DEVICE), parse_card(f"UID={LIN}")
    chosen = watch(card)
    store.loop.run(terminal.enter, card)
    assert chosen.wait(10)
    time.sleep(after_ms / 1000)
    store.loop.call(store.room.set_power(DEVICE, False))
    store.loop.run(terminal.leave, card)
