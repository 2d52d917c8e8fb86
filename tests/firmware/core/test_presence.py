"""Debounce by presence."""

from collections import namedtuple

from firmware.core.presence import CARDS_MAX, GONE_AFTER, Presence

Target = namedtuple("Target", "uid")
A = Target(b"\x04\x01\x02\x03\x04\x05\x06")
B = Target(b"\xa1\xb2\xc3\xd4")


def taps(presence, *seen):
    return [target for target in [presence.polled(one) for one in seen] if target is not None]


def test_a_resting_card_is_one_tap():
    assert taps(Presence(), *([A] * 1000)) == [A]


def test_a_badly_read_card_is_one_tap():
    presence = Presence()
    assert taps(presence, *([A] + [None] * (GONE_AFTER - 1)) * 20) == [A]


def test_a_card_that_left_taps_again():
    assert taps(Presence(), A, *[None] * GONE_AFTER, A) == [A, A]


def test_another_card_is_another_tap():
    assert taps(Presence(), A, B) == [A, B]


def test_two_cards_in_the_field_are_two_taps_though_they_alternate():
    assert taps(Presence(), *[A, B] * 50) == [A, B]


def test_the_second_card_goes_the_first_stays():
    assert taps(Presence(), A, B, A, A, A, A, A, B) == [A, B, B]


def test_a_resting_phone_with_changing_random_uids_is_one_tap():
    phones = [Target(bytes((8, n, n, n))) for n in range(50)]
    assert taps(Presence(), *phones) == phones[:1]
    assert taps(Presence(), phones[0], *[None] * GONE_AFTER, phones[1]) == phones[:2]
    long_uid = Target(b"\x08\x01\x02\x03\x04\x05\x06")
    assert taps(Presence(), phones[0], long_uid) == [phones[0], long_uid]


def test_a_bundle_of_cards_is_bounded():
    presence = Presence()
    cards = [Target(bytes((1, 2, 3, n))) for n in range(CARDS_MAX + 1)]
    assert taps(presence, *cards) == cards
    assert taps(presence, cards[0]) == [cards[0]]  # the longest unseen had made room
    assert taps(presence, cards[-1]) == []
