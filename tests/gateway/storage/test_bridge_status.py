"""The bridge's word of itself: whatever lies in its file's place is a state, never an exception."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud_bridge.bridge.errors import HqUnreachable
from cloud_bridge.bridge.status import Status
from gateway.counters import Counters
from gateway.storage import bridge_status, layout
from gateway.storage.bridge_status import BYTES_MAX, NOTHING_SAID, BridgeStatus
from tests.cloud_bridge.rig import silent_log

NOW_MS = 1_795_233_600_000


class Store:
    """A run folder, a real bridge's status, and both clocks; they stand still unless moved."""

    def __init__(self, folder: Path) -> None:
        self.now_ms, self.steady_ms = NOW_MS, 50_000
        self.path = folder / layout.BRIDGE_STATUS_FILE
        self.bridge = Status(str(folder), "s1-gateway", lambda: self.now_ms, silent_log())
        self.counters = Counters()
        self.status = self.open()

    def open(self) -> BridgeStatus:
        """The gateway, newly started."""
        clocks = (lambda: self.now_ms, lambda: self.steady_ms)
        return BridgeStatus(self.path, "s1-gateway", self.counters, *clocks)

    def wait(self, span_ms: int) -> None:
        self.now_ms += span_ms
        self.steady_ms += span_ms

    def state(self) -> Any:
        return self.status.look()["state"]

    def says(self, **changes: Any) -> dict[str, Any]:
        """A good file with something else in it."""
        return {**self.bridge.view(), "at_ms": self.now_ms, **changes}

    def write(self, said: Any) -> None:
        self.path.write_bytes(said if isinstance(said, bytes) else json.dumps(said).encode())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_what_a_real_bridge_writes_is_understood_whole(store: Store) -> None:
    store.bridge.heard_hq()
    store.bridge.set_up(head=12, position=7)
    store.bridge.set_cache(generation="g1", cursor=48, as_of=7)
    store.bridge.count("sent", 7)
    store.bridge.went_wrong("up", HqUnreachable("no line"))
    store.bridge.write()
    said = store.status.look()
    trouble = said.pop("trouble")
    assert said == {
        "state": "running",
        "heard_ms": NOW_MS,
        "started_ms": NOW_MS,
        "last_contact_ms": NOW_MS,
        "backlog": 5,
        "cache": {"generation": "g1", "cursor": 48, "as_of": 7, "snapshot_rows": None},
        "counters": {"sent": 7, "hq_unreachable": 1},
    }
    assert (trouble["code"], trouble["times"], trouble["since_ms"]) == ("hq_unreachable", 1, NOW_MS)
    assert trouble["zh-CN"]["what"] == "连不上总部" and "internet" in trouble["en"]["do"]


def test_no_file_is_a_bridge_that_never_started_and_nothing_to_count(store: Store) -> None:
    assert store.status.look() == {"state": "absent", **NOTHING_SAID}
    assert store.counters.snapshot() == {}


def test_a_bridge_that_beats_is_running_and_one_that_stops_falls_silent_once(store: Store) -> None:
    for _ in range(10):
        store.bridge.write()
        assert store.state() == "running"
        store.wait(layout.BRIDGE_STATUS_BEAT_MS)
    store.wait(layout.BRIDGE_SILENT_MS - layout.BRIDGE_STATUS_BEAT_MS)
    assert store.state() == "running"
    store.wait(1)
    assert [store.state(), store.state()] == ["silent", "silent"]
    assert store.status.look()["heard_ms"] < store.now_ms, "what it said last is kept"
    assert store.counters.snapshot() == {"bridge_status.silent": 1}
    store.bridge.write()
    assert store.state() == "running"


def test_a_file_of_an_earlier_run_is_silence_at_once_but_nobody_left(store: Store) -> None:
    store.bridge.write()
    store.wait(layout.BRIDGE_SILENT_MS + 1)
    store.status = store.open()
    assert store.state() == "silent"
    assert store.counters.snapshot() == {}
    store.wait(1)
    store.bridge.write()
    assert store.state() == "running"


@pytest.mark.parametrize("leap_ms", [-3_600_000, 3_600_000])
def test_a_clock_that_is_set_makes_no_silence(store: Store, leap_ms: int) -> None:
    store.bridge.write()
    assert store.state() == "running"
    store.now_ms += leap_ms
    assert store.state() == "running"
    store.bridge.write()
    assert store.state() == "running"


def test_a_file_that_goes_while_we_watch_is_counted(store: Store) -> None:
    store.bridge.write()
    assert store.state() == "running"
    store.path.unlink()
    assert store.status.look() == {"state": "absent", **NOTHING_SAID}
    assert store.counters.snapshot() == {"bridge_status.absent": 1}


def test_the_bridge_of_another_gateway_is_no_bridge_of_ours(store: Store) -> None:
    store.write(store.says(gateway="s2-gateway"))
    assert store.status.look() == {"state": "foreign", **NOTHING_SAID}
    assert store.counters.snapshot() == {"bridge_status.foreign": 1}


def _without(said: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != key}


BAD: dict[str, Callable[[dict[str, Any]], Any]] = {
    "empty": lambda said: b"",
    "half": lambda said: json.dumps(said).encode()[:-20],
    "no JSON": lambda said: b"<html>It works!</html>",
    "no UTF-8": lambda said: json.dumps(said).encode().replace(b"s1-gateway", b"s1\xff"),
    "no object": lambda said: b"[" * 50_000,
    "deep": lambda said: {**said, "counters": json.loads("[" * 500 + "]" * 500)},
    "another version": lambda said: {**said, "v": 2},
    "a field too many": lambda said: {**said, "mood": "good"},
    "a field too few": lambda said: _without(said, "at_ms"),
    "a time as text": lambda said: {**said, "at_ms": "now"},
    "a time before 1970": lambda said: {**said, "last_contact_ms": -1},
    "a number without end": lambda said: {**said, "backlog": 10**400},
    "true as a number": lambda said: {**said, "backlog": True},
    "a trouble in one language": lambda said: {
        **said,
        "trouble": {"code": "x", "en": {"what": "a", "do": "b"}, "since_ms": 0, "times": 1},
    },
    "too many counters": lambda said: {**said, "counters": {str(number): 1 for number in range(65)}},
    "a name too long": lambda said: {**said, "counters": {"x" * 65: 1}},
    "good but too long": lambda said: json.dumps(said).encode() + b" " * BYTES_MAX,
}


@pytest.mark.parametrize("what", BAD)
def test_what_a_bridge_never_writes_is_nonsense_and_counted_once(store: Store, what: str) -> None:
    store.write(BAD[what](store.says()))
    assert store.status.look() == {"state": "nonsense", **NOTHING_SAID}
    assert store.state() == "nonsense"
    assert store.counters.snapshot() == {"bridge_status.nonsense": 1}
    store.write(store.says())
    assert store.state() == "running"


@given(st.binary(max_size=200), st.integers(0, 600))
def test_no_damage_whatever_raises(tmp_path_factory: pytest.TempPathFactory, piece: bytes, at: int) -> None:
    store = Store(tmp_path_factory.getbasetemp())
    whole = json.dumps(store.says()).encode()
    store.write(whole[:at] + piece + whole[at + len(piece) :])
    assert store.state() in ("nonsense", "foreign", "running", "silent")


def _replace_by_folder(path: Path) -> None:
    path.mkdir()


def _replace_by_pipe(path: Path) -> None:
    os.mkfifo(path)


def _replace_by_loop(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize("replace", [_replace_by_folder, _replace_by_pipe, _replace_by_loop])
def test_what_cannot_be_read_is_said_and_not_waited_for(
    store: Store, replace: Callable[[Path], None]
) -> None:
    replace(store.path)
    assert store.status.look() == {"state": "unreadable", **NOTHING_SAID}
    assert store.state() == "unreadable"
    assert store.counters.snapshot() == {"bridge_status.unreadable": 1}
    store.path.rmdir() if store.path.is_dir() else store.path.unlink()
    store.bridge.write()
    assert store.state() == "running"


def test_a_file_that_has_not_changed_is_not_read_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.bridge.write()
    assert store.state() == "running"

    def refuse(path: Path) -> bytes:
        raise AssertionError(f"{path} was read again")

    monkeypatch.setattr(bridge_status, "_read", refuse)
    assert store.state() == "running"
