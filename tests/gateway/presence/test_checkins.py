"""Shaking and claiming: what proves presence, what is booked, once, and whom it tells what."""

from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.event import Event, open_event
from gateway.core.promises import Here
from gateway.guests.limits import MINUTE_MS
from gateway.presence import limits
from gateway.presence.heard import Spot
from gateway.presence.limits import SHAKES_BURST, TICKETS_A_DAY
from gateway.presence.tickets import ROUND_MS, TICKET_MS
from tests.gateway.conftest import judge
from tests.gateway.guests.hall import HALL, SHAKEN, Hall, gifts, types
from tests.gateway.presence.shop import QUANTUM_S, ZONES, Ears, eid, ibeacon
from tests.gateway.rig import LIN_CODE, House

DAY_MS = 86_400_000
LIN_ID = "m-1"
KEYS = count()  # each shake has its own


def shake(hall: Hall, member: str = LIN_ID, **more: Any) -> dict[str, Any]:
    return hall.ask("shake", **{"key": f"s{next(KEYS)}", "member": member} | more)


def claim(hall: Hall, ticket: str, key: str = "c1", **more: Any) -> dict[str, Any]:
    return hall.ask("claim", key=key, ticket=ticket, **more)


def heres(hall: Hall) -> list[tuple[Here, Event]]:
    events = map(open_event, hall.house.bodies())
    return [(event.act, event) for event in events if isinstance(event.act, Here)]


def test_a_shake_on_the_stores_network_checks_a_member_in(hall: Hall, ears: Ears) -> None:
    given = shake(hall)
    assert (given["proof"], given["place"], given["heard"]) == ("network", None, None)
    assert given["expires_ms"] == hall.house.now_ms + TICKET_MS
    assert types(hall) == [], "a shake books nothing"
    card = claim(hall, given["ticket"], member=LIN_ID)
    assert (card["ok"], card["member"], card["proof"], card["level"]) == (True, LIN_ID, "network", "fresh")
    assert (card["first_today"], gifts(card), card["place"]) == (True, [("credit", "PTS", 5)], None)
    ((act, event),) = heres(hall)
    assert (act.member, act.proof, act.beacon, act.place, act.quantum) == (LIN_ID, "network", "", "", 0)
    assert (event.key, event.actor) == ("ticket:" + act.ticket, "portal:c1")
    assert types(hall) == ["presence.seen", "presence.checked_in"]
    assert ears.seen == [(LIN_ID, "network", Spot("", "", 0))]


@pytest.mark.parametrize("say", [eid, ibeacon])
def test_a_fresh_identity_that_an_app_heard_says_where(hall: Hall, say: Any) -> None:
    now_ms = hall.house.now_ms
    given = shake(hall, heard=[say(9, now_ms), say(2, now_ms)])
    assert (given["proof"], given["place"]) == ("beacon", {"zone": "shelf", "name": ZONES["shelf"]})
    card = claim(hall, given["ticket"], member=LIN_ID)
    assert (card["proof"], card["place"], card["first_today"]) == ("beacon", given["place"], True)
    ((act, _),) = heres(hall)
    assert (act.beacon, act.place) == ("beacon-shelf", "shelf")


def test_what_phones_say_of_beacons_is_read_as_they_say_it(hall: Hall, ears: Ears) -> None:
    said = {"proximity": 1, "accuracy": 0.4, "uuid": "F0018B9B-7509-4C31-A905-1A27D39C003C"}
    for rssi, read in ((-61, -61), (-61.5, -61), (0, None), (None, None), (7, None), (-400, None)):
        shake(hall, heard=[{**said, "major": "1", "minor": "65535", "rssi": rssi}])
        (heard,) = ears.asked[-1]
        assert (heard.identity.hex(), heard.rssi_dbm) == ("0001ffff", read)
        assert heard.uuid is not None and heard.uuid.hex() == said["uuid"].replace("-", "").lower()  # type: ignore[attr-defined]


@pytest.mark.parametrize("heard", [
    [{}], [{"eid": "00" * 7}], [{"eid": "xx" * 8}], [{"uuid": "00" * 16}], [{"uuid": "00" * 16, "major": 1}],
    [{"eid": "00" * 8, "uuid": "00" * 16, "major": 1, "minor": 1}], [{"eid": "00" * 8}] * 21,
    [{"uuid": "00" * 16, "major": 65_536, "minor": 1}], [{"uuid": "00" * 16, "major": "65536", "minor": 1}],
    [{"uuid": "0" * 31 + "-", "major": 1, "minor": 1}], [{"uuid": "00" * 16, "major": -1, "minor": 1}],
])  # fmt: skip
def test_what_no_beacon_says_is_no_asking(hall: Hall, heard: list[dict[str, Any]]) -> None:
    assert shake(hall, heard=heard) == {"ok": False, "error": "bad_request"}


def test_a_shake_is_by_a_member_or_by_a_code(hall: Hall) -> None:
    both = hall.ask("shake", key="s", member=LIN_ID, code="ABCD-EFGH")
    assert both["error"] == hall.ask("shake", key="s")["error"] == "bad_request"


def test_an_identity_of_another_time_is_said_and_another_proof_may_stand_in(hall: Hall) -> None:
    late = hall.house.now_ms - 3 * QUANTUM_S * 1_000
    given = shake(hall, heard=[eid(1, late)])
    assert (given["ok"], given["proof"], given["heard"]) == (True, "network", "identity_old")
    assert shake(hall, heard=[eid(9, late)])["heard"] == "identity_unknown"


def test_away_from_the_stores_network_only_what_was_heard_counts(hall: Hall, ears: Ears) -> None:
    assert shake(hall, network=False)["error"] == "not_here"
    old = [eid(1, hall.house.now_ms + 2 * QUANTUM_S * 1_000)]
    assert shake(hall, network=False, heard=old) == {"ok": False, "error": "identity_old"}
    assert shake(hall, network=False, heard=[eid(1, hall.house.now_ms)])["proof"] == "beacon"
    ears.tags[LIN_ID] = Spot("beacon-door", "door", 7)
    given = shake(hall, network=False, heard=old)
    assert (given["proof"], given["heard"]) == ("tag", "identity_old")
    card = claim(hall, given["ticket"])
    assert (card["proof"], card["place"]) == ("tag", {"zone": "door", "name": ZONES["door"]})
    assert shake(hall, "m-2", network=False)["error"] == "not_here"


def test_a_store_without_beacons_still_has_its_network(hall: Hall) -> None:
    hall.presence = None
    given = shake(hall, heard=[eid(1, hall.house.now_ms)])
    assert (given["proof"], given["heard"]) == ("network", None)
    assert shake(hall, network=False, heard=[eid(1, hall.house.now_ms)])["error"] == "not_here"


def test_without_a_clock_no_identity_is_fresh(hall: Hall) -> None:
    hall.house.now_ms = 0
    assert shake(hall, heard=[eid(1, hall.house.now_ms)], network=False)["error"] == "clock_unknown"
    assert shake(hall, heard=[eid(1, hall.house.now_ms)])["heard"] == "clock_unknown"


def test_a_code_brings_a_card_from_outside(hall: Hall) -> None:
    given = hall.ask("shake", key="s", code=LIN_CODE.decode())
    card = claim(hall, given["ticket"])
    assert (card["level"], card["name"], gifts(card)) == ("weak", "林**", [("credit", "PTS", 5)])
    assert hall.ask("shake", key="s", code="ABCD-EFGH")["error"] == "unknown_code"


def test_whoever_knows_only_the_ticket_sees_no_coupons_code(hall: Hall) -> None:
    member = hall.enrol()["member"]
    ticket = shake(hall, member)["ticket"]
    outside, inside = claim(hall, ticket), claim(hall, ticket, member=member)
    assert [coupon["code"] for coupon in outside["coupons"]] == [None]
    assert [bool(coupon["code"]) for coupon in inside["coupons"]] == [True]


def test_the_day_has_one_check_in_over_all_doors(hall: Hall) -> None:
    first = claim(hall, shake(hall)["ticket"])
    hall.house.now_ms += ROUND_MS
    second = claim(hall, shake(hall)["ticket"], "c2")
    back = hall.ask("return", key="r", code=LIN_CODE.decode(), language="en")
    assert [gifts(card) for card in (first, second, back)] == [[("credit", "PTS", 5)], [], []]
    assert (second["ok"], second["first_today"], second["points"]) == (True, False, first["points"])
    assert types(hall).count("presence.checked_in") == 1 and len(heres(hall)) == 2
    hall.house.now_ms += DAY_MS
    assert claim(hall, shake(hall)["ticket"], "c3")["first_today"]


def test_a_program_may_give_something_for_shaking_once_a_day(house: House) -> None:
    bundle = replace(HALL, programs=(*HALL.programs, SHAKEN))  # type: ignore[misc]
    hall = Hall(house, bundle=bundle)
    member = hall.enrol()["member"]
    ticket = shake(hall, member)["ticket"]
    card = claim(hall, ticket)
    assert (card["first_today"], gifts(card)) == (False, [("credit", "PTS", 2)])
    assert claim(hall, ticket) == card
    hall.house.now_ms += ROUND_MS
    again = claim(hall, shake(hall, member)["ticket"], "c2")
    assert (gifts(again), again["points"]) == ([], card["points"])
    other = claim(hall, shake(hall)["ticket"], "c3")
    assert (other["first_today"], gifts(other)) == (True, [("credit", "PTS", 5), ("credit", "PTS", 2)])
    judge(house, bundle)


def test_a_lost_answer_is_asked_for_again(hall: Hall) -> None:
    ticket = shake(hall)["ticket"]
    first = claim(hall, ticket)
    hall.restart()
    hall.house.now_ms += TICKET_MS + 1
    assert claim(hall, ticket) == first
    assert len(heres(hall)) == 1


def test_the_same_shake_again_gets_its_ticket_again_and_with_it_its_answer(hall: Hall) -> None:
    ticket = shake(hall, key="form")["ticket"]
    card = claim(hall, ticket)
    hall.house.now_ms += 3 * ROUND_MS
    again = shake(hall, key="form")
    assert again["ticket"] == ticket and claim(hall, again["ticket"]) == card
    assert shake(hall, "m-2", key="form")["ticket"] != ticket, "another asking, whatever it calls itself"
    hall.house.now_ms += TICKET_MS
    assert shake(hall, key="form")["ticket"] != ticket
    assert len(heres(hall)) == 1


def test_people_who_are_unknown_or_blocked_get_no_ticket(hall: Hall) -> None:
    assert shake(hall, "nobody")["error"] == "unknown_member"
    hall.house.say("UPDATE members SET status = 'suspended' WHERE id = 'm-1'")
    assert shake(hall)["error"] == "blocked"
    assert hall.ask("shake", key="s", code=LIN_CODE.decode())["error"] == "blocked"


def test_who_was_blocked_after_the_shake_is_not_here(hall: Hall, ears: Ears) -> None:
    ticket = shake(hall)["ticket"]
    hall.house.say("UPDATE members SET status = 'suspended' WHERE id = 'm-1'")
    assert claim(hall, ticket)["error"] == "blocked"
    assert (ears.seen, types(hall)) == ([], []), "and the day's check-in is not used up by it"
    hall.house.say("UPDATE members SET status = 'active' WHERE id = 'm-1'")
    assert claim(hall, ticket)["first_today"]


def test_a_merged_member_uses_the_ticket_of_before(hall: Hall) -> None:
    ticket = shake(hall, "m-2")["ticket"]
    hall.house.say_merged("m-2", LIN_ID)
    card = claim(hall, ticket, member="m-2")
    assert (card["member"], card["level"]) == (LIN_ID, "fresh")
    assert hall.ask("return", key="r", code=LIN_CODE.decode(), language="en")["given"] == []


def test_a_gateway_that_never_heard_hq_checks_nobody_in(hall: Hall) -> None:
    ticket = shake(hall)["ticket"]
    hall.house.cache.detach("absent")
    assert shake(hall) == claim(hall, ticket) == {"ok": False, "error": "no_books"}


# -- bounds


def test_one_ticket_a_round_and_the_rest_have_to_wait(hall: Hall) -> None:
    hall.house.now_ms -= hall.house.now_ms % ROUND_MS - 5_000
    first = shake(hall)
    assert shake(hall)["ticket"] == first["ticket"]
    claim(hall, first["ticket"])
    assert shake(hall) == {"ok": False, "error": "too_many", "wait_ms": 15_000}
    hall.house.now_ms += 15_000
    assert shake(hall)["ok"]


def test_a_member_has_so_many_tickets_a_day(hall: Hall) -> None:
    for number in range(TICKETS_A_DAY):
        assert shake(hall)["ok"], number
        hall.house.now_ms += ROUND_MS
    assert shake(hall) == {"ok": False, "error": "too_many"}
    assert shake(hall, "m-2")["ok"]
    hall.house.now_ms += DAY_MS
    assert shake(hall)["ok"]


def test_a_restart_forgets_no_ticket_that_was_used(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who shakes and claims all day long fills no history by pulling the gateway's plug."""
    monkeypatch.setattr(limits, "TICKETS_A_DAY", 3)
    for number in range(3):
        assert claim(hall, shake(hall)["ticket"], key=f"c{number}")["ok"]
        hall.house.now_ms += ROUND_MS
    hall.restart()
    assert shake(hall) == {"ok": False, "error": "too_many"}
    assert shake(hall, "m-2")["ok"]
    hall.house.now_ms += DAY_MS
    assert shake(hall)["ok"]


def test_shakes_have_a_burst_and_a_pace(hall: Hall) -> None:
    answers = hall.ask_all(*[{"do": "shake", "key": "s", "member": LIN_ID}] * (SHAKES_BURST + 5))
    assert sum(answer["ok"] for answer in answers) == SHAKES_BURST
    hall.house.steady_ms += MINUTE_MS
    assert shake(hall)["ok"]


def test_codes_that_name_nobody_are_tries(hall: Hall) -> None:
    asked = [{"do": "shake", "key": "s", "code": f"AAAA-{number:04d}"} for number in range(70)]
    assert {answer["error"] for answer in hall.ask_all(*asked)[60:]} == {"too_many"}
