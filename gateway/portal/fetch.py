"""One GET over HTTP/1.1 with bounds, for the portal's two looks at the world: no client library is worth its
memory for that. Follows nothing, keeps nothing open.
"""

import asyncio
import ssl
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

ANSWER_BYTES_MAX: Final = 16_384
WAIT_S: Final = 4.0
TROUBLES: Final = (
    OSError,
    TimeoutError,
    asyncio.IncompleteReadError,
    asyncio.LimitOverrunError,
    ValueError,  # what it said is no HTTP, or what was asked for no URL
)


class Fetched(NamedTuple):
    """An answer: status, headers in lower case, body; `certificate` of the server where there was TLS."""

    status: int
    headers: dict[str, str]
    body: bytes
    certificate: dict[str, object]


class Unfetched(Exception):
    """There is no answer, or none that is HTTP."""


async def fetch(url: str, at: str | None = None, trust: ssl.SSLContext | None = None) -> Fetched:
    """GET a URL, of the host at address `at` if that is given. Raises Unfetched."""
    try:
        async with asyncio.timeout(WAIT_S):
            return await _fetch(urlsplit(url), at, trust)
    except TROUBLES as problem:
        raise Unfetched(f"{type(problem).__name__}: {problem}") from problem


async def _fetch(url: SplitResult, at: str | None, trust: ssl.SSLContext | None) -> Fetched:
    secure = url.scheme == "https"
    host, port = url.hostname or "", url.port or (443 if secure else 80)
    tls = (trust or ssl.create_default_context()) if secure else None
    reader, writer = await asyncio.open_connection(
        at or host, port, ssl=tls, server_hostname=host if secure else None, limit=ANSWER_BYTES_MAX
    )
    try:
        return await _converse(reader, writer, url.netloc, url.path or "/")
    finally:
        writer.close()


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, path: str
) -> Fetched:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept: */*\r\n\r\n".encode())
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    version, status, *_ = lines[0].split(" ")
    if not version.startswith("HTTP/1.") or not status.isdecimal():
        raise ValueError("not HTTP")
    pairs = (line.partition(":") for line in lines[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await _body(reader, headers)
    return Fetched(int(status), headers, body, writer.get_extra_info("peercert") or {})


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    """As long as the headers say, else to the end; what is longer than ANSWER_BYTES_MAX is cut."""
    length = headers.get("content-length", "")
    if length.isdecimal():
        return await reader.readexactly(min(int(length), ANSWER_BYTES_MAX))
    return await reader.read(ANSWER_BYTES_MAX)
