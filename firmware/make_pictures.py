"""Draws the modules of firmware/core/pictures/ from words.py. CPython with Pillow; never on a device.

    python -m firmware.make_pictures            write the files
    python -m firmware.make_pictures shot.png   draw them, for people to look at

A picture has a Chinese line above an English one, each cropped to its ink: a strip of 24 or 16 rows, since a
display's page has 8. Glyphs are drawn without grey (FreeType's own hinting for one bit): strokes stay even.
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

from firmware.protocol.messages import DISPLAY_HEIGHT, DISPLAY_WIDTH
from firmware.words import WORDS

TARGET = Path(__file__).parent / "core" / "pictures"
LINES = ((0, 8, 24, 20), (1, 40, 16, 14))  # language, top row, rows, font size
_HEAD = '''"""What a terminal says by itself, as strips of pixels: drawn by make_pictures.py from words.py.

Strips of (x, y, width, height, pixels); pixels as in messages.STRIP. Do not edit: draw anew.
"""

# fmt: off
STRIPS = (
'''


def draw_line(text: str, rows: int, size: int) -> Image.Image:
    """One line of text in the middle of `rows` rows; raises ValueError if it is wider than the display."""
    image = Image.new("1", (DISPLAY_WIDTH, rows))
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1"
    font = ImageFont.truetype(str(sans_path()), size)
    if pen.textlength(text, font) > DISPLAY_WIDTH:
        raise ValueError(f"{text!r} is wider than a display")
    pen.text((DISPLAY_WIDTH // 2, rows // 2), text, fill=1, font=font, anchor="mm")
    return image


def strip(image: Image.Image, y: int) -> tuple[int, int, int, int, bytes]:
    """The columns that have ink, as (x, y, width, height, pixels)."""
    box = image.getbbox()
    assert box is not None, "an empty line"
    left, right = box[0], box[2]
    return left, y, right - left, image.height, mono_vlsb(image.crop((left, 0, right, image.height)))


def mono_vlsb(image: Image.Image) -> bytes:
    """A byte is eight pixels below one another, the lowest bit on top; pages from top to bottom."""
    ink = image.load()
    assert ink is not None
    return bytes(
        sum(1 << bit for bit in range(8) if ink[x, page * 8 + bit])
        for page in range(image.height // 8)
        for x in range(image.width)
    )


def picture(words: tuple[str, str]) -> list[tuple[int, int, int, int, bytes]]:
    """The strips of one entry of the catalogue."""
    return [strip(draw_line(words[language], rows, size), y) for language, y, rows, size in LINES]


def sources() -> dict[str, str]:
    """File name -> the whole of it, in core/pictures/."""
    return {key.rpartition(".")[2] + ".py": source(words) for key, words in WORDS.items()}


def source(words: tuple[str, str]) -> str:
    """The module of one entry of the catalogue."""
    out = [_HEAD]
    for x, y, width, height, pixels in picture(words):
        out.append(f"    ({x}, {y}, {width}, {height},\n{_wrapped(pixels)}),\n")
    return "".join([*out, ")\n"])


def _wrapped(pixels: bytes) -> str:
    """A bytes literal over several lines."""
    lines = (pixels[at : at + 24] for at in range(0, len(pixels), 24))
    return "\n".join(" " * 5 + 'b"' + "".join(f"\\x{byte:02x}" for byte in line) + '"' for line in lines)


def shot(scale: int = 4) -> Image.Image:
    """All pictures below one another, enlarged."""
    pictures = [picture(words) for words in WORDS.values()]
    sheet = Image.new("L", (DISPLAY_WIDTH + 8, (DISPLAY_HEIGHT + 8) * len(pictures)), 96)
    for number, strips in enumerate(pictures):
        top = number * (DISPLAY_HEIGHT + 8) + 4
        sheet.paste(0, (4, top, 4 + DISPLAY_WIDTH, top + DISPLAY_HEIGHT))
        for x, y, width, height, pixels in strips:
            for at, byte in enumerate(pixels):
                for bit in range(8):
                    spot = (4 + x + at % width, top + y + at // width * 8 + bit)
                    sheet.putpixel(spot, 255 * (byte >> bit & 1))
            assert len(pixels) == width * height // 8
    return sheet.resize((sheet.width * scale, sheet.height * scale), Image.Resampling.NEAREST)


def main(arguments: list[str]) -> None:
    """Write the module, or the picture for people."""
    if arguments:
        shot().save(arguments[0])
    else:
        for name, text in sources().items():
            (TARGET / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
