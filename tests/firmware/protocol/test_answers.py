"""The gateway's short way gives the very bytes of the long one, on both Pythons."""

from firmware.protocol import answers, cbor, messages
from firmware.protocol.errors import ProtocolError

SCREENS = (
    messages.Screen(0, 0, 0, ()),
    messages.Screen(3000, 0x20C060, 1, (messages.Strip(0, 0, 8, 8, b"\x81" * 8),)),
    messages.Screen(60000, 0xFFFFFF, 3, (messages.Strip(0, 0, 128, 64, bytes(1024)),) * 3),
)


def strips_of(pixel_bytes):
    """Strips with so many bytes of pixels in all, at most 1,024 each."""
    strips = []
    while pixel_bytes:
        width = min(128, pixel_bytes)
        height = 8 * min(8, pixel_bytes // width)
        strips.append(messages.Strip(0, 0, width, height, bytes(width * height // 8)))
        pixel_bytes -= width * height // 8
    return tuple(strips)


def test_spliced_answers_are_the_encoded_ones():
    for screen in SCREENS:
        encoded = answers.encode_screen(screen)
        for number in (1, 23, 24, 255, 256, 65535, 65536, 0xFFFFFFFF):
            for outcome in (1, 5, 24, 255):
                numbers = (number, b"\x00nonce\xff!", number, number, number * 2000000, outcome)
                expected = messages.encode("booked", messages.Booked(*numbers, screen))
                assert answers.encode_booked(*numbers, encoded) == expected


def test_a_screen_is_checked_before_it_is_kept():
    try:
        answers.encode_screen((0, 0, 4, ()))
    except ProtocolError as error:
        assert error.reason == "out_of_range"
    else:
        raise AssertionError("accepted")


def test_whatever_screen_is_kept_its_largest_answer_can_be_read():
    largest = (0xFFFFFFFF, b"n" * 8, 0xFFFFFFFF, (1 << 53) - 1, (1 << 53) - 1, 255)
    refused = accepted = 0
    for pixel_bytes in range(3900, 4080):
        try:
            encoded = answers.encode_screen(messages.Screen(3000, 0xFFFFFF, 1, strips_of(pixel_bytes)))
        except ProtocolError as error:
            assert error.reason == "oversize"
            refused += 1
        else:
            data = answers.encode_booked(*largest, encoded)
            assert len(data) <= cbor.MAX_BYTES
            messages.decode("booked", data)
            accepted += 1
    assert refused and accepted
