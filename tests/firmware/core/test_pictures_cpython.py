"""The committed pictures are what the generator draws from the catalogue."""

import pytest

from firmware import make_pictures
from firmware.core import face
from firmware.words import WORDS
from shopbell.look import words


def test_the_committed_files_are_the_generators() -> None:
    files = {path.name: path.read_text("utf-8") for path in make_pictures.TARGET.glob("*.py")}
    assert files == {"__init__.py": ""} | make_pictures.sources()


def test_every_picture_has_its_light() -> None:
    assert {name + ".py" for name in face._OWN} == set(make_pictures.sources())


def test_the_catalogue_is_sound() -> None:
    assert words.faults(WORDS) == []


def test_pixels_are_columns_of_eight_with_the_lowest_bit_on_top() -> None:
    image = make_pictures.draw_line("卡", 24, 20)
    x, y, width, height, pixels = make_pictures.strip(image, 8)
    assert (y, height, len(pixels)) == (8, 24, width * 3)
    for at, byte in enumerate(pixels):
        for bit in range(8):
            spot = (x + at % width, at // width * 8 + bit)
            assert bool(byte >> bit & 1) == bool(image.getpixel(spot))


def test_a_line_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="wider than a display"):
        make_pictures.draw_line("请刷卡或扫码吧", 24, 20)
