"""Devices: what is shown, what becomes an event, and what is held back."""

import json

import pytest

from gateway import registry as registries
from gateway.registry import STATUS_INTERVAL_MS
from tests.gateway.rig import LIN, House


def changes(house: House) -> list[tuple[str, str]]:
    """(device, reason) of every booked change of state."""
    bodies = [json.loads(body) for body in house.bodies()]
    return [
        (body["device"], body["outcome"]["reason"])
        for body in bodies
        if body["type"] == "device.status_changed"
    ]


def test_a_status_is_shown_at_once(house: House) -> None:
    house.open().desk.serve([house.status(1)])
    assert house.live.devices["counter-1"] == {
        "device": "counter-1", "state": "online", "at": house.now_ms, "role": "counter", "board": "esp32",
        "firmware": "0.1.0", "uptime_ms": 5_000, "counters": {"taps": 3},
    }  # fmt: skip


def test_only_changes_become_events(house: House) -> None:
    house.open()
    for state, boot in ((1, 1), (1, 1), (0, 1), (1, 1), (1, 2)):
        house.desk.serve([house.status(state, boot)])
        house.steady_ms += STATUS_INTERVAL_MS
    assert [reason for _, reason in changes(house)] == ["online", "offline", "online", "restarted"]


def test_a_restart_of_the_gateway_is_no_change_of_the_devices(house: House) -> None:
    house.open().desk.serve([house.status(1), house.status(1, device="counter-2")])
    house.reopen()
    assert sorted(house.live.devices) == ["counter-1", "counter-2"]
    house.desk.serve([house.status(1), house.status(1, device="counter-2")])
    assert len(changes(house)) == 2


def test_a_flapping_device_is_booked_at_most_once_an_interval_and_ends_true(house: House) -> None:
    house.open()
    for turn in range(100):
        house.desk.serve([house.status(turn % 2)])
    assert len(changes(house)) == 1
    assert house.counters.get("status.held_back") > 0
    assert house.live.devices["counter-1"]["state"] == "online"
    house.steady_ms += STATUS_INTERVAL_MS - 1
    house.desk.tick()
    assert len(changes(house)) == 1
    house.steady_ms += 1
    house.desk.tick()
    assert [reason for _, reason in changes(house)] == ["offline", "online"]
    house.steady_ms += STATUS_INTERVAL_MS
    house.desk.tick()
    assert len(changes(house)) == 2


def test_a_device_that_came_back_in_time_was_never_away(house: House) -> None:
    house.open().desk.serve([house.status(1)])
    house.desk.serve([house.status(0)])
    house.desk.serve([house.status(1)])
    house.steady_ms += STATUS_INTERVAL_MS
    house.desk.tick()
    assert changes(house) == [("counter-1", "online")]


def test_a_flood_of_names_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "DEVICES_MAX", 3)
    house.open()
    for number in range(5):
        house.desk.serve([house.status(1, device=f"d-{number}")])
    assert len(house.live.devices) == len(changes(house)) == 3
    assert house.counters.get("status.devices_refused") == 2
    assert len(house.desk.serve([house.tap(LIN, device="d-4")])) == 1, "its taps are booked all the same"
