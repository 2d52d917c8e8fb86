"""Waiting before the next try."""

from firmware.core.backoff import full_jitter_ms, half_jitter_ms


def lowest(_below):
    return 0


def highest(below):
    return below - 1


def test_full_jitter_doubles_to_its_cap_and_may_be_nothing():
    assert [full_jitter_ms(n, 1000, 30000, highest) for n in range(7)] == [
        1000,
        2000,
        4000,
        8000,
        16000,
        30000,
        30000,
    ]
    assert full_jitter_ms(5, 1000, 30000, lowest) == 0
    assert full_jitter_ms(10**9, 1000, 30000, highest) == 30000


def test_half_jitter_is_never_early():
    assert half_jitter_ms(0, 2000, 30000, lowest) == half_jitter_ms(0, 2000, 30000, highest) == 2000
    assert [half_jitter_ms(n, 2000, 30000, lowest) for n in range(1, 6)] == [2000, 4000, 8000, 15000, 15000]
    assert [half_jitter_ms(n, 2000, 30000, highest) for n in range(1, 6)] == [4000, 8000, 16000, 30000, 30000]
