"""The scanner's wire without I/O, on both Pythons: vectors byte for byte, every split, every flipped byte."""

import json

from firmware.drivers import gm65_frames as frames

OK_REPLY = bytes.fromhex("02000001003331")


def vectors():
    with open(__file__.replace("firmware/drivers/test_gm65_frames.py", "vectors/vectors.json")) as file:
        return json.load(file)["grow_scanner"]


def frame(name):
    for row in vectors()["frames"]:
        if row["id"] == name:
            return bytes.fromhex(row["frame"])
    raise KeyError(name)


def test_commands_are_the_vectors():
    assert frames.save_frame() == frame("save-to-flash")
    assert frames.write_frame(0x002A, b"\x39\x01") == frame("set-baud-9600")
    assert frames.read_frame(0x002A, 2) == frame("read-baud")
    assert frames.read_frame(0x000A, 1) == frame("read-000a")
    assert frames.write_frame(0x000A, b"\x3e") == frame("write-000a")
    assert frames.write_frame(0x00D9, b"\xd3") == frame("baud-9600-short")
    assert frames.write_frame(0x0002, b"\x01") == frame("trigger")
    assert frames.heartbeat_frame() == frame("heartbeat")


def test_every_crc_of_the_vectors():
    checked = 0
    for row in vectors()["frames"]:
        if row["crc_over"]:
            assert frames.crc16(bytes.fromhex(row["crc_over"])) == int(row["crc"], 16), row["id"]
            checked += 1
    assert checked == 12


def test_replies_of_the_vectors():
    assert frames.match_reply(frame("reply-ok"), 1) == 7
    assert frames.match_reply(frame("read-000a-reply"), 1) == 7
    assert frames.match_reply(frame("heartbeat-reply"), 1) == 7


def test_the_constant_crc_of_one_driver_is_a_reply():
    assert frames.match_reply(bytes.fromhex("020000013e3331"), 1) == 7


def test_a_reply_of_another_length_is_none():
    assert frames.match_reply(OK_REPLY, 2) == 0


def test_every_flipped_bit_is_no_reply():
    reply = frame("read-000a-reply")
    for at in range(len(reply)):
        for bit in range(8):
            damaged = bytearray(reply)
            damaged[at] ^= 1 << bit
            if (at, bit) != (0, 0):  # 02 and 03 both begin a reply
                assert frames.match_reply(bytes(damaged), 1) != 7, (at, bit)


def splits(data):
    """The data in two pieces, at every place, and byte by byte."""
    for at in range(1, len(data)):
        yield (data[:at], data[at:])
    yield tuple(data[at : at + 1] for at in range(len(data)))


def test_a_reply_in_any_pieces():
    reply = frame("read-000a-reply")
    for pieces in splits(reply):
        stream = frames.ScannerStream()
        stream.expect(1)
        for piece in pieces:
            assert stream.reply is None
            stream.feed(piece)
        assert stream.reply == b"\x3e"
        assert stream.quiet_ms() is None


def test_a_code_in_any_pieces():
    for pieces in splits("优惠券 42\r".encode()):
        stream = frames.ScannerStream()
        for piece in pieces:
            stream.feed(piece)
        assert stream.quiet_ms() == frames.TAIL_GAP_MS
        stream.quiet()
        assert stream.codes == ["优惠券 42".encode()]


def test_a_reply_and_a_code_behind_it_in_any_pieces():
    for pieces in splits(OK_REPLY + b"CODE\r"):
        stream = frames.ScannerStream()
        stream.expect(1)
        for piece in pieces:
            stream.feed(piece)
        assert stream.reply == b"\x00"
        stream.quiet()
        assert stream.codes == [b"CODE"]


def test_a_code_that_contains_a_reply_is_a_code():
    code = b"hello" + OK_REPLY + b"world"
    for pieces in splits(code + b"\r"):
        stream = frames.ScannerStream()
        stream.expect(1)
        for piece in pieces:
            stream.feed(piece)
        stream.quiet()
        assert stream.reply is None
        assert stream.codes == [code]


def test_a_code_that_is_a_reply_is_a_code_while_nothing_is_asked():
    for pieces in splits(OK_REPLY + b"\r"):
        stream = frames.ScannerStream()
        for piece in pieces:
            stream.feed(piece)
        stream.quiet()
        assert stream.reply is None
        assert stream.codes == [OK_REPLY]
        assert stream.stray_replies == 0


def test_a_reply_that_comes_too_late_is_no_code():
    stream = frames.ScannerStream()
    stream.expect(1)
    stream.forget()
    stream.feed(OK_REPLY)
    stream.quiet()
    assert stream.codes == []
    assert stream.stray_replies == 1


def test_a_reply_cut_short_is_no_code():
    for size in range(1, len(OK_REPLY)):
        stream = frames.ScannerStream()
        stream.expect(1)
        stream.feed(OK_REPLY[:size])
        assert stream.quiet_ms() == frames.GAP_MS
        stream.quiet()
        assert stream.reply is None and stream.codes == []
        assert stream.broken_replies == 1


def test_a_second_reply_is_not_taken():
    stream = frames.ScannerStream()
    stream.expect(1)
    stream.feed(OK_REPLY + bytes.fromhex("020000013ee4ac"))
    assert stream.reply == b"\x00"


def one_code(data):
    stream = frames.ScannerStream()
    stream.feed(data)
    stream.quiet()
    return stream.codes


def test_codes_are_opaque():
    for code in (b"\x00", b"a\r\nb", b"BEGIN:VCARD\r\nN:X\r\nEND:VCARD", b"\r\r", b"\xff" * 9, b"\n"):
        assert one_code(code + b"\r") == [code], code


def test_the_same_code_read_twice_before_we_looked_is_one():
    assert one_code(b"AB\rAB\r") == [b"AB"]
    assert one_code(b"AB\rAB\rAB\r") == [b"AB"]
    assert one_code(b"AB\rABC\r") == [b"AB\rABC"]


def test_an_empty_code_is_none():
    assert one_code(b"\r") == []


def test_the_longest_code_and_one_more():
    longest = b"x" * frames.CODE_BYTES_MAX
    assert one_code(longest + b"\r") == [longest]
    assert one_code(longest) == [longest]
    stream = frames.ScannerStream()
    for data in (longest, b"x", b"\r"):
        stream.feed(data)
    stream.quiet()
    assert stream.codes == [] and stream.overlong == 1
    stream.feed(b"next\r")
    stream.quiet()
    assert stream.codes == [b"next"]


def test_an_endless_code_costs_no_memory():
    stream = frames.ScannerStream()
    for _ in range(1000):
        stream.feed(b"y" * 100)
    assert len(stream._code) <= frames.CODE_BYTES_MAX + 1
    stream.quiet()
    assert stream.codes == [] and stream.overlong == 1


def test_codes_beyond_the_bound_are_counted():
    stream = frames.ScannerStream()
    for number in range(frames.CODES_MAX + 2):
        stream.feed(b"%d\r" % number)
        stream.quiet()
    assert len(stream.codes) == frames.CODES_MAX and stream.spilled == 2
    assert stream.codes[0] == b"0"
