"""Waits before reconnecting: growing, capped, spread, and begun anew after a good connection."""

from gateway.adapters.backoff import STABLE_MS, WAIT_MS_MAX, WAIT_MS_MIN, Backoff


def test_waits_grow_to_the_cap() -> None:
    backoff = Backoff(lambda: 0.999_999)
    waits = [backoff.failed(0) for _ in range(12)]
    assert waits == sorted(waits)
    assert waits[0] == WAIT_MS_MIN
    assert WAIT_MS_MAX * 0.99 < waits[-1] < WAIT_MS_MAX


def test_chance_spreads_them_down_to_the_least() -> None:
    backoff = Backoff(lambda: 0.0)
    assert {backoff.failed(0) for _ in range(12)} == {WAIT_MS_MIN}


def test_a_connection_that_held_starts_anew_and_a_short_one_does_not() -> None:
    backoff = Backoff(lambda: 0.999_999)
    for _ in range(12):
        backoff.failed(0)
    assert backoff.failed(STABLE_MS - 1) > WAIT_MS_MAX * 0.99
    assert backoff.failed(STABLE_MS) == WAIT_MS_MIN
