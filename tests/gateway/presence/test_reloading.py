"""A changed file of beacons is taken up while the gateway runs, and a broken one changes nothing."""

import asyncio
import io
from pathlib import Path

import msgspec
import pytest

from gateway.acting import Request, Verdict
from gateway.core.evidence import BLE_TAG, evidence_key
from gateway.log import Log
from gateway.presence.heard import IDENTITY_OLD, IDENTITY_UNKNOWN, Relayed
from gateway.presence.registry import Beacon, Site, Zone, write_site
from gateway.presence.reloading import LOOK_MS, SiteFile, mark_of
from gateway.presence.running import live
from tests.gateway.presence.beaconry import (
    DOOR,
    LIN,
    MIA,
    SHELF,
    SHOP,
    Speaker,
    a_beacon,
    a_key,
    a_site,
    a_tag,
)
from tests.gateway.presence.test_service import Store
from tests.gateway.rig import BRAND_KEY, House
from tests.hardware_tests.radio.sky import fly

NEW = a_tag("tag-new")


class Watched:
    """A store whose file of beacons somebody changes."""

    def __init__(self, house: House, tmp_path: Path) -> None:
        self.house = house
        self.path = tmp_path / "beacons.json"
        self.db_path = tmp_path / "presence.db"
        write_site(self.path, SHOP)
        self.store = Store(house, self.db_path)
        self.presence = self.store.presence
        self.said = io.StringIO()
        self.file = SiteFile(
            self.path, mark_of(self.path), self.presence, Log(self.said), lambda: house.now_ms, house.counters
        )

    def look(self) -> None:
        """The next look that is due."""
        self.house.now_ms += LOOK_MS
        asyncio.run(self.file.look())
        self.presence.tick()

    def put(self, *beacons: Beacon, site: Site | None = None) -> None:
        write_site(self.path, site or a_site(*beacons))
        self.look()

    def count(self, name: str) -> int:
        return self.house.counters.get(f"presence.{name}")

    def link(self, tag: str, member: str) -> None:
        key = evidence_key(BRAND_KEY, BLE_TAG, tag.encode())
        self.house.say(
            "INSERT OR REPLACE INTO instruments VALUES(?, ?, ?, ?, ?)", key, tag, BLE_TAG, member, "active"
        )

    def relay(self, beacon: Beacon) -> object:
        """What a phone's word of this beacon's present identity is worth."""
        said = Speaker(beacon).says(self.store.now_s)
        return self.presence.judge([Relayed(said, b"", -60)], self.house.now_ms, True)


@pytest.fixture
def shop(house: House, tmp_path: Path) -> Watched:
    house.open()
    return Watched(house, tmp_path)


def test_a_file_that_stays_is_not_read_again(shop: Watched) -> None:
    for _ in range(3):
        shop.look()
    assert (shop.count("files_taken_up"), shop.count("files_refused"), shop.said.getvalue()) == (0, 0, "")


def test_a_new_beacon_and_a_new_tag_count_within_seconds(shop: Watched) -> None:
    window = a_beacon("beacon-window", "counter", 900, 300)
    assert shop.relay(window) == IDENTITY_UNKNOWN
    shop.put(DOOR, SHELF, LIN, MIA, window, NEW)
    assert shop.count("files_taken_up") == 1 and "beacons.taken_up" in shop.said.getvalue()
    assert getattr(shop.relay(window), "beacon", None) == "beacon-window"
    assert "beacon-window" in {row["beacon"] for row in shop.house.live.presence["beacons"]}
    shop.link("tag-new", "m-2")
    shop.store.come_in(Speaker(NEW))
    assert [row["member"] for row in shop.house.live.presence["people"]] == ["m-2"]


def test_a_beacon_that_begins_to_report_is_no_stranger(shop: Watched) -> None:
    window = a_beacon("beacon-window", "counter", 900, 300)
    shop.store.report(device="beacon-window")
    assert shop.count("strange_scanners") == 1
    shop.put(DOOR, SHELF, LIN, MIA, window)
    shop.store.report(device="beacon-window")
    assert shop.count("strange_scanners") == 1


def test_who_is_here_and_where_goes_on_over_it(shop: Watched) -> None:
    """Beacons before Lin's tag in the file, so that its number is another one."""
    shop.store.come_in(Speaker(LIN), seconds=40)
    before = shop.house.live.presence
    assert [row["zone"] for row in before["people"]] == ["door"]
    shop.put(NEW, LIN, MIA, DOOR, SHELF)
    assert shop.house.live.presence["people"] == before["people"]
    shop.store.come_in(Speaker(LIN), seconds=5)
    assert shop.presence.tag_of("m-1", shop.house.now_ms) is not None
    assert len(shop.store.book()) == 1, "one visit, booked once"


def test_a_tag_that_was_removed_proves_nothing_at_once(shop: Watched) -> None:
    shop.store.come_in(Speaker(LIN))
    assert shop.presence.tag_of("m-1", shop.house.now_ms) is not None
    shop.put(DOOR, SHELF, MIA)
    assert shop.presence.tag_of("m-1", shop.house.now_ms) is None
    heard = shop.count("unknown")
    shop.store.come_in(Speaker(LIN), seconds=3)
    assert shop.presence.tag_of("m-1", shop.house.now_ms) is None and shop.count("unknown") > heard
    assert shop.count("rows_dropped") == 0, "nothing is wrong with what was kept"


def test_another_key_makes_the_old_one_worthless(shop: Watched) -> None:
    """A tag that was copied: its new key counts, what the copy says does not."""
    again = msgspec.structs.replace(LIN, key=a_key("another"))
    shop.store.come_in(Speaker(LIN))
    shop.put(DOOR, SHELF, again, MIA)
    shop.store.come_in(Speaker(LIN), seconds=5)
    assert shop.presence.tag_of("m-1", shop.house.now_ms) is None
    shop.store.come_in(Speaker(again), seconds=5)
    assert shop.presence.tag_of("m-1", shop.house.now_ms) is not None


def test_what_was_heard_is_refused_as_before(shop: Watched) -> None:
    """A quantum never goes back, and what was cloned stays so, whatever the file says."""
    shop.store.hear(Speaker(DOOR, 32), scanner="beacon-shelf")
    for address in (b"first.", b"second"):
        shop.presence._hearing.heard(
            Speaker(SHELF).says(shop.store.now_s), address, "beacon-door", -60, shop.house.now_ms
        )
    assert shop.count("cloned") == 1
    replayed = shop.count("replayed")
    shop.put(NEW, DOOR, SHELF, LIN, MIA)
    shop.store.hear(Speaker(DOOR, -32), scanner="beacon-shelf")
    assert shop.count("replayed") == replayed + 1
    assert shop.relay(SHELF) == "identity_cloned"


def test_a_relayed_identity_of_before_is_as_old_as_it_was(shop: Watched) -> None:
    said = Speaker(DOOR).says(shop.store.now_s)
    shop.house.now_ms += 70_000
    shop.put(DOOR, SHELF, LIN, MIA, NEW)
    found = shop.presence.judge([Relayed(said, b"", -60)], shop.house.now_ms, True)
    assert found in (IDENTITY_OLD, IDENTITY_UNKNOWN)


def test_notices_stay_for_who_stays(shop: Watched) -> None:
    shop.presence._health.cloned("beacon-door", shop.house.now_ms)
    shop.store.hear(Speaker(DOOR), scanner="beacon-shelf")
    shop.store.wait()
    shop.put(DOOR, SHELF, LIN, MIA, NEW)
    states = {row["beacon"]: row["state"] for row in shop.house.live.presence["beacons"]}
    assert states["beacon-door"] == "cloned"


def test_another_plan_places_anew_and_keeps_the_visit(shop: Watched) -> None:
    shop.store.come_in(Speaker(LIN), seconds=40)
    wall = Zone(
        zone="wall", name={"zh-CN": "墙", "en": "Wall"}, x_cm=1_100, y_cm=0, width_cm=100, height_cm=100
    )
    shop.put(site=msgspec.structs.replace(SHOP, zones=(*SHOP.zones, wall)))
    assert [(row["member"], row["zone"]) for row in shop.house.live.presence["people"]] == [("m-1", None)]
    assert [zone["zone"] for zone in shop.house.live.presence["zones"]][-1] == "wall"
    shop.store.come_in(Speaker(LIN), seconds=40)
    assert [row["zone"] for row in shop.house.live.presence["people"]] == ["door"]


@pytest.mark.parametrize("broken", ["{", "cut", "gone", "open", "nonsense"])
def test_a_broken_file_keeps_the_old_and_says_so_until_it_is_mended(shop: Watched, broken: str) -> None:
    shop.store.come_in(Speaker(LIN))
    whole = shop.path.read_bytes()
    if broken == "gone":
        shop.path.unlink()
    elif broken == "open":
        shop.path.chmod(0o644)
    else:
        content = {
            "{": b"{",
            "cut": whole[: len(whole) // 2],
            "nonsense": whole.replace(b'"door"', b'"nowhere"', 1),
        }
        shop.path.write_bytes(content[broken])
    shop.look()
    broken_ms = shop.house.now_ms
    assert shop.house.live.presence["file_broken_ms"] == broken_ms
    assert shop.count("files_refused") == 1 and "beacons.refused" in shop.said.getvalue()
    assert LIN.key not in shop.said.getvalue() and DOOR.key not in shop.said.getvalue()
    shop.look()
    assert shop.count("files_refused") == 1, "said once for each change"
    shop.store.come_in(Speaker(LIN), seconds=3)
    assert shop.presence.tag_of("m-1", shop.house.now_ms) is not None
    assert shop.house.live.presence["file_broken_ms"] == broken_ms
    shop.put(DOOR, SHELF, LIN, MIA)
    assert shop.house.live.presence["file_broken_ms"] == 0 and shop.count("files_taken_up") == 1


def test_a_restart_after_it_knows_what_was_heard(shop: Watched) -> None:
    shop.put(NEW, DOOR, SHELF, LIN, MIA)
    shop.store.come_in(Speaker(LIN))
    shop.presence.close()
    shop.store.site = a_site(NEW, DOOR, SHELF, LIN, MIA)
    shop.store.open()
    kept = {row.beacon: row.highest for row in shop.store.presence.kept()}
    assert kept["tag-lin"] == Speaker(LIN).t(shop.store.now_s) >> 5
    assert shop.count("rows_dropped") == 0


def test_it_is_looked_at_as_long_as_presence_lives(shop: Watched) -> None:
    """In the loop that ticks, whose time costs nothing here: every second, before what follows from it."""
    ticks: list[int] = []

    class Looks:
        async def look(self) -> None:
            ticks.append(len(shop.house.live.presence["beacons"]))

    async def ask(request: Request) -> Verdict:
        raise AssertionError("nobody comes in")

    async def run() -> None:
        running = asyncio.create_task(live(shop.presence, Looks(), ask, shop.house.counters))
        await asyncio.sleep(9.5)
        running.cancel()

    fly(run())
    assert len(ticks) == 10 and ticks[0] == 0 < ticks[1]
