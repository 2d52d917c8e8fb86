"""Forms that only the phone they were shown to can send, and whose second sending changes nothing.

    token = NONCE(16 hex) MINUTE(8 hex) "." MARK(32 hex)     MARK = HMAC-SHA256(key, NONCE MINUTE mac ip)[:16]

A token is made without keeping anything; one that is used keeps its verdict, so that the same form sent again
gets the same answer: twice at once too. What the gateway is asked carries the nonce as its key, so that even
a restart of the portal in between books nothing twice.
"""

import asyncio
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Generic, TypeVar
from urllib.parse import parse_qs

from starlette.requests import Request

from gateway.portal.clients import Client

FORM_BYTES_MAX: Final = 4_096  # ours have some 300
FIELDS_MAX: Final = 16
TOKEN_AGE_MINUTES_MAX: Final = 60  # of a form that lies open: a lease is shorter
VERDICTS_MAX: Final = 4_096  # the oldest goes; the gateway knows its key still
KEY_BYTES: Final = 32

_TOKEN_CHARACTERS: Final = 16 + 8 + 1 + 32

Verdict = TypeVar("Verdict")


class BadForm(Exception):
    """A form that is none of ours: the reason is for a counter."""


class Forms:
    """Makes tokens and reads what was posted with one."""

    def __init__(self, key: bytes, now_ms: Callable[[], int]) -> None:
        self._key = key
        self._now_ms = now_ms

    def token(self, client: Client) -> str:
        """A token for the forms of one page shown to one phone."""
        body = f"{secrets.token_hex(8)}{self._now_ms() // 60_000:08x}"
        return f"{body}.{self._mark(body, client)}"

    def nonce(self, token: str, client: Client) -> str:
        """What is unique in a good token. Raises BadForm."""
        body, _, mark = token.partition(".")
        if len(token) != _TOKEN_CHARACTERS or not token.isascii():
            raise BadForm("token")
        if not hmac.compare_digest(mark, self._mark(body, client)):
            raise BadForm("token")  # another phone's, too: then it is not from the page this phone was shown
        if not 0 <= self._now_ms() // 60_000 - int(body[16:], 16) <= TOKEN_AGE_MINUTES_MAX:
            raise BadForm("old")
        return body[:16]

    def voucher(self, token: str, client: Client, member: str) -> str:
        """Says in a form that its sender was shown the card of this member; good with this token alone."""
        return self._mark(f"{token} {member}", client)

    def vouched(self, fields: Mapping[str, str], client: Client) -> str | None:
        """The member whose card the sender of a form with a good token was shown; None where it was none."""
        member, mark = fields.get("member", ""), fields.get("voucher", "")
        good = self._mark(f"{fields.get('token', '')} {member}", client)
        return member if member and hmac.compare_digest(mark.encode(), good.encode()) else None

    def _mark(self, body: str, client: Client) -> str:
        text = f"{body} {client.mac} {client.ip}".encode()
        return hmac.digest(self._key, text, "sha256")[:16].hex()


class Verdicts(Generic[Verdict]):
    """What became of each form, by its nonce: asked for again, the same."""

    def __init__(self) -> None:
        self._made: OrderedDict[str, asyncio.Future[Verdict]] = OrderedDict()

    async def once(self, nonce: str, make: Callable[[], Awaitable[Verdict]]) -> Verdict:
        """What `make` gave the first time. Where it raised, nothing is kept and all who wait are told."""
        if nonce not in self._made:
            self._made[nonce] = asyncio.ensure_future(make())
            while len(self._made) > VERDICTS_MAX:
                self._made.popitem(last=False)
        made = self._made[nonce]
        try:
            return await asyncio.shield(made)
        except BaseException:
            if made.done() and self._made.get(nonce) is made:
                del self._made[nonce]
            raise

    def drop(self, nonce: str) -> None:
        """Nothing came of it that would have to stay so: sent again, it is tried again."""
        self._made.pop(nonce, None)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form, the last of each name. Raises BadForm."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_BYTES_MAX:
            raise BadForm("too_long")
    try:
        found = parse_qs(body.decode("ascii"), max_num_fields=FIELDS_MAX, errors="strict")
    except (UnicodeDecodeError, ValueError) as problem:
        raise BadForm("unreadable") from problem
    return {name: values[-1].strip() for name, values in found.items()}
