"""The bridge's one door to HQ: each question is one call; every answer is bounded, timed and checked.

Anything that is not exactly what HQ answers becomes a Trouble and changes nothing. Redirects are never
followed: the token is for this host alone.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import httpx

from cloud_bridge.asks import People, PeopleTaken, Reported, Reports, RightsGiven, RightsWanted
from cloud_bridge.bridge.errors import Gap, Gone, HqFailing, HqNonsense, HqRefuses, HqRejects, HqUnreachable
from cloud_bridge.wire import (
    BATCH_TYPE,
    CHANGES_BYTES_MAX,
    GENESIS,
    HEAD_HEADER,
    Accepted,
    Changes,
    CloudEvent,
    HashesAt,
    Position,
    WireError,
    WireShape,
    encode,
    read,
)
from gateway.storage.layout import FEED_ROWS_MAX

CONNECT_WAIT_S: Final = 5
ANSWER_WAIT_S: Final = 30  # a batch over 128 kbit/s; the follower halves its batches when this passes
SNAPSHOT_FIRST_WAIT_S: Final = 120  # HQ writes the whole snapshot out before its first byte
ANSWER_BYTES_MAX: Final = 256 * 1024  # a position is 90 bytes; a thousand branches 67 kB
GIVEN_BYTES_MAX: Final = CHANGES_BYTES_MAX  # its rows are the feed's
PROBLEM_BYTES_MAX: Final = 4 * 1024

JSON: Final = "application/json"

Shape = TypeVar("Shape", bound=WireShape)


def open_client(hq_url: str, token: str) -> httpx.AsyncClient:
    """The HTTP client: a kept connection for each loop, no proxy, no redirect, no compression."""
    return httpx.AsyncClient(
        base_url=hq_url,
        headers={
            "authorization": f"Bearer {token}",
            "accept-encoding": "identity",
            "user-agent": "shopbell-bridge",
        },
        timeout=httpx.Timeout(ANSWER_WAIT_S, connect=CONNECT_WAIT_S),
        limits=httpx.Limits(max_connections=6, max_keepalive_connections=4, keepalive_expiry=60),
        follow_redirects=False,
        trust_env=False,
    )


class HqDoor:
    """Questions of one gateway. `head` is told with each of them: the seq its log has reached."""

    def __init__(self, client: httpx.AsyncClient, gateway: str, heard: Callable[[], None]) -> None:
        self._client = client
        self._heard = heard  # called for each good answer
        self._path = f"/v1/gateways/{gateway}"
        self.head: int | None = None

    async def position(self) -> Position:
        """Where HQ stands. Raises Trouble."""
        _, body = await self._ask("GET", "/position")
        position = self._read(body, Position)
        if (position.seq == 0) != (position.hash == GENESIS):
            raise HqNonsense(f"position {position.seq} with hash {position.hash[:16]}")
        return position

    async def hashes_at(self, seq: int) -> list[str]:
        """Every hash HQ has at a seq. Raises Trouble."""
        _, body = await self._ask("GET", f"/position?at={seq}")
        found = self._read(body, HashesAt)
        if found.seq != seq:
            raise HqNonsense(f"asked for {seq}, told of {found.seq}")
        return found.hashes

    async def send(self, events: Sequence[CloudEvent]) -> Accepted:
        """Hand over a batch. Raises Trouble, or Gap with HQ's position."""
        content = encode(list(events))
        status, body = await self._ask("POST", "/events", content, BATCH_TYPE, also=(409,))
        if status == 409:
            raise Gap(self._read(body, Position))
        accepted = self._read(body, Accepted)
        if accepted.accepted + accepted.known != len(events):
            raise HqNonsense(f"{accepted.accepted} + {accepted.known} of {len(events)} events")
        return accepted

    async def changes(self, generation: str, cursor: int) -> Changes:
        """The next page of the feed. Raises Trouble, or Gone."""
        query = f"/changes?generation={generation}&cursor={cursor}&limit={FEED_ROWS_MAX}"
        status, body = await self._ask("GET", query, bytes_max=CHANGES_BYTES_MAX, also=(410,))
        if status == 410:
            self._heard()
            raise Gone
        changes = self._read(body, Changes)
        moved = changes.cursor > cursor if changes.rows or changes.more else changes.cursor >= cursor
        if changes.generation != generation or not moved:
            raise HqNonsense(f"changes of {changes.generation} at {changes.cursor}, asked at {cursor}")
        return changes

    async def rights(self, wanted: RightsWanted) -> RightsGiven:
        """Ask for rights; HQ grants a key once. Raises Trouble."""
        return await self._post("/rights", wanted, RightsGiven, bytes_max=GIVEN_BYTES_MAX)

    async def report(self, reports: Reports) -> Reported:
        """Tell numbers of lots. Raises Trouble."""
        return await self._post("/reports", reports, Reported)

    async def people(self, people: People) -> PeopleTaken:
        """Hand over personal rows, or none: the seq above which HQ wants rows. Raises Trouble."""
        return await self._post("/people", people, PeopleTaken)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of a snapshot as they come. Raises Trouble, inside the block too."""
        timeout = httpx.Timeout(ANSWER_WAIT_S, connect=CONNECT_WAIT_S, read=SNAPSHOT_FIRST_WAIT_S)
        try:
            async with self._client.stream(
                "GET", self._path + "/snapshot", headers=self._headers(), timeout=timeout
            ) as answer:
                _check_status(answer.status_code, await _problem(answer), ())
                yield answer.aiter_raw()
        except (httpx.HTTPError, httpx.StreamError) as fault:
            raise HqUnreachable(f"{type(fault).__name__} {fault}") from None

    async def _post(
        self, path: str, ask: WireShape, shape: type[Shape], bytes_max: int = ANSWER_BYTES_MAX
    ) -> Shape:
        _, body = await self._ask("POST", path, encode(ask), JSON, bytes_max)
        return self._read(body, shape)

    async def _ask(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        kind: str | None = None,
        bytes_max: int = ANSWER_BYTES_MAX,
        also: tuple[int, ...] = (),
    ) -> tuple[int, bytes]:
        """Status (200 or one of `also`) and body. Raises Trouble."""
        try:
            async with (
                asyncio.timeout(ANSWER_WAIT_S),
                self._client.stream(
                    method, self._path + path, content=content, headers=self._headers(kind)
                ) as answer,
            ):
                _check_status(answer.status_code, await _problem(answer), also)
                return answer.status_code, await _bounded(answer, bytes_max)
        except TimeoutError:
            raise HqUnreachable(f"no whole answer within {ANSWER_WAIT_S} s") from None
        except (httpx.HTTPError, httpx.StreamError) as fault:
            raise HqUnreachable(f"{type(fault).__name__} {fault}") from None

    def _read(self, body: bytes, shape: type[Shape]) -> Shape:
        try:
            found = read(body, shape)
        except WireError as fault:
            start = body[:60].decode("utf-8", "replace")
            raise HqNonsense(f"{fault.detail}; it begins {start!r}") from None
        self._heard()
        return found

    def _headers(self, kind: str | None = None) -> dict[str, str]:
        headers = {} if self.head is None else {HEAD_HEADER: str(self.head)}
        return headers if kind is None else {**headers, "content-type": kind}


async def _bounded(answer: httpx.Response, bytes_max: int) -> bytes:
    body = bytearray()
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > bytes_max:
            raise HqNonsense(f"an answer of more than {bytes_max} bytes")
    return bytes(body)


async def _problem(answer: httpx.Response) -> str:
    """The first line of what HQ says of an error; empty for a good answer."""
    if answer.status_code < 400 or answer.status_code in (409, 410):
        return ""
    body = bytearray()
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > PROBLEM_BYTES_MAX:
            break
    return bytes(body[:PROBLEM_BYTES_MAX]).decode("utf-8", "replace")[:160]


def _check_status(status: int, problem: str, also: tuple[int, ...]) -> None:
    if status == 200 or status in also:
        return
    detail = f"status {status} {problem}".strip()
    if status in (401, 403):
        raise HqRefuses(detail)
    if status >= 500 or status in (408, 429):
        raise HqFailing(detail)
    if status >= 400:
        raise HqRejects(detail)
    raise HqNonsense(detail)
