"""Whose browser this is: one sealed cookie, and texts that only this portal can have made.

    Cookie: shopbell_member=<seal>     Path=/, HttpOnly, SameSite=Lax; with TLS Secure, named __Host-...
    seal = BASE64URL(JSON) "." HEX(HMAC-SHA256 of that, under a key of its purpose)

A browser is KNOWN for 30 days: somebody joined in it, brought a resume code, a code of that minute or a PIN.
It is SHOWN for 15 minutes where somebody only named the member, by a code that anybody may have read off a
card: that shows a masked name and how many coupons there are, and asks for more. read_member() answers for
KNOWN alone, so a page that forgets the difference is closed, not open.

Nothing in a seal is secret from its own browser: it is the opaque id of the member, and the key makes it.
Without TLS the network can read it and pass for that browser: see docs/operations. A clock that was set back
lengthens no cookie by more than its own age.
"""

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from gateway import keyfile
from gateway.errors import SettingsError
from gateway.keyfile import KEY_BYTES

COOKIE: Final = "shopbell_member"
SECURE_COOKIE: Final = "__Host-shopbell_member"  # nobody without TLS can plant one in its place
Level = Literal["known", "shown"]
KNOWN: Final[Level] = "known"
SHOWN: Final[Level] = "shown"
AGES_S: Final[dict[Level, int]] = {KNOWN: 30 * 24 * 3_600, SHOWN: 15 * 60}
RENEW_MS: Final = 24 * 3_600 * 1_000  # a member who comes once a month stays known
KEY_FILE: Final = "member.key"
TEXT_MAX: Final = 512  # ours are some 250 characters; what is longer is not read
NAME_MAX: Final = 16  # characters of a masked name
HINT: Final = "Remove the file, or let the portal read it; without it members come in anew"


class Visit(Struct, frozen=True):
    """Whose page a browser may see, and how much of it. `name` is masked, "" where nobody said one;
    `begun_ms` is unix time; `nonce` tells one visit from the next."""

    member: str
    level: Level
    name: str
    begun_ms: int
    nonce: str


class Seals:
    """Makes and opens texts; what was sealed for one purpose opens for no other."""

    def __init__(self, key: bytes) -> None:
        assert len(key) == KEY_BYTES, "a short key would let others make them"
        self._key = key

    def seal(self, purpose: str, value: Struct) -> str:
        """The value as a text for cookies and forms."""
        body = base64.urlsafe_b64encode(msgspec.json.encode(value)).decode()
        return f"{body}.{self.mark(purpose, body)}"

    def open(self, purpose: str, text: str) -> bytes | None:
        """The sealed JSON; None for what was not made here for that purpose."""
        body, point, mark = text[: TEXT_MAX + 1].rpartition(".")
        if not point or len(text) > TEXT_MAX or not body.isascii():
            return None
        if not hmac.compare_digest(mark.encode(errors="replace"), self.mark(purpose, body).encode()):
            return None
        try:
            return base64.urlsafe_b64decode(body)
        except binascii.Error:  # never ours: ours are whole
            return None

    def mark(self, purpose: str, text: str) -> str:
        """64 characters that nobody without the key can tell."""
        key = hmac.digest(self._key, b"shopbell portal " + purpose.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()


class Cookies:
    """Makes and reads the member's cookie. `secure`: the pages are served by TLS; `now_ms` is unix time;
    `ended_ms` says since when older cookies of a member hold no longer, 0 for never."""

    def __init__(
        self,
        key: bytes,
        now_ms: Callable[[], int],
        secure: bool = False,
        ended_ms: Callable[[str], int] = lambda member: 0,
    ) -> None:
        self.seals = Seals(key)
        self._now_ms = now_ms
        self._name = SECURE_COOKIE if secure else COOKIE
        self._after = "; Secure" if secure else ""
        self._ended_ms = ended_ms

    def set_member(self, response: Response, member: str, level: Level = KNOWN, name: str = "") -> None:
        """Make the browser this member's: KNOWN for who has just enrolled or proved to be the member, SHOWN
        for who only typed or scanned a code that others may have read."""
        visit = Visit(member, level, name[:NAME_MAX], self._now_ms(), secrets.token_hex(8))
        self._set(response, self.seals.seal(COOKIE, visit), AGES_S[level])

    def clear(self, response: Response) -> None:
        """This browser is nobody's."""
        self._set(response, "", 0)

    def read(self, request: Request) -> Visit | None:
        """The visit of a request; None where there is none that holds."""
        body = self.seals.open(COOKIE, request.cookies.get(self._name, ""))
        if body is None:
            return None
        try:
            visit = msgspec.json.decode(body, type=Visit)
        except msgspec.MsgspecError:  # sealed by another version of this program
            return None
        fresh = abs(self._now_ms() - visit.begun_ms) < AGES_S[visit.level] * 1_000
        return visit if fresh and visit.begun_ms >= self._ended_ms(visit.member) else None

    def read_member(self, request: Request) -> str | None:
        """The member whose browser this is known to be; None for nobody's, or where a code was only shown."""
        visit = self.read(request)
        return visit.member if visit is not None and visit.level == KNOWN else None

    def renew(self, response: Response, visit: Visit) -> None:
        """Thirty days more from now for a known browser that is not of today."""
        if visit.level == KNOWN and self._now_ms() - visit.begun_ms >= RENEW_MS:
            self.set_member(response, visit.member)

    def _set(self, response: Response, value: str, age_s: int) -> None:
        kept = f"Path=/; Max-Age={age_s}; HttpOnly; SameSite=Lax{self._after}"
        response.headers.append("set-cookie", f"{self._name}={value}; {kept}")


def read_key(data_dir: str | Path) -> bytes:
    """The portal's key, made at the first start. Raises SettingsError where its file is unusable."""
    folder = Path(data_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise SettingsError(f"{folder} cannot be used ({problem.strerror})", HINT) from problem
    return keyfile.read_key(folder / KEY_FILE, HINT)
