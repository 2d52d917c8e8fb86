"""Who is asking: a gateway by its bearer token, staff by theirs or by the cookie that signing in sets."""

import hmac
from typing import Final, NoReturn

from fastapi import Request

from cloud_bridge.hq.metrics import Metrics
from cloud_bridge.hq.settings import Tokens

COOKIE: Final = "shopbell_hq"  # cookies do not know ports: the gateway's console beside us has another name
COOKIE_AGE_S: Final = 7 * 24 * 3600
TOKEN_CHARACTERS_MAX: Final = 512


class Refused(Exception):
    """A request that gets no answer but why: `code` is a word "refused.<code>" with what and what to do."""

    def __init__(self, status: int, code: str, **values: object) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.values = values


class Access:
    """Checks tokens and counts who was refused."""

    def __init__(self, tokens: Tokens, metrics: Metrics) -> None:
        self._tokens = tokens
        self._metrics = metrics

    def gateway(self, gateway: str, request: Request) -> str:
        """The gateway of the path, if the token is its own. Raises Refused."""
        owner = self._tokens.gateway(_bearer(request))
        if owner is None:
            self._refuse(401, "no_token")
        if owner != gateway:
            self._refuse(403, "other_gateway")
        return owner

    def staff(self, request: Request) -> None:
        """Nothing, if staff ask. Raises Refused."""
        if not self.is_staff(request):
            self._refuse(401, "no_token")

    def is_staff(self, request: Request) -> bool:
        """Whether staff ask."""
        mark = request.cookies.get(COOKIE, "").encode(errors="replace")
        return hmac.compare_digest(mark, self._tokens.staff_mark.encode()) or self.is_staff_token(
            _bearer(request)
        )

    def is_staff_token(self, token: str) -> bool:
        """Whether this text is the staff's token."""
        return len(token) <= TOKEN_CHARACTERS_MAX and self._tokens.is_staff(token)

    def cookie(self) -> str:
        """The Set-Cookie value of somebody who showed the staff's token."""
        mark = self._tokens.staff_mark
        return f"{COOKIE}={mark}; Path=/; Max-Age={COOKIE_AGE_S}; HttpOnly; SameSite=Strict"

    def count_wrong(self) -> None:
        """Count a wrong token that was answered with a page."""
        self._metrics.refuse("no_token")

    def _refuse(self, status: int, code: str) -> NoReturn:
        self._metrics.refuse(code)
        raise Refused(status, code)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
