"""The members' pages and the card of the worst loss: whole without scripts, in both languages, masked."""

import html
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.acting import LEDGER_REFUSES
from gateway.adapters.http import member_views
from gateway.adapters.http.callers import CONSOLE
from gateway.core.promises import Change, Link
from gateway.live import Live

SHANGHAI = ZoneInfo("Asia/Shanghai")


# -- the worst loss, holds, frozen rights


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ("Given at risk already", "if this machine is lost")), ("zh-CN", ("已经垫付", "机器丢失"))],
)
def test_the_worst_loss_is_money_with_each_part_explained(reader: Any, language: str, said: Any) -> None:
    part = reader.get(f"/?part=promises&lang={language}").text
    for shown in ("¥62.50", "¥12.50", "¥50.00", "¥300.00", *said):
        assert shown in part


def test_before_the_first_reckoning_no_figure_is_shown(reader: Any, live: Live) -> None:
    live.set_promises(exposure=None)
    part = reader.get("/?part=promises&lang=en").text
    assert "Not reckoned yet" in part and "¥" not in part


def test_no_loss_is_said_in_a_sentence(reader: Any, live: Live) -> None:
    nothing = {"at_ms": 1, "at_risk_now": 0, "still_possible": 0, "in_box": 0, "worst": 0}
    live.set_promises(exposure=nothing)
    assert "whatever is given here is covered" in reader.get("/?part=promises&lang=en").text


def test_frozen_rights_are_an_alarm_with_the_next_step(reader: Any, live: Live) -> None:
    assert "Frozen" not in reader.get("/?part=promises&lang=en").text
    live.set_promises(frozen=True)
    assert "Frozen" in reader.get("/?part=promises&lang=en").text
    notices = reader.get("/?part=notices&lang=en").text
    assert "notice no" in notices and "HQ gives out new rights" in notices


def test_holds_and_refusals_are_counted_in_words(reader: Any, live: Live) -> None:
    live.set_promises(holds=1_234, holds_due_ms=2**50)
    live.count_refused("used_up")
    live.count_refused("<b>")
    part = reader.get("/?part=promises&lang=en").text
    assert "1,234" in part and "the first ends in" in part
    assert "It was used already" in part and "&lt;b&gt;" in part and "<b>" not in part
    live.set_promises(holds_due_ms=1)
    assert "being given back" in reader.get("/?part=promises&lang=en").text


# -- looking up


def test_a_tap_leads_to_its_member(reader: Any) -> None:
    assert 'href="/members/m-0001"' in reader.get("/?part=taps").text
    assert 'href="/members/m-0001"' in reader.get("/members?part=recent").text


def test_the_look_up_goes_to_the_member(reader: Any) -> None:
    found = reader.get("/members", params={"id": " m-0001 "})
    assert (found.status_code, found.headers["location"]) == (303, "/members/m-0001")
    assert reader.get("/members", params={"id": "<b>"}).status_code == 404
    missing = reader.get("/members/m-9?lang=en")
    assert missing.status_code == 404 and "There is no such member" in missing.text


@pytest.mark.parametrize("path", ["/members", "/members?id=m-0001", "/members/m-0001"])
def test_a_stranger_sees_the_sign_in_page_only(stranger: Any, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 401 and "林" not in answer.text and "m-0001" not in answer.text


# -- one member


def test_a_member_is_shown_here_offered_elsewhere_and_as_old_as_that_is(reader: Any) -> None:
    page = reader.get("/members/m-0001?lang=en").text
    for shown in ("林**", "silver", "1,204", "300", "96", "Points", "Coupon tea", "TEA-5", "worth ¥5.00"):
        assert shown in page, shown
    assert "as HQ knew it" in page and "Elsewhere" in page and "good until 2026-12-31" in page


def test_a_member_hq_never_spoke_of_has_no_age(reader: Any, register: Any) -> None:
    register.members["p-1"] = register.members["m-0001"] | {"member": "p-1", "synced_at_ms": 0, "name": None}
    page = reader.get("/members/p-1?lang=en").text
    assert "HQ has not said anything yet" in page and "as HQ knew it" not in page


@pytest.mark.parametrize(
    ("phone", "said"),
    [("none", False), ("verified", False), ("unverified", True)],
)
def test_a_phone_number_that_nobody_verified_is_said(
    reader: Any, register: Any, phone: str, said: bool
) -> None:
    register.members["m-0001"] = {**register.members["m-0001"], "phone": phone}
    assert ("nobody has verified yet" in reader.get("/members/m-0001?lang=en").text) is said


def test_a_verified_number_stands_among_the_cards(reader: Any, register: Any) -> None:
    card = {"id": "i-9", "kind": "phone", "status": "active", "seq": 4, "here": True}
    register.members["m-0001"] = {**register.members["m-0001"], "instruments": [card]}
    assert "Phone number, verified" in reader.get("/members/m-0001?lang=en").text


def test_a_merged_member_says_whose_page_it_is(reader: Any, register: Any) -> None:
    register.members["m-7"] = register.members["m-0001"] | {"asked": "m-7"}
    assert "m-7 was merged into this member" in reader.get("/members/m-7?lang=en").text


def test_what_others_wrote_is_text(reader: Any, register: Any) -> None:
    bad = "<img src=x onerror=alert(1)>"
    member = register.members["m-0001"]
    coupon = member["units"][1]
    lot = coupon["lots"][0] | {"code": bad, "lot": bad, "expires_on": bad, "unusable": bad}
    register.members["m-0001"] = member | {
        "name": bad,
        "tier": bad,
        "status": bad,
        "units": [coupon | {"unit": bad, "lots": [lot]}],
        "instruments": [{"id": bad, "kind": bad, "status": bad, "seq": 0, "here": False}],
    }
    assert "<img" not in reader.get("/members/m-0001").text


def test_how_old_the_word_on_each_card_is(live: Live, register: Any) -> None:
    def known(**one: Any) -> str:
        card = {"id": "c", "kind": "nfc.uid", "status": "lost", "seq": 5, "here": True} | one
        member = register.members["m-0001"] | {"instruments": [card]}
        said: str = member_views.member(member, SHANGHAI, 5, 0)["instruments"][0]["known"]
        return said

    assert [known(), known(seq=6), known(here=False), known(seq=0, here=False)] == [
        "settled",
        "pending",
        "hq",
        "hq",
    ]


def test_amounts_are_whole_numbers_until_they_are_text() -> None:
    assert [member_views.decimal(amount, 2) for amount in (0, 5, 123_456, -5, 2**53 - 1)] == [
        "0.00",
        "0.05",
        "1,234.56",
        "-0.05",
        "90,071,992,547,409.91",
    ]
    assert member_views.decimal(1_204, 0) == "1,204"


# -- the buttons


def _press(client: Any, card: str, status: str, key: str = "page.1") -> Any:
    return client.post(f"/members/m-0001/instruments/{card}", data={"key": key, "status": status})


def test_a_button_for_every_step_and_none_for_a_card_that_ended(register: Any) -> None:
    def steps(status: str) -> list[str]:
        card = {"id": "c", "kind": "nfc.uid", "status": status, "seq": 0, "here": False}
        view = member_views.member(register.members["m-0001"] | {"instruments": [card]}, SHANGHAI, 0, 0)
        return [step["status"] for step in view["instruments"][0]["steps"]]

    assert [steps(status) for status in ("active", "locked", "lost", "replaced", "revoked")] == [
        ["lost", "locked"],
        ["active", "lost"],
        ["active"],
        [],
        [],
    ]


def test_a_lost_card_is_reported_and_the_page_says_how_far_that_reaches(reader: Any, till: Any) -> None:
    pressed = _press(reader, "c-1", "lost")
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/members/m-0001?said=said.done")
    assert till.asked[0].act == Change("c-1", "m-0001", "lost")
    assert till.asked[0].actor == CONSOLE
    assert "other stores with the next sync" in reader.get("/members/m-0001?said=said.done&lang=en").text


def test_pressing_twice_is_one_act_and_after_a_refusal_another(reader: Any, till: Any) -> None:
    _press(reader, "c-1", "lost")
    _press(reader, "c-1", "lost")
    assert [asked.key for asked in till.asked] == ["page.1", "page.1"]
    till.reason = "instrument_unknown"
    assert (
        "said=act.refused.instrument_unknown" in _press(reader, "c-1", "lost", "page.2").headers["location"]
    )
    till.reason = None
    assert "said=said.done" in _press(reader, "c-1", "lost", "page.2").headers["location"]
    assert len({asked.key for asked in till.asked}) == 3


def test_what_a_button_could_not_do_is_said(reader: Any, till: Any) -> None:
    till.refuse = LEDGER_REFUSES
    where = _press(reader, "c-1", "lost").headers["location"]
    assert "The ledger cannot be written" in reader.get(where + "&lang=en").text


@pytest.mark.parametrize(
    "sent", [{}, {"key": "k"}, {"key": "k", "status": "replaced"}, {"key": "k", "status": "x"}]
)
def test_a_form_that_is_none_of_ours_asks_nobody(reader: Any, till: Any, sent: dict[str, str]) -> None:
    pressed = reader.post("/members/m-0001/instruments/c-1", data=sent)
    assert "said=request.form" in pressed.headers["location"] and till.asked == []


def test_only_our_own_page_may_press(reader: Any, stranger: Any, till: Any, live: Live) -> None:
    sent = {"data": {"key": "k", "status": "lost"}, "headers": {"origin": "https://evil.example"}}
    assert reader.post("/members/m-0001/instruments/c-1", **sent).status_code == 403
    assert _press(stranger, "c-1", "lost").status_code == 401
    assert till.asked == []


def _hand_over(client: Any, tag: str, key: str = "page.7") -> Any:
    return client.post("/members/m-0001/tags", data={"key": key, "tag": tag})


def test_a_tag_is_handed_over_on_the_members_page(reader: Any, till: Any) -> None:
    given = _hand_over(reader, " tag-7 ")
    assert (given.status_code, given.headers["location"]) == (303, "/members/m-0001?said=said.done")
    _hand_over(reader, "tag-7")
    assert [(asked.key, asked.actor, asked.evidence) for asked in till.asked] == [
        ("page.7", CONSOLE, ("ble.tag", b"tag-7"))
    ] * 2
    assert till.asked[0].act == Link("", "m-0001")
    till.reason = "instrument_taken"
    assert "said=act.refused.instrument_taken" in _hand_over(reader, "tag-8", "page.8").headers["location"]


@pytest.mark.parametrize("tag", ["Tag 7", "t" * 33, "标签", "<img>"])
def test_what_is_no_tags_name_is_said_and_asks_nobody(reader: Any, till: Any, tag: str) -> None:
    where = _hand_over(reader, tag).headers["location"]
    assert "That is no tag's name" in html.unescape(reader.get(where + "&lang=en").text)
    assert till.asked == []


def test_each_page_has_a_form_of_its_own_and_only_ours_may_send_it(
    reader: Any, stranger: Any, till: Any
) -> None:
    first, second = (reader.get("/members/m-0001?lang=en").text for _ in range(2))
    keys = [
        re.findall(r'name="key" value="(page\.[0-9a-f]{32})">\s*<label', page) for page in (first, second)
    ]
    assert len(keys[0]) == len(keys[1]) == 1 and keys[0] != keys[1]
    assert 'action="/members/m-0001/tags"' in first
    assert _hand_over(stranger, "tag-7").status_code == 401
    evil = {"origin": "https://evil.example"}
    sent = {"key": "k", "tag": "tag-7"}
    assert reader.post("/members/m-0001/tags", data=sent, headers=evil).status_code == 403
    assert "said=request.form" in reader.post("/members/m-0001/tags", data={"tag": "t"}).headers["location"]
    assert reader.post("/members/<b>/tags", data=sent).status_code == 404
    assert till.asked == []


@pytest.mark.parametrize("said", ["<img>", "said.nothing", "request.field", "act.refused.other", "unit.PTS"])
def test_a_link_cannot_put_words_into_the_page(reader: Any, said: str) -> None:
    page = reader.get("/members/m-0001", params={"said": said}).text
    assert 'class="notice' not in page and "<img" not in page
