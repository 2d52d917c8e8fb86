"""The PN532 driver on a scripted link, on both Pythons: recorded exchanges byte for byte, and bad answers."""

import asyncio
import json

from firmware.drivers import pn532
from firmware.drivers.pn532_frames import ACK, NACK, encode
from firmware.drivers.pn532_talk import ReaderError

ROOT = __file__.rsplit("/tests/", 1)[0] if "/tests/" in __file__ else "."
with open(ROOT + "/tests/vectors/vectors.json") as file:
    VECTORS = {row["id"]: row for row in json.load(file)["pn532"]["exchanges"]}

POLL = "poll-106a-card-with-ats"
NO_CARD = "poll-106a-no-card"
FIELD_OFF = "rf-field-off"
UID = bytes.fromhex("04de5f1eacc040")
ATS = bytes.fromhex("067777710280")
SELECT = bytes.fromhex("00a4040007d276000085010100")


def answer(body):
    """The chip's frame of a body of at most 254 bytes."""
    payload = b"\xd5" + body
    head = bytes((0, 0, 0xFF, len(payload), 256 - len(payload)))
    return head + payload + bytes((-sum(payload) & 0xFF, 0))


class Script:
    """A link that expects each write of `steps` in turn and then gives its chunks, then silence."""

    uses_irq = False

    def __init__(self, *steps):
        self.now = 0
        self.steps = list(steps)
        self.chunks = []
        self.wakes = []

    def now_ms(self):
        return self.now

    async def wake(self, attempt):
        self.wakes.append(attempt)

    async def quiet(self):
        self.chunks = []

    async def write(self, frame):
        assert self.steps, frame.hex() + " was not expected"
        expected, self.chunks = self.steps[0][0], list(self.steps[0][1:])
        del self.steps[0]
        assert bytes(frame) == expected, frame.hex() + " instead of " + expected.hex()

    async def read(self, wait_ms, size):
        data = self.chunks.pop(0) if self.chunks else b""
        self.now += 1 if data else wait_ms
        return data


def recorded(name, before=b""):
    """A step of the vectors: command, ACK (in one read with what comes before), response."""
    row = VECTORS[name]
    return bytes.fromhex(row["command"]), before + ACK, bytes.fromhex(row["response"])


def told(code, data, body):
    return (encode(code, data), ACK, answer(body))


def run(link, act):
    """What `await act(reader)` gives; the script must have been played to its end."""
    reader = pn532.Pn532(link, None, link.now_ms)
    result = asyncio.run(act(reader))
    assert not link.steps, "not sent: " + link.steps[0][0].hex()
    return result


def reason_of(link, act):
    try:
        run(link, act)
    except ReaderError as error:
        assert not link.steps, "not sent: " + link.steps[0][0].hex()
        return error.reason
    raise AssertionError("no error")


def poll(reader):
    return reader.poll()


def test_every_recorded_exchange_is_sent_and_read():
    for name, row in VECTORS.items():
        command, response = bytes.fromhex(row["command"]), bytes.fromhex(row["response"])

        async def ask(reader, command=command):
            return await reader.command(command[6], command[7:-2])

        assert run(Script(recorded(name)), ask) == response[7:-2], name


def test_start_wakes_then_configures_before_anything_else():
    link = Script(
        recorded("sam-normal"),
        recorded("get-firmware-version"),
        told(0x12, b"\x14", b"\x13"),
        told(0x32, b"\x05\x01\x00\x01", b"\x33"),
        recorded(FIELD_OFF),
    )
    version = run(link, lambda reader: reader.start())
    assert version == (0x32, 1, 6, 7)
    assert link.wakes == [0]


def test_start_wakes_again_when_nothing_answers():
    mute = (encode(0x14, b"\x01\x00\x00"),)
    link = Script(mute, mute, mute)
    assert reason_of(link, lambda reader: reader.start()) == "no_ack"
    assert link.wakes == [0, 1, 2]
    assert link.now < 1000


def test_another_chip_is_refused():
    link = Script(recorded("sam-normal"), told(0x02, b"", bytes.fromhex("0333010607")))
    assert reason_of(link, lambda reader: reader.start()) == "wrong_chip"


def test_poll_reads_a_card_and_switches_the_field_off():
    target = run(Script(recorded(POLL), recorded(FIELD_OFF)), poll)
    assert target == (3, UID, 0x0344, 0x20, ATS)
    assert target.uid == UID


def test_poll_reads_a_card_without_ats_as_type_a_only():
    target = run(Script(recorded("poll-106a-card-without-ats"), recorded(FIELD_OFF)), poll)
    assert target == (1, UID, 0x0344, 0x20, b"")


def test_poll_gives_none_without_a_card_and_switches_the_field_off():
    assert run(Script(recorded(NO_CARD), recorded(FIELD_OFF)), poll) is None


def test_poll_reads_uids_of_four_and_ten_bytes():
    for size in (4, 10):
        uid = bytes(range(1, size + 1))
        found = answer(b"\x4b\x01\x01\x00\x04\x08" + bytes((size,)) + uid)
        link = Script((bytes.fromhex(VECTORS[POLL]["command"]), ACK, found), recorded(FIELD_OFF))
        assert run(link, poll) == (1, uid, 0x0004, 0x08, b"")


def test_a_target_of_another_shape_is_a_bad_answer_and_the_field_goes_off():
    for body in (
        "",  # not even a number of targets
        "01",
        "0201034420",
        "02010344200704de5f1eacc040",  # two were not asked for
        "01020344200704de5f1eacc040",  # target 2 without a target 1
        "01010344200704de5f1eacc0",  # UID cut
        "0101034420050102030405",  # no UID has five bytes
        "01010344200004",
        "01010344200704de5f1eacc04005777771",  # ATS cut
        "01010344200704de5f1eacc0400477777102",  # bytes behind the ATS
        "01010344200704de5f1eacc04041" + "00" * 64,  # an ATS longer than we keep
    ):
        found = answer(b"\x4b" + bytes.fromhex(body))
        link = Script((bytes.fromhex(VECTORS[POLL]["command"]), ACK, found), recorded(FIELD_OFF))
        assert reason_of(link, poll) == "bad_answer", body


def test_exchange_needs_a_held_target():
    assert reason_of(Script(), lambda reader: reader.exchange(SELECT)) == "no_target"
    link = Script(recorded(POLL), recorded(FIELD_OFF))

    async def poll_then_exchange(reader):
        await reader.poll()
        await reader.exchange(SELECT)

    assert reason_of(link, poll_then_exchange) == "no_target"


async def hold_and_select(reader):
    await reader.poll(hold=True)
    return await reader.exchange(SELECT)


def test_exchange_carries_an_apdu_and_release_switches_the_field_off():
    async def all_of_it(reader):
        result = await hold_and_select(reader)
        await reader.release()
        return result

    link = Script(recorded(POLL), recorded("select-ndef-application"), recorded(FIELD_OFF))
    assert run(link, all_of_it) == b"\x90\x00"


def test_holding_nothing_switches_the_field_off():
    assert run(Script(recorded(NO_CARD), recorded(FIELD_OFF)), lambda reader: reader.poll(hold=True)) is None


def test_status_bytes_become_reasons_and_the_field_goes_off():
    for status, reason in ((0x01, "card_gone"), (0x2B, "card_gone"), (0x0B, "rf"), (0x7F, "rf")):
        link = Script(
            recorded(POLL), told(0x40, b"\x01" + SELECT, bytes((0x41, status))), recorded(FIELD_OFF)
        )
        assert reason_of(link, hold_and_select) == reason, status
    link = Script(recorded(POLL), told(0x40, b"\x01" + SELECT, b"\x41"), recorded(FIELD_OFF))
    assert reason_of(link, hold_and_select) == "bad_answer"


def test_a_failed_exchange_holds_the_target_no_more():
    async def twice(reader):
        try:
            await hold_and_select(reader)
        except ReaderError as error:
            assert error.status == 0x0B
            return await reader.exchange(SELECT)
        raise AssertionError("no error")

    link = Script(recorded(POLL), told(0x40, b"\x01" + SELECT, b"\x41\x0b"), recorded(FIELD_OFF))
    assert reason_of(link, twice) == "no_target"


def test_answers_in_pieces_are_joined_and_bounded():
    piece = b"\x41\x40" + bytes(200)
    first, more = told(0x40, b"\x01" + SELECT, piece), told(0x40, b"\x01", piece)
    link = Script(recorded(POLL), first, more, told(0x40, b"\x01", b"\x41\x00\x90\x00"))
    assert run(link, hold_and_select) == bytes(400) + b"\x90\x00"
    link = Script(recorded(POLL), first, more, more, more, more, more, recorded(FIELD_OFF))
    assert reason_of(link, hold_and_select) == "too_long"


def test_a_long_command_goes_in_pieces():
    apdu = bytes(range(256)) + bytes(100)

    async def send(reader):
        await reader.poll(hold=True)
        return await reader.exchange(apdu)

    first, last = b"\x41" + apdu[:262], b"\x01" + apdu[262:]
    link = Script(recorded(POLL), told(0x40, first, b"\x41\x00"), told(0x40, last, b"\x41\x00ok"))
    assert run(link, send) == b"ok"


def health(reader):
    return reader.healthy()


def test_healthy_tells_a_mute_chip_within_a_bound():
    version = (encode(0x02),)
    assert run(Script(recorded("get-firmware-version")), health) is True
    link = Script(version, version, version)
    assert run(link, health) is False
    assert link.now < 500


def test_a_lost_ack_makes_the_command_go_again():
    link = Script((encode(0x02),), recorded("get-firmware-version"))
    assert run(link, health) is True


def test_an_apdu_is_never_sent_twice_by_itself():
    link = Script(recorded(POLL), (encode(0x40, b"\x01" + SELECT),), (ACK,), recorded(FIELD_OFF))
    assert reason_of(link, hold_and_select) == "no_ack"


def test_silence_after_the_ack_is_aborted_before_the_next_command():
    link = Script((bytes.fromhex(VECTORS[POLL]["command"]), ACK), (ACK,), recorded(FIELD_OFF))
    assert reason_of(link, poll) == "no_answer"


def test_an_older_response_is_not_taken_for_the_answer():
    stale = answer(b"\x03\x33\x09\x09\x09")
    link = Script(recorded("get-firmware-version", stale))
    assert run(link, health) is True


def test_a_response_to_another_command_is_passed_over():
    row = VECTORS["get-firmware-version"]
    link = Script((encode(0x02), ACK, answer(b"\x33"), bytes.fromhex(row["response"])))
    assert run(link, health) is True


def test_a_damaged_response_is_asked_for_again():
    good = bytes.fromhex(VECTORS["get-firmware-version"]["response"])
    bad = good[:8] + b"\x00" + good[9:]
    link = Script((encode(0x02), ACK, bad), (NACK, good))
    assert run(link, health) is True


def test_a_nack_that_is_lost_goes_again():
    good = bytes.fromhex(VECTORS["get-firmware-version"]["response"])
    link = Script((encode(0x02), ACK, b"\x00\x00\xff\x77\x00"), (NACK,), (NACK, good))
    assert run(link, health) is True


def test_a_response_that_stops_in_the_middle_is_asked_for_again_soon():
    good = bytes.fromhex(VECTORS["get-firmware-version"]["response"])
    link = Script((encode(0x02), ACK, good[:9]), (NACK, good))
    assert run(link, health) is True
    assert link.now < 100


def test_a_response_after_a_damaged_ack_is_asked_for_again():
    good = bytes.fromhex(VECTORS["get-firmware-version"]["response"])
    wrong = answer(b"\x03\x33\x09\x09\x09")  # as if found inside the damaged bytes
    link = Script((encode(0x02), b"\x00\x00\xff\x01\xfe\x00", wrong), (NACK, good))
    assert run(link, health) is True


def test_a_damaged_ack_is_not_answered_by_sending_again():
    select = (encode(0x40, b"\x01" + SELECT), b"\x00\x00\xff\x77\x00")
    link = Script(recorded(POLL), select, (ACK,), recorded(FIELD_OFF))
    assert reason_of(link, hold_and_select) == "no_answer"


def test_answers_that_stay_damaged_fail_within_a_bound():
    bad = b"\x00\x00\xff\x77\x00"
    link = Script((encode(0x02), ACK, bad), (NACK, bad), (NACK, bad))
    assert run(link, health) is False


def test_an_endless_stream_of_acks_ends_at_the_deadline():
    link = Script((encode(0x02),) + (ACK,) * 1000)
    assert run(link, health) is False
    assert link.now < 500


def test_an_endless_stream_of_noise_ends_within_a_bound():
    link = Script((encode(0x02),) + (b"\x13\x37",) * 1000)
    assert run(link, health) is False
    assert link.now < 700


def test_the_error_frame_is_an_error_of_syntax():
    link = Script((encode(0x99), ACK, bytes.fromhex("0000ff01ff7f8100")))
    assert reason_of(link, lambda reader: reader.command(0x99)) == "syntax"


def test_counters_tell_what_reading_cost():
    good = bytes.fromhex(VECTORS["get-firmware-version"]["response"])
    link = Script((encode(0x02),), (encode(0x02), ACK, b"\x00\x00\xff\x77\x00"), (NACK, good))

    async def count(reader):
        assert await reader.healthy()
        return reader.counters()

    assert run(link, count) == (
        ("reader.resends", 1),
        ("reader.damaged", 1),
        ("reader.repeats", 1),
        ("reader.recoveries", 0),
    )


def test_recover_tries_a_few_times_and_then_tells():
    mute = (encode(0x14, b"\x01\x00\x00"),)
    link = Script(*[mute for _ in range(9)])
    assert reason_of(link, lambda reader: reader.recover()) == "no_ack"
