"""An outage long enough to fill a terminal: what does not fit is refused in sight, the rest is booked."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from firmware.core.face import picture
from firmware.core.outbox import BYTES_MAX, RECORDS_MAX
from hardware_tests.virtual.chips.cards import parse_card
from tests.system.process import until
from tests.system.screens import pixels_of
from tests.system.store import COUNTER, ENTRANCE, Store

DEVICES = (ENTRANCE.device, COUNTER.device)
CODE_BYTES = 500  # as long as a code may be, but for a few; its body has some forty bytes more
CODES_KEPT = BYTES_MAX // (CODE_BYTES + 60)
LOOKS_PER_CODE = 8
DRAINED_S = 90.0
FULL = pixels_of(picture("full"))


def tap_until_full(store: Store, device: str) -> None:
    """Tap new cards until the display says that no more can be taken."""
    act_until_full(store, device, lambda number: hold_card(store, device, number))


def scan_until_full(store: Store, device: str) -> None:
    """Show new codes until the display says that no more can be taken."""
    act_until_full(store, device, lambda number: show_code(store, device, number))


def act_until_full(store: Store, device: str, act: Callable[[int], None]) -> None:
    for number in range(2 * RECORDS_MAX):
        act(number)
        if store.terminal(device).pixels() == FULL:
            return
    raise AssertionError(f"{device} never said that it is full")


def hold_card(store: Store, device: str, number: int) -> None:
    store.hold(device, parse_card(f"UID=04{number + 1:012X}"), until_gone=False)
    store.until_polled(device, 2)  # time to draw


def show_code(store: Store, device: str, number: int) -> None:
    """A phone stays before the scanner for some looks of the card reader, and is taken away."""
    store.loop.run(store.terminal(device).show_code, f"{number:03d}".encode() * (CODE_BYTES // 3))
    store.until_polled(device, LOOKS_PER_CODE)


def kept_so_far(store: Store, device: str) -> int:
    """How many records the terminal has kept since its start, by its own last word."""
    counters = store.device(device)["counters"]
    return int(counters["taps"] + counters["scans"] - counters["outbox.refused"])


@pytest.mark.parametrize(("fill", "least"), [(tap_until_full, RECORDS_MAX), (scan_until_full, CODES_KEPT)])
def test_what_was_kept_in_an_outage_is_booked_once_and_the_rest_refused(
    store: Store, fill: Callable[[Store, str], None], least: int
) -> None:
    before, starts = store.ledger.tip(), {device: store.terminal(device).starts for device in DEVICES}
    said = {device: int(store.device(device)["at"]) for device in DEVICES}
    kept_before = {device: kept_so_far(store, device) for device in DEVICES}
    store.broker.kill()
    try:
        with ThreadPoolExecutor(len(DEVICES)) as pool:
            list(pool.map(lambda device: fill(store, device), DEVICES))
    finally:
        store.start_broker()
    for device in DEVICES:
        until(lambda: store.is_back(device, said[device]), f"{device} is back", DRAINED_S)  # noqa: B023
        kept = kept_so_far(store, device) - kept_before[device]
        assert least <= kept <= RECORDS_MAX
        numbers = until(lambda: booked(store, device, before, kept), "all is booked", DRAINED_S)  # noqa: B023
        assert len(numbers) == len(set(numbers)) == kept
        assert (store.terminal(device).state, store.terminal(device).starts) == ("running", starts[device])


def booked(store: Store, device: str, after: int, count: int) -> list[int] | None:
    """The numbers of the device's records behind `after`, once there are so many."""
    found = [
        event.record.number
        for event in store.ledger.records(after)
        if event.device == device and event.record
    ]
    return found if len(found) >= count else None
