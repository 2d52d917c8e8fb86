"""The reader's task: noise is forgiven, a dead chip is recovered, one that stays dead is given up."""

import asyncio
from collections import namedtuple
from typing import Any

import pytest

from firmware.apps import reading
from firmware.core.watch import RECOVERIES_MAX, Watch
from firmware.drivers.gm65 import ScannerError
from firmware.drivers.pn532 import ReaderError

Target = namedtuple("Target", "uid")
CARD = Target(b"\x01\x02\x03\x04")
FAIL = ReaderError("no_answer")
STEPS_MAX = 400


class Ended(Exception):
    """The script is played."""


class Script:
    """A reader and a scanner that do what is written; the last word is Ended."""

    def __init__(self, polls: list[Any], healthy: bool = True, recoveries: tuple[bool, ...] = ()) -> None:
        self.polls = list(polls)
        self.is_healthy = healthy
        self.recoveries = list(recoveries)
        self.starts = 0
        self.steps = 0

    def _next(self, items: list[Any]) -> Any:
        self.steps += 1
        if not items or self.steps > STEPS_MAX:
            raise Ended
        item = items.pop(0)
        if isinstance(item, Exception):
            raise item
        return item

    async def start(self) -> None:
        self.starts += 1

    async def poll(self) -> Any:
        return self._next(self.polls)

    async def read_code(self) -> Any:
        return self._next(self.polls)

    async def healthy(self) -> bool:
        return self.is_healthy

    async def recover(self) -> None:
        if not self._next(self.recoveries):
            raise FAIL

    def counters(self) -> tuple[()]:
        return ()


class Desk:
    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.working: list[bool] = []
        self.codes: list[bytes] = []

    def polled(self, target: Any, _now_ms: int) -> None:
        self.seen.append(target)

    def reader_is(self, working: bool, _now_ms: int) -> None:
        if not self.working or self.working[-1] != working:
            self.working.append(working)

    def scanned(self, code: bytes, _now_ms: int) -> None:
        self.codes.append(code)


class Keypad:
    """One whose keys, and whether it is dead, are written down."""

    def __init__(self, polls: list[Any]) -> None:
        self.faults = 0
        self.dead = False
        self.polls = polls

    def poll(self) -> Any:
        key = self.polls.pop(0)
        self.dead = key is FAIL
        self.faults += self.dead
        return None if self.dead else key


class KeyDesk:
    """A desk that wants keys, or does not, as written; all has been played when nothing is left."""

    def __init__(self, wants: list[bool]) -> None:
        self.wants = wants
        self.said: list[Any] = []

    @property
    def wants_keys(self) -> bool:
        if not self.wants:
            raise Ended
        return self.wants.pop(0)

    def keypad_said(self, key: Any, dead: bool, _now_ms: int) -> None:
        self.said.append((key, dead))


Parts = namedtuple("Parts", "reader scanner keypad uptime")


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    taken: list[int] = []

    async def nap(ms: int) -> None:
        taken.append(ms)

    monkeypatch.setattr(reading, "sleep_ms", nap)
    return taken


def play(script: Script, task: str = "cards") -> tuple[Desk, Watch, reading.Reading]:
    desk, watch = Desk(), Watch({"reader": 1000}, 0)
    parts = Parts(script, script, None, lambda: 0)
    made = reading.Reading(parts, desk, watch, lambda *_words: None, lambda below: below - 1)
    with pytest.raises(Ended):
        asyncio.run(getattr(made, task)())
    return desk, watch, made


def test_keys_go_to_the_desk_while_it_wants_them(naps: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def borrowed(module: str, name: str) -> Any:
        made.append((module, name))
        return lambda bus, address: Keypad(script) if (bus, address) == ("bus", 0x20) else None

    script = ["4", None, FAIL, "5"]
    monkeypatch.setattr(reading, "borrowed", borrowed)
    desk = KeyDesk([False, True, True, True, True, True, False, True])
    parts = Parts(Script([]), Script([]), ("bus", 0x20), lambda: 0)
    reads = reading.Reading(parts, desk, None, lambda *_words: None, lambda below: below - 1)
    with pytest.raises(Ended):
        asyncio.run(reads.keys())
    assert desk.said == [("4", False), (None, False), (None, True), ("5", False)]
    rest, keys = reading.KEYS_REST_MS, reading.KEYS_MS
    assert naps == [rest, keys, keys, keys, rest, keys, rest, keys]
    assert made == [("firmware.drivers.keypad", "Keypad")] * 2, "loaded anew, and not kept in between"
    assert dict(reads.counters())["keypad.faults"] == 1


def test_polls_go_to_the_desk_with_a_pause_between(naps: list[int]) -> None:
    desk, _watch, _ = play(Script([None, CARD, None]))
    assert desk.seen == [None, CARD, None]
    assert naps == [reading.POLL_PAUSE_MS] * 3


def test_noise_is_forgiven_and_counted() -> None:
    script = Script([None, FAIL, CARD, FAIL, FAIL, FAIL, CARD])
    desk, _watch, made = play(script)
    assert desk.seen == [None, CARD, CARD] and script.starts == 1
    assert dict(made.counters())["reader.faults"] == 4


def test_a_chip_that_keeps_failing_is_recovered_though_it_claims_to_be_well() -> None:
    script = Script([FAIL] * (reading.FORGIVEN_MAX + 1) + [CARD], recoveries=(True,))
    desk, _watch, _ = play(script)
    assert desk.seen == [CARD] and script.starts == 2 and desk.working == [True]


def test_a_dead_chip_is_recovered_at_once() -> None:
    desk, _watch, _ = play(Script([FAIL, CARD], healthy=False, recoveries=(True,)))
    assert desk.seen == [CARD]


def test_a_chip_that_stays_dead_is_said_and_given_up(naps: list[int]) -> None:
    script = Script([FAIL], healthy=False, recoveries=(False,) * RECOVERIES_MAX)
    desk, watch, _ = play(script)
    assert desk.working == [False]
    assert watch.given_up and watch.overdue(0) == ["recovery"]
    assert naps.count(reading.RECOVER_PAUSE_MS) == RECOVERIES_MAX


def test_a_late_recovery_is_as_good_as_an_early_one() -> None:
    recoveries = (False,) * (RECOVERIES_MAX - 1) + (True,)
    desk, watch, _ = play(Script([FAIL, CARD], healthy=False, recoveries=recoveries))
    assert desk.working == [False, True] and desk.seen == [CARD]
    assert not watch.given_up


def test_codes_go_to_the_desk_and_a_scanner_starts_again(naps: list[int]) -> None:
    script = Script([b"one", ScannerError("silent"), b"two", ScannerError("silent"), b"three"])
    desk, _watch, _ = play(script, "codes")
    assert desk.codes == [b"one", b"two", b"three"] and script.starts == 3
    assert naps == [2 * reading.SCANNER_PAUSE_MS] * 2  # each start that worked forgives


def test_an_absent_scanner_is_asked_less_and_less(naps: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script([])

    async def start() -> None:
        script.starts += 1
        if script.starts > 6:
            raise Ended
        raise ScannerError("silent")

    monkeypatch.setattr(script, "start", start)
    play(script, "codes")
    cap = reading.SCANNER_PAUSE_CAP_MS
    assert naps == [2000 + pause for pause in (2000, 4000, 8000, 16000, cap, cap)]
