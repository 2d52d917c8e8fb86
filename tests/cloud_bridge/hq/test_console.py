"""HQ's page and its stream: what a person sees, in both languages, live."""

import json
import threading
from collections.abc import Iterator

import httpx
import pytest

from cloud_bridge.hq.live import NOTES_WAITING_MAX, SUBSCRIBERS_MAX, Live
from tests.cloud_bridge.hq.test_ingest import chain, sealed, send
from tests.cloud_bridge.rig import HEADER, STAFF, RunningHq, wait_for

PARTS = (
    *("gateways", "promises", "events", "members", "imports", "exceptions"),
    *("programs", "goods", "staff"),
)


def page(hq: RunningHq, query: str = "") -> str:
    answer = hq.staff("GET", f"/?lang=en{query}")
    assert answer.status_code == 200
    return answer.text


def test_an_empty_hq_says_what_to_do(hq: RunningHq) -> None:
    text = page(hq)
    assert "No event yet" in text and "Nothing imported yet" in text and "No exceptions" in text
    assert "还没有事件" in hq.staff("GET", "/?lang=zh-CN").text


def test_everything_is_on_the_page(hq: RunningHq) -> None:
    first = chain(5)
    send(hq, first)
    send(hq, chain(2, start=first[1], note=3))
    hq.as_gateway("GET", "/position", headers={"shopbell-head": "9"})
    hq.import_text(
        HEADER + "MW0001,林晓雯,,zh-CN,active,gold,1880,river,04A1B2C3D4E580,,active\nB,,,,,,,,,,\n"
    )
    text = page(hq, "&member=MW")
    assert "5 behind" in text and "2 branches" in text
    assert "The ledger has forked" in text and "Gateway gw-1, event 3" in text
    assert "Unknown card" in text and "counter-1" in text
    assert "林**" in text and "林晓雯" not in text, "names are masked"
    assert "Members new 1, changed 0, unchanged 0; lines refused 1" in text
    assert "Line 3" in text and "This column is empty" in text
    chinese = hq.staff("GET", "/?lang=zh-CN&member=MW").text
    assert "账本出现分支" in chinese and "未知的卡" in chinese and "第 3 行" in chinese


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_drawn_alone(hq: RunningHq, part: str) -> None:
    text = page(hq, f"&part={part}")
    assert f'data-part="{part}"' in text and "<html" not in text
    assert all(f'data-part="{other}"' not in text for other in PARTS if other != part)


def test_a_part_that_is_not_there(hq: RunningHq) -> None:
    assert hq.staff("GET", "/?part=secrets").status_code == 404


def test_the_look_is_served_with_its_version(hq: RunningHq) -> None:
    text = page(hq)
    for name in ("shopbell.css", "hq.css", "hq.js"):
        address = text.split(f"/look/{name}")[1].split('"')[0]
        answer = hq.client.get(f"{hq.url}/look/{name}{address}")
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    assert hq.client.get(hq.url + "/look/../app.py").status_code == 404


def test_a_file_that_is_no_members_is_explained_on_the_page(hq: RunningHq) -> None:
    hq.import_text("<html>", name="page.html")
    text = page(hq)
    assert "The last line has no line end" in text and "page.html" in text and "Whole file refused" in text


@pytest.mark.parametrize(
    "odd",
    [
        {"at": 2**70, "outcome": {"name": "<b>new</b>", "late": 1}, "facts": None},
        {"at": -5, "outcome": "x", "facts": [1], "device": None},
        {"at": "now", "outcome": {"name": 7, "tier": []}, "facts": {"member": "m1"}, "device": {}},
        {"at": True, "outcome": None, "facts": {"member": {"id": 5}}, "device": "<i>" * 999},
    ],
)
def test_an_event_with_an_odd_body_is_kept_and_breaks_no_page(hq: RunningHq, odd: dict) -> None:
    body = {**json.loads(chain(1)[0].body), "core": 9, **odd}
    assert send(hq, [sealed(body)]).status_code == 200
    text = page(hq)
    assert "<b>new" not in text and "<i><i>" not in text
    assert hq.staff("GET", "/v1/events").status_code == 200


def follow(hq: RunningHq, until: str) -> tuple[list[tuple[str, dict]], threading.Thread]:
    """Collect the stream's notes on a thread until one of that name came."""
    notes: list[tuple[str, dict]] = []
    headers = {"authorization": f"Bearer {STAFF}"}
    opened = threading.Event()

    def read() -> None:
        with httpx.stream(
            "GET", hq.url + "/v1/stream", headers=headers, timeout=30, trust_env=False
        ) as answer:
            name = ""
            for line in answer.iter_lines():
                opened.set()
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    notes.append((name, json.loads(line.removeprefix("data: "))))
                    if name == until:
                        return

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    assert opened.wait(20)
    return notes, thread


def test_events_are_told_as_they_come(hq: RunningHq) -> None:
    notes, thread = follow(hq, "events")
    events = chain(30)
    send(hq, events)
    thread.join(20)
    name, data = notes[-1]
    assert (name, data["gateway"], data["seq"], data["accepted"]) == ("events", "gw-1", 30, 30)
    assert [event["seq"] for event in data["events"]] == list(range(11, 31)), "the newest of a batch"
    assert data["events"][-1]["outcome"] == "unknown"
    assert notes[0] == ("gateway", {"gateway": "gw-1", "head": None})


def test_an_import_is_told_to_its_end(hq: RunningHq) -> None:
    notes, thread = follow(hq, "exception")
    hq.import_text(HEADER + "".join(f"A{n},林,,en,active,,1,river,,,active\n" for n in range(1_200)))
    send(hq, chain(2))
    send(hq, chain(1, note=1))
    thread.join(20)
    steps = [(data["state"], data["done"]) for name, data in notes if name == "import"]
    assert steps == [
        ("receiving", 0),
        ("applying", 500),
        ("applying", 1_000),
        ("applying", 1_200),
        ("done", 1_200),
    ]


def test_a_stopping_hq_ends_its_streams(hq: RunningHq) -> None:
    _, thread = follow(hq, "never")
    hq.stop()
    thread.join(20)
    assert not thread.is_alive()
    hq.start()


def test_streams_are_bounded(hq: RunningHq) -> None:
    live = hq.hq.live
    held = [live.subscribe() for _ in range(SUBSCRIBERS_MAX)]
    assert all(held)
    assert hq.staff("GET", "/v1/stream").status_code == 503
    for subscription in held:
        assert subscription is not None
        live.forget(subscription)


def test_a_page_that_does_not_read_is_dropped_and_counted() -> None:
    counted: list[str] = []
    live = Live(counted.append)
    subscription = live.subscribe()
    assert subscription is not None
    for number in range(NOTES_WAITING_MAX + 1):
        live._tell(("n", {"number": number}))
    assert counted == ["stream_dropped"]
    assert not subscription.ended, "what is queued may still be read"


@pytest.fixture(autouse=True)
def streams_are_let_go(hq: RunningHq) -> Iterator[None]:
    yield
    wait_for(lambda: True, "")
