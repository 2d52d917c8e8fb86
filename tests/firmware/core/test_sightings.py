"""Whom a beacon tells of: news at once, changes, now and then; never more than it can hold."""

from firmware.core import sightings
from firmware.core.sightings import ENTRIES_MAX, FRESH_MS, GONE_MS, PER_LETTER_MAX, TELL_EVERY_MS, Sightings
from firmware.protocol import messages
from firmware.protocol.messages import SIGHTED_EID, SIGHTED_IBEACON, Record, Sighting

HERE = b"\x01\x02\x03\x04\x05\x06"
THERE = b"\x11\x12\x13\x14\x15\x16"


def eid(number):
    return number.to_bytes(4, "big") + b"tail"


def hear(table, number, rssi_dbm, now_ms, address=HERE):
    table.heard(SIGHTED_EID, eid(number), address, rssi_dbm, now_ms)


def count(table, name):
    return dict(table.counters())["sightings." + name]


def test_news_is_told_once_with_its_age():
    table = Sightings()
    hear(table, 1, -60, 1000)
    assert table.worth_telling(1400) == (Sighting(SIGHTED_EID, eid(1) + HERE, -60, 400),)
    assert table.worth_telling(1400) == ()
    hear(table, 1, -61, 1500)
    assert table.worth_telling(3000) == ()


def test_who_stays_is_told_now_and_then_with_the_mean_of_what_is_new():
    table = Sightings()
    hear(table, 1, -60, 0)
    table.worth_telling(0)
    for at in range(1, 10):
        hear(table, 1, -61 - at % 2, at * 1000)
        assert table.worth_telling(at * 1000) == ()
    hear(table, 1, -63, TELL_EVERY_MS)
    ((_kind, _identity, rssi_dbm, age_ms),) = table.worth_telling(TELL_EVERY_MS)
    assert (rssi_dbm, age_ms) == (-62, 0)  # ten levels, the first not among them


def test_a_changed_level_is_told_at_the_next_slot():
    table = Sightings()
    hear(table, 1, -60, 0)
    table.worth_telling(0)
    hear(table, 1, -63, 1000)
    assert table.worth_telling(2000) == ()
    hear(table, 1, -65, 3000)  # the mean of both is 4 dB below what was told
    assert table.worth_telling(4000)[0].rssi_dbm == -64
    hear(table, 1, -59, 5000)
    assert table.worth_telling(6000)[0].rssi_dbm == -59


def test_who_is_not_heard_is_not_told_again_and_then_forgotten():
    table = Sightings()
    hear(table, 1, -60, 0)
    table.worth_telling(0)
    hear(table, 1, -90, 100)
    assert table.worth_telling(100 + FRESH_MS) == ()
    assert len(table) == 1
    assert table.worth_telling(100 + GONE_MS) == () and len(table) == 0
    hear(table, 1, -60, 100 + GONE_MS)
    assert len(table.worth_telling(100 + GONE_MS)) == 1  # news again


def test_one_sender_is_told_once_whichever_of_its_frames_came_first():
    for order in ((SIGHTED_EID, SIGHTED_IBEACON), (SIGHTED_IBEACON, SIGHTED_EID)):
        table = Sightings()
        for kind in order:
            identity = eid(7) if kind == SIGHTED_EID else eid(7)[:4]
            table.heard(kind, identity, HERE, -60, 0)
        assert table.worth_telling(0) == (Sighting(SIGHTED_EID, eid(7) + HERE, -60, 0),)


def test_an_ibeacon_alone_is_told_as_it_is():
    table = Sightings()
    table.heard(SIGHTED_IBEACON, eid(7)[:4], HERE, -60, 0)
    assert table.worth_telling(0) == (Sighting(SIGHTED_IBEACON, eid(7)[:4] + HERE, -60, 0),)


def test_the_same_identity_under_two_addresses_is_two():
    table = Sightings()
    hear(table, 1, -60, 0, HERE)
    hear(table, 1, -50, 0, THERE)
    told = table.worth_telling(0)
    assert sorted([each.identity[8:] for each in told]) == [HERE, THERE]


def test_inventions_push_out_inventions():
    table = Sightings()
    for number in range(10):
        hear(table, number, -60, 0)
        hear(table, number, -60, 100)
    for number in range(100, 1100):
        hear(table, number, -40, 100 + number)
        assert len(table) <= ENTRIES_MAX
    hear(table, 99, -60, 1200)  # a tag that comes in the middle of it
    hear(table, 99, -60, 1201)
    told = [each.identity[:8] for each in table.worth_telling(1202) + table.worth_telling(1202)]
    assert {eid(number) for number in range(10)} <= set(told) and eid(99) in told
    assert count(table, "evicted") == 1011 - ENTRIES_MAX and count(table, "full") == 0


def test_a_table_of_people_who_are_really_here_takes_no_more():
    table = Sightings()
    for now_ms in (0, 100):
        for number in range(ENTRIES_MAX):
            hear(table, number, -60, now_ms)
    hear(table, 999, -30, 200)
    assert (count(table, "full"), len(table)) == (1, ENTRIES_MAX)
    hear(table, 999, -30, 100 + FRESH_MS)  # somebody has left meanwhile
    assert (count(table, "full"), count(table, "evicted"), len(table)) == (1, 0, ENTRIES_MAX)
    assert [each.identity for each in table.worth_telling(100 + FRESH_MS)] == [eid(999) + HERE]


def test_a_letter_holds_what_the_contract_allows_the_longest_untold_first():
    table = Sightings()
    for number in range(ENTRIES_MAX):
        hear(table, number, -60, number)
    first = table.worth_telling(100)
    second = table.worth_telling(2100)
    assert len(first) == len(second) == PER_LETTER_MAX
    assert not {each.identity for each in first} & {each.identity for each in second}
    record = Record(1, b"12345678", 1, 0, 0, 0, 10000)
    assert len(messages.encode_body("sighting", record, first)) < 1024


def test_an_unknown_level_is_counted_and_no_level():
    table = Sightings()
    hear(table, 1, 127, 0)
    assert (len(table), count(table, "unread")) == (0, 1)


def test_every_level_and_age_fits_the_contract():
    table = Sightings()
    for number, rssi_dbm in enumerate((-128, -127, -1, 0, 20, 126)):
        hear(table, number, rssi_dbm, 0)
    for each in table.worth_telling(FRESH_MS - 1):
        assert -128 <= each.rssi_dbm <= 127 and each.age_ms == FRESH_MS - 1
    assert sightings.ENTRIES_MAX >= 2 * sightings.PER_LETTER_MAX
