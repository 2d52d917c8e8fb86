"""A beacon's decisions from what it hears to `booked`, with messages as bytes and time as an integer."""

from firmware.core import outpost
from firmware.core.outbox import Outbox
from firmware.core.outpost import FRAME_MS, IN_FLIGHT_MAX, WORTH_MS, Outpost, slot_ms
from firmware.core.post import Identity
from firmware.core.records import Clock, Recorder
from firmware.core.sightings import PER_LETTER_MAX
from firmware.core.witness import HighestSeen
from firmware.protocol import messages, topics
from firmware.protocol.messages import SIGHTED_EID, SIGHTED_OWN, Booked, Screen, Sighting, Time, Witness

NONCE = b"nonce-01"
DEVICE = "beacon-door"
ME = Identity(DEVICE, "esp32_beacon", "beacon", "0.1.0")
ADDRESS = b"\x01\x02\x03\x04\x05\x06"
UNIX_MS = 1800000000000


class Notes:
    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1


def made():
    clock = Clock(0)
    notes = Notes()
    outbox = Outbox(7, NONCE, lambda below: 0)
    return Outpost(ME, Recorder(7, NONCE, clock), clock, outbox, HighestSeen(Witness(0, 0)), notes), notes


def linked():
    """A beacon whose connection stands and whose first status is out."""
    beacon, _notes = made()
    beacon.link_is(True, 0)
    assert [kind for kind, _message in sent(beacon, 0)] == ["status"]
    return beacon


def sent(beacon, now_ms):
    """(kind, message) of all letters due now, posted."""
    found = []
    while True:
        letter = beacon.next_letter(now_ms)
        if letter is None:
            return found
        beacon.posted(letter, now_ms)
        kind = topics.parse(letter.topic)[2]
        found.append((kind, messages.decode(kind, letter.payload)))
        assert len(found) < 100, "letters without end"


def played(beacon, start_ms, end_ms, answers=True):
    """(when, message) of the sightings it sends by itself, waiting as the uplink does."""
    now_ms, found = start_ms, []
    while now_ms < end_ms:
        for kind, message in sent(beacon, now_ms):
            if kind == "sighting":
                found.append((now_ms, message))
                if answers:
                    book(beacon, message.record.number, now_ms)
        now_ms += max(1, beacon.wait_ms(now_ms))
    return found


def book(beacon, number, now_ms):
    tell(beacon, "booked", Booked(7, NONCE, number, 3, 99, 5, Screen(0, 0, 0, ())), now_ms)


def tell(beacon, kind, message, now_ms):
    beacon.received(topics.down(DEVICE, kind), messages.encode(kind, message), now_ms)


def hear(beacon, number, now_ms, rssi_dbm=-60):
    beacon.sightings.heard(SIGHTED_EID, number.to_bytes(4, "big") + b"tail", ADDRESS, rssi_dbm, now_ms)


def count(beacon, name):
    return dict(beacon.counters())[name]


def test_who_is_heard_is_told_in_our_slot():
    beacon = linked()
    hear(beacon, 1, 0)
    ((when, message),) = played(beacon, 0, 2 * FRAME_MS)
    assert when % FRAME_MS == slot_ms(DEVICE)
    assert message.payload == (Sighting(SIGHTED_EID, b"\x00\x00\x00\x01tail" + ADDRESS, -60, when),)
    assert message.record.deadline_ms == WORTH_MS
    assert len(beacon.outbox) == 0 and beacon.highest.highest == Witness(3, 99)


def test_a_slot_follows_the_gateways_clock_once_it_is_known():
    beacon = linked()
    tell(beacon, "time", Time(UNIX_MS + 777, 1, b"gwrun-01"), 100)
    for number in range(5):
        hear(beacon, number, 100 + number)
    times = []
    for number in range(4):
        hear(beacon, 100 + number, 100 + number * 2500)
        times += [when for when, _message in played(beacon, 100 + number * 2500, 2600 + number * 2500)]
    assert len(times) == 4
    assert {(UNIX_MS + 777 + when - 100 - slot_ms(DEVICE)) % FRAME_MS for when in times[1:]} == {0}


def test_nothing_new_is_nothing_sent():
    beacon = linked()
    assert played(beacon, 0, 30000) == []


def test_slots_of_a_store_are_spread():
    slots = {slot_ms("beacon-" + str(number)) for number in range(40)}
    assert len(slots) >= 12
    assert min(slots) >= 0 and max(slots) < FRAME_MS
    assert slot_ms("beacon-door") == slot_ms("beacon-door")


def test_who_we_are_goes_at_once_and_again_to_whoever_may_not_know():
    own = (Sighting(SIGHTED_OWN, b"identity" + ADDRESS, 0, 0),)
    beacon, notes = made()
    beacon.link_is(True, 0)
    sent(beacon, 0)
    before = notes.count
    beacon.advertises(b"identity", ADDRESS)
    assert notes.count == before + 1
    ((kind, message),) = sent(beacon, 1)
    assert (kind, message.payload) == ("sighting", own)
    book(beacon, message.record.number, 2)
    assert sent(beacon, 3) == []
    beacon.link_is(False, 4)
    beacon.link_is(True, 5)
    assert [message.payload for kind, message in sent(beacon, 5) if kind == "sighting"] == [own]
    tell(beacon, "time", Time(UNIX_MS, 1, b"gwrun-01"), 6)
    sent(beacon, 6)
    tell(beacon, "time", Time(UNIX_MS, 1, b"gwrun-01"), 7)
    assert sent(beacon, 7) == []  # the same run
    tell(beacon, "time", Time(UNIX_MS, 1, b"gwrun-02"), 8)
    assert own in [message.payload for _kind, message in sent(beacon, 8)]


def test_a_beacon_that_is_silent_says_nothing_of_itself():
    beacon, _notes = made()
    beacon.link_is(True, 0)
    tell(beacon, "time", Time(0, 0, b"gwrun-01"), 0)
    assert [kind for kind, _message in sent(beacon, 0)] == ["status"]


def test_a_gateway_that_does_not_answer_is_not_flooded_and_hears_the_present_later():
    beacon = linked()
    sent_records = set()
    for now_ms in range(0, 10000, 500):
        hear(beacon, now_ms, now_ms)
        sent_records |= {m.record.number for _when, m in played(beacon, now_ms, now_ms + 500, False)}
    assert len(sent_records) == IN_FLIGHT_MAX
    assert count(beacon, "sightings.held") > 0
    for now_ms in range(10000, 30000, 500):
        hear(beacon, 1, now_ms)
        played(beacon, now_ms, now_ms + 500, False)
    assert count(beacon, "sightings.expired") >= IN_FLIGHT_MAX
    assert len(beacon.outbox) <= IN_FLIGHT_MAX
    hear(beacon, 77, 45000)
    later = played(beacon, 45000, 45000 + 2 * FRAME_MS)
    assert later and max([message.age_ms for _when, message in later]) < WORTH_MS


def test_an_outage_keeps_nothing():
    beacon = linked()
    beacon.link_is(False, 0)
    for now_ms in range(0, 600000, 700):
        hear(beacon, now_ms // 70000, now_ms)
    assert len(beacon.outbox) == 0
    beacon.link_is(True, 600000)
    told = played(beacon, 600000, 600000 + 2 * FRAME_MS)
    assert [len(message.payload) for _when, message in told] == [1]  # who is here now


def test_a_crowd_is_told_in_two_slots():
    beacon = linked()
    for number in range(60):
        hear(beacon, number, 10)
    told = played(beacon, 10, 10 + 2 * FRAME_MS)
    assert [len(message.payload) for _when, message in told] == [PER_LETTER_MAX, 60 - PER_LETTER_MAX]
    assert told[1][0] - told[0][0] == FRAME_MS


def test_counters_fit_the_status():
    beacon, _notes = made()
    beacon.more_counters = lambda: tuple([("air." + str(n), n) for n in range(40)])
    counters = messages.decode("status", beacon.will(0).payload).counters
    assert len(counters) == 32 and counters[0].name == "sightings.held"


def test_what_only_a_terminal_is_told_is_foreign():
    beacon = linked()
    tell(beacon, "show", messages.Show(0, Screen(0, 0, 0, ())), 0)
    beacon.received(topics.down(DEVICE, "time"), b"\x00", 0)
    assert (beacon.foreign, beacon.malformed) == (1, 1)
    assert outpost.SLOTS * (FRAME_MS // outpost.SLOTS) == FRAME_MS
