"""Badges at terminals: who signs in where, until when, who is refused, and in whose name things happen."""

from collections.abc import Iterator

import pytest

from firmware.protocol import outcomes
from gateway.attending import BOUNCE_MS, MINUTE_MS, TAKEN_MS
from gateway.core.evidence import QR_STATIC, evidence_key
from gateway.core.orders.model import SignIn
from gateway.core.redecide import redecide
from gateway.errors import LedgerRefused
from gateway.ports import Told
from gateway.storage import layout
from tests.gateway.badge_rig import (
    BESIDE,
    BUNDLE,
    CLERK,
    GONE,
    HELPER,
    MANAGER,
    MINUTES,
    Floor,
    drawn,
    floor_of,
)
from tests.gateway.rig import BRAND_KEY, LIN, MIA, STRANGER, House

IN, OUT = ("tap.seen", "staff", "signed_in"), ("tap.seen", "staff", "signed_out")
SIGNED = ("staff.signed_in", "done", None)


@pytest.fixture
def floor(house: House) -> Iterator[Floor]:
    yield from floor_of(house)


def test_a_badge_signs_its_owner_in_at_that_terminal_by_an_event(floor: Floor) -> None:
    answer = floor.tap("desk", MANAGER)
    assert (answer.outcome, answer.screen) == (
        outcomes.STAFF,
        drawn("desk", Told("badge.signed_in"), "沈**"),
    )
    assert floor.said() == [IN, SIGNED]
    tap, signed = floor.events()[-2:]
    assert (signed.actor, signed.act) == ("staff:s-1", SignIn("badge", "s-1", "desk"))
    assert "沈" not in floor.house.bodies()[-2].decode() + floor.house.bodies()[-1].decode()
    assert (tap.facts.member, tap.facts.attending) == (None, None)
    assert (floor.attendance.at("desk"), floor.attendance.at("counter")) == ("s-1", None)


def test_a_badges_code_signs_in_as_its_chip_does(floor: Floor) -> None:
    """What is printed on a badge: its number in hex, or a text of its own."""
    house = floor.house
    assert floor.scan("desk", MANAGER.hex().upper()).screen == drawn("desk", Told("badge.signed_in"), "沈**")
    house.say("UPDATE staff SET badge = ? WHERE id = 's-2'", evidence_key(BRAND_KEY, QR_STATIC, b"STAFF-2"))
    floor.scan("counter", "STAFF-2")
    assert (floor.attendance.at("desk"), floor.attendance.at("counter")) == ("s-1", "s-2")
    assert floor.scan("counter", LIN.hex()).outcome == outcomes.UNKNOWN, "a member's number is no member"


def test_the_second_tap_signs_out_and_the_third_in_again(floor: Floor) -> None:
    for screen in ("badge.signed_in", "badge.signed_out", "badge.signed_in"):
        assert floor.tap("desk", MANAGER).screen == drawn("desk", Told(screen), "沈**")
        floor.later(BOUNCE_MS)
    assert floor.said() == [IN, SIGNED, OUT, IN, SIGNED]


def test_a_badge_that_bounces_does_not_sign_out_again(floor: Floor) -> None:
    floor.tap("desk", MANAGER)
    floor.later(BOUNCE_MS - 1)
    floor.tap("desk", MANAGER)
    assert floor.attendance.at("desk") == "s-1"


def test_two_taps_in_one_batch_are_one(floor: Floor) -> None:
    house = floor.house
    house.desk.serve([house.tap(MANAGER, device="desk"), house.tap(MANAGER, device="desk")])
    assert floor.attendance.at("desk") == "s-1"


def test_one_at_a_time_whoever_comes_next_takes_over(floor: Floor) -> None:
    floor.tap("desk", MANAGER)
    floor.later(BOUNCE_MS)
    floor.tap("desk", CLERK)
    assert floor.attendance.at("desk") == "s-2"
    floor.later(BOUNCE_MS)
    assert floor.tap("desk", MANAGER).screen == drawn("desk", Told("badge.signed_in"), "沈**")
    assert floor.events()[-2].facts.attending == "s-2"


def test_after_its_minutes_nobody_works_there(floor: Floor) -> None:
    floor.tap("desk", MANAGER)
    floor.later(MINUTES * MINUTE_MS - 1)
    assert floor.attendance.at("desk") == "s-1"
    floor.later(1)
    assert floor.attendance.at("desk") is None
    floor.tap("desk", MANAGER)
    assert floor.said()[-2:] == [IN, SIGNED], "it signs in, not out"


def test_who_left_and_a_role_that_nobody_knows_are_refused_in_words(floor: Floor) -> None:
    for uid, reason in ((GONE, "staff_left"), (HELPER, "staff_role")):
        answer = floor.tap("counter", uid)
        assert (answer.outcome, answer.screen) == (
            outcomes.BLOCKED,
            drawn("counter", Told(f"blocked.{reason}")),
        )
        assert floor.said()[-1] == ("tap.seen", "blocked", reason)
    assert floor.attendance.at("counter") is None
    assert [event.facts.staff.role if event.facts.staff else None for event in floor.events()[-2:]] == [
        None,
        "helper",
    ]


def test_a_badge_that_comes_too_late_signs_nobody_in(floor: Floor) -> None:
    answer = floor.tap("desk", MANAGER, age_ms=6_000)
    assert (answer.outcome, answer.screen.hold_ms) == (outcomes.LATE, 0)
    assert floor.attendance.at("desk") is None and floor.said() == [IN]


def test_the_same_record_again_is_answered_alike_and_signs_nobody_in_twice(floor: Floor) -> None:
    first = floor.tap("desk", MANAGER, number=50)
    floor.later(BOUNCE_MS)
    floor.tap("desk", MANAGER)
    assert floor.tap("desk", MANAGER, number=50) == first
    assert floor.attendance.at("desk") is None, "the second tap signed out, and that stands"
    assert floor.said() == [IN, SIGNED, OUT]


def test_a_badge_is_nothing_to_members_and_a_member_nothing_to_badges(floor: Floor) -> None:
    floor.tap("desk", MANAGER)
    assert floor.tap("desk", LIN).outcome == outcomes.GREETED
    assert floor.tap("desk", STRANGER).outcome == outcomes.UNKNOWN
    assert floor.attendance.at("desk") == "s-1"
    assert floor.house.live.taps()[0]["outcome"] == "unknown"


def test_a_full_disk_lets_staff_in_all_the_same(floor: Floor) -> None:
    floor.house.room = False
    floor.tap("desk", MANAGER)
    assert floor.attendance.at("desk") == "s-1"


def test_nothing_written_is_nobody_signed_in(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise LedgerRefused("disk")

    monkeypatch.setattr("gateway.storage.ledger.Transaction.add", refuse)
    assert floor.serve(floor.house.tap(MANAGER, device="desk")) == []
    assert floor.attendance.at("desk") is None


def test_a_restart_signs_everybody_out(floor: Floor) -> None:
    floor.tap("desk", MANAGER)
    floor.house.restart()
    floor.join()
    assert floor.attendance.at("desk") is None


def test_what_happens_at_a_terminal_is_of_whoever_works_there(floor: Floor) -> None:
    floor.tap("entrance", CLERK)
    floor.tap("entrance", LIN)
    assert (floor.events()[-1].type, floor.events()[-1].actor) == ("presence.checked_in", "staff:s-2")
    floor.tap("kiosk", LIN)
    floor.tap("kiosk", CLERK)
    floor.tap("kiosk", MIA)
    assert [guest.actor for guest in floor.guests] == [None, "staff:s-2"]


def test_who_left_meanwhile_acts_no_more(floor: Floor) -> None:
    floor.tap("entrance", CLERK)
    floor.house.say("UPDATE staff SET status = 'left' WHERE id = 's-2'")
    floor.tap("entrance", LIN)
    assert (floor.events()[-1].type, floor.events()[-1].actor) == ("presence.checked_in", "device:entrance")


def test_beside_a_till_a_badge_lies_ready_for_its_page_once(floor: Floor) -> None:
    with floor.house.live.subscribe() as notes:  # type: ignore[union-attr]
        answer = floor.tap(BESIDE, MANAGER)
        told = [note for note in notes._waiting if note[0] == "badge"]
    assert answer.screen == drawn("counter", Told("badge.till"), "沈**")
    assert told == [("badge", {"device": BESIDE, "staff": "s-1", "name": "沈佳宜"})]
    assert floor.said() == [("tap.seen", "staff", None)]
    assert floor.attendance.at(BESIDE) is None
    assert (floor.attendance.take("till-2"), floor.attendance.take("till-1")) == (None, "s-1")
    assert floor.attendance.take("till-1") is None


def test_a_badge_that_nobody_took_is_good_for_a_minute(floor: Floor) -> None:
    floor.tap(BESIDE, MANAGER)
    floor.later(TAKEN_MS)
    assert floor.attendance.take("till-1") is None
    assert floor.house.counters.get("badges.late") == 1


def test_without_a_cache_a_badge_is_a_strange_card(floor: Floor) -> None:
    house = floor.house
    (house.cache_folder / layout.POINTER_FILE).unlink()
    house.reopen()
    floor.join()
    assert floor.tap("desk", MANAGER).outcome == outcomes.UNKNOWN


def test_a_terminal_that_knows_no_badges_decides_as_ever(house: House) -> None:
    """What was booked before badges were read has none of their facts, and is decided as it was."""
    house.seed("g1b", BUNDLE)
    house.open()
    house.desk.serve([house.tap(MANAGER)])
    (body,) = house.bodies()
    assert b'"outcome":{"late":false,"name":"unknown","next":null,"reason":"not_known"' in body
    assert redecide(body, BUNDLE) == body
