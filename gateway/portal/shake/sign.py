"""What leads to the shake page: a QR code, and the sign for the door that says how.

    GET /shake/qr.svg    the page's address as a QR code      GET /shake/sign    A5, to be printed

The sign has two codes, because the page opens only on the store's own network: the first joins the Wi-Fi (the
text that camera apps of phones read: WIFI:T:...;S:...;P:...;;), the second opens the page. The passphrase on
it is known to whoever can open the sign.
"""

import io
from typing import Final

import segno
from starlette.requests import Request
from starlette.responses import Response

from gateway.portal.drawing import Drawing
from gateway.portal.me.qr import QUIET_ZONE, qr_svg
from gateway.portal.settings import NetworkSettings
from gateway.portal.shake.words import WORDS
from shopbell.look.words import LANGUAGES, say

PATH: Final = "/shake"
SVG: Final = "image/svg+xml"
_SPECIAL: Final = str.maketrans({mark: "\\" + mark for mark in '\\;,:"'})


class Sign:
    """The handlers. `home` is where the pages are, without a closing slash."""

    def __init__(self, drawing: Drawing, network: NetworkSettings, home: str) -> None:
        self._drawing, self._network = drawing, network
        self._address = home + PATH

    async def qr(self, request: Request) -> Response:
        """GET /shake/qr.svg."""
        drawn = io.BytesIO()
        code = segno.make_qr(self._address, error="m")
        code.save(drawn, kind="svg", border=QUIET_ZONE, light="#fff", xmldecl=False, omitsize=True)
        return Response(drawn.getvalue(), media_type=SVG)

    async def page(self, request: Request) -> Response:
        """GET /shake/sign: in both languages at once, the page's own first."""
        mine = self._drawing.language(request)
        order = [mine, *(each for each in LANGUAGES if each != mine)]
        return self._drawing.page(
            request,
            "shake_sign.html.j2",
            order=order,
            say_in=lambda tag, key: say(key, tag, WORDS),
            ssid=self._network.ssid,
            address=self._address,
            wifi=qr_svg(wifi_text(self._network.ssid, self._network.passphrase), self._network.ssid),
            qr=qr_svg(self._address, self._address),
            secure=self._address.startswith("https:"),
        )


def wifi_text(ssid: str, passphrase: str) -> str:
    """What a phone's camera reads to join a network."""
    name = ssid.translate(_SPECIAL)
    if not passphrase:
        return f"WIFI:T:nopass;S:{name};;"
    return f"WIFI:T:WPA;S:{name};P:{passphrase.translate(_SPECIAL)};;"
