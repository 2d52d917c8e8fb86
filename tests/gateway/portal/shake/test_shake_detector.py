"""What is a shake and what is none: motions as a phone would report them, fed to the detector of the page.

Motions are formulas, with the sensor's noise from a seed: m/s2 without gravity along the phone's three axes.
"""

import math
import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.browser import open_page
from tests.gateway.portal.test_portal_browser import Lived

pytestmark = pytest.mark.browser

Motion = Callable[[float], tuple[float, float, float]]
Reading = tuple[float, float | None, float | None, float | None]
GRAVITY = (0.0, 6.9, 6.9)
FEED = """async (streams) => {
    const { ShakeDetector } = await import("/look/shake_detector.js");
    return streams.map(([readings, whole]) => {
        const detector = new ShakeDetector();
        return readings.filter(([at, x, y, z]) => detector.feed(whole
            ? { timeStamp: at, acceleration: null, accelerationIncludingGravity: { x, y, z } }
            : { timeStamp: at, acceleration: { x, y, z }, accelerationIncludingGravity: { x, y, z } },
        )).map(([at]) => at);
    });
}"""


def shake(hertz: float, size: float) -> Motion:
    return lambda s: (
        size * math.sin(math.tau * hertz * s),
        0.15 * size * math.cos(math.tau * hertz * s),
        0.0,
    )


def rest(_: float) -> tuple[float, float, float]:
    return (0.0, 0.0, 0.0)


def walk(s: float) -> tuple[float, float, float]:
    """Two steps a second: up and down, with a heel's blow."""
    blow = 6.0 if (s * 2) % 1 < 0.06 else 0.0
    return (
        1.0 * math.sin(math.tau * s),
        3.5 * math.sin(math.tau * 2 * s) + blow,
        1.5 * math.cos(math.tau * 2 * s),
    )


def run(s: float) -> tuple[float, float, float]:
    return (3.0 * math.sin(math.tau * 1.4 * s), 13.0 * math.sin(math.tau * 2.8 * s), 2.0)


def wave(s: float) -> tuple[float, float, float]:
    return (8.0 * math.sin(math.tau * 1.5 * s), 0.0, 2.0)


def bump(s: float) -> tuple[float, float, float]:
    """Set down hard: one stroke and its return."""
    return (0.0, 0.0, 30.0 if 1.0 < s < 1.04 else -18.0 if 1.04 < s < 1.08 else 0.0)


def drop(s: float) -> tuple[float, float, float]:
    """Falls for 0.4 s, strikes, and rings at 30 Hz as it lies."""
    if 1.0 < s < 1.4:
        return (-GRAVITY[0], -GRAVITY[1], -GRAVITY[2])
    rings = 80.0 * math.exp(-(s - 1.4) * 30) * math.cos(math.tau * 30 * (s - 1.4)) if s >= 1.4 else 0.0
    return (0.0, rings, rings / 2)


def readings(
    motion: Motion, hertz: int, whole: bool, seconds: float = 4.0, seed: int = 1
) -> Iterator[Reading]:
    noise = random.Random(seed)
    for step in range(int(seconds * hertz)):
        at_s = (step + noise.uniform(-0.2, 0.2)) / hertz
        moved = motion(at_s)
        x, y, z = (
            round(each + noise.gauss(0, 0.15) + (GRAVITY[axis] if whole else 0.0), 1)
            for axis, each in enumerate(moved)
        )
        yield 1_000 + at_s * 1_000, x, y, z


@pytest.fixture(scope="module")
def page(lived: Lived, browser: Any) -> Iterator[Any]:
    opened = open_page(browser, lived.address + "/privacy")
    yield opened
    opened.context.close()


def fired(page: Any, *streams: tuple[list[Reading], bool]) -> list[list[float]]:
    """When each fired, in milliseconds from the begin."""
    return [[at - 1_000 for at in times] for times in page.evaluate(FEED, streams)]


def made(motion: Motion, seconds: float, seeds: int = 1) -> list[tuple[list[Reading], bool]]:
    """A motion at every pace, as linear acceleration and with gravity in it."""
    return [
        (list(readings(motion, hertz, whole, seconds, seed)), whole)
        for hertz in (20, 60, 200)
        for whole in (False, True)
        for seed in range(seeds)
    ]


@pytest.mark.parametrize(("hertz", "size"), [(4, 25), (3, 19), (6, 30)])
def test_a_shake_fires_once_and_soon_whatever_the_pace_of_the_readings(
    page: Any, hertz: float, size: float
) -> None:
    for times in fired(page, *made(shake(hertz, size), seconds=1.4)):
        assert len(times) == 1 and times[0] < 700, times


def test_it_fires_no_second_time_within_a_second_and_a_half(page: Any) -> None:
    for times in fired(page, *made(shake(4, 25), seconds=4.0)):
        assert 2 <= len(times) <= 3
        assert all(later - sooner >= 1_500 for sooner, later in pairwise(times))


@pytest.mark.parametrize("motion", [rest, walk, run, wave, bump, drop])
def test_what_is_no_shake_never_fires(page: Any, motion: Motion) -> None:
    assert [times for times in fired(page, *made(motion, seconds=5.0, seeds=2)) if times] == []


def test_a_reading_without_a_value_is_nothing(page: Any) -> None:
    told = list(readings(shake(4, 25), 60, False, seconds=1.0))
    nulls: list[Reading] = [(1_000.0 + at * 16, None, None, None) for at in range(60)]
    halves: list[Reading] = [(at, x, None, z) for at, x, _, z in told]
    assert fired(page, (nulls, False), (nulls, True), (halves, False)) == [[], [], []]
    mixed = sorted([*told, *((at + 3, None, None, None) for at, *_ in told)], key=lambda each: each[0])
    assert fired(page, (mixed, False)) == fired(page, (told, False)) and fired(page, (told, False)) != [[]]


def test_time_is_the_events_own_and_a_pause_forgets(page: Any) -> None:
    def strokes(every_ms: float) -> list[Reading]:
        """Strokes of 40 ms at 100 Hz, each against the last."""
        times = (1_000.0 + step * 10 for step in range(600))
        turns = ((at, 22.0 * (1 - 2 * (int(at / every_ms) % 2))) for at in times)
        return [(at, x if at % every_ms < 40 else 0.0, 0.0, 0.0) for at, x in turns]

    slow, quick = fired(page, (strokes(550), False), (strokes(300), False))
    assert slow == [] and quick, "three turns must be within a second"
    one = [each for each in strokes(300) if each[0] < 2_400]
    torn = [*one[:60], *((at + 5_000, x, y, z) for at, x, y, z in one[60:])]
    backwards = [(9_000 - at, x, y, z) for at, x, y, z in one]
    assert [bool(times) for times in fired(page, (one, False), (torn, False), (backwards, False))] == [
        True,
        False,
        False,
    ]


def test_no_event_at_all_is_survived(page: Any) -> None:
    empty = """async () => {
        const { ShakeDetector } = await import("/look/shake_detector.js");
        const detector = new ShakeDetector();
        return [{ timeStamp: 1 }, { timeStamp: 2, acceleration: {}, accelerationIncludingGravity: null },
            { timeStamp: 3, acceleration: { x: NaN, y: 1, z: Infinity } }].map((each) => detector.feed(each)
            || ShakeDetector.reads(each));
    }"""
    assert page.evaluate(empty) == [False, False, False]
