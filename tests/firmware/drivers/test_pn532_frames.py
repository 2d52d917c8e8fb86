"""The PN532 frame codec, on both Pythons: every split, every flipped byte, nothing taken that none sent."""

from firmware.drivers import pn532_frames as frames

ACK = frames.ACK
EVENT_ACK = (frames.HEARD_ACK, b"")
DAMAGED = (frames.DAMAGED, b"")

VERSION = bytes.fromhex("0000ff06fad50332010607e800")
VERSION_BODY = bytes.fromhex("0332010607")
POLL = bytes.fromhex("0000ff15ebd54b01010344200704de5f1eacc0400677777102807e00")
ERROR = bytes.fromhex("0000ff01ff7f8100")


def answer(body):
    """The chip's frame of a body, built without the code under test."""
    payload = b"\xd5" + body
    length = len(payload)
    if length < 256:
        head = bytes((length, 256 - length & 0xFF))
    else:
        head = b"\xff\xff" + bytes((length >> 8, length & 0xFF, -(length >> 8) - (length & 0xFF) & 0xFF))
    return b"\x00\x00\xff" + head + payload + bytes((-sum(payload) & 0xFF, 0))


def read(*chunks):
    reader = frames.FrameReader()
    events = []
    for chunk in chunks:
        events += reader.feed(chunk)
    return events


LONG_BODY = b"\x41\x00" + bytes(index & 0xFF for index in range(258))
HIDDEN = answer(b"\x41\x00\x90\x00")  # a whole frame that a card could send as data
STREAM = ACK + VERSION + ACK + answer(b"\x41\x00" + HIDDEN) + ACK + answer(LONG_BODY) + frames.NACK + ERROR
STREAM_EVENTS = [
    EVENT_ACK,
    (frames.RESPONSE, VERSION_BODY),
    EVENT_ACK,
    (frames.RESPONSE, b"\x41\x00" + HIDDEN),
    EVENT_ACK,
    (frames.RESPONSE, LONG_BODY),
    (frames.HEARD_NACK, b""),
    (frames.SYNTAX, b""),
]


def test_commands_are_those_of_the_vectors():
    assert frames.encode(0x02).hex() == "0000ff02fed4022a00"
    assert frames.encode(0x14, b"\x01\x00\x00").hex() == "0000ff05fbd4140100001700"
    assert frames.encode(0x32, b"\x01\x00").hex() == "0000ff04fcd4320100f900"


def test_a_command_of_255_bytes_is_normal_and_one_of_256_is_extended():
    assert frames.encode(0x42, bytes(253))[:7].hex() == "0000ffff01d442"
    assert frames.encode(0x42, bytes(254))[:10].hex() == "0000ffffff0100ffd442"
    assert len(frames.encode(0x42, bytes(frames.LENGTH_MAX - 2))) == frames.FRAME_BYTES_MAX


def test_a_command_too_long_is_our_own_mistake():
    try:
        frames.encode(0x42, bytes(frames.LENGTH_MAX - 1))
    except AssertionError:
        return
    raise AssertionError("accepted")


def test_every_split_in_two_gives_the_same_events():
    for at in range(len(STREAM) + 1):
        assert read(STREAM[:at], STREAM[at:]) == STREAM_EVENTS, at


def test_every_chunk_size_gives_the_same_events():
    for size in range(1, 70):
        chunks = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
        assert read(*chunks) == STREAM_EVENTS, size


def test_a_view_is_read_as_bytes_are():
    assert read(memoryview(bytearray(POLL))) == read(POLL)


def test_every_change_of_every_byte_of_a_short_frame_is_seen():
    for at in range(len(VERSION)):
        for value in range(256):
            _change(VERSION, VERSION_BODY, at, value)


def test_every_flipped_byte_of_a_long_frame_is_seen():
    whole = answer(LONG_BODY)
    for at in range(len(whole)):
        for mask in (0x01, 0x80, 0xFF):
            _change(whole, LONG_BODY, at, whole[at] ^ mask)


def _change(frame, body, at, value):
    """No event of a changed frame but DAMAGED and the true one: the preamble says nothing."""
    damaged = frame[:at] + bytes((value,)) + frame[at + 1 :]
    for event in read(damaged, ACK + POLL):
        assert event[1] in (b"", POLL[6:-2], body), (at, value)
    if value != frame[at] and at > 1:
        assert (frames.RESPONSE, body) not in read(damaged), (at, value)


def test_every_lost_byte_is_seen():
    for frame, body in ((answer(b"\x41\x00\x90\x00"), b"\x41\x00\x90\x00"), (POLL, POLL[6:-2])):
        for at in range(1, len(frame)):
            if not (at == 1 and frame[0] == frame[1]):  # one of two equal preambles is the other
                assert read(frame[:at] + frame[at + 1 :]) in ([], [DAMAGED]), at
        assert read(frame) == [(frames.RESPONSE, body)]


def test_every_flipped_byte_of_an_ack_is_seen():
    for at in range(1, len(ACK)):
        for value in range(256):
            if value != ACK[at]:
                damaged = ACK[:at] + bytes((value,)) + ACK[at + 1 :]
                assert EVENT_ACK not in read(damaged + b"\x00"), (at, value)


def test_a_frame_hidden_in_a_damaged_one_stays_hidden():
    outer = answer(b"\x41\x00" + HIDDEN)
    damaged = outer[:-2] + bytes((outer[-2] ^ 1, 0))
    assert read(damaged + VERSION) == [DAMAGED, (frames.RESPONSE, VERSION_BODY)]


def test_a_frame_hidden_behind_a_damaged_length_comes_after_damaged():
    outer = answer(b"\x41\x00" + HIDDEN)
    events = read(outer[:3] + bytes((outer[3] ^ 1,)) + outer[4:])
    assert events[0] == DAMAGED  # whoever reads asks for a repetition before believing what follows


def test_noise_before_a_frame_is_skipped_and_told_once():
    assert read(b"\x55\x55\xaa\x00\x13\xff\xff" + VERSION) == [DAMAGED, (frames.RESPONSE, VERSION_BODY)]


def test_noise_is_told_anew_after_each_frame():
    assert read(b"\x55" + ACK + b"\x55" + VERSION) == [
        DAMAGED,
        EVENT_ACK,
        DAMAGED,
        (frames.RESPONSE, VERSION_BODY),
    ]


def test_a_postamble_that_makes_up_for_a_wrong_checksum_is_damage():
    assert read(VERSION[:-2] + bytes((VERSION[-2] - 1, 1))) == [DAMAGED]


def test_a_false_start_code_hides_nothing():
    junks = "00ff 00ff00 00ff0000 00ff05 00ffffff 00ffffff01 00ffffff0100 00ff0000ff00"
    for junk in junks.split():
        events = read(bytes.fromhex(junk) + VERSION)
        assert events[-1] == (frames.RESPONSE, VERSION_BODY), junk


def test_zeros_between_frames_are_no_damage():
    assert read(bytes(50) + VERSION + bytes(50) + ACK) == [(frames.RESPONSE, VERSION_BODY), EVENT_ACK]


def test_a_length_beyond_the_chip_is_never_believed():
    assert read(bytes.fromhex("00ffffff010af5") + VERSION) == [DAMAGED, (frames.RESPONSE, VERSION_BODY)]
    assert read(bytes.fromhex("00ffffff000000") + VERSION) == [DAMAGED, (frames.RESPONSE, VERSION_BODY)]


def test_frames_of_the_host_and_empty_ones_are_damage():
    assert read(frames.encode(0x02)) == [DAMAGED]
    assert read(bytes.fromhex("0000ff01ffd52b00")) == [DAMAGED]


def test_reset_forgets_a_frame_begun_and_cut_tells_of_it():
    reader = frames.FrameReader()
    assert reader.feed(VERSION[:7]) == []
    assert reader.inside
    reader.reset()
    assert not reader.inside
    assert reader.feed(POLL[:10]) == []
    assert reader.cut() == DAMAGED
    assert reader.feed(VERSION) == [(frames.RESPONSE, VERSION_BODY)]
    assert reader.damaged == 1


def test_random_bytes_are_never_a_frame_and_never_an_error():
    state = 1
    noise = bytearray()
    for _ in range(6000):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        noise.append(state >> 16 & 0xFF)
    for kind, _ in read(bytes(noise)):
        assert kind in (frames.DAMAGED, frames.HEARD_ACK, frames.HEARD_NACK)
