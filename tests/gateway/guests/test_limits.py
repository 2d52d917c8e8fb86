"""Buckets: a burst, then a pace; and nothing is had by waiting that was not waited for."""

import pytest

from gateway.guests.limits import MINUTE_MS, Bucket


class Time:
    """Steady milliseconds that a test moves."""

    def __init__(self) -> None:
        self.ms = 5_000_000

    def __call__(self) -> int:
        return self.ms


def test_a_burst_and_then_a_pace() -> None:
    time = Time()
    bucket = Bucket(3, 2, time)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    time.ms += MINUTE_MS // 2 - 1
    assert not bucket.take()
    time.ms += 1
    assert bucket.take()
    assert not bucket.take()


def test_waiting_fills_it_up_to_the_burst_and_no_further() -> None:
    time = Time()
    bucket = Bucket(3, 2, time)
    bucket.take()
    time.ms += 100 * MINUTE_MS
    assert sum(bucket.take() for _ in range(10)) == 3


@pytest.mark.parametrize("asked", [1, 7, 60, 1_000])
def test_however_often_it_is_looked_at_it_gets_no_more(asked: int) -> None:
    time = Time()
    bucket = Bucket(1, 1, time)
    assert bucket.take()
    for _ in range(asked):
        time.ms += MINUTE_MS // asked
        bucket.empty()
    time.ms += MINUTE_MS % asked
    assert bucket.take()
    assert bucket.empty()
