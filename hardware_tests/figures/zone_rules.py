"""The rules that other projects name a tag's room by, written anew from their descriptions, to compare with.

A rule is a filter of each scanner's levels and a chooser: the scanner with the best level, once it is better
than the present one's by a margin, for a dwell. A scanner unheard for STALE_S no longer counts, as in all of
them. Each is asked once a second.
"""

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from gateway.presence.zones import ZoneEngine
from hardware_tests.figures.walks import EXPONENT, POWER_DBM, Hearing, Scene

STALE_S: Final = 30
TRIMMED: Final = 0.2  # of either end
DEAF_S: Final = 90  # from then on the gateway knows that a scanner is silent


class Filter(Protocol):
    """One scanner's levels, made calmer; higher is nearer."""

    def heard(self, rssi_dbm: int, at_ms: int) -> float: ...


class Rule(Protocol):
    """Says in which zone the tag is; None where it does not know."""

    def heard(self, hearing: Hearing) -> None: ...

    def zone(self, at_ms: int) -> str | None: ...


class Latest:
    """The last packet."""

    def heard(self, rssi_dbm: int, at_ms: int) -> float:
        return float(rssi_dbm)


class Ewma:
    """An exponentially weighted mean."""

    def __init__(self, weight: float) -> None:
        self._weight = weight
        self._level: float | None = None

    def heard(self, rssi_dbm: int, at_ms: int) -> float:
        before = float(rssi_dbm) if self._level is None else self._level
        self._level = before + self._weight * (rssi_dbm - before)
        return self._level


class Trimmed:
    """The mean of a window without its highest and lowest fifths."""

    def __init__(self, window_s: int) -> None:
        self._window_ms = window_s * 1000
        self._levels: deque[tuple[int, int]] = deque()

    def heard(self, rssi_dbm: int, at_ms: int) -> float:
        self._levels.append((at_ms, rssi_dbm))
        while self._levels[0][0] <= at_ms - self._window_ms:
            self._levels.popleft()
        ordered = sorted(level for _, level in self._levels)
        cut = int(TRIMMED * len(ordered))
        kept = ordered[cut : len(ordered) - cut]
        return sum(kept) / len(kept)


class Kalman:
    """A scalar Kalman filter of the distance; its two variances are in square metres."""

    def __init__(self, process: float, measured: float) -> None:
        self._process, self._measured = process, measured
        self._metres: float | None = None
        self._variance = measured

    def heard(self, rssi_dbm: int, at_ms: int) -> float:
        metres = distance_m(rssi_dbm)
        if self._metres is None:
            self._metres = metres
        self._variance += self._process
        gain = self._variance / (self._variance + self._measured)
        self._metres += gain * (metres - self._metres)
        self._variance *= 1 - gain
        return -self._metres


class Hugging:
    """The mean of the last distances, each replaced by the least since: far outliers weigh nothing."""

    def __init__(self, kept: int) -> None:
        self._metres: deque[float] = deque(maxlen=kept)

    def heard(self, rssi_dbm: int, at_ms: int) -> float:
        self._metres.append(distance_m(rssi_dbm))
        least, whole = self._metres[-1], 0.0
        for metres in reversed(self._metres):
            least = min(least, metres)
            whole += least
        return -whole / len(self._metres)


class Chooser:
    """The best scanner by a filter, with a margin (in the filter's unit) and a dwell."""

    def __init__(self, filter_: Callable[[], Filter], margin: float = 0.0, dwell_s: int = 0) -> None:
        self._filter, self._margin, self._dwell_ms = filter_, margin, dwell_s * 1000
        self._filters: dict[str, Filter] = {}
        self._levels: dict[str, tuple[float, int]] = {}
        self._zone: str | None = None
        self._better_ms: int | None = None

    def heard(self, hearing: Hearing) -> None:
        made = self._filters.get(hearing.scanner)
        if made is None:
            made = self._filters[hearing.scanner] = self._filter()
        self._levels[hearing.scanner] = (made.heard(hearing.rssi_dbm, hearing.at_ms), hearing.at_ms)

    def zone(self, at_ms: int) -> str | None:
        levels = {s: level for s, (level, last) in self._levels.items() if at_ms - last <= STALE_S * 1000}
        best = max(levels, key=levels.__getitem__, default=None)
        if best is None or self._zone not in levels:
            self._zone, self._better_ms = best, None
        elif best != self._zone and levels[best] - levels[self._zone] >= self._margin:
            self._better_ms = at_ms if self._better_ms is None else self._better_ms
            if at_ms - self._better_ms >= self._dwell_ms:
                self._zone, self._better_ms = best, None
        else:
            self._better_ms = None
        return self._zone


class Engine:
    """The gateway's own zone engine, told of a scanner's silence as its health watch would tell."""

    def __init__(self, scene: Scene) -> None:
        raw = frozenset() if scene.reported else frozenset(stand.name for stand in scene.stands)
        self._engine = ZoneEngine(scene.site(), raw)
        self._deaf = scene.deaf

    def heard(self, hearing: Hearing) -> None:
        self._engine.heard("tag", hearing.scanner, hearing.rssi_dbm, hearing.at_ms)

    def zone(self, at_ms: int) -> str | None:
        seconds = at_ms // 1000
        deaf = {name for name, since, until in self._deaf if since + DEAF_S <= seconds < until}
        self._engine.tick(at_ms, deaf)
        return self._engine.where("tag")


def distance_m(rssi_dbm: int) -> float:
    """How far a level says something is."""
    return float(10 ** ((POWER_DBM - rssi_dbm) / (10 * EXPONENT)))


LISTED: Final[dict[str, Callable[[], Rule]]] = {
    "latest packet": lambda: Chooser(Latest),
    "EWMA 0.3": lambda: Chooser(lambda: Ewma(0.3)),
    "EWMA 0.3 + 6 dB": lambda: Chooser(lambda: Ewma(0.3), 6),
    "EWMA 0.3 + 4 dB + 5 s dwell": lambda: Chooser(lambda: Ewma(0.3), 4, 5),
    "EWMA 0.3 + 16 dB": lambda: Chooser(lambda: Ewma(0.3), 16),
    "trimmed mean 15 s": lambda: Chooser(lambda: Trimmed(15)),
    "trimmed mean 15 s + 4 dB + 5 s dwell": lambda: Chooser(lambda: Trimmed(15), 4, 5),
    "Kalman (R .0008, Q 4) on distance": lambda: Chooser(lambda: Kalman(0.0008, 4)),
    "minimum-hugging mean of 20": lambda: Chooser(lambda: Hugging(20)),
}
OURS: Final = "zone engine"
