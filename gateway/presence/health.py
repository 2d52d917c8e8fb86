"""How the beacons are: who is off, who is mute or deaf, who was carried away, copied, or lost the time.

    cloned      an identity of it was refused, because two said it who cannot be one, within NOTICE_MS
    lost        its link to the broker is gone: its status says so, or the will
    silent      nobody hears it who should, or it hears nobody whom it should, for SILENT_MS
    moved       those who hear it, and whom it hears, do so on another level than they had learned
    clock_lost  what it speaks is of another hour, and was within NOTICE_MS; over when it is understood again
    never       nobody has heard it yet
    ok

The first that holds is its state. Beacons hear each other: that is the self-test. Members' tags come and go
with their owners: they are never silent, lost or moved.

Invariants: time is given; nothing but the beacons, tags and radio of the site is watched.
"""

from collections.abc import Iterable, Set
from typing import Any, NamedTuple

from gateway.presence.pairs import Link, Pairs
from gateway.presence.registry import RADIO, TAG, Site

OK, SILENT, LOST, MOVED = "ok", "silent", "lost", "moved"
CLONED, CLOCK_LOST, NEVER = "cloned", "clock_lost", "never"

SILENT_MS = 90_000  # as habluetooth's watchdog of a scanner
CHECK_MS = 10_000  # all pairs are looked at this often; a second later is early enough for nobody
NOTICE_MS = 3_600_000  # what happened once is shown for an hour, so that somebody sees it


class Condition(NamedTuple):
    """How one is; `heard_ms` is when somebody last heard it on the air (0 never) and `rssi_dbm` how loud.

    None is not known. A radio does not speak: for it, `heard_ms` is when it last heard something.
    """

    beacon: str
    kind: str
    state: str
    since_ms: int
    heard_ms: int
    rssi_dbm: int | None
    battery_mv: int | None


class Turn(NamedTuple):
    """One is in another state than before."""

    beacon: str
    state: str
    before: str
    at_ms: int


class HealthWatch:
    """The states of all beacons, tags and the gateway's own radio."""

    def __init__(self, site: Site, at_ms: int, learned: Iterable[object] = ()) -> None:
        """`learned` is what learned() gave before; what of it no longer fits the plan is left out."""
        kinds = {beacon.beacon: beacon.kind for beacon in site.beacons}
        if site.radio is not None:
            kinds[RADIO] = RADIO
        self._all = {name: _One(kind, at_ms) for name, kind in kinds.items()}
        self._pairs = Pairs(site, learned)
        self._mute: set[str] = set()
        self._deaf: set[str] = set()
        self._moved: set[str] = set()
        self._listening_ms = at_ms  # silence is counted from here on
        self._checked_ms = at_ms

    def follow(self, before: "HealthWatch", same: Set[str]) -> None:
        """Go on for another watch with the beacons in `same`, and the radio: what was noticed stays so."""
        known = self._all.keys() & before._all.keys() & (same | {RADIO})
        for name in known:
            self._all[name] = before._all[name]
        self._pairs.follow(before._pairs, known)
        self._mute, self._deaf, self._moved = (
            before._mute & known,
            before._deaf & known,
            before._moved & known,
        )
        self._listening_ms, self._checked_ms = before._listening_ms, before._checked_ms

    def link(self, beacon: str, online: bool, at_ms: int) -> None:
        """It has a link to the broker, or has lost it; for the radio: its adapter works, or does not."""
        if (one := self._all.get(beacon)) is not None:
            one.offline = not online
            one.met = one.met or online

    def heard(self, scanner: str, beacon: str, rssi_dbm: int, at_ms: int) -> None:
        """A scanner heard an identity of a beacon or tag."""
        one = self._all.get(beacon)
        if one is not None and at_ms >= one.heard_ms:
            one.met, one.heard_ms, one.rssi_dbm = True, at_ms, rssi_dbm
            one.is_astray = one.is_astray and at_ms <= one.astray_ms
        self.hears(scanner, at_ms)
        self._pairs.heard(scanner, beacon, rssi_dbm, at_ms)

    def hears(self, scanner: str, at_ms: int) -> None:
        """A scanner heard anything at all: it is not deaf."""
        if (one := self._all.get(scanner)) is not None:
            one.met, one.hears_ms = True, max(one.hears_ms, at_ms)

    def cloned(self, beacon: str, at_ms: int) -> None:
        """An identity of it was refused: two said it who cannot be one."""
        if (one := self._all.get(beacon)) is not None:
            one.cloned_ms = at_ms

    def clock_lost(self, beacon: str, at_ms: int) -> None:
        """It speaks, and not of now; heard() says that it is understood again."""
        if (one := self._all.get(beacon)) is not None:
            one.is_astray, one.astray_ms = True, at_ms

    def battery(self, beacon: str, millivolts: int) -> None:
        """Its telemetry says so; 0 is a beacon without a battery."""
        if (one := self._all.get(beacon)) is not None:
            one.battery_mv = millivolts or None

    def pause(self, at_ms: int) -> None:
        """Nobody could be heard until now (the broker was away): silences begin anew."""
        self._listening_ms = at_ms
        self._pairs.pause()

    def tick(self, at_ms: int) -> list[Turn]:
        """Whose state has changed; to be called about once a second."""
        if at_ms - self._checked_ms >= CHECK_MS:
            self._checked_ms = at_ms
            self._check(at_ms)
        silent, turns = self._mute | self._deaf, []
        for name, one in self._all.items():
            state = one.state(name in silent, name in self._moved, at_ms)
            if state != one.said:
                turns.append(Turn(name, state, one.said, at_ms))
                one.said, one.since_ms = state, at_ms
        return turns

    def silent(self) -> frozenset[str]:
        """Scanners that would not hear a tag beside them, or could not say so: lost, deaf, or never met."""
        return frozenset(
            name
            for name, one in self._all.items()
            if one.kind != TAG and (one.offline or name in self._deaf or not one.met)
        )

    def conditions(self) -> list[Condition]:
        """All, in the order of the file, the radio last."""
        return [
            Condition(name, one.kind, one.said, one.since_ms, one.noticed_ms, one.rssi_dbm, one.battery_mv)
            for name, one in self._all.items()
        ]

    @property
    def refused_pairs(self) -> int:
        """Hearings of more pairs than are learned."""
        return self._pairs.refused

    def learned(self) -> list[Any]:
        """What pairs have learned, as JSON has it; to be kept over a restart, once in some minutes."""
        return self._pairs.learned()

    def _check(self, at_ms: int) -> None:
        self._pairs.settle(at_ms)
        self._moved = blamed(self._pairs.shifted(), self._pairs.neighbours())
        up = {name for name, one in self._all.items() if not one.offline}
        usual = [link for link in self._pairs.usual() if link.scanner in up and link.beacon in up]
        broken = [link for link in usual if self._is_late(link.heard_ms, link.silence_ms, at_ms)]
        audible = {name for name in up if not self._is_late(self._all[name].heard_ms, 0, at_ms)}
        hearing = {name for name in up if not self._is_late(self._all[name].hears_ms, 0, at_ms)}
        self._mute, self._deaf = quiet(broken, audible, hearing)

    def _is_late(self, last_ms: int, silence_ms: int, at_ms: int) -> bool:
        return at_ms - max(last_ms, self._listening_ms) > max(SILENT_MS, silence_ms)


def quiet(broken: list[Link], audible: set[str], hearing: set[str]) -> tuple[set[str], set[str]]:
    """Who is mute, and who is deaf, where these pairs, usual and between two that are up, are broken.

    `audible` are those whom somebody hears, `hearing` those who hear anything. Where a pair has neither, and
    no other pair tells which of the two it is, it is both: a person must look.
    """
    mute = {link.beacon for link in broken if link.beacon not in audible and link.scanner in hearing}
    deaf = {link.scanner for link in broken if link.scanner not in hearing and link.beacon in audible}
    voices, ears = audible | mute, hearing | deaf
    unclear = [link for link in broken if link.beacon not in voices and link.scanner not in ears]
    return mute | {link.beacon for link in unclear}, deaf | {link.scanner for link in unclear}


def blamed(shifted: dict[str, set[str]], neighbours: dict[str, set[str]]) -> set[str]:
    """Who was moved, where levels between these have shifted: whoever explains most of them, then the next.

    One shift of several is a shelf in the way. Where two have only each other, it may be either: it is both.
    """
    left = {name: set(others) for name, others in shifted.items()}
    found: set[str] = set()
    while suspects := {
        name: len(others)
        for name, others in left.items()
        if len(others) >= min(2, len(neighbours[name])) and 2 * len(others) >= len(neighbours[name])
    }:
        most = max(suspects.values())
        worst = {name for name, count in suspects.items() if count == most}
        found |= worst
        left = {name: others - worst for name, others in left.items() if name not in worst}
        left = {name: others for name, others in left.items() if others}
    return found


class _One:
    """What is known of one beacon, tag or radio."""

    def __init__(self, kind: str, at_ms: int) -> None:
        self.kind = kind
        self.said, self.since_ms = NEVER, at_ms
        self.met = self.offline = self.is_astray = False
        self.heard_ms = self.hears_ms = 0
        self.astray_ms, self.cloned_ms = 0, -NOTICE_MS
        self.rssi_dbm: int | None = None
        self.battery_mv: int | None = None

    @property
    def noticed_ms(self) -> int:
        return self.hears_ms if self.kind == RADIO else self.heard_ms

    def state(self, quiet: bool, moved: bool, at_ms: int) -> str:
        if at_ms - self.cloned_ms < NOTICE_MS:
            return CLONED
        if self.offline and self.kind != TAG:
            return LOST
        if quiet:
            return SILENT
        if moved:
            return MOVED
        if self.is_astray and at_ms - self.astray_ms < NOTICE_MS:
            return CLOCK_LOST
        return OK if self.met else NEVER
