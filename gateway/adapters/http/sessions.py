"""Who works at a till: a sealed cookie, made when somebody signs in by badge or PIN.

    Cookie: shopbell_staff=<seal>      HttpOnly, SameSite=Strict, 12 h, bound to one till

The key is a file beside the ledger, so that sessions survive a restart. A page elsewhere cannot use it: the
cookie stays at home by SameSite, and the guard (shopbell/look/guard.py) refuses changes from foreign pages.
Whoever left the store's staff has no session any more; who signed out ends it here until the next restart,
and in that browser for good.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct
from starlette.requests import Request

from gateway import keyfile
from gateway.adapters.http.sealing import Seals
from gateway.counters import Counters

COOKIE: Final = "shopbell_staff"
AGE_S: Final = 12 * 3_600  # a long shift; nobody works two
KEY_FILE: Final = "session.key"
KEY_BYTES: Final = keyfile.KEY_BYTES
ENDED_MAX: Final = 512  # sign-outs remembered: more than any store has in the 12 h they matter
SESSIONS_REFUSED: Final = "staff.sessions_refused"


class Session(Struct, frozen=True):
    """Who has signed in, at which till, until when (unix milliseconds)."""

    staff: str
    till: str
    until_ms: int
    nonce: str


class Sessions:
    """Makes and reads cookies; `now_ms` is unix time."""

    def __init__(self, key: bytes, now_ms: Callable[[], int], counters: Counters) -> None:
        self._seals = Seals(key, "staff session", Session)
        self._now_ms = now_ms
        self._counters = counters
        self._ended: OrderedDict[str, None] = OrderedDict()

    def begin(self, staff: str, till: str) -> Session:
        """A session from now on."""
        return Session(staff, till, self._now_ms() + AGE_S * 1_000, secrets.token_hex(8))

    def cookie(self, session: Session) -> str:
        """The Set-Cookie value of a session."""
        return f"{COOKIE}={self._seals.seal(session)}; Path=/; Max-Age={AGE_S}; HttpOnly; SameSite=Strict"

    def no_cookie(self) -> str:
        """The Set-Cookie value that ends it in a browser."""
        return f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"

    def read(self, request: Request) -> Session | None:
        """The session of a request; None where there is none that holds."""
        text = request.cookies.get(COOKIE)
        if not text:
            return None
        session = self._seals.open(text)
        if session is None or session.nonce in self._ended or session.until_ms <= self._now_ms():
            self._counters.add(SESSIONS_REFUSED)
            return None
        return session

    def end(self, session: Session) -> None:
        """No longer good, whoever kept a copy."""
        self._ended[session.nonce] = None
        if len(self._ended) > ENDED_MAX:
            self._ended.popitem(last=False)


def read_key(data_dir: str) -> bytes:
    """The key of sessions, made at the first start. Raises SettingsError where its file is unusable."""
    return keyfile.read_key(Path(data_dir) / KEY_FILE, HINT)


HINT: Final = "Remove the file, or let the gateway read it; without it staff sign in anew"
