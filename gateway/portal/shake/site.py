"""The addresses of the shake page, of what apps may send, and of the sign. shake_routes() is the one way in.

GET  /shake, POST /shake                          page.py
GET  /shake/sign, /shake/qr.svg                   sign.py
POST /v1/checkins, /v1/checkins/{ticket}          checkins.py
"""

from starlette.routing import Route

from gateway.lines import Asker
from gateway.portal.doors import GuestsDoor
from gateway.portal.hall import Hall
from gateway.portal.joining import Knocking
from gateway.portal.shake.asking import Asking
from gateway.portal.shake.checkins import CheckIns
from gateway.portal.shake.door import ShakeDoor
from gateway.portal.shake.page import Shaking
from gateway.portal.shake.sign import PATH, Sign


def shake_routes(hall: Hall, gateway: Asker, home: str) -> list[Route]:
    """Everything about a shake; `home` is where the pages are, without a closing slash."""
    asking = Asking(hall, ShakeDoor(gateway))
    page, apps = Shaking(hall, asking, Knocking(GuestsDoor(gateway))), CheckIns(hall, asking)
    sign = Sign(hall.drawing, hall.network, home)
    return [
        Route(PATH, page.page, methods=["GET"]),
        Route(PATH, page.shake, methods=["POST"]),
        Route(PATH + "/sign", sign.page, methods=["GET"]),
        Route(PATH + "/qr.svg", sign.qr, methods=["GET"]),
        Route("/v1/checkins", apps.begin, methods=["POST"]),
        Route("/v1/checkins/{ticket}", apps.claim, methods=["POST"]),
    ]
