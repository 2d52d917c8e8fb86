"""The outbox: what leaves when, in which order, and that nothing leaves but by `booked`."""

from firmware.core import outbox
from firmware.core.errors import OutboxFull
from firmware.core.outbox import Outbox, RecordId
from firmware.protocol import messages
from firmware.protocol.errors import ProtocolError
from firmware.protocol.messages import AGE_UNKNOWN, Record, Scan, Tap, Witness

NONCE = b"12345678"
TAP = Tap(0, 1, b"\x04\xa1\xb2\xc3", 0x44, 0, b"")
DEADLINE_MS = 7000


def lowest(_below):
    return 0


def record(number, now_ms, boot=1):
    return Record(boot, NONCE, number, now_ms, 0, 0, DEADLINE_MS)


def kept(*born_ms):
    """An outbox with one tap for each time of birth, numbered from 1."""
    box = Outbox(1, NONCE, lowest)
    for number, now_ms in enumerate(born_ms):
        box.put("tap", record(number + 1, now_ms), TAP)
    return box


def numbers(due):
    return [item.id.number for item in due]


def test_what_promises_nothing_is_forgotten_when_it_is_old():
    box = kept(0, 4000, 9000)
    assert box.expire(10000, 9999) == 0
    assert box.expire(10000, 14000) == 2
    assert numbers(box.due(14000)) == [3]
    assert box.booked(RecordId(1, NONCE, 1)) is False and box.strangers == 1
    for _ in range(outbox.RECORDS_MAX - 1):
        box.put("tap", record(9, 14000), TAP)  # their room is free again, and their bytes
    assert len(box) == outbox.RECORDS_MAX
    assert box.expire(10000, 30000) == outbox.RECORDS_MAX and len(box) == 0


def test_a_record_is_due_at_once_and_again_after_its_wait_until_it_is_booked():
    box = kept(100)
    record_id = RecordId(1, NONCE, 1)
    assert numbers(box.due(100)) == [1] and box.wait_ms(100) == 0
    box.sent(record_id, 110)
    assert numbers(box.due(110)) == [] and box.wait_ms(110) == 2000
    assert numbers(box.due(2109)) == []
    assert numbers(box.due(2110)) == [1]
    box.sent(record_id, 2110)
    assert box.wait_ms(2110) == 2000  # 4 s halved, with the least luck
    for _ in range(9):
        box.sent(record_id, 2110)
    assert box.wait_ms(2110) == 15000
    assert len(box) == 1
    assert box.booked(record_id) and len(box) == 0
    assert box.wait_ms(2110) is None and numbers(box.due(99999)) == []
    assert not box.booked(record_id)
    counters = dict(box.counters())
    assert [counters["outbox." + name] for name in ("now", "peak", "resends", "strangers")] == [0, 1, 10, 1]


def test_what_is_sent_has_the_age_of_the_sending():
    box = kept(100)
    for now_ms, age_ms in ((100, 0), (3100, 3000), (1 << 40, (1 << 40) - 100)):
        item = next(box.due(now_ms))
        assert item.age_ms == age_ms
        upward = messages.decode("tap", messages.seal(item.kind, item.body, item.age_ms, Witness(0, 0)))
        assert upward.age_ms == min(age_ms, AGE_UNKNOWN)
        assert (upward.record, upward.payload) == (record(1, 100), TAP)


def test_a_record_of_an_earlier_boot_has_no_age():
    box = Outbox(2, NONCE, lowest)
    box.put("tap", record(1, 100, boot=1), TAP)
    assert next(box.due(100)).age_ms == AGE_UNKNOWN


def test_fresh_ones_first_then_the_backlog_in_order():
    box = kept(0, 10, 20, 30, 40, 50, 60000, 60001)
    assert numbers(box.due(60002)) == [7, 8, 1, 2, 3, 4]


def test_a_backlog_never_fills_the_line():
    box = kept(*([0] * 10))
    for item in list(box.due(60000)):
        box.sent(item.id, 60000)
    assert numbers(box.due(60000)) == []
    assert box.wait_ms(60000) == 2000  # not 0: blocked records must not spin the sender
    box.put("tap", record(11, 60000), TAP)
    assert numbers(box.due(60000)) == [11]
    box.sent(RecordId(1, NONCE, 11), 60000)
    assert box.booked(RecordId(1, NONCE, 2))
    assert numbers(box.due(60000)) == [5]
    assert numbers(box.due(62000)) == [11, 1, 3, 4, 5]


def test_one_record_can_be_asked_for_without_listing_all():
    """A sender takes the first; a list of all, with their ids, would take kilobytes of a small heap."""
    box = kept(*([0] * outbox.RECORDS_MAX))
    due = box.due(0)
    assert not isinstance(due, list) and next(due).id.number == 1


def test_a_resend_is_counted_once_for_each_sending_behind_the_first():
    box = kept(0)
    for expected in (0, 1, 2):
        box.sent(RecordId(1, NONCE, 1), 0)
        assert box.resends == expected
        box.resend_all()


def test_resend_all_makes_everything_due_with_the_shortest_wait():
    box = kept(0, 1)
    for _ in range(5):
        box.sent(RecordId(1, NONCE, 1), 0)
        box.sent(RecordId(1, NONCE, 2), 0)
    box.resend_all()
    assert numbers(box.due(1)) == [1, 2]
    box.sent(RecordId(1, NONCE, 1), 1)
    box.sent(RecordId(1, NONCE, 2), 1)
    assert box.wait_ms(1) == 2000


def test_a_record_that_does_not_fit_the_heap_is_refused_and_nothing_of_it_kept():
    box = kept(0)
    encode, room = outbox.encode_body, []

    def narrow(kind, record_of, payload):
        if not room:
            raise MemoryError
        return encode(kind, record_of, payload)

    outbox.encode_body = narrow
    try:
        assert refusal(box.put, "tap", record(2, 0), TAP) == "memory"
        assert (len(box), box.refused) == (1, 1)
        room.append(1)
        assert refusal(box.put, "tap", record(2, 0), TAP) is None
    finally:
        outbox.encode_body = encode
    assert (len(box), box.refused) == (2, 1)


def refusal(call, *arguments):
    try:
        call(*arguments)
    except OutboxFull as error:
        return error.reason
    return None


def test_a_full_outbox_refuses_and_keeps_what_it_has():
    box = kept(*([0] * outbox.RECORDS_MAX))
    full = outbox.RECORDS_MAX
    assert refusal(box.put, "tap", record(full + 1, 0), TAP) == "records"
    assert (len(box), box.refused, box.peak) == (full, 1, full)
    assert box.booked(RecordId(1, NONCE, 1))
    assert refusal(box.put, "tap", record(full + 2, 0), TAP) is None


def test_bytes_are_bounded_too():
    box = Outbox(1, NONCE, lowest)
    number = 0
    while refusal(box.put, "scan", record(number + 1, 0), Scan(0, b"x" * 512)) is None:
        number += 1
    assert number == outbox.BYTES_MAX // 540
    assert refusal(box.put, "scan", record(99, 0), Scan(0, b"x" * 512)) == "bytes"
    assert box.booked(RecordId(1, NONCE, 1))
    assert refusal(box.put, "scan", record(100, 0), Scan(0, b"x" * 512)) is None


def test_a_bad_value_is_not_kept():
    box = Outbox(1, NONCE, lowest)
    try:
        box.put("tap", record(0, 0), TAP)
    except ProtocolError as error:
        assert error.reason == "out_of_range"
    else:
        raise AssertionError("kept")
    assert len(box) == 0
