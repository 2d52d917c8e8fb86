"""HQ takes events: each once, bytes unchanged, facts never refused, come they twice, late or forked."""

import base64
import hashlib
import json

import pytest

from cloud_bridge.wire import BATCH_BYTES_MAX, BATCH_TYPE
from gateway.core.event import GENESIS, Sealed
from tests.cloud_bridge.rig import GATEWAY, RunningHq, make_event


def chain(count: int, start: Sealed | None = None, note: int = 0, gateway: str = GATEWAY) -> list[Sealed]:
    seq, prev = (start.seq, start.hash.hex()) if start else (0, GENESIS)
    made = []
    for number in range(seq + 1, seq + 1 + count):
        made.append(make_event(number, prev, gateway, note))
        prev = made[-1].hash.hex()
    return made


def cloud_event(event: Sealed, gateway: str = GATEWAY) -> dict:
    return {
        "specversion": "1.0",
        "id": f"{gateway}:{event.seq}:{event.hash.hex()}",
        "source": f"/gateways/{gateway}",
        "type": "shopbell.tap.seen.v1",
        "datacontenttype": "application/json",
        "data_base64": base64.b64encode(event.body).decode(),
    }


def post(hq: RunningHq, events: list[dict] | bytes, gateway: str = GATEWAY):
    body = events if isinstance(events, bytes) else json.dumps(events)
    return hq.as_gateway("POST", "/events", gateway, content=body, headers={"content-type": BATCH_TYPE})


def send(hq: RunningHq, events: list[Sealed]):
    return post(hq, [cloud_event(event) for event in events])


def sealed(body: dict) -> Sealed:
    """An event of any body, canonical and with its right hash."""
    data = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return Sealed(body["seq"], hashlib.sha256(data).digest(), data)


def test_events_are_stored_once_and_unchanged(hq: RunningHq) -> None:
    events = chain(3)
    assert hq.as_gateway("GET", "/position").json() == {"seq": 0, "hash": GENESIS}
    answer = send(hq, events)
    assert answer.status_code == 200
    assert answer.json() == {"seq": 3, "hash": events[-1].hash.hex(), "accepted": 3, "known": 0}
    assert [row[0] for row in hq.query("SELECT body FROM events ORDER BY seq")] == [
        event.body for event in events
    ]
    assert send(hq, events).json() == {"seq": 3, "hash": events[-1].hash.hex(), "accepted": 0, "known": 3}
    assert len(hq.stored()) == 3
    assert hq.query("SELECT * FROM exceptions") == []


def test_an_overlapping_batch_adds_only_what_is_new(hq: RunningHq) -> None:
    events = chain(6)
    send(hq, events[:4])
    assert send(hq, events[2:]).json() == {"seq": 6, "hash": events[-1].hash.hex(), "accepted": 2, "known": 2}
    assert [seq for seq, _ in hq.stored()] == [1, 2, 3, 4, 5, 6]


def test_an_old_batch_that_comes_late_moves_nothing_back(hq: RunningHq) -> None:
    events = chain(5)
    send(hq, events)
    assert send(hq, events[:2]).json()["seq"] == 5
    assert hq.as_gateway("GET", "/position").json() == {"seq": 5, "hash": events[-1].hash.hex()}


def test_a_gap_is_answered_with_the_position(hq: RunningHq) -> None:
    events = chain(5)
    send(hq, events[:2])
    answer = send(hq, events[3:])
    assert (answer.status_code, answer.json()) == (409, {"seq": 2, "hash": events[1].hash.hex()})
    assert len(hq.stored()) == 2


def test_a_first_event_that_does_not_begin_the_chain_is_a_gap(hq: RunningHq) -> None:
    answer = send(hq, [make_event(1, "11" * 32)])
    assert (answer.status_code, answer.json()) == (409, {"seq": 0, "hash": GENESIS})


def test_another_event_at_a_known_seq_opens_a_branch_and_one_exception(hq: RunningHq) -> None:
    first = chain(5)
    send(hq, first)
    other = chain(4, start=first[1], note=9)  # 3', 4', 5', 6'
    answer = send(hq, other[:2])
    assert answer.status_code == 200
    assert hq.as_gateway("GET", "/position").json() == {"seq": 4, "hash": other[1].hash.hex()}
    assert send(hq, other).json()["seq"] == 6
    hashes = hq.as_gateway("GET", "/position?at=4").json()
    assert hashes == {"seq": 4, "hashes": sorted([first[3].hash.hex(), other[1].hash.hex()])}
    raised = hq.staff("GET", "/v1/exceptions").json()
    assert [(row["kind"], row["seq"]) for row in raised] == [("ledger_branch", 3)]
    assert hq.staff("GET", "/v1/gateways").json()[0]["branches"] == 2
    assert len(hq.stored()) == 5 + 4


def test_the_tip_follows_the_branch_last_extended(hq: RunningHq) -> None:
    first = chain(3)
    send(hq, first)
    other = chain(2, start=first[1], note=1)
    send(hq, other)
    more = chain(1, start=first[2])
    assert send(hq, more).json() == {"seq": 4, "hash": more[0].hash.hex(), "accepted": 1, "known": 0}
    assert send(hq, chain(1, start=other[1], note=1)).json()["seq"] == 5
    assert len(hq.staff("GET", "/v1/exceptions").json()) == 1
    assert hq.staff("GET", "/v1/gateways").json()[0]["branches"] == 2


def test_a_third_branch_is_the_third_whatever_grew_before(hq: RunningHq) -> None:
    first = chain(4)
    send(hq, first)
    send(hq, chain(1, start=first[1], note=1))
    send(hq, chain(1, start=first[3]))
    assert send(hq, chain(1, start=first[0], note=2)).status_code == 200
    assert hq.query("SELECT number, parent, from_seq FROM branches ORDER BY 1") == [
        (1, 0, 1),
        (2, 1, 3),
        (3, 1, 2),
    ]
    assert hq.staff("GET", "/v1/gateways").json()[0]["branches"] == 3
    assert len(hq.staff("GET", "/v1/exceptions").json()) == 2


def test_a_wiped_ledger_that_begins_anew_is_a_branch_too(hq: RunningHq) -> None:
    send(hq, chain(3))
    assert send(hq, chain(2, note=5)).status_code == 200
    assert [row["kind"] for row in hq.staff("GET", "/v1/exceptions").json()] == ["ledger_branch"]


def test_a_flipped_byte_anywhere_is_refused_and_stores_nothing(hq: RunningHq) -> None:
    good, bad = chain(2)
    for position in range(0, len(bad.body), 7):
        body = bytearray(bad.body)
        body[position] ^= 0x20
        answer = send(hq, [good, bad._replace(body=bytes(body))])
        assert (answer.status_code, answer.json()["error"]) == (422, "bad_batch"), position
    assert hq.stored() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "gw-1:1:00"),
        ("id", "gw-1:01:{hash}"),
        ("id", "gw-2:1:{hash}"),
        ("id", "nonsense"),
        ("source", "/gateways/gw-2"),
        ("type", "shopbell.scan.seen.v1"),
        ("specversion", "0.3"),
        ("datacontenttype", "text/plain"),
        ("data_base64", "!!!"),
        ("data_base64", ""),
        ("extra", "field"),
    ],
)
def test_a_wrong_envelope_is_refused(hq: RunningHq, field: str, value: str) -> None:
    event = chain(1)[0]
    envelope = {**cloud_event(event), field: value.format(hash=event.hash.hex())}
    assert post(hq, [envelope]).status_code == 422
    assert hq.stored() == []


@pytest.mark.parametrize(
    "change",
    [
        {"gateway": "gw-2"},
        {"seq": 2},
        {"prev": "zz"},
        {"prev": "00"},
        {"type": "x" * 41},
        {"at": 1.5},
    ],
)
def test_a_body_that_is_not_what_it_claims_is_refused(hq: RunningHq, change: dict) -> None:
    event = sealed({**json.loads(chain(1)[0].body), **change})._replace(seq=1)
    envelope = cloud_event(event)
    if "type" in change:
        envelope["type"] = f"shopbell.{change['type']}.v1"
    assert post(hq, [envelope]).status_code == 422
    assert hq.stored() == []


def test_a_body_that_is_not_canonical_is_refused(hq: RunningHq) -> None:
    data = json.dumps(json.loads(chain(1)[0].body), indent=1).encode()
    assert send(hq, [Sealed(1, hashlib.sha256(data).digest(), data)]).status_code == 422


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"<html>", b"[" * 50_000, b'[{"id":1}]', b"\xff\xfe", b"null"]
)
def test_what_is_no_batch_is_refused(hq: RunningHq, body: bytes) -> None:
    assert post(hq, body).status_code == 422


def test_too_many_events_and_too_many_bytes_are_refused(hq: RunningHq) -> None:
    assert post(hq, [cloud_event(event) for event in chain(501)]).status_code == 422
    assert post(hq, b"[" + b" " * BATCH_BYTES_MAX + b"]").status_code == 413
    assert hq.stored() == []


def test_events_that_do_not_follow_each_other_are_refused(hq: RunningHq) -> None:
    events = chain(3)
    assert send(hq, [events[0], events[2]]).status_code == 422
    assert send(hq, [events[0], make_event(2, "22" * 32)]).status_code == 422
    assert hq.stored() == []


def test_another_content_type_is_refused(hq: RunningHq) -> None:
    body = json.dumps([cloud_event(chain(1)[0])])
    answer = hq.as_gateway("POST", "/events", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 415


def test_a_dishonest_decision_is_stored_and_raises_an_exception(hq: RunningHq) -> None:
    body = json.loads(chain(1)[0].body)
    body["outcome"] = {**body["outcome"], "name": "greeted"}
    event = sealed(body)
    assert send(hq, [event]).status_code == 200
    assert send(hq, [event]).json()["known"] == 1
    raised = hq.staff("GET", "/v1/exceptions").json()
    assert [row["kind"] for row in raised] == ["decision_differs"]
    assert raised[0]["detail"]["booked"]["name"] == "greeted"
    assert raised[0]["detail"]["derived"]["name"] == "unknown"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"bundle": "ab" * 32}, "bundle_unknown"),
        ({"core": 99}, "not_decided"),
        ({"new_key": 1}, "not_decided"),
    ],
)
def test_what_hq_cannot_decide_is_stored_and_told_once(hq: RunningHq, change: dict, kind: str) -> None:
    events, prev = [], GENESIS
    for seq in (1, 2, 3):
        events.append(sealed({**json.loads(make_event(seq, prev).body), **change}))
        prev = events[-1].hash.hex()
    assert send(hq, events).json()["accepted"] == 3
    assert [row["kind"] for row in hq.staff("GET", "/v1/exceptions").json()] == [kind]


def test_positions_of_other_seqs(hq: RunningHq) -> None:
    send(hq, chain(2))
    assert hq.as_gateway("GET", "/position?at=7").json() == {"seq": 7, "hashes": []}
    for wrong in ("-1", "x", str(2**63)):
        assert hq.as_gateway("GET", f"/position?at={wrong}").status_code == 422
