"""Rights, reports, names, credits and mergers over HTTP: what is taken, and what is refused and why."""

import sqlite3
from typing import Any

import httpx
import pytest

from cloud_bridge.asks import (
    People,
    PeopleTaken,
    Reported,
    ReportPart,
    Reports,
    RightsGiven,
    RightsWanted,
    Want,
)
from cloud_bridge.wire import Changes, encode, read
from gateway.core.event import open_event
from gateway.core.state import State
from tests.cloud_bridge.hq.test_ingest import chain, send
from tests.cloud_bridge.rig import HEADER, RunningHq

OWNER = "member:m0123"
WANTED = RightsWanted(1, "gw-1.1", [Want(OWNER, "PTS", None, 5)])


@pytest.fixture
def member(hq: RunningHq) -> str:
    hq.import_text(
        HEADER
        + "A1,林晓雯,,zh-CN,active,,10,river,04A1B2C3D4E580,,active\nA2,Bo,,en,active,,1,river,,,active\n"
    )
    return _id(hq, "A1")


def _id(hq: RunningHq, number: str) -> str:
    (found,) = hq.staff("GET", f"/v1/members?query={number}").json()["found"]
    return found["id"]


def ask(hq: RunningHq, path: str, shape: Any) -> httpx.Response:
    return hq.as_gateway("POST", path, content=encode(shape))


def credit(hq: RunningHq, member: str, **body: Any) -> httpx.Response:
    return hq.staff(
        "POST", f"/v1/members/{member}/credits?lang=en", json={"key": "k1", "unit": "PTS", **body}
    )


def test_a_credit_is_granted_to_who_asks_and_told_by_the_feed(hq: RunningHq, member: str) -> None:
    answer = credit(hq, member, amount=50, terms={"expires_on": "2999-12-31", "zone": "Asia/Shanghai"})
    assert answer.status_code == 200
    (lot,) = answer.json()["lots"]
    wanted = RightsWanted(1, "gw-1.7", [Want(f"member:{member}", "PTS", None, 20)])
    given = read(ask(hq, "/rights", wanted).content, RightsGiven)
    assert [(row.lot, row.total, row.parts["gw-1"].granted) for row in given.rows] == [(lot, 50, 20)]
    assert given.rights_epoch == 1
    assert read(ask(hq, "/rights", wanted).content, RightsGiven).rows == given.rows
    start = hq.as_gateway("GET", "/snapshot").content.splitlines()[0]
    generation = start.split(b'"generation":"')[1].split(b'"')[0].decode()
    head = hq.as_gateway("GET", f"/changes?generation={generation}&cursor={given.cursor}")
    assert read(head.content, Changes).rows == [], "whoever is at the cursor has these rows"


def test_a_key_of_staff_is_used_once(hq: RunningHq, member: str) -> None:
    first = credit(hq, member, amount=5)
    assert credit(hq, member, amount=5).json() == first.json()
    again = credit(hq, member, amount=6)
    assert (again.status_code, again.json()["error"]) == (409, "key_reused")
    assert credit(hq, "nobody", amount=5, key="k2").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 0},
        {"amount": 1.5},
        {"amount": 10**13},
        {"amount": 1, "key": ""},
        {"amount": 1, "unit": "USE:risk:PTS:2026-01-01"},
        {"amount": 101, "unit": "CPN:tea"},
        {"amount": 1, "terms": {"expires_on": "tomorrow"}},
        {"amount": 1, "terms": {"kind": "free"}},
        {"amount": 1, "more": 1},
        {},
    ],
)
def test_what_cannot_be_given_is_refused(hq: RunningHq, member: str, body: dict) -> None:
    assert credit(hq, member, **body).status_code == 422
    assert hq.query("SELECT * FROM lots") == []


def test_reports_and_names_are_taken(hq: RunningHq) -> None:
    part = ReportPart(OWNER, "PTS", "ab.0", 1, 2, 3)
    assert read(ask(hq, "/reports", Reports(1, [part])).content, Reported) == Reported(1)
    assert read(ask(hq, "/people", People([])).content, PeopleTaken) == PeopleTaken(0)


@pytest.mark.parametrize("path", ["/rights", "/reports", "/people"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"epoch":1}', b"[" * 5_000, b"\xff", b'{"rows":[1]}'])
def test_nonsense_is_refused_and_changes_nothing(hq: RunningHq, path: str, body: bytes) -> None:
    assert hq.as_gateway("POST", path, content=body).status_code == 422
    assert hq.query("SELECT * FROM requests") == hq.query("SELECT * FROM standings") == []


def test_what_is_too_large_is_not_read(hq: RunningHq) -> None:
    assert hq.as_gateway("POST", "/reports", content=b" " * (512 * 1024 + 1)).status_code == 413


def test_staff_end_an_epoch_and_the_gateway_hears_of_it(hq: RunningHq) -> None:
    assert hq.staff("POST", "/v1/gateways/gw-1/epoch").json() == {"rights_epoch": 2}
    assert hq.staff("POST", "/v1/gateways/nobody/epoch").status_code == 404
    assert hq.staff("POST", "/v1/gateways/hq/epoch").status_code == 404
    assert hq.as_gateway("POST", "/epoch").status_code == 401
    assert b'"rights_epoch":2' in hq.as_gateway("GET", "/snapshot").content.splitlines()[0]
    assert b'"rights_epoch":1' in hq.as_gateway("GET", "/snapshot", "gw-2").content.splitlines()[0]
    given = read(ask(hq, "/rights", WANTED).content, RightsGiven)
    assert (given.rights_epoch, given.rows) == (2, [])


def test_staff_may_compare_digests(hq: RunningHq) -> None:
    events = chain(3)
    send(hq, events)
    state = State("gw-1")
    for event in events:
        state.apply(open_event(event.body))
    answer = hq.staff("GET", "/v1/gateways/gw-1/digest").json()
    assert answer == {"seq": 3, "digest": state.digest()}
    assert hq.staff("GET", "/v1/gateways/nobody/digest").status_code == 404
    assert hq.as_gateway("GET", "/digest").status_code == 401


def test_members_are_merged_by_staff(hq: RunningHq, member: str) -> None:
    other = _id(hq, "A2")
    path = f"/v1/members/{member}/merge"
    assert hq.staff("POST", path, json={"into": other}).status_code == 204
    assert hq.staff("POST", path, json={"into": other}).status_code == 204, "again"
    back = f"/v1/members/{other}/merge"
    assert hq.staff("POST", back, json={"into": member}).status_code == 409
    assert hq.staff("POST", path, json={"into": "nobody"}).status_code == 404
    assert hq.staff("POST", path, json={}).status_code == 422
    (held,) = hq.staff("GET", f"/v1/members?query={other}").json()["found"]
    assert [card["kind"] for card in held["instruments"]] == ["nfc.uid"]
    assert hq.query("SELECT name FROM people") == [("Bo",)]
    assert credit(hq, member, amount=5).status_code == 404, "what is merged gets nothing any more"


def test_a_card_a_store_called_lost_does_not_come_back_by_an_old_list(hq: RunningHq, member: str) -> None:
    with sqlite3.connect(hq.folder / "hq.db") as connection:
        connection.execute("UPDATE instruments SET status = 'lost'")
        connection.execute("INSERT INTO links SELECT key, 1, 'river-1:1' FROM instruments")
    connection.close()
    text = HEADER + "A1,林晓雯,,zh-CN,active,,10,river,{},,{}\n"
    hq.import_text(text.format("04A1B2C3D4E580", "active"))
    assert hq.query("SELECT status FROM instruments") == [("lost",)]
    hq.import_text(text.format("", "active"))
    assert hq.query("SELECT status FROM instruments") == [("lost",)], "linked in a store, not by the list"
    hq.import_text(text.format("04A1B2C3D4E580", "replaced"))
    assert hq.query("SELECT status FROM instruments") == [("replaced",)]
