"""Intervals that are learned."""

from gateway.presence.pulse import CEILING_MS, FLOOR_MS, MISSED_MAX, UNKNOWN_MS, Pulse


def beats(*times_ms: int) -> Pulse:
    pulse = Pulse()
    for at_ms in times_ms:
        pulse.beat(at_ms)
    return pulse


def test_nothing_is_known_of_the_first_gaps() -> None:
    pulse = beats(0, 1000, 2000, 3000)
    assert not pulse.known
    assert pulse.interval_ms == UNKNOWN_MS


def test_the_interval_is_the_median_gap() -> None:
    pulse = beats(0, 60_000, 120_000, 180_000, 181_000, 241_000)
    assert pulse.known
    assert pulse.interval_ms == 60_000
    assert pulse.silence_ms == MISSED_MAX * 60_000


def test_what_is_quick_is_not_gone_at_once_and_what_is_slow_not_waited_for_for_ever() -> None:
    assert beats(*range(0, 10_000, 100)).silence_ms == FLOOR_MS
    assert beats(*range(0, 10_000_000, 1_000_000)).silence_ms == CEILING_MS


def test_a_new_interval_is_learned() -> None:
    quick = list(range(0, 100_000, 1000))
    slow = list(range(100_000, 1_000_000, 30_000))
    assert beats(*quick, *slow).interval_ms == 30_000


def test_what_comes_out_of_order_teaches_nothing() -> None:
    pulse = beats(0, 10_000, 5_000, 20_000, 30_000, 30_000, 40_000)
    assert pulse.interval_ms == 10_000


def test_a_pause_is_no_gap() -> None:
    pulse = Pulse()
    for start_ms in range(0, 10_000_000, 1_000_000):
        pulse.beat(start_ms)
        pulse.beat(start_ms + 2000)
        pulse.pause()
    assert pulse.interval_ms == 2000


def test_an_interval_learned_before_is_known_at_once() -> None:
    assert Pulse(30_000).interval_ms == 30_000
