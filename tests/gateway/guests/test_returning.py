"""Members come back by a code: once a day, from outside, and nobody by a wrong one."""

import pytest
from msgspec.structs import replace

from firmware.protocol import messages
from gateway.core.programs.model import Issue
from gateway.core.promises import Change
from tests.gateway.day import text
from tests.gateway.guests.hall import CHECK_IN, HALL, WELCOME, Hall, gifts, types
from tests.gateway.rig import LIN, LIN_CODE, House

DAY_MS = 86_400_000


def test_a_member_comes_back_by_code_however_it_is_typed(hall: Hall) -> None:
    card = hall.enrol()
    hall.house.now_ms += DAY_MS
    typed = card["code"].replace("-", " ").lower()
    back = hall.ask("return", key="r1", code=typed, language="en")
    assert (back["member"], back["name"], back["new"]) == (card["member"], "小**", False)
    assert gifts(back) == [("credit", "PTS", 5)]
    assert back["points"] == 10


def test_whoever_says_a_code_sees_the_card_from_outside_and_has_proved_nothing(hall: Hall) -> None:
    card = hall.enrol()
    assert card["level"] == "fresh"
    hall.house.now_ms += DAY_MS
    for key, code in (
        ("r1", card["code"]),
        ("r2", hall.ask("codes", member=card["member"])["codes"][0]["text"]),
    ):
        back = hall.ask("return", key=key, code=code, language="zh-CN")
        assert (back["level"], back["name"]) == ("weak", "小**")
        (coupon,) = back["coupons"]
        assert (coupon["code"], coupon["face"]) == (None, 5_000)


def test_a_coupon_that_coming_back_gives_has_its_code_in_the_hand(house: House) -> None:
    again = replace(CHECK_IN, because=text("for coming"), then=(Issue("off50"),))
    hall = Hall(house, bundle=replace(HALL, programs=(WELCOME, again)))
    card = hall.enrol()
    hall.house.now_ms += DAY_MS
    back = hall.ask("return", key="r1", code=card["code"], language="zh-CN")
    (given,) = back["given"]
    assert sorted(str(each["code"]) for each in back["coupons"]) == sorted(["None", "None", given["code"]])


def test_the_same_key_comes_back_once(hall: Hall) -> None:
    card = hall.enrol()
    hall.house.now_ms += DAY_MS
    back = hall.ask("return", key="r1", code=card["code"], language="en")
    hall.restart()
    assert hall.ask("return", key="r1", code=card["code"], language="en") == back
    later = hall.ask("return", key="r2", code=card["code"], language="en")
    assert (later["given"], later["points"]) == ([], back["points"])


def test_who_tapped_at_the_door_has_checked_in_already(hall: Hall) -> None:
    hall.house.registry.heard("door-1", messages.Status(
        1, 1, b"\x01" * 8, 5_000, (0, 0), "0.1.0", "esp32", "entrance", ()), hall.house.now_ms)  # fmt: skip
    hall.house.desk.serve([hall.house.tap(LIN, device="door-1")])
    checked = types(hall).count("presence.checked_in")
    back = hall.ask("return", key="r1", code=LIN_CODE.decode(), language="en")
    assert (back["ok"], checked, types(hall).count("presence.checked_in")) == (True, 1, 1)
    assert back["given"] == []


def test_a_member_of_hqs_gets_a_code_by_coming_back(hall: Hall) -> None:
    assert hall.ask("card", member="m-1")["code"] is None
    back = hall.ask("return", key="r1", code=LIN_CODE.decode(), language="zh-CN")
    assert back["name"] == "林**"
    again = hall.ask("return", key="r2", code=back["code"], language="zh-CN")
    assert (again["member"], again["code"]) == ("m-1", back["code"])
    assert types(hall).count("instrument.linked") == 1


def test_a_rotating_code_brings_a_member_back_while_it_is_fresh(hall: Hall) -> None:
    card = hall.enrol()
    text = hall.ask("codes", member=card["member"])["codes"][0]["text"]
    assert hall.ask("return", key="r1", code=text, language="en")["member"] == card["member"]
    hall.house.now_ms += 90_000
    stale = hall.ask("return", key="r2", code=text, language="en")
    assert (stale["error"], stale["reason"]) == ("unknown_code", "stale")


def test_lost_codes_and_suspended_members_are_blocked(hall: Hall) -> None:
    card = hall.enrol()
    (code,) = hall.ask("cards", member=card["member"])["cards"]
    hall.house.act("instrument.changed", Change(code["id"], card["member"], "lost"))
    assert hall.ask("return", key="r1", code=card["code"], language="en")["error"] == "blocked"
    hall.house.say("UPDATE members SET status = 'suspended' WHERE id = 'm-1'")
    assert hall.ask("return", key="r2", code=LIN_CODE.decode(), language="en")["error"] == "blocked"


@pytest.mark.parametrize("code", ["", "ABCD-EFGH", "SBR" + "0" * 28, "no such code", "'; DROP--"])
def test_other_texts_bring_nobody_back(hall: Hall, code: str) -> None:
    assert hall.ask("return", key="r1", code=code, language="en")["error"] == "unknown_code"
    assert types(hall) == []
