"""Presence joined: what is heard becomes zones, visits, a live view and bookings, and outlives a restart."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.protocol import adverts, eid, messages, telemetry
from firmware.protocol.messages import SIGHTED_EID, SIGHTED_IBEACON, SIGHTED_OWN, Sighting, Upward
from gateway.acting import LEDGER_REFUSES, Refused, Request, Verdict
from gateway.clock import Clock
from gateway.core import model
from gateway.core.evidence import BLE_TAG, evidence_key
from gateway.core.promises import BY_BEACON, BY_NETWORK, BY_TAG, Here
from gateway.presence.heard import CLOCK_UNKNOWN, Relayed, Spot
from gateway.presence.keeping import PresenceDb
from gateway.presence.registry import RADIO, Site
from gateway.presence.running import book
from gateway.presence.service import LATE_MS, Presence
from tests.gateway.conftest import judge
from tests.gateway.presence.beaconry import DOOR, LIN, MIA, SHELF, SHOP, Speaker
from tests.gateway.rig import BRAND_KEY, BUNDLE, NO_WITNESS, House

DOOR_NEAR, FAR = -58, -82


class Store:
    """A store with the shop's beacons, where Lin's tag is linked to m-1; time moves by its house."""

    def __init__(self, house: House, path: Path | None = None, site: Site = SHOP) -> None:
        self.house = house
        self.path = path
        self.site = site
        key = evidence_key(BRAND_KEY, BLE_TAG, b"tag-lin")
        house.say(
            "INSERT OR REPLACE INTO instruments VALUES(?, ?, ?, ?, ?)", key, "t-1", BLE_TAG, "m-1", "active"
        )
        self.open()

    def open(self) -> None:
        db = PresenceDb(self.path, self.house.counters)
        clock = Clock(lambda: self.house.now_ms, "Asia/Shanghai", 0)
        self.presence = Presence(self.site, db, self.house.desk, self.house.live, clock.moment)

    @property
    def now_s(self) -> float:
        return self.house.now_ms / 1_000

    def wait(self, ms: int = 1_000) -> None:
        self.house.now_ms += ms
        self.presence.tick()

    def hear(self, speaker: Speaker, rssi_dbm: int = DOOR_NEAR, scanner: str = "beacon-door") -> None:
        """An EID on the air, now."""
        frame = adverts.parse(adverts.eid_frame(speaker.says(self.now_s), -59))
        self.presence.advert(scanner, frame, speaker.address(self.now_s), rssi_dbm, self.house.now_ms)

    def come_in(self, speaker: Speaker, seconds: int = 15) -> None:
        """Somebody with a tag stands at the door."""
        for _ in range(seconds):
            self.hear(speaker)
            self.hear(speaker, FAR, "beacon-shelf")
            self.wait()

    def report(self, *sightings: Sighting, device: str = "beacon-door", age_ms: int = 20) -> None:
        self.presence.report(device, Upward(age_ms, NO_WITNESS, self.house.record(), sightings))

    def book(self) -> list[Verdict]:
        """What waits, booked by the desk."""
        verdicts = []

        async def ask(request: Request) -> Verdict:
            (verdict,) = self.house.desk.act([request])
            if isinstance(verdict, Refused):
                raise verdict
            verdicts.append(verdict)
            return verdict

        asyncio.run(book(self.presence, ask, self.house.counters))
        return verdicts

    def count(self, name: str) -> int:
        return self.house.counters.get("presence." + name)


@pytest.fixture
def store(house: House) -> Iterator[Store]:
    yield Store(house.open())
    judge(house, BUNDLE)


def test_a_member_whose_tag_comes_in_is_shown_and_booked_once(store: Store) -> None:
    lin = Speaker(LIN)
    store.come_in(lin)
    (verdict,) = store.book()
    act = verdict.event.act
    assert isinstance(act, Here)
    assert (act.member, act.proof, act.beacon, act.place) == ("m-1", BY_TAG, "beacon-door", "door")
    assert verdict.event.outcome.name == model.DONE
    assert act.quantum in (eid.quantum(lin.t(store.now_s), 5), eid.quantum(lin.t(store.now_s), 5) - 1)
    (person,) = store.house.live.presence["people"]
    assert (person["member"], person["name"], person["zone"], person["proof"]) == (
        "m-1",
        "林**",
        "door",
        "tag",
    )
    assert 0 <= person["x_cm"] <= 600
    store.come_in(lin, 60)
    assert store.book() == []
    assert store.count("visits") == 1


def test_a_visit_ends_a_quarter_of_an_hour_after_the_last_hearing(store: Store) -> None:
    lin = Speaker(LIN)
    store.come_in(lin)
    assert len(store.book()) == 1
    for _ in range(14):
        store.wait(60_000)
    assert len(store.house.live.presence["people"]) == 1
    store.wait(120_000)
    assert store.house.live.presence["people"] == []
    store.come_in(lin)
    assert len(store.book()) == 1


def test_a_tag_of_nobody_is_on_the_plan_and_never_booked(store: Store) -> None:
    store.come_in(Speaker(MIA))
    assert store.book() == []
    shown = {row["beacon"]: row for row in store.house.live.presence["beacons"]}
    assert shown["tag-mia"]["state"] == "ok"
    assert "tag-lin" not in shown
    assert store.house.live.presence["people"] == []


@pytest.mark.parametrize("statement", [
    "UPDATE instruments SET status = 'lost' WHERE id = 't-1'",
    "UPDATE members SET status = 'suspended' WHERE id = 'm-1'",
])  # fmt: skip
def test_a_lost_tag_and_a_blocked_member_are_nobody(store: Store, statement: str) -> None:
    store.house.say(statement)
    store.come_in(Speaker(LIN))
    assert store.book() == []
    assert store.house.live.presence["people"] == []


def test_a_tag_that_is_reported_lost_leaves_the_store_within_a_minute(store: Store) -> None:
    lin = Speaker(LIN)
    store.come_in(lin)
    store.house.say("UPDATE members SET status = 'suspended' WHERE id = 'm-1'")
    store.come_in(lin, 65)
    assert store.house.live.presence["people"] == []
    assert store.presence.tag_of("m-1", store.house.now_ms) is None


def test_a_booking_that_the_ledger_refuses_is_asked_for_again(store: Store) -> None:
    store.come_in(Speaker(LIN))

    async def full(request: Request) -> Verdict:
        raise Refused(LEDGER_REFUSES)

    asyncio.run(book(store.presence, full, store.house.counters))
    assert store.count("bookings_later") == 1
    assert len(store.book()) == 1
    assert store.book() == []


# -- reports


def sighting(
    speaker: Speaker, at_s: float, kind: int = SIGHTED_EID, rssi_dbm: int = -60, age_ms: int = 0
) -> Sighting:
    said = speaker.says(at_s)
    name = eid.short(said) if kind == SIGHTED_IBEACON else said
    return Sighting(kind, name + speaker.address(at_s), rssi_dbm, age_ms)


def test_beacons_report_tags_and_each_other(store: Store) -> None:
    lin, shelf = Speaker(LIN), Speaker(SHELF)
    for _ in range(12):
        store.report(
            sighting(lin, store.now_s),
            sighting(shelf, store.now_s, SIGHTED_IBEACON, -78),
            sighting(Speaker(DOOR), store.now_s, SIGHTED_OWN, 0),
        )
        store.wait()
    assert store.count("bad_sightings") == 0
    shown = {row["beacon"]: row for row in store.house.live.presence["beacons"]}
    assert (shown["beacon-shelf"]["rssi_dbm"], shown["tag-lin"]["rssi_dbm"]) == (-78, -60)
    assert shown["beacon-shelf"]["state"] == shown["beacon-door"]["state"] == "ok"
    assert len(store.house.live.presence["people"]) == 1


def test_old_reports_say_nothing_of_now(store: Store) -> None:
    lin = Speaker(LIN)
    old = sighting(lin, store.now_s - 60)
    store.report(old, age_ms=60_000)
    store.report(old, age_ms=messages.AGE_UNKNOWN)
    store.report(sighting(lin, store.now_s, age_ms=LATE_MS + 1))
    assert (store.count("late"), store.count("resolved")) == (3, 0)


def test_reports_of_a_little_while_ago_are_of_their_own_time(store: Store) -> None:
    lin = Speaker(LIN)
    for ago_s in range(18, 0, -1):
        store.report(sighting(lin, store.now_s - ago_s, age_ms=ago_s * 1_000 - 20))
    assert store.count("resolved") == 18
    assert store.presence.tag_of("m-1", store.house.now_ms) is not None


@pytest.mark.parametrize("spoilt", [
    Sighting(SIGHTED_EID, b"short", -60, 0),
    Sighting(SIGHTED_EID, bytes(15), -60, 0),
    Sighting(SIGHTED_IBEACON, bytes(14), -60, 0),
    Sighting(SIGHTED_OWN, bytes(14), 0, 0),
    Sighting(0, bytes(14), -60, 0),
    Sighting(255, bytes(32), -60, 0),
])  # fmt: skip
def test_sightings_that_are_none_are_counted(store: Store, spoilt: Sighting) -> None:
    store.report(spoilt)
    assert store.count("bad_sightings") == 1


@pytest.mark.parametrize("device", ["counter-1", "tag-lin", RADIO])
def test_who_is_no_beacon_of_the_plan_reports_nothing(store: Store, device: str) -> None:
    store.report(sighting(Speaker(LIN), store.now_s), device=device)
    assert (store.count("strange_scanners"), store.count("adverts")) == (1, 0)


# -- frames


def test_an_ibeacon_of_the_brand_counts_as_the_identity_behind_it(store: Store) -> None:
    door = Speaker(DOOR)
    short = eid.short(door.says(store.now_s))
    for uuid in (SHOP.uuid_bytes, bytes(16)):
        frame = adverts.parse(adverts.ibeacon(uuid, short, -59))
        store.presence.advert(RADIO, frame, b"", -80, store.house.now_ms)
    assert (store.count("adverts"), store.count("resolved"), store.count("unknown")) == (2, 1, 0)


def test_sealed_telemetry_belongs_to_the_identity_from_the_same_address(store: Store) -> None:
    lin = Speaker(LIN)
    store.hear(lin)
    told = telemetry.Telemetry(2_870, 20 * 256, 1, 1)
    sealed = telemetry.seal(LIN.identity_key, 5, lin.t(store.now_s), told, b"\1\2")
    frame = adverts.parse(adverts.etlm(sealed))
    store.presence.advert(RADIO, frame, b"\0" * 6, -60, store.house.now_ms)
    store.wait()
    assert [row["battery_mv"] for row in store.house.live.presence["beacons"] if row["kind"] == "tag"] == [
        None
    ]
    store.presence.advert(RADIO, frame, lin.address(store.now_s - 1), -60, store.house.now_ms)
    store.wait()
    assert [row["battery_mv"] for row in store.house.live.presence["beacons"] if row["kind"] == "tag"] == [
        2_870
    ]


def test_frames_that_name_nobody_are_passed_over(store: Store) -> None:
    for advert in (adverts.url("https://example.com/", -59), adverts.uid(bytes(10), bytes(6), -59)):
        store.presence.advert(RADIO, adverts.parse(advert), b"", -60, store.house.now_ms)
    assert store.house.counters.snapshot().get("presence.unknown") is None


# -- what check-ins ask


def test_a_phone_is_where_the_beacon_stands_that_it_relays(store: Store) -> None:
    said = Speaker(SHELF).says(store.now_s)
    spot = store.presence.judge([Relayed(said)], store.house.now_ms, True)
    assert spot == Spot("beacon-shelf", "counter", int(store.now_s) >> 5)
    assert store.presence.judge([Relayed(said)], store.house.now_ms, False) == CLOCK_UNKNOWN
    assert store.presence.zone_name("counter") == {"zh-CN": "柜台", "en": "Counter"}
    assert store.presence.zone_name("roof") is None


def test_a_tag_proves_presence_for_a_minute_while_it_was_loud(store: Store) -> None:
    lin = Speaker(LIN)
    store.hear(lin, -95)
    assert store.presence.tag_of("m-1", store.house.now_ms) is None
    store.come_in(lin, 8)
    heard_ms = store.house.now_ms - 1_000
    spot = store.presence.tag_of("m-1", heard_ms + 60_000)
    assert spot is not None and (spot.beacon, spot.place) == ("beacon-door", "door")
    assert store.presence.tag_of("m-1", heard_ms + 60_001) is None
    assert store.presence.tag_of("m-2", heard_ms) is None


def test_a_check_in_shows_its_member_where_the_beacon_is(store: Store) -> None:
    store.presence.used("m-2", BY_BEACON, Spot("beacon-shelf", "counter", 7))
    store.presence.used("m-1", BY_NETWORK, Spot("", "", 0))
    store.wait()
    people = {row["member"]: row for row in store.house.live.presence["people"]}
    counter = next(zone for zone in store.house.live.presence["zones"] if zone["zone"] == "counter")
    middle = [
        counter[f"{axis}_cm"] + counter[f"{side}_cm"] // 2 for axis, side in (("x", "width"), ("y", "height"))
    ]
    assert (people["m-2"]["name"], people["m-2"]["zone"]) == ("M**", "counter")
    assert [people["m-2"]["x_cm"], people["m-2"]["y_cm"]] == middle
    assert people["m-1"]["x_cm"] is None
    assert (people["m-1"]["zone"], people["m-1"]["proof"]) == (None, "network")
    assert store.book() == []


# -- the live view, and a restart


def test_the_live_view_says_all_and_tells_subscribers_of_changes(store: Store) -> None:
    subscription = store.house.live.subscribe()
    assert subscription is not None
    assert store.house.live.presence["on"] is False
    store.wait()
    shown = store.house.live.presence
    assert (shown["on"], shown["width_cm"], shown["height_cm"]) == (True, 1_200, 800)
    assert shown["zones"][0]["name"] == {"zh-CN": "门口", "en": "Door"}
    rows = {row["beacon"]: (row["kind"], row["zone"], row["x_cm"], row["state"]) for row in shown["beacons"]}
    assert rows == {
        "beacon-door": ("beacon", "door", 100, "never"),
        "beacon-shelf": ("beacon", "counter", 1_000, "never"),
        "radio": ("radio", "counter", 1_100, "never"),
    }
    store.wait()
    names = [note[0] for note in subscription._waiting]
    assert names.count("presence") == 1
    subscription.close()


def test_a_clone_is_said_of_its_beacon(store: Store) -> None:
    door = Speaker(DOOR)
    store.hear(door, -80, "beacon-shelf")
    frame = adverts.parse(adverts.eid_frame(door.says(store.now_s), -59))
    store.presence.advert(RADIO, frame, b"\xee" * 6, -80, store.house.now_ms)
    for _ in range(7):
        store.wait()
    states = {row["beacon"]: row["state"] for row in store.house.live.presence["beacons"]}
    assert states["beacon-door"] == "cloned"


def test_a_beacon_whose_link_is_gone_is_lost(store: Store) -> None:
    status = store.house.status
    store.house.desk.serve([status(messages.STATE_ONLINE, device="beacon-door")])
    store.wait()
    store.house.desk.serve([status(messages.STATE_OFFLINE, device="beacon-door")])
    store.wait()
    states = {row["beacon"]: row["state"] for row in store.house.live.presence["beacons"]}
    assert states["beacon-door"] == "lost"


def test_a_restart_begins_no_visit_again_and_takes_no_repetition(tmp_path: Path, house: House) -> None:
    lin, store = Speaker(LIN), Store(house.open(), tmp_path / "presence.db")
    store.come_in(lin, 100)
    assert len(store.book()) == 1
    recorded, address = lin.says(store.now_s - 90), lin.address(store.now_s - 90)
    store.presence.close()
    house.restart()
    store.open()
    store.wait(30_000)
    frame = adverts.parse(adverts.eid_frame(recorded, -59))
    store.presence.advert("beacon-door", frame, address, DOOR_NEAR, house.now_ms)
    assert store.count("resolved") == 0
    store.come_in(lin)
    assert store.book() == []
    assert [row["member"] for row in house.live.presence["people"]] == ["m-1"]


def test_a_power_cut_loses_at_most_what_is_heard_again(tmp_path: Path, house: House) -> None:
    lin, store = Speaker(LIN), Store(house.open(), tmp_path / "presence.db")
    store.come_in(lin, 30)
    assert len(store.book()) == 1
    house.restart()  # nobody closed presence
    store.open()
    store.come_in(lin)
    assert store.book() == []
