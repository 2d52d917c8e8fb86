"""Kills gateway, broker and bridge with SIGKILL, again and again, while people tap; then looks what became.

Which process dies when is drawn from a seed; what the machine does in between is not, so a seed names a run
but does not replay it. Judged are files and the terminals' own words, not what anybody meant to do.
"""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from hardware_tests.virtual.chips.cards import parse_card
from samples.brand import read_members
from shopbell.run.terminals import Terminal
from tests.system.process import LOOK_EVERY_S, Process, until
from tests.system.store import Store
from tests.system.wire import Wire

DEVICES = (
    Terminal("entrance-1", "esp32_devkit", "entrance"),
    Terminal("counter-1", "pico_w", "counter"),
    Terminal("counter-2", "esp32_devkit", "counter"),
    Terminal("counter-3", "esp32_devkit", "counter"),
)
CARDS = [row.card_uid for row in read_members() if row.card_uid] + [f"04{n:012X}" for n in range(1, 9)]
# People take their time; without it 500 taps are over before anything could be killed often.
PAUSE_S_MAX = 0.5
# Between two kills; a gateway is back within a second and must get somewhere before it dies again.
PEACE_S_MAX = 0.8
# Each broken link makes a terminal wait longer, up to 2^n s: more would fill its 64 places with waiting taps.
BROKER_KILLS_MAX, WIRE_CUTS_MAX = 3, 1
DEAF_S_MAX = 0.6
MENDING_S = 90.0
# Longer than a terminal waits before it sends again; only a pause between looks, never a proof of anything.
QUIET_S = 3.0
# A busy machine makes a reader miss a card that was there for one look: some more are held than must be seen.
HELD_PERCENT = 108
BOUNCES_MAX = 6


class Verdict(NamedTuple):
    """What a run did and what was wrong with it (nothing, if all is well)."""

    seed: int
    taps: int
    kills: dict[str, int]
    resends: int
    duplicates: int
    seconds: float
    faults: list[str]

    def __str__(self) -> str:
        kills = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        return (
            f"kill run: seed {self.seed}, {sum(self.kills.values())} kills ({kills}), {self.taps} taps,"
            f" {self.resends} resent, {self.duplicates} duplicates seen answered, {len(self.faults)} faults,"
            f" {self.seconds:.0f} s"
        )


class KillRun:
    """One run over an open store."""

    def __init__(self, store: Store, seed: int, taps: int) -> None:
        self._store, self._seed = store, seed
        self._chance = random.Random(seed)
        self._each = taps * HELD_PERCENT // 100 // len(store.room.terminals) + 1
        self._kills: Counter[str] = Counter()
        self._cuts: Counter[str] = Counter()
        self._duplicates = 0

    def run(self) -> Verdict:
        """Tap and kill, mend, judge."""
        begun = time.monotonic()
        devices = list(self._store.room.terminals)
        with ThreadPoolExecutor(len(devices) + 1) as pool:
            tapping = [pool.submit(self._tap, device, self._chance.random()) for device in devices]
            done = threading.Event()
            reaping = pool.submit(self._reap, done)
            try:
                for each in tapping:
                    each.result()
            finally:
                done.set()
            reaping.result()
        self._see_duplicates()
        faults = self._mend() + self._judge()
        resends = sum(self._count(device, "outbox.resends") for device in devices)
        seconds = time.monotonic() - begun
        taps = sum(self._count(device, "taps") - self._count(device, "outbox.refused") for device in devices)
        return Verdict(self._seed, taps, dict(self._kills), resends, self._duplicates, seconds, faults)

    def _tap(self, device: str, seed: float) -> None:
        """Different cards, one after the other: each is a tap of its own."""
        chance = random.Random(seed)
        cards = chance.sample(CARDS, len(CARDS))
        for number in range(self._each):
            card = parse_card(f"UID={cards[number % len(cards)]}")
            self._store.hold(device, card, until_gone=False)
            time.sleep(chance.random() * PAUSE_S_MAX)

    def _reap(self, done: threading.Event) -> None:
        """Kill, start again, leave it in peace for a moment, kill."""
        while not done.wait(self._chance.random() * PEACE_S_MAX):
            wire = self._deafen()
            victims = self._draw()
            if self._store.gateway in victims:
                self._see_duplicates()
            for victim in victims:
                self._kills[victim.name] += 1
                victim.kill()
            self._start()
            if wire:
                self._store.loop.call(wire.cut())

    def _draw(self) -> list[Process]:
        """Who dies now; sometimes two at once, the broker seldom."""
        store = self._store
        draws = [[store.gateway]] * 4 + [[store.bridge]] * 2 + [[store.gateway, store.bridge]]
        if self._kills["broker"] < BROKER_KILLS_MAX:
            draws += [[store.broker], [store.broker, store.gateway]]
        return self._chance.choice(draws)

    def _deafen(self) -> Wire | None:
        """Sometimes a terminal hears no answers for a moment: they are lost when its wire is cut."""
        device = self._chance.choice(list(self._store.wires))
        if self._cuts[device] >= WIRE_CUTS_MAX:
            return None
        self._cuts[device] += 1
        self._store.loop.call(self._store.wires[device].go_deaf())
        time.sleep(self._chance.random() * DEAF_S_MAX)
        return self._store.wires[device]

    def _start(self) -> None:
        """Everything runs again, in a moment or two."""
        self._store.broker.start()
        self._store.bridge.start()
        self._store.start_gateway()

    def _see_duplicates(self) -> None:
        """A gateway's counters die with it."""
        self._duplicates += self._store.counters().get("booked.duplicates", 0)

    def _mend(self) -> list[str]:
        """Wait until the terminals say that nothing of theirs waits; what never came."""
        self._start()
        try:
            for _ in range(BOUNCES_MAX):
                self._until_quiet()
                self._let_all_speak()
                if not any(self._outboxes().values()):
                    return []
            return ["an outbox is never empty: " + repr(self._outboxes())]
        except AssertionError as never:
            return [str(never)]

    def _until_quiet(self) -> None:
        """Nothing has been booked for a while: what is left waits for something."""
        count, since = -1, 0.0
        ends = time.monotonic() + MENDING_S
        while time.monotonic() < ends and (count < 0 or time.monotonic() - since < QUIET_S):
            now = len(self._store.ledger.records())
            count, since = (now, time.monotonic()) if now != count else (count, since)
            time.sleep(LOOK_EVERY_S)

    def _let_all_speak(self) -> None:
        """Have every terminal connect anew, which makes it say how it is."""
        said = {device: self._store.device(device)["at"] for device in self._store.room.terminals}
        for wire in self._store.wires.values():
            self._store.loop.call(wire.cut())
        for device, before in said.items():
            until(lambda: self._store.is_back(device, before), f"{device} says how it is", MENDING_S)  # noqa: B023

    def _outboxes(self) -> dict[str, int]:
        return {device: self._count(device, "outbox.now") for device in self._store.room.terminals}

    def _count(self, device: str, name: str) -> int:
        """A counter of the terminal as it last said it; 0 where it never did."""
        return int(self._store.device(device)["counters"].get(name, 0))

    def _judge(self) -> list[str]:
        """Ledger against terminals, HQ against ledger, chain against itself."""
        faults = [fault for device in self._store.room.terminals for fault in self._judge_device(device)]
        if broken := self._store.ledger.chain_fault():
            faults.append(f"chain: {broken}")
        try:
            self._store.until_hq_has_all(MENDING_S)
        except AssertionError as differs:
            faults.append(f"HQ: {differs}")
        return faults

    def _judge_device(self, device: str) -> list[str]:
        """Every number of its one boot is booked, and once, but for what was refused in sight."""
        records = [
            event.record for event in self._store.ledger.records() if event.device == device and event.record
        ]
        numbers = Counter(record.number for record in records)
        refused = self._count(device, "outbox.refused")
        boots = {(record.boot, record.nonce) for record in records}
        taps = self._count(device, "taps")
        missing = [number for number in range(1, taps + 1) if not numbers[number]]
        faults = [f"{device}: lost {missing}, refused {refused} in sight"] if len(missing) != refused else []
        faults += [f"{device}: number {number} is booked {n} times" for number, n in numbers.items() if n > 1]
        terminal = self._store.terminal(device)
        if (terminal.state, terminal.starts) != ("running", 1):
            said = "\n".join(terminal.output)
            faults.append(f"{device}: {terminal.state}, {terminal.starts} starts, its last words: {said}")
        if len(boots) != 1:
            faults.append(f"{device}: booked under {len(boots)} boots")
        if taps > self._each:
            faults.append(f"{device}: held {self._each} cards, saw {taps}")
        return faults
