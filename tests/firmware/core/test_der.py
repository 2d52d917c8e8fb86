"""DER as it is written, on both Pythons."""

from firmware.core import der


def test_lengths_take_the_shortest_form():
    for size, head in (
        (0, "0400"),
        (1, "0401"),
        (127, "047f"),
        (128, "048180"),
        (255, "0481ff"),
        (256, "04820100"),
        (65535, "0482ffff"),
    ):
        content = b"x" * size
        assert der.item(der.OCTET_STRING, content) == bytes.fromhex(head) + content


def test_parts_are_joined():
    assert der.item(der.SEQUENCE, b"a", b"", b"bc") == b"\x30\x03abc"
    assert der.item(der.CONTEXT) == b"\xa0\x00"


def test_integers_are_minimal_and_stay_positive():
    for number, expected in (
        (0, "020100"),
        (1, "020101"),
        (127, "02017f"),
        (128, "02020080"),
        (255, "020200ff"),
        (256, "02020100"),
        (32767, "02027fff"),
        (32768, "0203008000"),
        ((1 << 256) - 1, "022100" + "ff" * 32),
        (1 << 255, "02210080" + "00" * 31),
        ((1 << 255) - 1, "02207f" + "ff" * 31),
        (1 << 248, "022001" + "00" * 31),
        ((1 << 248) - 1, "022000" + "ff" * 31),
    ):
        assert der.integer(number) == bytes.fromhex(expected)


def test_bit_strings_say_that_no_bit_is_unused():
    assert der.bit_string(b"\x01\x02") == b"\x03\x03\x00\x01\x02"
