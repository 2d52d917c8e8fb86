"""Acts by the API: what is taken, what is refused before anything is asked, and what is said of the rest."""

import json
from typing import Any

import pytest

from gateway.acting import BUSY, DISK_LOW, LEDGER_REFUSES
from gateway.adapters.http.acts import API
from gateway.adapters.http.bodies import BODY_BYTES_MAX
from gateway.adapters.http.callers import CONSOLE
from gateway.core.promises import Change, Credit, Enrol, Hold, Link, Post, Release, Reverse, Spend, Terms
from gateway.errors import LedgerRefused, LedgerUnsafe
from gateway.live import Live

TRANSFERS = "/v1/members/m-0001/transfers"
SPEND: dict[str, Any] = {"do": "spend", "amount": 1, "unit": "CPN:tea", "lot": "8f1c2d3e4a5b6c7d.0"}
REDEEM: dict[str, Any] = {
    "key": "till-2.1",
    "type": "coupon.redeemed",
    "act": {"do": "post", "parts": [SPEND]},
}


def _with(**changes: Any) -> dict[str, Any]:
    return REDEEM | changes


def _spending(**changes: Any) -> dict[str, Any]:
    return _with(act={"do": "post", "parts": [SPEND | changes]})


def _crediting(**terms: Any) -> dict[str, Any]:
    credit = {"do": "credit", "amount": 5, "unit": "PTS", "terms": terms}
    return _with(type="transfer.posted", act={"do": "post", "parts": [credit]})


# -- what is asked of the teller


def test_a_member_is_enrolled_with_a_card_and_a_name_that_stays_here(reader: Any, till: Any) -> None:
    body = {"key": "k1", "name": "林晓雯", "instrument": {"kind": "nfc.uid", "value": "04A1B2C3D4E5F6"}}
    answer = reader.post("/v1/members", json=body)
    assert answer.status_code == 200 and answer.json()["member"].startswith("p-")
    asked = till.asked[0]
    assert isinstance(asked.act, Enrol) and (asked.key, asked.type) == ("k1", "member.enrolled")
    assert asked.evidence == ("nfc.uid", bytes.fromhex("04a1b2c3d4e5f6"))
    assert (asked.person, asked.act.language, asked.actor) == ("林晓雯", "zh-CN", API)
    assert "林" not in answer.text


def test_a_member_may_be_nameless_and_speak_another_language(reader: Any, till: Any) -> None:
    assert reader.post("/v1/members", json={"key": "k1", "language": "en"}).status_code == 200
    assert (till.asked[0].person, till.asked[0].act.language, till.asked[0].evidence) == (None, "en", None)


@pytest.mark.parametrize("name", ["", "a\nb", "Ada\n", "\x00", "x" * 65])
def test_a_name_is_one_line_of_bounded_length(reader: Any, till: Any, name: str) -> None:
    answer = reader.post("/v1/members", json={"key": "k1", "name": name})
    assert (answer.status_code, answer.json()["field"]) == (400, "name")
    assert till.asked == []


def test_a_code_is_linked_in_place_of_a_card(reader: Any, till: Any) -> None:
    body = {"key": "k1", "kind": "qr.static", "value": "SB-茶-1", "replaces": "c-1"}
    answer = reader.post("/v1/members/m-0001/instruments", json=body).json()
    assert till.asked[0].act == Link("", "m-0001", "c-1")
    assert till.asked[0].evidence == ("qr.static", "SB-茶-1".encode())
    assert answer["instrument"].startswith("i-") and answer["member"] == "m-0001"


@pytest.mark.parametrize("status", ["active", "lost", "locked", "revoked"])
def test_a_card_gets_another_status(reader: Any, till: Any, status: str) -> None:
    answer = reader.post("/v1/members/m-0001/instruments/c-1", json={"key": "k1", "status": status})
    assert answer.status_code == 200
    assert till.asked[0].act == Change("c-1", "m-0001", status)


def test_every_act_of_a_till_reaches_the_teller_as_the_core_knows_it(reader: Any, till: Any) -> None:
    owner, terms = "member:m-0001", Terms(expires_on="2026-12-31", face=500, zone="Asia/Shanghai")
    credit = {"do": "credit", "amount": 62, "unit": "PTS"}
    coupon = {
        "do": "credit", "amount": 1, "unit": "CPN:tea", "owner": owner,
        "terms": {"expires_on": "2026-12-31", "face": 500, "zone": "Asia/Shanghai"},
    }  # fmt: skip
    acts = [
        ("transfer.posted", {"do": "post", "parts": [SPEND, credit], "returnable": 2},
         Post((Spend(1, owner, "CPN:tea", SPEND["lot"]), Credit(62, owner, Terms(), "PTS")), 2)),
        ("coupon.claimed", {"do": "post", "parts": [coupon]}, Post((Credit(1, owner, terms, "CPN:tea"),))),
        ("transfer.held", {"do": "hold", "amount": 9, "unit": "CNY", "until": 5}, Hold(9, owner, "CNY", 5)),
        ("transfer.released", {"do": "release", "hold": "ab", "verdict": "voided"}, Release("ab", "voided")),
        ("transfer.reversed", {"do": "reverse", "of": "ab", "pieces": 2, "earned": "unlimited"},
         Reverse("unlimited", "ab", 2)),
    ]  # fmt: skip
    for number, (kind, act, wanted) in enumerate(acts):
        answer = reader.post(TRANSFERS, json={"key": f"k{number}", "type": kind, "act": act})
        assert answer.status_code == 200, answer.text
        assert (till.asked[-1].act, till.asked[-1].type) == (wanted, kind)


def test_the_verdict_tells_what_moved(reader: Any) -> None:
    credit = {"do": "credit", "amount": 62, "unit": "PTS"}
    verdict = reader.post(TRANSFERS, json=_with(act={"do": "post", "parts": [SPEND, credit]})).json()
    assert (verdict["outcome"], verdict["reason"], verdict["duplicate"]) == ("done", None, False)
    assert [(one["unit"], one["amount"], one["credit"]) for one in verdict["transfers"]] == [
        ("CPN:tea", 1, "spent"),
        ("PTS", 62, "member:m-0001"),
    ]
    assert [one["lot"] for one in verdict["lots"]] == [f"{verdict['random']}.1"]
    assert verdict["says"]["zh-CN"]["what"] == "已入账"


def test_the_same_key_gets_the_same_verdict_and_another_act_under_it_is_refused(
    reader: Any, till: Any
) -> None:
    first = reader.post(TRANSFERS, json=REDEEM).json()
    again = reader.post(TRANSFERS, json=REDEEM).json()
    assert again == first | {"duplicate": True}
    other = reader.post(TRANSFERS, json=_spending(amount=2))
    assert (other.status_code, other.json()["reason"]) == (409, "key_reused")


def test_a_page_asks_in_its_own_name(stranger: Any, till: Any, token: str) -> None:
    stranger.get(f"/?token={token}")
    assert stranger.post(TRANSFERS, json=REDEEM).status_code == 200
    assert till.asked[0].actor == CONSOLE


# -- refusals


def test_a_refusal_by_the_rules_is_an_answer_with_what_to_do(reader: Any, till: Any) -> None:
    till.reason = "held_elsewhere"
    answer = reader.post(TRANSFERS, json=REDEEM)
    verdict = answer.json()
    assert (answer.status_code, verdict["outcome"], verdict["reason"]) == (200, "refused", "held_elsewhere")
    assert "another store" in verdict["says"]["en"]["what"] and "门店" in verdict["says"]["zh-CN"]["do"]
    assert verdict["transfers"] == verdict["lots"] == []


def test_what_hq_was_asked_for_is_not_called_refused(reader: Any, till: Any) -> None:
    till.reason = "asked"
    verdict = reader.post(TRANSFERS, json=REDEEM).json()
    assert verdict["outcome"] == "asked" and "same key" in verdict["says"]["en"]["do"]


def test_what_was_used_here_is_told_with_the_time_of_the_stores_clock(reader: Any, till: Any) -> None:
    till.reason, till.used_at = "used_up", 1_767_232_920_000
    verdict = reader.post(TRANSFERS, json=REDEEM).json()
    assert "2026-01-01 10:02" in verdict["says"]["zh-CN"]["what"]
    assert (verdict["used_at_ms"], verdict["used_where"]) == (till.used_at, None)
    till.used_where = "till-1"
    verdict = reader.post(TRANSFERS, json=_with(key="k2")).json()
    assert "在 till-1" in verdict["says"]["zh-CN"]["what"] and verdict["used_where"] == "till-1"


@pytest.mark.parametrize("code", [BUSY, DISK_LOW, LEDGER_REFUSES])
def test_what_was_not_booked_may_be_tried_again(reader: Any, till: Any, code: str) -> None:
    till.refuse = code
    answer = reader.post(TRANSFERS, json=REDEEM)
    assert (answer.status_code, answer.json()["reason"]) == (503, code)
    assert answer.headers["retry-after"] == "1"
    till.refuse = None
    assert reader.post(TRANSFERS, json=REDEEM).json()["duplicate"] is False


def test_a_write_that_failed_half_way_is_neither_yes_nor_no(reader: Any, till: Any) -> None:
    async def fail(request: Any) -> None:
        raise LedgerUnsafe("the disk is gone", "")

    till.ask = fail
    answer = reader.post(TRANSFERS, json=REDEEM)
    assert (answer.status_code, answer.json()["reason"]) == (503, "unsure")
    assert "same key" in answer.json()["next"] and "the disk is gone" not in answer.text
    pressed = reader.post("/members/m-0001/instruments/c-1", data={"key": "k", "status": "lost"})
    assert pressed.headers["location"].endswith("said=request.unsure")


# -- bodies


WRONG: list[tuple[Any, str]] = [
    (_spending(amount=0), "act.parts[0].amount"),
    (_spending(amount=-1), "act.parts[0].amount"),
    (_spending(amount=2**53), "act.parts[0].amount"),
    (_spending(amount=1.5), "act.parts[0].amount"),
    (_spending(amount="1"), "act.parts[0].amount"),
    (_spending(amount=True), "act.parts[0].amount"),
    (_spending(owner="member:m-0002"), "act.parts[0].owner"),
    (_spending(owner="issuer"), "act.parts[0].owner"),
    (_spending(unit="USE:risk:CPN:*:2026-01-01"), "act.parts[0].unit"),
    (_spending(unit="RETURN:ab"), "act.parts[0].unit"),
    (_spending(unit=""), "act.parts[0].unit"),
    (_spending(unit="CPN:tea\n"), "act.parts[0].unit"),
    (_spending(unit="x" * 65), "act.parts[0].unit"),
    (_spending(surprise=1), "act.parts[0].surprise"),
    (_crediting(expires_on="2026-02-30"), "act.parts[0].terms.expires_on"),
    (_crediting(expires_on="tomorrow"), "act.parts[0].terms.expires_on"),
    (_crediting(zone="Mars/Olympus"), "act.parts[0].terms.zone"),
    (_crediting(zone="../etc/passwd"), "act.parts[0].terms.zone"),
    (_crediting(face=-1), "act.parts[0].terms.face"),
    (_crediting(vests_at=-1), "act.parts[0].terms.vests_at"),
    (_with(act={"do": "post", "parts": []}), "act.parts"),
    (_with(act={"do": "post", "parts": [SPEND] * 65}), "act.parts"),
    (_with(act={"do": "post", "parts": [SPEND], "returnable": -1}), "act.returnable"),
    (_with(act={"do": "fence", "epoch": 9}), "act.do"),
    (_with(act={"do": "take_grants"}), "act.do"),
    (_with(type="right.fenced"), "type"),
    (_with(type="transfer.held"), "type"),
    (
        _with(type="transfer.held", act={"do": "hold", "amount": 1, "unit": "PTS", "until": 2**53}),
        "act.until",
    ),
    (_with(act={"do": "release", "hold": "ab", "verdict": "timed_out"}), "act.verdict"),
    (_with(key=""), "key"),
    (_with(key="a key"), "key"),
    (_with(key="k" * 65), "key"),
    (_with(surprise=1), "surprise"),
    ({"key": "k1", "type": "coupon.redeemed"}, "act"),
    ([], "body"),
    (None, "body"),
]


@pytest.mark.parametrize(("body", "field"), WRONG)
def test_a_wrong_body_names_the_field_and_asks_nobody(reader: Any, till: Any, body: Any, field: str) -> None:
    answer = reader.post(TRANSFERS, content=json.dumps(body))
    fault = answer.json()
    assert (answer.status_code, fault["field"]) == (400, field)
    assert set(fault["says"]) == {"zh-CN", "en"} and field in fault["says"]["zh-CN"]["what"].replace(
        "body", field
    )
    assert fault["error"] == fault["says"]["en"]["what"] and fault["next"]
    assert till.asked == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"not JSON", b'{"key":"\xc3"}'])
def test_what_is_no_json_is_said_so(reader: Any, till: Any, body: bytes) -> None:
    answer = reader.post(TRANSFERS, content=body)
    assert (answer.status_code, answer.json()["reason"]) == (400, "not_json")
    assert till.asked == []


@pytest.mark.parametrize("body", [b"[" * 60_000, b'{"x":' + b"[" * 60_000, b'{"act":' + b'{"a":' * 9_000])
def test_a_body_however_deep_is_a_wrong_body(reader: Any, till: Any, body: bytes) -> None:
    assert reader.post(TRANSFERS, content=body).status_code == 400
    assert till.asked == []


def test_a_body_is_read_no_further_than_its_bound(reader: Any, till: Any) -> None:
    answer = reader.post(TRANSFERS, content=b" " * (BODY_BYTES_MAX + 1))
    assert (answer.status_code, answer.json()["reason"]) == (413, "too_large")
    whole = json.dumps(REDEEM).encode()
    assert reader.post(TRANSFERS, content=whole + b" " * (BODY_BYTES_MAX - len(whole))).status_code == 200


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("nfc.uid", "04a1"),
        ("nfc.uid", "zz" * 7),
        ("nfc.uid", "04 a1 b2 c3"),
        ("nfc.uid", "é" * 7),
        ("ble.tag", "Tag 7"),
        ("ble.tag", "t" * 33),
        ("ble.tag", "tag-7\n"),
    ],
)
def test_a_value_that_no_card_or_tag_has_is_refused(reader: Any, till: Any, kind: str, value: str) -> None:
    body = {"key": "k1", "kind": kind, "value": value}
    answer = reader.post("/v1/members/m-0001/instruments", json=body).json()
    assert (answer["reason"], answer["field"]) == ("value", "value")
    within = reader.post(
        "/v1/members", json={"key": "k1", "instrument": {"kind": kind, "value": value}}
    ).json()
    assert within["field"] == "instrument.value"
    assert till.asked == []


def test_a_tag_is_linked_by_its_name(reader: Any, till: Any) -> None:
    body = {"key": "k1", "kind": "ble.tag", "value": "tag-7"}
    assert reader.post("/v1/members/m-0001/instruments", json=body).status_code == 200
    assert till.asked[0].evidence == ("ble.tag", b"tag-7")


def test_a_fault_never_repeats_what_was_sent(reader: Any) -> None:
    bad = "<img src=x>"
    for body in (_with(**{bad: 1}), _with(type=bad), _with(key=bad), _spending(unit=bad)):
        assert bad not in reader.post(TRANSFERS, json=body).text


@pytest.mark.parametrize("member", ["%20", "m%0A1", "x" * 65, "%3Cimg%3E"])
def test_an_address_that_names_no_member_is_not_there(reader: Any, till: Any, member: str) -> None:
    assert reader.get(f"/v1/members/{member}").status_code == 404
    assert reader.post(f"/v1/members/{member}/transfers", json=REDEEM).status_code == 404
    assert till.asked == []


# -- looking up


def test_an_unknown_member_is_not_found_in_both_languages(reader: Any) -> None:
    answer = reader.get("/v1/members/m-9")
    assert (answer.status_code, answer.json()["reason"]) == (404, "no_member")
    assert answer.json()["says"]["zh-CN"]["what"] == "没有这个会员"


def test_a_ledger_that_cannot_be_read_just_now_is_said(reader: Any, register: Any) -> None:
    def refuse(id_: str) -> None:
        raise LedgerRefused("busy")

    register.member = refuse
    assert reader.get("/v1/members/m-0001").json()["reason"] == "ledger_refuses"
    assert reader.get("/members/m-0001?lang=en").status_code == 503


def test_the_worst_loss_is_what_was_reckoned_and_none_before(reader: Any, live: Live) -> None:
    live.set_promises(holds=2, frozen=True)
    found = reader.get("/v1/exposure").json()
    assert (found["worst"], found["holds"], found["frozen"]) == (6_250, 2, True)
    live.set_promises(exposure=None)
    assert reader.get("/v1/exposure").status_code == 503
