"""Batches at the desk: what is booked, answered, shown, and what changes nothing at all."""

import itertools
import json
import random
import sqlite3
import struct
from pathlib import Path
from typing import Any

import pytest

from firmware.protocol import cbor, messages, outcomes
from firmware.protocol.errors import REASONS
from firmware.protocol.messages import AGE_UNKNOWN, Screen, Sighting, Upward, Witness
from gateway.core.redecide import redecide
from gateway.errors import LedgerUnsafe
from gateway.ports import Inbound
from gateway.storage import layout
from gateway.storage.verify import verify_chain
from tests.gateway.rig import (
    BUNDLE,
    LIN,
    LIN_CODE,
    MIA,
    NONCE,
    RUN,
    STRANGER,
    WANG,
    ZHAO,
    House,
    booked_of,
    point_to,
    write_generation,
)
from tests.gateway.storage.test_ledger import Failing


def test_a_tap_is_booked_answered_announced_and_shown(house: House) -> None:
    house.open()
    (answer,) = house.desk.serve([house.tap(LIN)])
    assert answer.topic == "sb/v1/counter-1/down/booked"
    booked = messages.decode("booked", answer.payload)
    assert booked[:6] == (1, NONCE, 1, 1, 1, outcomes.GREETED)
    assert (booked.screen.hold_ms, booked.screen.tone) == (3_000, messages.TONE_YES)
    assert len(booked.screen.strips) == 4
    assert (house.run / "head").read_bytes() == struct.pack(">QQ", 1, 1)
    tap = house.live.taps()[0]
    assert tap.pop("decide_us") > 0
    assert tap == {
        "seq": 1, "at": house.now_ms, "type": "tap.seen", "device": "counter-1", "outcome": "greeted",
        "reason": None, "member": "m-1", "name": "林**", "tier": "silver", "evidence_kind": "nfc.uid",
        "late": False, "duplicate": False,
    }  # fmt: skip
    assert house.live.sync["seq"] == house.live.sync["waiting"] == 1


@pytest.mark.parametrize(
    ("uid", "code"),
    [
        (LIN, outcomes.GREETED),
        (MIA, outcomes.GREETED),
        (STRANGER, outcomes.UNKNOWN),
        (WANG, outcomes.BLOCKED),
        (ZHAO, outcomes.BLOCKED),
    ],
)
def test_each_kind_of_card_has_its_outcome(house: House, uid: bytes, code: int) -> None:
    (booked,) = booked_of(house.open().desk.serve([house.tap(uid)]))
    assert booked.outcome == code


class Ears:
    """Takes sightings in, as presence does."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []

    def report(self, device: str, letter: Upward) -> None:
        self.heard += [(device, sighting.rssi_dbm) for sighting in letter.payload]


def test_a_scan_is_booked_and_sightings_are_taken_in(house: House) -> None:
    ears = Ears()
    house.open().desk.presence = ears
    sighted = house.sightings(Sighting(1, b"\xaa" * 14, -60, 5), Sighting(1, b"\xbb" * 14, -80, 9))
    scanned, seen = booked_of(house.desk.serve([sighted, house.scan(LIN_CODE)]))
    assert (scanned.outcome, seen.outcome) == (outcomes.GREETED, outcomes.SEEN)
    assert seen.screen == Screen(0, 0, 0, ())
    assert (seen.epoch, seen.seq) == (house.ledger.epoch, house.ledger.seq)
    assert ears.heard == [("beacon-1", -60), ("beacon-1", -80)]
    assert len(house.bodies()) == 1
    assert [tap["evidence_kind"] for tap in house.live.taps()] == ["qr.static"]


def test_sightings_are_answered_with_silence_while_nothing_is_booked(house: House) -> None:
    house.open()
    sighted = house.sightings(Sighting(1, b"\xaa" * 14, -60, 5))
    assert house.desk.serve([sighted]) == []
    house.desk.serve([house.tap(LIN)])
    (again,) = booked_of(house.desk.serve([sighted]))
    assert (again.number, again.seq) == (1, 1)


def test_sightings_of_one_who_saw_more_freeze_rights(house: House) -> None:
    house.open().desk.serve([house.tap(LIN)])
    body = messages.encode_body("sighting", house.record(), (Sighting(1, b"\xaa" * 14, -60, 5),))
    sighted = messages.seal("sighting", body, 20, Witness(1, 1_000))
    house.desk.serve([Inbound("sb/v1/beacon-1/up/sighting", sighted)])
    assert b"exception.raised" in house.bodies()[-1]


def test_without_a_cache_a_card_is_unknown_and_friendly(tmp_path: Path, house: House) -> None:
    (house.cache_folder / layout.POINTER_FILE).unlink()
    house.open()
    (booked,) = booked_of(house.desk.serve([house.tap(LIN)]))
    assert booked.outcome == outcomes.UNKNOWN
    body = json.loads(house.bodies()[0])
    assert body["cache"] == {"cursor": 0, "generation": None}
    assert body["evidence"] == {"key": None, "kind": "nfc.uid", "level": "weak"}
    assert house.live.cache["state"] == "absent"


@pytest.mark.parametrize("age_ms", [5_001, AGE_UNKNOWN])
def test_a_late_record_is_booked_and_shows_nothing(house: House, age_ms: int) -> None:
    (booked,) = booked_of(house.open().desk.serve([house.tap(LIN, age_ms=age_ms)]))
    assert booked.outcome == outcomes.LATE
    assert booked.screen == (0, 0, messages.TONE_NONE, ())
    assert json.loads(house.bodies()[0])["outcome"]["name"] == "greeted"
    assert house.live.taps()[0]["late"] is True


def test_a_duplicate_gets_the_stored_answer(house: House) -> None:
    house.open()
    (first,) = house.desk.serve([house.tap(LIN, 1)])
    assert house.desk.serve([house.tap(LIN, 1)]) == [first]
    house.reopen()
    assert house.desk.serve([house.tap(LIN, 1)]) == [first]
    assert house.ledger.seq == 1
    assert house.live.taps()[0]["duplicate"] is True


def test_a_duplicate_past_its_deadline_shows_nothing_but_keeps_its_outcome(house: House) -> None:
    house.open().desk.serve([house.tap(LIN, 1)])
    (again,) = booked_of(house.desk.serve([house.tap(LIN, 1, age_ms=60_000)]))
    assert (again.outcome, again.seq, again.screen.hold_ms) == (outcomes.GREETED, 1, 0)


def test_a_duplicate_is_what_was_booked_although_the_card_is_lost_now(house: House) -> None:
    house.open().desk.serve([house.tap(LIN, 1)])
    db = sqlite3.connect(layout.generation_path(house.cache_folder, "g1"))
    db.execute("UPDATE instruments SET status = 'lost'")
    db.commit()
    db.close()
    (again,) = booked_of(house.desk.serve([house.tap(LIN, 1)]))
    assert again.outcome == outcomes.GREETED


def test_every_split_order_and_repetition_of_a_batch_books_each_record_once(house: House) -> None:
    """Five records, each sent twice, in many orders, cut into batches everywhere."""
    house.open()
    devices = ("counter-1", "counter-2")
    draw = random.Random(20261121)
    for turn in range(60):
        sent = [
            (device, house.tap(uid, turn * 10 + number, device=device))
            for device in devices
            for number, uid in enumerate((LIN, STRANGER, WANG, MIA, ZHAO), start=1)
        ]
        arriving = sent * 2
        draw.shuffle(arriving)
        cuts = sorted(draw.sample(range(1, len(arriving)), draw.randrange(4)))
        answers = [
            (topic.split("/")[2], messages.decode("booked", payload))
            for start, end in itertools.pairwise([0, *cuts, len(arriving)])
            for topic, payload in house.desk.serve([inbound for _, inbound in arriving[start:end]])
        ]
        assert len(answers) == len(arriving)
        by_record: dict[tuple[str, int], set[Any]] = {}
        for device, booked in answers:
            by_record.setdefault((device, booked.number), set()).add(
                (booked.seq, booked.outcome, booked.screen)
            )
        assert len(by_record) == len(sent)
        assert all(len(answers_given) == 1 for answers_given in by_record.values())
        assert house.ledger.seq == (turn + 1) * len(sent)
    assert verify_chain(house.ledger._db).bad_seq is None
    assert house.rows("SELECT count(*), count(DISTINCT seq) FROM records") == [(600, 600)]


def test_every_event_decides_again_byte_for_byte(house: House) -> None:
    house.open()
    house.desk.serve([house.status(1), *(house.tap(uid) for uid in (LIN, MIA, WANG, ZHAO, STRANGER))])
    house.desk.serve([house.scan(LIN_CODE), house.tap(LIN, age_ms=9_999)])
    house.desk.serve([house.tap(LIN, witness=Witness(1, 1_000))])
    bodies = house.bodies()
    assert len(bodies) == 10
    assert [redecide(body, BUNDLE) for body in bodies] == bodies


def test_no_event_names_a_person_card_or_code(house: House) -> None:
    house.open().desk.serve([house.tap(LIN), house.scan(LIN_CODE), house.sightings(Sighting(1, LIN, 0, 0))])
    everything = b"".join(house.bodies()) + house.ledger_path.read_bytes()
    for canary in ("林晓雯".encode(), LIN, LIN.hex().encode(), LIN_CODE):
        assert canary not in everything


def broken(inbound: Inbound, payload: bytes) -> Inbound:
    return Inbound(inbound.topic, payload)


def spoilt(house: House) -> dict[str, Inbound]:
    """A message for every reason the contract has, out of one good tap."""
    good = house.tap(LIN)
    items = cbor.decode(good.payload)
    return {
        "truncated": broken(good, good.payload[:-1]),
        "trailing": broken(good, good.payload + b"\0"),
        "not_canonical": broken(good, b"\x85\x18\x01" + good.payload[2:]),
        "too_deep": broken(good, b"\x81" * 9),
        "too_long": broken(good, b"\x9a\xff\xff\xff\xff"),
        "bad_type": broken(good, cbor.encode((1, "x", *items[2:]))),
        "bad_utf8": broken(good, b"\x62\xc3\x28"),
        "out_of_range": broken(good, cbor.encode((1, -1, *items[2:]))),
        "wrong_version": broken(good, cbor.encode((2, *items[1:]))),
        "wrong_length": broken(good, cbor.encode(items[:-1])),
        "bad_topic": Inbound("sb/v2/counter-1/up/tap", good.payload),
        "bad_device": Inbound("sb/v1/Counter_1/up/tap", good.payload),
        "unknown_kind": Inbound("sb/v1/counter-1/up/apdu", good.payload),
        "oversize": broken(good, b"\x59\x20\x00" + bytes(8_192)),
    }


def test_every_broken_message_is_counted_by_reason_and_changes_nothing(house: House) -> None:
    house.open()
    messages_by_reason = spoilt(house)
    assert set(messages_by_reason) == set(REASONS)
    for reason, inbound in messages_by_reason.items():
        assert house.desk.serve([inbound]) == []
        assert house.counters.get(f"wire.{reason}") == 1, reason
    assert house.ledger.seq == 0
    assert house.live.taps() == []
    assert house.live.devices == {}


def test_one_broken_message_does_not_fail_its_batch(house: House) -> None:
    house.open()
    bad = list(spoilt(house).values())
    answers = house.desk.serve([*bad, house.tap(LIN), *bad, house.tap(MIA)])
    assert [booked.seq for booked in booked_of(answers)] == [1, 2]


def test_a_full_disk_answers_nothing_and_the_same_records_are_booked_later(house: House) -> None:
    house.open()
    db = house.ledger._db
    house.ledger._db = Failing(db, "COMMIT", "SQLITE_FULL")  # type: ignore[assignment]
    assert house.desk.serve([house.tap(LIN, 1), house.status(1)]) == house.desk.greet()
    assert house.counters.get("ledger.batches_refused") == 1
    assert house.live.sync["alarms"] == ["ledger_refuses"]
    assert (house.run / "head").read_bytes() == bytes(16)
    house.ledger._db = db
    (booked,) = booked_of(house.desk.serve([house.tap(LIN, 1)]))
    assert booked.outcome == outcomes.GREETED
    assert house.live.sync["alarms"] == []
    assert [row[0] for row in house.rows("SELECT state FROM devices")] == [1], "the status was kept for later"


def test_a_failed_sync_ends_the_gateway_with_nothing_answered(house: House) -> None:
    house.open()
    house.ledger._db = Failing(house.ledger._db, "COMMIT", "SQLITE_IOERR_FSYNC", after=True)  # type: ignore[assignment]
    with pytest.raises(LedgerUnsafe):
        house.desk.serve([house.tap(LIN, 1)])
    assert (house.run / "head").read_bytes() == bytes(16)
    house.reopen()
    (booked,) = booked_of(house.desk.serve([house.tap(LIN, 1)]))
    assert booked.seq == 1


def test_a_cache_that_breaks_in_the_middle_costs_no_tap(house: House) -> None:
    house.open().desk.serve([house.tap(LIN)])
    db = sqlite3.connect(layout.generation_path(house.cache_folder, "g1"))
    db.execute("DROP TABLE members")
    db.commit()
    db.close()
    (booked,) = booked_of(house.desk.serve([house.tap(LIN)]))
    assert booked.outcome == outcomes.UNKNOWN
    assert house.live.cache["state"] == "damaged"
    assert house.live.sync["alarms"] == ["cache_damaged"]
    assert house.counters.get("cache.unusable") == 1
    write_generation(house.cache_folder, "g2")
    point_to(house.cache_folder, "g2")
    house.desk.tick()
    (booked,) = booked_of(house.desk.serve([house.tap(LIN)]))
    assert booked.outcome == outcomes.GREETED
    assert house.live.sync["alarms"] == []


def test_a_new_generation_takes_over_between_batches_and_is_confirmed(house: House) -> None:
    house.open().desk.serve([house.tap(LIN)])
    write_generation(house.cache_folder, "g2", cursor=40)
    point_to(house.cache_folder, "g2")
    house.desk.serve([house.tap(LIN)])
    house.desk.look()
    house.desk.serve([house.tap(LIN)])
    marks = [json.loads(body)["cache"] for body in house.bodies()]
    assert marks == [{"cursor": 7, "generation": "g1"}] * 2 + [{"cursor": 40, "generation": "g2"}]
    assert house.rows("SELECT value FROM meta WHERE key = 'cache_generation'") == [("g2",)]
    assert house.live.cache["generation"] == "g2"


def test_a_device_that_saw_more_than_the_ledger_holds_is_noted_once(house: House) -> None:
    house.open()
    house.desk.serve([house.tap(LIN, witness=Witness(1, 500)), house.tap(LIN, witness=Witness(2, 1))])
    house.desk.serve([house.tap(LIN, witness=Witness(1, 501))])
    raised = [json.loads(body) for body in house.bodies() if b'"exception.raised"' in body]
    assert [(event["witness"], event["facts"]["ledger"]) for event in raised] == [
        ({"epoch": 1, "seq": 500}, {"epoch": 1, "seq": 0})
    ]
    assert house.live.sync["alarms"] == ["ledger_behind"]


def test_a_witness_of_what_the_ledger_holds_is_no_news(house: House) -> None:
    house.open().desk.serve([house.tap(LIN)])
    house.desk.serve([house.tap(LIN, witness=Witness(1, 1))])
    assert house.ledger.seq == 2


def test_a_device_that_comes_online_is_told_the_time(house: House) -> None:
    house.open()
    (sent,) = house.desk.serve([house.status(1)])
    assert sent.topic == "sb/v1/counter-1/down/time"
    assert messages.decode("time", sent.payload) == (house.now_ms, messages.CLOCK_SET, RUN)
    assert house.desk.serve([house.status(0)]) == []
    assert house.reopen().desk.greet() == [sent], "after a restart it is still known"


def test_a_clock_before_the_last_event_is_not_trusted(house: House) -> None:
    house.open().desk.serve([house.tap(LIN)])
    floor = house.now_ms
    house.reopen()
    house.now_ms -= 400 * 86_400_000
    house.desk.serve([house.tap(LIN)])
    body = json.loads(house.bodies()[1])
    assert (body["at"], body["clock"], body["date"]) == (floor, 0, "2026-11-21")
    (sent,) = house.desk.serve([house.status(1)])
    assert messages.decode("time", sent.payload).quality == messages.CLOCK_UNKNOWN
