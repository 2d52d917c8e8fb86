"""An outage long enough to fill a terminal: what does not fit is refused in sight, the rest is booked."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from firmware.core.outbox import BYTES_MAX, RECORDS_MAX
from firmware.core.pictures import PICTURES
from firmware.protocol.messages import Screen, Strip
from hardware_tests.virtual.chips.cards import parse_card
from tests.system.process import until
from tests.system.screens import pixels_of
from tests.system.store import COUNTER, ENTRANCE, Store

DEVICES = (ENTRANCE.device, COUNTER.device)
CODE_BYTES = 500  # as long as a code may be, but for a few; its body has some forty bytes more
CODES_KEPT = BYTES_MAX // (CODE_BYTES + 60)
LOOKS_PER_CODE = 8
DRAINED_S = 90.0
FULL = pixels_of(Screen(0, 0, 0, tuple(Strip(*strip) for strip in PICTURES["full"])))


def tap_until_full(store: Store, device: str) -> int:
    """Tap new cards until the display says that no more can be taken; how many were kept."""
    return act_until_full(store, device, lambda number: hold_card(store, device, number))


def scan_until_full(store: Store, device: str) -> int:
    """Show new codes until the display says that no more can be taken; how many were kept."""
    return act_until_full(store, device, lambda number: show_code(store, device, number))


def act_until_full(store: Store, device: str, act: Callable[[int], None]) -> int:
    for number in count():
        act(number)
        if store.terminal(device).pixels() == FULL:
            return number
        assert number <= RECORDS_MAX
    raise AssertionError


def hold_card(store: Store, device: str, number: int) -> None:
    store.hold(device, parse_card(f"UID=04{number + 1:012X}"), until_gone=False)
    store.until_polled(device, 2)  # time to draw


def show_code(store: Store, device: str, number: int) -> None:
    """A phone stays before the scanner for some looks of the card reader, and is taken away."""
    store.loop.run(store.terminal(device).show_code, f"{number:03d}".encode() * (CODE_BYTES // 3))
    store.until_polled(device, LOOKS_PER_CODE)


@pytest.mark.parametrize("fill", [tap_until_full, scan_until_full])
def test_what_was_kept_in_an_outage_is_booked_once_and_the_rest_refused(
    store: Store, fill: Callable[[Store, str], int]
) -> None:
    before, starts = store.ledger.tip(), {device: store.terminal(device).starts for device in DEVICES}
    store.broker.kill()
    try:
        with ThreadPoolExecutor(len(DEVICES)) as pool:
            kept = dict(zip(DEVICES, pool.map(lambda device: fill(store, device), DEVICES), strict=True))
    finally:
        store.start_broker()
    assert min(kept.values()) >= min(RECORDS_MAX, CODES_KEPT)
    until(lambda: len(store.ledger.records(before)) >= sum(kept.values()), "all is booked", DRAINED_S)
    booked = store.ledger.records(before)
    for device in DEVICES:
        numbers = [event.record.number for event in booked if event.device == device and event.record]
        assert len(numbers) == len(set(numbers)) == kept[device]
        assert (store.terminal(device).state, store.terminal(device).starts) == ("running", starts[device])
