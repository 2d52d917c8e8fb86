"""What is on the bench now: terminals, plugs, the store's log and HQ's, and how far apart they are.

All in memory and on one loop; every change is told to the feed under its own key.

    terminal  {"name", "light", "tone", "state", "busy", "screen_ms", "decide_us"}
    frame     {"name", "pixels"}              base64 of DISPLAY_BYTES
    plugs     {name: bool}
    links     {"gateway": bool, "hq": bool}   whether the bench hears them
    position  {"head", "hq"}                  last seq of the store's ledger, and of it at HQ (null: unknown)
    store, hq {"seq"}                         a log has a new line: draw it again
    roll      {"number"}                      a receipt came out: draw the roll again
    phone     ports.PhoneState                the guest's phone
    floor     ports.FloorState                who is truly where
    glow      {"name"}                        a beacon or tag has advertised
    presence  {"beacons", "people"}           who is where as the gateway has it (its stream)
"""

import asyncio
import base64
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hardware_tests.virtual.bench.feed import Feed, Notes
from hardware_tests.virtual.bench.ports import Floor, Paper, Phone, Plugs, Terminal
from hardware_tests.virtual.bench.stopwatch import QUIET_MS, Stopwatch

LINES_KEPT_MAX: Final = 40
Row = dict[str, Any]
Clock = Callable[[], float]  # monotonic milliseconds


def monotonic_ms() -> float:
    """The bench's clock."""
    return time.monotonic_ns() / 1_000_000


class Unit:
    """One terminal on the counter, with its stopwatch."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.watch = Stopwatch()
        self.busy = False
        self.screen_ms: int | None = None
        self.decide_us: int | None = None

    def view(self) -> Row:
        """Its note, without the picture."""
        terminal = self.terminal
        return {
            "name": terminal.name,
            "light": terminal.light,
            "tone": terminal.tone,
            "state": terminal.state,
            "busy": self.busy,
            "screen_ms": self.screen_ms,
            "decide_us": self.decide_us,
        }

    def frame(self) -> Row:
        """Its picture."""
        pixels = base64.b64encode(self.terminal.pixels()).decode()
        return {"name": self.terminal.name, "pixels": pixels}


class Stage:
    """The present state of everything drawn."""

    def __init__(
        self,
        terminals: Sequence[Terminal],
        plugs: Plugs,
        paper: Paper,
        phone: Phone,
        floor: Floor,
        feed: Feed,
        clock: Clock = monotonic_ms,
    ) -> None:
        self.units = {terminal.name: Unit(terminal) for terminal in terminals}
        self.plugs = plugs
        self.paper = paper
        self.phone = phone
        self.floor = floor
        self.presence: Row = {"beacons": [], "people": []}
        self.links = {"gateway": False, "hq": False}
        self.head = 0
        self.hq: int | None = None
        self.gateway_id = ""
        self.store_lines: deque[Row] = deque(maxlen=LINES_KEPT_MAX)
        self.hq_lines: deque[Row] = deque(maxlen=LINES_KEPT_MAX)
        self._feed = feed
        self._clock = clock
        for unit in self.units.values():
            self._listen(unit)
        paper.on_change = self._paper_changed
        phone.on_change = lambda: feed.tell("phone", "phone", dict(phone.state()))
        floor.on_change = lambda: feed.tell("floor", "floor", dict(floor.state()))
        floor.on_glow = lambda name: feed.tell(f"glow {name}", "glow", {"name": name})

    def present(self) -> Notes:
        """Everything, for a page that opens."""
        notes: Notes = {
            "plugs": ("plugs", dict(self.plugs.state())),
            "links": ("links", dict(self.links)),
            "position": ("position", self.position()),
            "phone": ("phone", dict(self.phone.state())),
            "floor": ("floor", dict(self.floor.state())),
            "presence": ("presence", self.presence),
        }
        for name, unit in self.units.items():
            notes[f"terminal {name}"] = ("terminal", unit.view())
            notes[f"frame {name}"] = ("frame", unit.frame())
        return notes

    def position(self) -> Row:
        """How far the store's ledger and HQ are."""
        return {"head": self.head, "hq": self.hq}

    # -- the counter

    def entered(self, unit: Unit) -> None:
        """A card or code is held to a terminal."""
        unit.watch.entered(self._clock())
        unit.busy, unit.screen_ms, unit.decide_us = True, None, None
        self._tell_unit(unit)

    def left(self, unit: Unit) -> None:
        """It was taken away."""
        unit.busy = False
        self._tell_unit(unit)

    def tell_plugs(self) -> None:
        """A plug was set."""
        self._feed.tell("plugs", "plugs", dict(self.plugs.state()))

    def _paper_changed(self) -> None:
        """A receipt came out, or somebody took the paper."""
        receipts = self.paper.receipts
        self._feed.tell("roll", "roll", {"number": receipts[-1].number if receipts else 0})
        self.tell_plugs()

    def _listen(self, unit: Unit) -> None:
        def framed() -> None:
            unit.watch.changed(self._clock())
            self._feed.tell(f"frame {unit.terminal.name}", "frame", unit.frame())
            self._measure_later(unit)

        unit.terminal.on_frame = framed
        unit.terminal.on_change = lambda: self._tell_unit(unit)

    def _measure_later(self, unit: Unit) -> None:
        asyncio.get_running_loop().call_later((QUIET_MS + 1) / 1_000, self._measure, unit)

    def _measure(self, unit: Unit) -> None:
        waited_ms = unit.watch.take(self._clock())
        if waited_ms is not None:
            unit.screen_ms = waited_ms
            self._tell_unit(unit)

    def _tell_unit(self, unit: Unit) -> None:
        self._feed.tell(f"terminal {unit.terminal.name}", "terminal", unit.view())

    # -- the store

    def store_opened(self, sync: Mapping[str, Any], taps: Sequence[Row]) -> None:
        """The gateway's stream is open; taps are its newest, newest first."""
        self.gateway_id = str(sync["sync"]["gateway"])
        self.store_lines = deque(reversed(taps[:LINES_KEPT_MAX]), maxlen=LINES_KEPT_MAX)
        self._link("gateway", True)
        self._move(head=int(sync["sync"]["seq"]))
        self._feed.tell("store", "store", {"seq": self.head})

    def store_heard(self, name: str, data: Row) -> None:
        """An event of the gateway's stream."""
        if name == "sync":
            self._move(head=int(data["sync"]["seq"]))
        elif name == "tap":
            _append(self.store_lines, [data])
            self._move(head=max(self.head, int(data["seq"])))
            self._feed.tell("store", "store", {"seq": data["seq"], "outcome": data["outcome"]})
            self._answered(data)
        elif name == "presence":
            self.presence = {"beacons": data["beacons"], "people": data["people"]}
            self._feed.tell("presence", "presence", self.presence)
        elif name == "act":
            _append(self.store_lines, [{**data, "device": data["till"]}])
            self._feed.tell("store", "store", {"seq": data["seq"], "outcome": None})

    def _answered(self, tap: Row) -> None:
        unit = self.units.get(tap["device"])
        if unit is not None:
            unit.watch.answered(self._clock())
            unit.decide_us = int(tap["decide_us"])
            self._tell_unit(unit)
            self._measure_later(unit)

    # -- HQ

    def hq_opened(self, gateways: Sequence[Row], events: Sequence[Row]) -> None:
        """HQ's stream is open; events are the newest it has, newest first."""
        mine = [row for row in gateways if row["id"] == self.gateway_id]
        here = [event for event in events if event.get("gateway", self.gateway_id) == self.gateway_id]
        self.hq_lines = deque(reversed(here[:LINES_KEPT_MAX]), maxlen=LINES_KEPT_MAX)
        self._link("hq", True)
        self._move(hq=int(mine[0]["seq"]) if mine else 0)
        self._feed.tell("hq", "hq", {"seq": self.hq})

    def hq_heard(self, name: str, data: Row) -> None:
        """An event of HQ's stream."""
        if name == "events" and data["gateway"] == self.gateway_id:
            _append(self.hq_lines, data["events"])
            self._move(hq=int(data["seq"]))
            self._feed.tell("hq", "hq", {"seq": self.hq})

    def lost(self, link: str) -> None:
        """The bench does not hear the gateway or HQ any more; what it knew stays drawn."""
        self._link(link, False)

    def _link(self, link: str, up: bool) -> None:
        if self.links[link] != up:
            self.links[link] = up
            self._feed.tell("links", "links", dict(self.links))

    def _move(self, head: int | None = None, hq: int | None = None) -> None:
        before = (self.head, self.hq)
        self.head = self.head if head is None else head
        self.hq = self.hq if hq is None else hq
        if (self.head, self.hq) != before:
            self._feed.tell("position", "position", self.position())


def _append(lines: deque[Row], rows: Sequence[Row]) -> None:
    """Add what is not there yet: what happens while a stream opens comes by stream and by question."""
    there = {_identity(row) for row in lines}
    lines.extend(row for row in rows if _identity(row) not in there)


def _identity(row: Row) -> tuple[int, bool]:
    return int(row["seq"]), bool(row.get("duplicate"))
