"""One store in one thread: terminals, broker and gateway, killed and cut wherever a seed says so.

Real are the terminals' desk and outbox (firmware/core), the gateway's desk and its ledger file. Played are
time, the broker (a bag of messages: it delivers, loses, repeats and mixes them) and death: a terminal's power
cut forgets all that is in memory, a gateway's kill drops its connection to the file wherever it stands, also
in the middle of a batch, before or after its commit.

After the steps everything is mended and the terminals may send until they have nothing left. Then the ledger
file must hold every tap of every terminal exactly once; only a power cut excuses a tap not yet booked.
"""

import random
from collections import Counter, namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from firmware.core import desk as terminal_desk
from firmware.core import post
from firmware.core.outbox import Outbox, RecordId
from firmware.core.presence import GONE_AFTER
from firmware.core.records import Clock, Recorder
from firmware.core.witness import HighestSeen
from firmware.protocol.messages import Witness
from gateway.ports import Inbound
from gateway.storage import layout
from tests.proof import books

Target = namedtuple("Target", "tech uid atqa sak ats")
Tapped = tuple[str, int, str, int, int]  # device, boot, nonce in hex, number, uptime in ms
TERMINALS = ("counter-1", "entrance-1", "till-1")
CARDS = tuple(Target(1, b"\x04" + bytes((number,)) * 6, 0x44, 0, b"") for number in range(40))
STEP_MS_MAX = 400
BATCH_MAX = 8
# Until the outboxes are empty: the longest retry wait is 30 s, so every record is sent again several times.
MENDING_MS = 240_000


class Killed(BaseException):
    """The gateway is dead in the middle of what it was doing: nothing may catch this."""


class Parts(NamedTuple):
    """What a planted bug replaces."""

    outbox: Callable[[int, bytes, Callable[[int], int]], Outbox] = Outbox
    change_house: Callable[[books.House], None] = lambda house: None
    next_boot: Callable[[int, bytes], tuple[int, bytes]] = lambda boot, nonce: (boot + 1, nonce)


class Report(NamedTuple):
    """What happened, and what was wrong with it (nothing, if all is well)."""

    taps: int
    kills: int
    power_cuts: int
    lost_messages: int
    duplicates: int
    faults: list[str]


class Terminal:
    """One terminal; a power cut begins another boot with nothing but what the ledger may know."""

    def __init__(self, device: str, chance: random.Random, parts: Parts) -> None:
        self.device = device
        self._chance, self._parts = chance, parts
        self._boot, self._nonce = 0, b"\x00" * 8
        self.tapped: list[Tapped] = []
        self.excused: set[Tapped] = set()
        self.power_on(0)

    def power_on(self, now_ms: int) -> None:
        """A start: new boot number, new nonce, uptime from 0, memory empty."""
        self._boot, self._nonce = self._parts.next_boot(self._boot, self._chance.randbytes(8))
        self.started_ms = now_ms
        clock = Clock(0)
        self.outbox = self._parts.outbox(self._boot, self._nonce, self._chance.randrange)
        recorder = Recorder(self._boot, self._nonce, clock)
        identity = post.Identity(self.device, "esp32_devkit", "counter", "1.0.0")
        self.desk = terminal_desk.Desk(
            identity, recorder, clock, self.outbox, HighestSeen(Witness(0, 0)), lambda: None
        )
        self._numbers = 0
        self.desk.link_is(True, 0)

    def power_cut(self, now_ms: int) -> None:
        """Everything in memory is gone: what was not booked is excused."""
        self.excused.update(tapped for tapped in self.tapped if tapped[1:4] in self._unbooked())
        self.power_on(now_ms)

    def _unbooked(self) -> set[tuple[int, str, int]]:
        everything = [tap for tap in self.tapped if tap[2] == self._nonce.hex()]
        return {tap[1:4] for tap in everything if self._holds(tap)}

    def _holds(self, tap: Tapped) -> bool:
        return self.outbox._find(RecordId(tap[1], bytes.fromhex(tap[2]), tap[3])) is not None

    def tap(self, now_ms: int) -> None:
        """A card comes and goes; what a full outbox refused was never promised."""
        refused, uptime_ms = self.outbox.refused, now_ms - self.started_ms
        self.desk.polled(self._chance.choice(CARDS), uptime_ms)
        for _ in range(GONE_AFTER):
            self.desk.polled(None, uptime_ms)
        self._numbers += 1
        if self.outbox.refused == refused:
            self.tapped.append((self.device, self._boot, self._nonce.hex(), self._numbers, uptime_ms))

    def letters(self, now_ms: int) -> list[tuple[str, bytes]]:
        """Everything due now, handed to the connection."""
        found = []
        while letter := self.desk.next_letter(now_ms - self.started_ms):
            self.desk.posted(letter, now_ms - self.started_ms)
            found.append((letter.topic, letter.payload))
        return found

    def hear(self, topic: str, payload: bytes, now_ms: int) -> None:
        self.desk.received(topic, payload, now_ms - self.started_ms)


class World:
    """All of it; `run` plays a seed to its end."""

    def __init__(self, folder: Path, seed: int, parts: Parts) -> None:
        self._folder, self._parts = folder, parts
        self._chance = random.Random(seed)
        self._now_ms = 0
        self._up: list[tuple[str, bytes]] = []
        self._down: list[tuple[str, bytes]] = []
        self._terminals = {name: Terminal(name, self._chance, parts) for name in TERMINALS}
        self._counts: Counter[str] = Counter()
        self._start_gateway()

    def run(self, steps: int) -> Report:
        """So many steps, then mending, then the judgement."""
        actions = [
            *(self._tap,) * 6,
            *(self._send,) * 6,
            *(self._serve,) * 6,
            *(self._deliver,) * 6,
            self._kill_gateway,
            self._kill_gateway_in_a_batch,
            self._lose,
            self._repeat,
            self._power_cut,
        ]
        for _ in range(steps):
            self._now_ms += self._chance.randrange(STEP_MS_MAX)
            self._chance.choice(actions)()
        self._mend()
        self._house.close()
        return self._judge()

    def _tap(self) -> None:
        self._any_terminal().tap(self._now_ms)

    def _send(self) -> None:
        self._up += self._any_terminal().letters(self._now_ms)

    def _serve(self) -> None:
        """Some of what the broker holds, in any order, as one batch."""
        self._chance.shuffle(self._up)
        batch, self._up = self._up[:BATCH_MAX], self._up[BATCH_MAX:]
        self._down += [tuple(answer) for answer in self._house.desk.serve([Inbound(*each) for each in batch])]

    def _deliver(self) -> None:
        """One answer reaches its terminal."""
        if self._down:
            topic, payload = self._down.pop(self._chance.randrange(len(self._down)))
            self._terminals[topic.split("/")[2]].hear(topic, payload, self._now_ms)

    def _lose(self) -> None:
        """The broker dies: all that it held is gone."""
        self._counts["lost"] += len(self._up) + len(self._down)
        self._up, self._down = [], []

    def _repeat(self) -> None:
        """The broker delivers twice, as QoS 1 may."""
        self._up += self._up[:2]
        self._down += self._down[:2]

    def _power_cut(self) -> None:
        self._counts["power_cuts"] += 1
        self._any_terminal().power_cut(self._now_ms)

    def _kill_gateway(self) -> None:
        self._counts["kills"] += 1
        self._bury_gateway()
        self._start_gateway()

    def _kill_gateway_in_a_batch(self) -> None:
        """Death at one of the places where a batch can be: before its commit, or just behind it."""
        spot = self._chance.choice(("before commit", "after commit"))
        wound(self._house, spot)
        try:
            self._serve()
        except Killed:
            self._counts["mid_batch"] += 1
        self._kill_gateway()

    def _start_gateway(self) -> None:
        self._house = books.open_house(self._folder, self._chance.randbytes(8), lambda: self._now_ms)
        self._parts.change_house(self._house)
        self._down += [tuple(answer) for answer in self._house.desk.greet()]

    def _bury_gateway(self) -> None:
        """The kernel closes what the dead process held; an open transaction was never there."""
        self._counts["duplicates"] += self._house.counters.get("booked.duplicates")
        self._house.close()

    def _mend(self) -> None:
        """No more faults: until all outboxes are empty, or time is up."""
        ends_ms = self._now_ms + MENDING_MS
        while self._now_ms < ends_ms and any(len(each.outbox) for each in self._terminals.values()):
            self._now_ms += STEP_MS_MAX
            for terminal in self._terminals.values():
                self._up += terminal.letters(self._now_ms)
            while self._up:
                self._serve()
            while self._down:
                self._deliver()

    def _any_terminal(self) -> Terminal:
        return self._terminals[self._chance.choice(TERMINALS)]

    def _judge(self) -> Report:
        path = layout.ledger_path(str(self._folder / "data"))
        tapped = [tap for each in self._terminals.values() for tap in each.tapped]
        excused = set().union(*(each.excused for each in self._terminals.values()))
        left = sum(len(each.outbox) for each in self._terminals.values())
        faults = judge(tapped, excused, read_taps(path))
        if left:
            faults.append(f"{left} records were never answered")
        if broken := books.chain_fault(path):
            faults.append(f"chain: {broken}")
        counts = self._counts
        return Report(
            len(tapped), counts["kills"], counts["power_cuts"], counts["lost"], counts["duplicates"], faults
        )


def judge(tapped: list[Tapped], excused: set[Tapped], booked: list[Tapped]) -> list[str]:
    """What a ledger did wrong with these taps."""
    times = Counter(booked)
    faults = [f"lost: {tap}" for tap in tapped if times[tap] == 0 and tap not in excused]
    faults += [f"booked {count} times: {tap}" for tap, count in times.items() if count > 1]
    return faults + [f"invented: {tap}" for tap in times if tap not in set(tapped)]


def read_taps(ledger: Path) -> list[Tapped]:
    """Every tap in the ledger file."""
    return [
        (*event.record, event.uptime_ms)
        for event in books.read_events(ledger)
        if event.record and event.uptime_ms is not None
    ]


def wound(house: books.House, spot: str) -> None:
    """Make the gateway die in its next batch, before its COMMIT or just behind it."""
    head, ledger = house.head, house.ledger

    def die(*_: Any) -> None:
        raise Killed

    if spot == "after commit":
        head.announce = die  # type: ignore[method-assign]
    else:
        ledger._db = DyingConnection(ledger._db)  # type: ignore[assignment]


class DyingConnection:
    """A database connection whose process is killed at COMMIT; close() is what the kernel does."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def execute(self, statement: str, *more: Any) -> Any:
        if statement == "COMMIT":
            self._real.close()
            raise Killed
        return self._real.execute(statement, *more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
