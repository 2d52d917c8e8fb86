"""The port to a payment bridge of the chain: JSON over HTTP, docs/payments.md tells it word by word.

    POST <url>/charges                  {key, tender, amount, currency, code, till, store, until}
    GET  <url>/charges/<key>
    POST <url>/charges/<key>/refunds    {key, amount, currency}
    each with Authorization: Bearer <token>; what is sent also with Idempotency-Key: <key>

    200 {"key", "state": "paid" | "declined" | "pending", "amount", "currency", "reference", "reason"}
        ("refunded" in the place of "paid" for a refund)
    404 {"key", "state": "absent"}      of a look: never heard of it

Anything else is no answer: another status, another key or currency, an amount that is none, more bytes than
any answer has, or nothing whole within ANSWER_S_MAX, however slowly it drips.
"""

import asyncio
import re
from collections.abc import Collection
from typing import Any, Final

import httpx
import msgspec

from gateway.core.orders.model import AMOUNT_MAX
from gateway.counters import Counters
from gateway.payments.port import (
    ABSENT,
    CANCELLED,
    CODE_BAD,
    CODE_OLD,
    DECLINED_OTHER,
    NO_MONEY,
    PENDING,
    SILENT,
    STRANGE,
    Answer,
    Charge,
    Declined,
    Paid,
    Unknown,
)

CURRENCY: Final = "CNY"
ANSWER_S_MAX: Final = 8.0  # of one question; the till's own patience is 20 s
ANSWER_BYTES_MAX: Final = 16_384

_PAID, _REFUNDED = "paid", "refunded"
_REASONS: Final = (CODE_BAD, CODE_OLD, NO_MONEY, CANCELLED)
_REFERENCE: Final = re.compile(r"[!-~]{1,64}")


class _Said(msgspec.Struct):
    """The answer's body; what it holds besides is none of our business."""

    key: str
    state: str
    amount: int = 0
    currency: str = CURRENCY
    reference: str = ""
    reason: str = ""


_said: Final = msgspec.json.Decoder(_Said).decode


class Bridge:
    """Asks one bridge. `transport` stands in for the network in tests."""

    def __init__(
        self,
        url: str,
        token: str,
        tenders: Collection[str],
        store: str,
        counters: Counters,
        answer_s_max: float = ANSWER_S_MAX,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.tenders = tenders
        self._url = url.rstrip("/")
        self._store = store
        self._counters = counters
        self._answer_s_max = answer_s_max
        # Neither a proxy of the environment nor a redirect may lead the token or the money elsewhere.
        self._client = httpx.AsyncClient(
            headers={
                "authorization": f"Bearer {token}",
                "accept": "application/json",
                "accept-encoding": "identity",
            },
            timeout=answer_s_max,
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def charge(self, charge: Charge) -> Answer:
        """POST charges."""
        body = {
            "key": charge.key,
            "tender": charge.tender,
            "amount": charge.amount,
            "currency": CURRENCY,
            "code": charge.code,
            "till": charge.till,
            "store": self._store,
            "until": charge.until_ms,
        }
        return await self._ask("POST", "/charges", charge.key, _PAID, body)

    async def look(self, key: str) -> Answer:
        """GET charges/<key>."""
        return await self._ask("GET", f"/charges/{key}", key, _PAID)

    async def refund(self, key: str, payment: str, amount: int) -> Answer:
        """POST charges/<key>/refunds."""
        body = {"key": key, "amount": amount, "currency": CURRENCY}
        return await self._ask("POST", f"/charges/{payment}/refunds", key, _REFUNDED, body)

    async def _ask(
        self, method: str, path: str, key: str, done: str, body: dict[str, Any] | None = None
    ) -> Answer:
        try:
            async with asyncio.timeout(self._answer_s_max):
                status, content = await self._fetch(method, path, key, body)
        except (TimeoutError, httpx.HTTPError, OSError):
            self._counters.add("payments.bridge_silent")
            return Unknown(SILENT)
        answer = read(status, content, key, done)
        if answer == Unknown(STRANGE):
            self._counters.add("payments.bridge_strange")
        return answer

    async def _fetch(
        self, method: str, path: str, key: str, body: dict[str, Any] | None
    ) -> tuple[int, bytes]:
        """Status and body, of which one byte more than allowed is enough to be too much."""
        headers = {} if body is None else {"idempotency-key": key}
        content = b""
        async with self._client.stream(method, self._url + path, json=body, headers=headers) as answer:
            async for (
                part
            ) in answer.aiter_raw():  # as it came: a packed answer may be a thousand times larger
                content += part
                if len(content) > ANSWER_BYTES_MAX:
                    break
        return answer.status_code, content


def read(status: int, content: bytes, key: str, done: str) -> Answer:
    """What an answer says of this key; `done` is the word for money that moved."""
    if status not in (200, 404) or len(content) > ANSWER_BYTES_MAX:
        return Unknown(STRANGE)
    try:
        said = _said(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Unknown(STRANGE)
    if said.key != key or said.currency != CURRENCY:
        return Unknown(STRANGE)
    if status == 404:
        return Unknown(ABSENT if said.state == ABSENT else STRANGE)
    if said.state == done:
        return _paid(said)
    if said.state == "declined":
        return Declined(said.reason if said.reason in _REASONS else DECLINED_OTHER)
    return Unknown(PENDING if said.state == PENDING else STRANGE)


def _paid(said: _Said) -> Answer:
    if not 1 <= said.amount <= AMOUNT_MAX:
        return Unknown(STRANGE)
    return Paid(said.amount, said.reference if _REFERENCE.fullmatch(said.reference) else "")
