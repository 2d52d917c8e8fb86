"""Repetitions and second senders, of beacons that name their address and of tags that change theirs."""

import pytest

from gateway.presence.replay import ACCEPTED, ADDRESSES_MAX, CLONED, NEVER, REPLAYED, ReplayLedger

A, B, C = b"\xc0" * 6, b"\xc1" * 6, b"\xc2" * 6


def beacon(ledger: ReplayLedger, quantum: int, address: bytes, at_ms: int = 0) -> str:
    return ledger.hear(0, quantum, address, at_ms, False)


def tag(ledger: ReplayLedger, quantum: int, address: bytes, at_ms: int) -> str:
    return ledger.hear(0, quantum, address, at_ms, True)


def test_a_quantum_never_goes_back_further_than_scanners_differ() -> None:
    ledger = ReplayLedger()
    assert [beacon(ledger, quantum, A) for quantum in (10, 11, 10, 12, 11)] == [ACCEPTED] * 5
    assert beacon(ledger, 10, A) == REPLAYED
    assert (ledger.highest(0), ledger.highest(1)) == (12, NEVER)
    assert [ledger.is_replayed(0, quantum) for quantum in (10, 11, 12, 13)] == [True, False, False, False]


def test_what_an_earlier_run_heard_counts_on() -> None:
    ledger = ReplayLedger()
    ledger.restore(0, 500)
    assert beacon(ledger, 498, A) == REPLAYED
    assert beacon(ledger, 499, A) == ACCEPTED


def test_a_second_address_puts_both_in_doubt_until_the_next_identity() -> None:
    ledger = ReplayLedger()
    assert beacon(ledger, 10, A) == ACCEPTED
    assert beacon(ledger, 10, B) == CLONED
    assert beacon(ledger, 10, A) == CLONED
    assert ledger.is_cloned(0, 10, False)
    assert beacon(ledger, 11, C) == ACCEPTED
    assert not ledger.is_cloned(0, 11, False)


def test_a_beacon_that_names_its_address_goes_on_and_phones_are_in_doubt() -> None:
    ledger = ReplayLedger()
    ledger.own(0, 10, A)
    assert beacon(ledger, 10, B) == CLONED
    assert beacon(ledger, 10, A) == ACCEPTED
    assert ledger.is_cloned(0, 10, False)


def test_a_beacon_names_itself_after_it_was_heard() -> None:
    ledger = ReplayLedger()
    assert beacon(ledger, 10, A) == ACCEPTED
    ledger.own(0, 10, A)
    assert not ledger.is_cloned(0, 10, False)
    assert beacon(ledger, 10, B) == CLONED
    ledger.own(0, 10, B)  # it was begun anew
    assert not ledger.is_cloned(0, 10, False)
    assert beacon(ledger, 10, B) == beacon(ledger, 10, A) == ACCEPTED


def test_a_name_that_comes_late_takes_nobody_in() -> None:
    ledger = ReplayLedger()
    assert beacon(ledger, 20, A) == ACCEPTED
    ledger.own(0, 10, B)
    assert beacon(ledger, 10, B) == REPLAYED


def test_a_clone_first_heard_is_found_out_when_the_beacon_speaks() -> None:
    ledger = ReplayLedger()
    assert beacon(ledger, 10, B) == ACCEPTED
    ledger.own(0, 10, A)
    assert ledger.is_cloned(0, 10, False)
    assert beacon(ledger, 10, B) == CLONED


def test_a_tag_may_wake_with_one_address_after_the_other() -> None:
    ledger = ReplayLedger()
    for wake in range(30):
        for ms in (0, 40, 80):
            assert tag(ledger, 10 + wake // 6, bytes([wake]) * 6, 5_000 * wake + ms) == ACCEPTED


@pytest.mark.parametrize("late_ms", [0, 1_500])
def test_reports_of_a_tag_may_cross_each_other(late_ms: int) -> None:
    ledger = ReplayLedger()
    assert tag(ledger, 10, B, 5_000) == ACCEPTED
    assert tag(ledger, 10, A, 5_000 - late_ms) == ACCEPTED
    assert tag(ledger, 10, B, 5_100) == ACCEPTED


def test_an_address_of_a_tag_that_comes_back_is_a_second_sender() -> None:
    ledger = ReplayLedger()
    assert tag(ledger, 10, A, 0) == ACCEPTED
    assert tag(ledger, 10, B, 5_000) == ACCEPTED
    assert tag(ledger, 10, A, 9_000) == CLONED
    assert tag(ledger, 10, C, 12_000) == CLONED
    assert tag(ledger, 11, C, 33_000) == ACCEPTED


def test_systems_that_tell_no_address_are_believed() -> None:
    ledger = ReplayLedger()
    assert beacon(ledger, 10, b"") == beacon(ledger, 10, A) == beacon(ledger, 10, b"") == ACCEPTED


def test_two_places_at_once_count_whatever_the_addresses_say() -> None:
    ledger = ReplayLedger()
    ledger.own(0, 10, A)
    ledger.clone(0, 10)
    assert beacon(ledger, 10, A) == CLONED
    assert tag(ledger, 10, A, 0) == CLONED


def test_a_flood_of_addresses_takes_no_room() -> None:
    ledger = ReplayLedger()
    for number in range(5_000):
        beacon(ledger, 10 + number // 1_000, number.to_bytes(6, "big"))
    entry = ledger._entries[0]
    assert len(entry.quanta) == 2
    assert all(len(senders.heard) <= ADDRESSES_MAX for senders in entry.quanta.values())
