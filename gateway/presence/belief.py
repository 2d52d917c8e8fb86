"""What is believed of one tag: how likely every point of the shop is, and what shadows lie on the way there.

A level is what the distance makes of the tag's power, and a shadow, and fading. Fading is new with every
advert (FADING_DB). A shadow is a shelf or a body: it stays while the tag stays, wanders within SHADOW_MS,
and is SHADOW_DB wide. So two hearings one second apart are nearly one witness, not two: for every point the
belief also keeps the shadow towards each scanner that would explain what was heard, were the tag there, with
its variance. A hearing makes likely the points where it is no surprise. This is an interacting-multiple-model
filter over points, with one scalar Kalman filter for each point and scanner.

People walk: with time some of the belief steps to other points of its zone (STEPS_MS), and some, seldom
(MOVES_MS), to anywhere. Whatever has just come to a point has met no shadow there yet. That is why a true
move is believed soon, and the wandering shadow of a tag that stands still is not taken for one.

What a tag lacks of its registered power (it is in a bag) is learned slowly, while two scanners hear it.

Invariants: likelihoods are positive and sum up to 1; time never runs backwards; work is bounded by
SCANNERS_MAX, STEP_MS and APART_MS however often a tag speaks.
"""

import math
from typing import NamedTuple

from gateway.presence.field import Field

SHADOW_DB, FADING_DB = 4.0, 5.0
SHADOW_MS = 20_000  # as long as a person stands between two shelves
WIDE, NOISE = SHADOW_DB * SHADOW_DB, FADING_DB * FADING_DB
FAR_DB = 20.0  # a surprise of three times both: beyond, it is an accident and says no more
MOVES_MS = 300_000  # a person stays in a zone this long, about; the engine's tests chose it, and the next
STEPS_MS = 10_000  # and in one place of it
STEP_MS = 1_000  # people do nothing in less, and arithmetic need not either
MEAN_MS = 1_500  # a beacon tells the mean since it told last: one more advert in so long; some are lost
MEAN_MAX = 8
PART_MIN = 1e-3  # as good as nothing, and products of it do not become 0 before STAYED_MIN
STAYED_MIN = 1e-100
APART_MS = 500  # what a scanner hears sooner again has the same fading
SCANNERS_MAX = 16  # of those that hear one tag; the first heard are near enough to place it

LACK_DB = (-25.0, 0.0)  # a bag within a bag, and a tag that is louder than registered
LACK_MS = 100_000  # longer than a shadow
BOTH_MS = 10_000  # two scanners that hear it so shortly after each other hear it both


class _Ear(NamedTuple):
    """One scanner's hearing: when last, and then of each point its shadow in decibels, what the variance of
    that has lost of WIDE, and how much of the belief had stayed there so far."""

    at_ms: int
    shadows: list[float]
    known: list[float]
    stayed: list[float]


class Belief:
    """Where one tag may be."""

    def __init__(self, field: Field, at_ms: int) -> None:
        self._field = field
        self._each = len(field.points) // len(field.zones)
        self._shares = [1.0 / len(field.points)] * len(field.points)
        self._ears: dict[str, _Ear] = {}
        self._stayed = [1.0] * len(field.points)  # of what was believed of each, how much never left it
        self._stepped_ms = at_ms
        self._lack_db = 0.0

    def hear(self, scanner: str, level_db: float, at_ms: int, is_mean: bool) -> None:
        """A scanner heard the tag, so much above what it hears at one metre of one like it.

        With `is_mean`, that is the mean of what it has heard since it told last.
        """
        last = self._ears.get(scanner)
        if len(self._ears) >= SCANNERS_MAX if last is None else at_ms - last.at_ms < APART_MS:
            return
        self._step(at_ms)
        ear = self._ears.get(scanner)
        levels = self._field.levels[scanner]
        self._learn_lack(levels, level_db, ear, at_ms)
        noise = NOISE / (_adverts(ear, at_ms) if is_mean else 1.0)
        self._ears[scanner] = self._weigh(
            levels, level_db - self._lack_db, ear or self._deaf(at_ms), at_ms, noise
        )

    def zones(self) -> list[float]:
        """How likely each zone is."""
        each = self._each
        return [sum(self._shares[first : first + each]) for first in range(0, len(self._shares), each)]

    def middle(self, zone: int) -> tuple[int, int]:
        """The middle of what is believed of a zone, in centimetres; always inside it."""
        part = slice(zone * self._each, (zone + 1) * self._each)
        shares, points = self._shares[part], self._field.points[part]
        whole = sum(shares)
        x_cm = sum(share * point.x_cm for share, point in zip(shares, points, strict=True))
        y_cm = sum(share * point.y_cm for share, point in zip(shares, points, strict=True))
        return round(x_cm / whole), round(y_cm / whole)

    def _step(self, at_ms: int) -> None:
        elapsed_ms = at_ms - self._stepped_ms
        if elapsed_ms < STEP_MS:
            return
        self._stepped_ms = at_ms
        moved = -math.expm1(-elapsed_ms / MOVES_MS)
        stepped = (1.0 - moved) * -math.expm1(-elapsed_ms / STEPS_MS)
        anywhere = moved / len(self._shares)
        come = [anywhere + stepped * zone / self._each for zone in self.zones() for _ in range(self._each)]
        left = 1.0 - moved - stepped
        stayed = [left * share for share in self._shares]
        self._shares = [one + other for one, other in zip(stayed, come, strict=True)]
        self._stayed = [
            before * max(one / both, PART_MIN)
            for before, one, both in zip(self._stayed, stayed, self._shares, strict=True)
        ]
        if min(self._stayed) < STAYED_MIN:
            self._count_anew()

    def _count_anew(self) -> None:
        """Forget how long each point's belief has stayed, after telling every ear."""
        stayed, self._stayed = self._stayed, [1.0] * len(self._shares)
        self._ears = {
            scanner: _parted(ear, stayed)._replace(stayed=self._stayed) for scanner, ear in self._ears.items()
        }

    def _deaf(self, at_ms: int) -> _Ear:
        """An ear that has never heard the tag."""
        nothing = [0.0] * len(self._shares)
        return _Ear(at_ms, nothing, nothing, self._stayed)

    def _weigh(self, levels: tuple[float, ...], level_db: float, ear: _Ear, at_ms: int, noise: float) -> _Ear:
        """Move every point's likelihood and shadow by one level, whose fading has this variance.

        What is known of a shadow fades with time and with the share of the belief that has come since: both
        only shrink it and what its variance has lost, so they are made up for here, at the next hearing.
        """
        kept = math.exp((ear.at_ms - at_ms) / SHADOW_MS)
        shares, shadows, known = [], [], []
        for share, level, shadow, lost, now, before in zip(
            self._shares, levels, ear.shadows, ear.known, self._stayed, ear.stayed, strict=True
        ):
            part = kept * now / before
            variance = WIDE - kept * part * lost
            width = variance + noise
            surprise = max(-FAR_DB, min(FAR_DB, level_db - level - part * shadow))
            shares.append(share * math.exp(-surprise * surprise / (2.0 * width)) / math.sqrt(width))
            shadows.append(part * shadow + surprise * variance / width)
            known.append(WIDE - variance * noise / width)
        whole = sum(shares)
        self._shares = [share / whole for share in shares]
        return _Ear(at_ms, shadows, known, self._stayed)

    def _learn_lack(self, levels: tuple[float, ...], level_db: float, ear: _Ear | None, at_ms: int) -> None:
        if ear is None or sum(at_ms - other.at_ms < BOTH_MS for other in self._ears.values()) < 2:
            return
        expected = sum(share * level for share, level in zip(self._shares, levels, strict=True))
        surprise = max(-FAR_DB, min(FAR_DB, level_db - expected - self._lack_db))
        step = min(at_ms - ear.at_ms, BOTH_MS) / LACK_MS
        self._lack_db = max(LACK_DB[0], min(LACK_DB[1], self._lack_db + step * surprise))


def _adverts(ear: _Ear | None, at_ms: int) -> float:
    """How many adverts a mean is of, about."""
    return 1.0 if ear is None else max(1.0, min(MEAN_MAX, (at_ms - ear.at_ms) / MEAN_MS))


def _parted(ear: _Ear, stayed: list[float]) -> _Ear:
    """An ear that knows as much less as has left its points since it heard."""
    parts = [now / before for now, before in zip(stayed, ear.stayed, strict=True)]
    shadows = [part * shadow for part, shadow in zip(parts, ear.shadows, strict=True)]
    known = [part * lost for part, lost in zip(parts, ear.known, strict=True)]
    return ear._replace(shadows=shadows, known=known)
