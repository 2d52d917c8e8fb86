"""A terminal's decisions from card to `booked`, with messages as bytes and time as an integer."""

from collections import namedtuple

from firmware.core import desk, post, tap
from firmware.core.outbox import RECORDS_MAX, Outbox
from firmware.core.presence import GONE_AFTER
from firmware.core.records import Clock, Recorder
from firmware.core.witness import HighestSeen
from firmware.protocol import messages, topics
from firmware.protocol.messages import Booked, Counter, Screen, Show, Strip, Time, Witness

NONCE = b"nonce-01"
RUN = b"run-0001"
ME = post.Identity("counter-1", "esp32_devkit", "counter", "0.1.0")
Target = namedtuple("Target", "tech uid atqa sak ats")
LIN = Target(1, b"\x04\xa1\xb2\xc3", 0x0044, 0x00, b"")
WEI = Target(3, b"\x04\xa1\xb2\xc3\xd4\xe5\xf6", 0x0344, 0x20, b"\x06\x77\x77\x71\x02\x80")
HELLO = Screen(3000, 0x00FF00, 1, (Strip(0, 0, 8, 8, b"\xff" * 8),))
REST = Screen(0, 0, 0, (Strip(0, 0, 8, 8, b"\x0f" * 8),))


class Notes:
    """Counts the calls of `changed`."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1


def made():
    clock = Clock(0)
    notes = Notes()
    recorder = Recorder(7, NONCE, clock)
    outbox = Outbox(7, NONCE, lambda below: 0)
    return desk.Desk(ME, recorder, clock, outbox, HighestSeen(Witness(0, 0)), notes), notes


def linked():
    """A desk whose connection stands and whose first status is out."""
    counter, _notes = made()
    counter.link_is(True, 0)
    assert sent(counter, 0)[0].topic == "sb/v1/counter-1/up/status"
    return counter


def sent(counter, now_ms):
    """All letters due now, posted."""
    letters = []
    while True:
        letter = counter.next_letter(now_ms)
        if letter is None:
            return letters
        counter.posted(letter, now_ms)
        letters.append(letter)
        assert len(letters) < 200, "letters without end"


def opened(letter):
    """(kind, message) of a letter."""
    kind = topics.parse(letter.topic)[2]
    return kind, messages.decode(kind, letter.payload)


def tell(counter, kind, message, now_ms=0, device="counter-1"):
    counter.received(topics.down(device, kind), messages.encode(kind, message), now_ms)


def booked(number, epoch=1, seq=1, screen=HELLO):
    return Booked(7, NONCE, number, epoch, seq, 1, screen)


def test_a_card_becomes_a_letter_an_answer_and_a_greeting():
    counter = linked()
    counter.polled(LIN, 100)
    assert counter.session.state == tap.WAITING
    letters = sent(counter, 103)
    kind, upward = opened(letters[0])
    assert (len(letters), kind, letters[0].retain) == (1, "tap", False)
    assert upward.age_ms == 3 and upward.witness == Witness(0, 0)
    assert upward.record == (7, NONCE, 1, 100, 0, 0, tap.DEADLINE_MS)
    assert upward.payload == (0, 1, LIN.uid, 0x44, 0, b"")
    tell(counter, "booked", booked(1, 3, 99))
    assert (counter.session.state, counter.session.screen) == (tap.SHOWING, HELLO)
    assert len(counter.outbox) == 0 and counter.highest.highest == Witness(3, 99)


def test_a_resting_card_is_one_letter_and_a_code_is_a_scan():
    counter = linked()
    for now_ms in range(0, 2000, 90):
        counter.polled(WEI, now_ms)
    counter.scanned(b"SB1:KR7Q", 2000)
    kinds = [opened(letter)[0] for letter in sent(counter, 2000)]
    assert kinds == ["tap", "scan"]
    assert (counter.taps, counter.scans) == (1, 1)


def test_offline_taps_are_saved_and_all_go_out_after_the_status():
    counter, _notes = made()
    for now_ms in (0, 1000):
        counter.polled(LIN, now_ms)
        assert counter.session.state == tap.SAVED
        for _ in range(GONE_AFTER):
            counter.polled(None, now_ms)
    counter.link_is(True, 60000)
    letters = [opened(letter) for letter in sent(counter, 60000)]
    assert [kind for kind, _message in letters] == ["status", "tap", "tap"]
    assert [message.age_ms for _kind, message in letters[1:]] == [60000, 59000]
    assert counter.wait_ms(60000) == 2000


def test_a_full_outbox_refuses_aloud():
    counter, _notes = made()
    for _ in range(RECORDS_MAX + 1):
        counter.scanned(b"x", 0)
    assert counter.session.state == tap.FULL
    assert dict(counter.counters())["outbox.refused"] == 1


def test_an_answer_to_an_earlier_customer_is_booked_and_not_shown():
    counter = linked()
    counter.polled(LIN, 0)
    counter.polled(WEI, 50)
    tell(counter, "booked", booked(1))
    assert counter.session.state == tap.SLOW and len(counter.outbox) == 1
    tell(counter, "booked", booked(1))  # a second answer
    assert counter.outbox.strangers == 1
    tell(counter, "booked", booked(2))
    assert counter.session.state == tap.SHOWING and len(counter.outbox) == 0


def test_the_witness_rides_on_every_letter():
    counter = linked()
    tell(counter, "booked", booked(99, 2, 50))
    counter.polled(LIN, 0)
    assert opened(sent(counter, 0)[0])[1].witness == Witness(2, 50)
    assert messages.decode("status", counter.will(0).payload).witness == Witness(2, 50)


def test_a_new_run_of_the_gateway_has_everything_sent_again():
    counter = linked()
    counter.polled(LIN, 0)
    assert len(sent(counter, 0)) == 1
    tell(counter, "time", Time(1700000000000, 1, RUN), 10)
    assert len(sent(counter, 10)) == 1
    tell(counter, "time", Time(1700000600000, 1, RUN), 20)
    assert sent(counter, 20) == []
    counter.scanned(b"x", 30)
    upward = opened(sent(counter, 30)[0])[1]
    assert (upward.record.unix_ms, upward.record.clock) == (1700000600010, 1)


def test_screens_of_the_gateway():
    counter = linked()
    tell(counter, "show", Show(1, REST))
    assert counter.idle_screen == REST and counter.session.state == tap.IDLE
    tell(counter, "show", Show(0, HELLO))
    assert counter.session.screen == HELLO
    counter.session.elapsed()
    tell(counter, "show", Show(0, REST))  # hold_ms 0 shows nothing
    assert counter.session.state == tap.IDLE


def test_what_the_contract_does_not_allow_changes_nothing():
    counter = linked()
    counter.polled(LIN, 0)
    good = messages.encode("booked", booked(1))
    before = counter.session.state, len(counter.outbox), counter.highest.highest
    for at in range(len(good)):
        counter.received("sb/v1/counter-1/down/booked", good[:at], 0)
    assert counter.malformed == len(good)
    topic = "sb/v1/counter-1/down/"
    for wrong in ("", "sb/v1/x", topic, topic + "nothing", "sb/v2/counter-1/down/booked"):
        counter.received(wrong, good, 0)
    assert counter.malformed == len(good) + 5
    for foreign in ("sb/v1/counter-2/down/booked", "sb/v1/counter-1/up/status", topic + "apdu"):
        counter.received(foreign, good, 0)
    assert counter.foreign == 3
    assert (counter.session.state, len(counter.outbox), counter.highest.highest) == before


def test_status_now_and_then_and_at_once_when_the_reader_breaks():
    counter = linked()
    assert counter.wait_ms(0) == post.STATUS_EVERY_MS
    assert counter.next_letter(post.STATUS_EVERY_MS - 1) is None
    assert sent(counter, post.STATUS_EVERY_MS)[0].retain
    counter.reader_is(False, 70000)
    kind, status = opened(sent(counter, 70000)[0])
    assert kind == "status" and Counter("reader.broken", 1) in status.counters
    counter.reader_is(False, 71000)
    assert sent(counter, 71000) == []
    counter.reader_is(True, 72000)
    assert len(sent(counter, 72000)) == 1
    assert (status.state, status.boot, status.firmware, status.role) == (1, 7, "0.1.0", "counter")


def test_the_will_says_offline():
    counter, _notes = made()
    will = counter.will(5)
    assert (will.topic, will.qos, will.retain) == ("sb/v1/counter-1/up/status", 1, True)
    assert messages.decode("status", will.payload).state == 0


def test_counters_are_bounded_by_the_contract():
    counter, _notes = made()
    counter.more_counters = lambda: tuple([("extra." + str(n), n) for n in range(40)])
    assert len(messages.decode("status", counter.will(0).payload).counters) == 32


def test_what_matters_wakes_face_and_sender():
    counter, notes = made()
    happenings = (
        lambda: counter.polled(LIN, 0),
        lambda: counter.scanned(b"x", 0),
        lambda: counter.link_is(True, 0),
        lambda: counter.link_is(False, 0),
        lambda: counter.reader_is(False, 0),
        lambda: tell(counter, "booked", booked(1)),
        lambda: tell(counter, "show", Show(0, HELLO)),
        lambda: tell(counter, "time", Time(0, 0, RUN)),
    )
    for number, happening in enumerate(happenings):
        happening()
        assert notes.count == number + 1, number


ASKED = messages.Command(b"session1", messages.ASK_PIN, 30, HELLO)
STAYS = Screen(messages.HOLD_STAYS, 0xC00000, 2, (Strip(0, 0, 8, 8, b"\xff" * 8),))


def test_a_pin_goes_once_at_qos_0_and_through_no_outbox():
    counter = linked()
    tell(counter, "command", ASKED)
    assert counter.wants_keys and counter.asked(100) == HELLO
    press(counter, "4821#", 100)
    assert len(counter.outbox) == 0
    assert counter.wait_ms(100) == 0
    letters = sent(counter, 100)
    assert [(letter.topic, letter.qos, letter.retain) for letter in letters] == [
        ("sb/v1/counter-1/up/pin", 0, False)
    ]
    assert opened(letters[0])[1] == messages.Pin(b"session1", messages.ENDED_DIGITS, "4821")
    assert sent(counter, 20000) == [] and not counter.wants_keys


def test_a_question_is_not_taken_without_a_link_and_ends_with_it():
    counter, _notes = made()
    tell(counter, "command", ASKED)
    assert counter.question is None
    counter = linked()
    tell(counter, "command", ASKED)
    press(counter, "4821#", 0)
    counter.link_is(False, 0)
    counter.link_is(True, 0)
    assert [opened(letter)[0] for letter in sent(counter, 0)] == ["status"]


def test_another_card_ends_a_question_and_is_answered_itself():
    counter = linked()
    tell(counter, "command", ASKED)
    press(counter, "4", 0)
    counter.polled(LIN, 50)
    assert counter.asked(50) is None
    kinds = [opened(letter) for letter in sent(counter, 60)]
    assert [kind for kind, _ in kinds] == ["pin", "tap"]
    assert kinds[0][1] == messages.Pin(b"session1", messages.ENDED_CLEARED, "")


def test_a_terminal_without_a_keypad_says_so():
    counter = linked()
    counter.keypad_said(None, True, 0)
    assert sent(counter, 0) == []
    tell(counter, "command", ASKED)
    counter.keypad_said(None, False, 0)
    assert sent(counter, 0) == []
    counter.keypad_said(None, True, 0)
    assert opened(sent(counter, 0)[0])[1].ended == messages.ENDED_NO_KEYPAD


def test_a_refusal_stays_until_a_key_or_another_card():
    for dismiss in ("key", "card", "show"):
        counter = linked()
        counter.polled(LIN, 0)
        tell(counter, "booked", booked(1, screen=STAYS), 10)
        assert counter.session.hold_ms is None and counter.wants_keys
        if dismiss == "key":
            press(counter, "C", 20)
            assert counter.session.state == tap.IDLE
        elif dismiss == "card":
            counter.polled(WEI, 20)
            assert counter.session.state == tap.SLOW
        else:
            tell(counter, "show", Show(messages.SLOT_NOW, HELLO), 20)
            assert counter.session.screen == HELLO
        assert not counter.wants_keys


def test_a_greeting_is_not_ended_by_keys_that_nobody_asked_for():
    counter = linked()
    counter.polled(LIN, 0)
    tell(counter, "booked", booked(1), 10)
    assert not counter.wants_keys


def test_a_full_outbox_is_told_until_the_link_is_back():
    counter, _notes = made()
    for number in range(RECORDS_MAX + 1):
        counter.scanned(b"%d" % number, number)
    assert counter.session.state == tap.FULL and counter.session.hold_ms is None
    assert not counter.wants_keys, "no room for the driver of a keypad"
    counter.link_is(True, 100)
    assert counter.session.state == tap.IDLE


def test_what_the_gateway_shows_ends_please_wait():
    for kind, message in (("show", Show(messages.SLOT_NOW, HELLO)), ("booked", booked(9))):
        counter = linked()
        tell(counter, "command", ASKED)
        press(counter, "4821#", 0)
        sent(counter, 0)
        assert counter.asked(0) == "wait"
        tell(counter, kind, message)
        assert counter.asked(0) is None and counter.question is None


def test_a_question_that_is_over_leaves_nothing_behind():
    counter = linked()
    tell(counter, "command", ASKED)
    assert counter.asked(29999) == HELLO and counter.asked(30000) is None
    assert counter.question is not None  # its answer has not left
    sent(counter, 30000)
    assert counter.asked(30001) is None and counter.question is None


def test_another_question_takes_the_place_of_the_first_without_an_answer():
    counter = linked()
    tell(counter, "command", ASKED)
    press(counter, "48", 0)
    tell(counter, "command", messages.Command(b"session2", messages.ASK_PIN, 30, REST))
    assert counter.asked(0) == REST
    press(counter, "9#", 0)
    answers = [opened(letter)[1] for letter in sent(counter, 0)]
    assert answers == [messages.Pin(b"session2", messages.ENDED_DIGITS, "9")]


def test_the_gateway_ends_its_own_question_only():
    counter = linked()
    tell(counter, "command", ASKED)
    tell(counter, "command", messages.Command(b"session2", messages.ASK_NOTHING, 0, REST))
    assert counter.asked(0) == HELLO
    tell(counter, "command", messages.Command(b"session1", messages.ASK_NOTHING, 0, REST))
    assert counter.asked(0) is None and sent(counter, 0) == []


def press(counter, keys, now_ms):
    for key in keys:
        counter.keypad_said(key, False, now_ms)
