"""Guests join and come back: what is booked, what they are told, and the same answer to the same key."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from cloud_bridge.hq.phone_boxes import Opener
from gateway.acting import Refused, Request, Verdict
from gateway.core import model
from gateway.core.event import open_event
from gateway.core.evidence import PHONE, evidence_key
from gateway.core.promises import Link
from gateway.guests.found import newcomer
from gateway.guests.limits import ENROLMENTS_BURST, TRIES_A_MINUTE, TRIES_BURST
from gateway.storage.identities import commitment
from tests.gateway.guests.hall import HALL, HQ_KEY, Hall, gifts, types
from tests.gateway.rig import BRAND_KEY, House

PHONE_NUMBER = "138 0013 8000"
DAY_MS = 86_400_000
JOINED = ["member.enrolled", "instrument.linked", "member.enrolled", "presence.checked_in"]


# -- joining


def test_a_guest_joins_and_has_a_card_with_a_coupon_in_the_hand(hall: Hall) -> None:
    card = hall.enrol()
    assert (card["ok"], card["name"], card["status"], card["new"]) == (True, "小林", "provisional", True)
    (coupon,) = card["coupons"]
    assert (coupon["face"], coupon["threshold"], coupon["unusable"]) == (5_000, 10_000, None)
    gift = card["given"][0]
    assert gift["because"] == {"zh-CN": "第一次来店送 50 元券", "en": "50: your first visit"}
    assert (gift["code"], gift["expires_on"], gift["name"]) == (
        coupon["code"],
        coupon["expires_on"],
        coupon["name"],
    )
    assert types(hall) == JOINED


def test_joining_is_a_check_in_once_that_day(hall: Hall) -> None:
    card = hall.enrol()
    assert gifts(card) == [("issue", "CPN:off50", 1), ("credit", "PTS", 5)]
    assert card["points"] == 5
    assert gifts(hall.ask("return", key="r1", code=card["code"], language="zh-CN")) == []
    assert types(hall) == JOINED


def test_the_name_is_in_no_event_and_neither_is_the_number(hall: Hall) -> None:
    hall.enrol(name="欧阳娜娜", phone=PHONE_NUMBER)
    written = b"".join(hall.house.bodies())
    for secret in ("欧阳娜娜", "13800138000"):
        assert secret.encode() not in written
    (row,) = hall.house.rows("SELECT name, salt, phone_key, phone_box FROM people")
    name, salt, key, box = row
    assert key == evidence_key(BRAND_KEY, PHONE, b"8613800138000")
    assert isinstance(salt, bytes) and isinstance(box, bytes) and isinstance(name, str)
    assert Opener(HQ_KEY).open(box) == "+8613800138000"
    act = open_event(hall.house.bodies()[0]).act
    assert getattr(act, "commitment", None) == commitment(name, salt, box)


@pytest.mark.parametrize(
    ("asked", "state"), [({}, "none"), ({"phone": None}, "none"), ({"phone": " "}, "none"),
                         ({"phone": PHONE_NUMBER}, "unverified")]
)  # fmt: skip
def test_a_number_is_the_guests_to_give(hall: Hall, asked: dict[str, Any], state: str) -> None:
    assert hall.enrol(**asked)["phone"] == state


def test_a_number_is_verified_once_it_is_an_instrument(hall: Hall) -> None:
    card = hall.enrol(phone=PHONE_NUMBER)
    shown = (PHONE, b"8613800138000")
    hall.house.act("instrument.linked", Link("", card["member"]), evidence=shown)
    assert hall.ask("card", member=card["member"])["phone"] == "verified"


def test_what_is_no_number_enrols_nobody(hall: Hall) -> None:
    assert hall.enrol(phone="12345") == {"ok": False, "error": "bad_phone"}
    assert types(hall) == []


def test_a_store_without_hqs_key_takes_no_number(house: House) -> None:
    hall = Hall(house, phones=False)
    assert hall.ask("settings")["phone"] is False
    assert hall.enrol(phone=PHONE_NUMBER)["error"] == "bad_request"
    assert hall.enrol()["ok"]


@pytest.mark.parametrize("name", ["", " ", "\u200b", "。。", "a" * 41, "a\x00b", "a\x1b[31mb", "\u202eabc"])
def test_a_name_is_something_that_can_be_read(hall: Hall, name: str) -> None:
    assert hall.enrol(name=name)["error"] == "bad_name"
    assert types(hall) == []


@pytest.mark.parametrize(
    ("typed", "kept"), [("<script>alert(1)</script>", "<script>alert(1)</script>"), (" 小  林\n", "小 林"),
                        ("e\u0301va", "\u00e9va"), ("O'Brien", "O'Brien")]
)  # fmt: skip
def test_a_name_is_kept_as_it_was_given(hall: Hall, typed: str, kept: str) -> None:
    assert hall.enrol(name=typed)["name"] == kept


def test_consent_is_what_was_ticked_and_nothing_else(hall: Hall) -> None:
    assert hall.enrol("a")["consents"] == []
    card = hall.enrol("b", consents=[{"purpose": "marketing", "text": "2026-11"}])
    assert card["consents"] == [
        {"purpose": "marketing", "given": True, "text": "2026-11", "at": hall.house.now_ms}
    ]
    event = next(each for each in map(open_event, hall.house.bodies()) if each.type == "consent.changed")
    assert getattr(event.act, "language", None) == "zh-CN"


def test_no_program_no_gift_but_a_check_in(house: House) -> None:
    hall = Hall(house, bundle=replace(HALL, programs=()))
    card = hall.enrol()
    assert (card["given"], card["coupons"]) == ([], [])
    assert types(hall) == ["member.enrolled", "instrument.linked", "presence.checked_in"]


# -- the same key


def test_the_same_key_is_the_same_guest_and_the_same_answer(hall: Hall) -> None:
    asked: dict[str, Any] = {
        "phone": PHONE_NUMBER,
        "consents": [{"purpose": "marketing", "text": "v1"}, {"purpose": "birthday", "text": "v1"}],
    }
    first = hall.enrol(**asked)
    booked = len(types(hall))
    assert hall.enrol(**asked) == first
    hall.restart()
    assert hall.enrol(**asked) == first
    hall.house.now_ms += 3 * DAY_MS
    again = hall.enrol(**asked)
    assert gifts(again) == gifts(first)
    assert again["member"] == first["member"]
    assert len(types(hall)) == booked


def test_the_same_key_twice_at_once_is_one_guest(hall: Hall) -> None:
    line = {"do": "enrol", "key": "k1", "name": "小林", "language": "zh-CN"}
    one, other = hall.ask_all(line, line)
    assert one == other
    assert types(hall) == JOINED


@pytest.mark.parametrize(
    "other",
    [{"name": "小王"}, {"phone": PHONE_NUMBER}, {"consents": [{"purpose": "birthday", "text": "v1"}]}],
)  # fmt: skip
def test_a_key_that_was_used_for_another_guest_is_refused(hall: Hall, other: dict[str, Any]) -> None:
    plain = {"consents": [{"purpose": "marketing", "text": "v1"}]}
    hall.enrol(**plain)
    booked = types(hall)
    again = hall.enrol(**{**plain, **other})
    assert (again["ok"], again["error"], again["reason"]) == (False, "refused", "key_reused")
    assert types(hall) == booked


def test_other_keys_are_other_guests(hall: Hall) -> None:
    cards = [hall.enrol(f"k{number}") for number in range(5)]
    assert len({card["member"] for card in cards}) == len({card["code"] for card in cards}) == 5


class Cut:
    """A desk whose power goes after so many commits."""

    def __init__(self, hall: Hall, commits: int) -> None:
        self.desk, self.left = hall.house.desk, commits

    def act(self, requests: Sequence[Request]) -> list[Verdict | Refused]:
        if not self.left:
            raise OSError("power cut")
        self.left -= 1
        return self.desk.act(requests)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.desk, name)


@pytest.mark.parametrize("commits", [0, 1, 2])
def test_power_that_goes_between_two_events_costs_nothing(hall: Hall, commits: int) -> None:
    asked = {"consents": [{"purpose": "marketing", "text": "v1"}]}
    whole = hall.house.desk
    hall.house.desk = Cut(hall, commits)  # type: ignore[assignment]
    if commits < 2:
        with pytest.raises(OSError, match="power cut"):
            hall.enrol(**asked)
    else:
        hall.enrol(**asked)
    hall.house.desk = whole
    hall.restart()
    card = hall.enrol(**asked)
    assert gifts(card) == [("issue", "CPN:off50", 1), ("credit", "PTS", 5)]
    assert card["new"] and len(card["consents"]) == 1
    assert types(hall) == [*JOINED, "consent.changed"]
    assert hall.enrol(**asked) == card


def test_a_day_later_the_rest_of_a_joining_is_of_the_day_it_began(hall: Hall) -> None:
    whole = hall.house.desk
    hall.house.desk = Cut(hall, 1)  # type: ignore[assignment]
    with pytest.raises(OSError, match="power cut"):
        hall.enrol()
    hall.house.desk = whole
    began = hall.house.now_ms
    hall.house.now_ms += DAY_MS
    hall.restart()
    hall.enrol()
    hall.enrol()
    days = [open_event(body).key for body in hall.house.bodies()][3]
    assert str(days).endswith("2026-11-21")
    assert began < hall.house.now_ms


# -- bounds, and what is not there


def test_enrolments_have_a_bound_and_asking_again_costs_nothing(hall: Hall) -> None:
    card = hall.enrol()
    for _ in range(ENROLMENTS_BURST - 1):
        assert hall.limits.enrolments.take()
    assert hall.enrol("k2")["error"] == "too_many"
    assert hall.enrol() == card
    hall.house.steady_ms += 60_000
    assert hall.enrol("k2")["ok"]


def test_guesses_have_a_bound_and_then_no_code_is_read(hall: Hall) -> None:
    card = hall.enrol()
    for number in range(TRIES_BURST):
        assert hall.ask("resolve", code=f"AAAA{number:04}")["error"] == "unknown_code"
    assert hall.ask("resolve", code=card["code"])["error"] == "too_many"
    assert hall.ask("return", key="r", code=card["code"], language="en")["error"] == "too_many"
    hall.house.steady_ms += 60_000 // TRIES_A_MINUTE
    assert hall.ask("resolve", code=card["code"])["ok"]
    assert hall.house.counters.get("guests.too_many") == 2


def test_whoever_knows_their_code_is_never_told_too_many(hall: Hall) -> None:
    card = hall.enrol()
    for _ in range(TRIES_BURST + 5):
        assert hall.ask("resolve", code=card["code"])["ok"]


def test_without_a_cache_nobody_is_enrolled(house: House) -> None:
    hall = Hall(house)
    house.cache.detach("absent")
    assert hall.ask("settings") == {"ok": True, "phone": True, "currency": "CNY", "ready": False}
    for answer in (hall.enrol(), hall.ask("resolve", code="ABCD-EFGH"), hall.ask("codes", member="m-1")):
        assert answer == {"ok": False, "error": "no_books"}
    assert types(hall) == []


def test_a_full_disk_enrols_nobody_and_the_same_key_works_later(hall: Hall) -> None:
    hall.house.room = False
    assert hall.enrol() == {"ok": False, "error": "disk_low"}
    hall.house.room = True
    assert gifts(hall.enrol())[0] == ("issue", "CPN:off50", 1)


def test_a_ledger_that_takes_nothing_enrols_nobody_and_the_same_key_works_later(hall: Hall) -> None:
    card = hall.enrol()
    other = sqlite3.connect(hall.house.ledger_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for answer in (
        hall.enrol("k2"),
        hall.ask("consent", key="c", member=card["member"], purpose="marketing", text="v1", given=True,
                 language="en"),
        hall.ask("resolve", code=hall.ask("codes", member=card["member"])["codes"][0]["text"]),
    ):  # fmt: skip
        assert answer == {"ok": False, "error": "ledger_refuses"}
    assert hall.ask("card", member=card["member"])["ok"]
    other.execute("ROLLBACK")
    other.close()
    assert gifts(hall.enrol("k2"))[0] == ("issue", "CPN:off50", 1)
    assert hall.house.counters.get("guests.not_now") == 3


def test_more_than_the_gateway_takes_at_once_is_told_so_and_joins_later(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.teller.WAITING_MAX", 24)
    lines = [{"do": "enrol", "key": f"k{n}", "name": "n", "language": "en"} for n in range(40)]
    answers = hall.ask_all(*lines)
    assert {answer.get("error") for answer in answers} == {None, "busy"}
    late = [line for line, answer in zip(lines, answers, strict=True) if not answer["ok"]]
    for some in (late[start : start + 8] for start in range(0, len(late), 8)):
        assert all(len(answer["coupons"]) == 1 for answer in hall.ask_all(*some))


def test_a_code_that_somebody_has_already_enrols_nobody(hall: Hall) -> None:
    card = hall.enrol()
    hall.house.act("instrument.linked", Link("", "m-1"), evidence=("qr.static", code_of(hall, "k2")))
    refused = hall.enrol("k2")
    assert (refused["error"], refused["reason"]) == ("refused", model.INSTRUMENT_TAKEN)
    assert hall.enrol("k3")["code"] != card["code"]


def code_of(hall: Hall, key: str) -> bytes:
    """The code that a guest of this key would get."""
    return hall.house.desk.consult(lambda batch, _: newcomer(batch, key)).code.encode()
