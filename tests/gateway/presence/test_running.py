"""Presence alive in a gateway: opened from its settings, ticking, searching, and booking who comes in."""

import asyncio
import io
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from firmware.protocol import adverts, eid
from gateway.acting import Refused, Request, Verdict
from gateway.clock import Clock
from gateway.core.evidence import BLE_TAG, evidence_key
from gateway.errors import SettingsError
from gateway.log import Log
from gateway.presence.opening import Opened, open_presence, works
from gateway.presence.registry import write_site
from gateway.settings import GatewaySettings
from tests.gateway.presence.beaconry import LIN, SHOP, Speaker
from tests.gateway.rig import BRAND_KEY, NOON_MS, House
from tests.hardware_tests.radio.sky import fly

LOG = Log(io.StringIO())


def settings_of(house: House, **more: str) -> GatewaySettings:
    return GatewaySettings.from_table({"id": "g1", "store": "river", "data_dir": str(house.data), **more})


def opened(house: House, closing: ExitStack, path: Path) -> tuple[Opened, Clock, GatewaySettings]:
    write_site(path, SHOP)
    settings = settings_of(house, beacons_file=str(path))
    clock = Clock(lambda: house.now_ms, "Asia/Shanghai", 0)
    found = open_presence(settings, house.desk, house.live, clock, LOG, closing)
    assert found is not None
    return found, clock, settings


def test_a_store_without_beacons_has_no_presence_and_runs_nothing_for_it(house: House) -> None:
    house.open()
    clock = Clock(lambda: house.now_ms, "Asia/Shanghai", 0)
    with ExitStack() as closing:
        settings = settings_of(house)
        assert open_presence(settings, house.desk, house.live, clock, LOG, closing) is None
        assert works(None, settings, Ask(house), house.live, clock) == []
    assert house.desk.presence is None
    assert house.live.presence["on"] is False


def test_a_radio_without_beacons_is_a_mistake_of_the_settings(house: House) -> None:
    house.open()
    clock = Clock(lambda: house.now_ms, "Asia/Shanghai", 0)
    with ExitStack() as closing, pytest.raises(SettingsError, match="radio = 'hci0'"):
        open_presence(settings_of(house, radio="hci0"), house.desk, house.live, clock, LOG, closing)


class Ask:
    """A teller in one step."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.asked: list[str | None] = []

    async def __call__(self, request: Request) -> Verdict:
        self.asked.append(request.key)
        (verdict,) = self.house.desk.act([request])
        if isinstance(verdict, Refused):
            raise verdict
        return verdict


def test_who_comes_in_with_a_tag_whose_clock_is_lost_is_found_and_booked(
    house: House, tmp_path: Path
) -> None:
    """Everything together, in a loop whose time costs nothing: half a minute of a tag six hours ahead."""
    house.open()
    key = evidence_key(BRAND_KEY, BLE_TAG, b"tag-lin")
    house.say("INSERT INTO instruments VALUES(?, ?, ?, ?, ?)", key, "t-1", BLE_TAG, "m-1", "active")
    lin, ask = Speaker(LIN, 6 * 3_600), Ask(house)

    async def shop(found: Opened, clock: Clock, settings: GatewaySettings) -> None:
        loop = asyncio.get_running_loop()
        (live,) = works(found, settings, ask, house.live, clock)
        running = asyncio.create_task(live())
        for _ in range(140):
            house.now_ms = NOON_MS + round(loop.time() * 1_000)
            at_s = house.now_ms / 1_000
            frame = adverts.parse(adverts.eid_frame(lin.says(at_s), -59))
            found.presence.advert("beacon-door", frame, lin.address(at_s), -60, house.now_ms)
            await asyncio.sleep(0.5)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    with ExitStack() as closing:
        found, clock, settings = opened(house, closing, tmp_path / "beacons.json")
        assert house.desk.presence is found.presence
        fly(shop(found, clock, settings))
        assert found.presence.tag_of("m-1", house.now_ms) is not None
    assert [str(key)[:10] for key in ask.asked] == ["visit:m-1:"]
    assert [row["member"] for row in house.live.presence["people"]] == ["m-1"]
    assert house.counters.get("presence.visits") == 1
    assert eid.quantum(lin.t(house.now_ms / 1_000), 5) > 2_700


def test_what_is_closed_is_kept(house: House, tmp_path: Path) -> None:
    house.open()
    with ExitStack() as closing:
        found, _, _ = opened(house, closing, tmp_path / "beacons.json")
        found.presence.tick()
    assert (house.data / "presence.db").exists()
    assert not (house.data / "presence.db-wal").exists()
