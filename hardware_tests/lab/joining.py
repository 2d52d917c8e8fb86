"""A crowd that joins: probe, redirect, form, enrolment, coupon page, connect, online page, probe again.

Each phone does what its system and its browser do, on three connections: the probe's, the pages' (kept open,
as browsers do) and the second probe's. Times are the phone's own; the asker is one thread, so that it takes
little of the two cores that it shares with the store.
"""

import asyncio
import re
import socket
import time
from collections.abc import Iterable
from html import unescape
from typing import Final, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

from hardware_tests.lab.crowd import Crowd, Seat
from hardware_tests.lab.phones import PROBE
from hardware_tests.lab.wires import OURS, WORLD

STEP_WAIT_S: Final = 30.0  # the last of 300 waits for all others
FORM_TYPE: Final = "application/x-www-form-urlencoded"
_FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
_ACTION = re.compile(r'<form\b[^>]*\baction="([^"]*)"')
_HIDDEN = re.compile(r"<input\b[^>]*\btype=\"?hidden\"?[^>]*>")
_NAME, _VALUE = re.compile(r'\bname="([^"]*)"'), re.compile(r'\bvalue="([^"]*)"')


class Failed(RuntimeError):
    """A phone that did not get online, and where it stopped."""


class Joined(NamedTuple):
    """Seconds of one phone: to the redirect of its probe; from the form to the coupon, and to access."""

    redirect_s: float
    coupon_s: float
    access_s: float


class Reply(NamedTuple):
    """An answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: str


def join_all(crowd: Crowd, seats: Iterable[Seat], at_once: int) -> tuple[list[Joined], float]:
    """Every phone joins, at most so many at a time; their times, and the seconds all of it took.

    Raises Failed at the first phone that does not get online.
    """
    with crowd.space.inside():
        return asyncio.run(_join_all(crowd, list(seats), at_once))


async def _join_all(crowd: Crowd, seats: list[Seat], at_once: int) -> tuple[list[Joined], float]:
    room = asyncio.Semaphore(at_once)

    async def one(seat: Seat) -> Joined:
        async with room:
            return await _join(crowd, seat)

    begun = time.perf_counter()
    joined = await asyncio.gather(*(one(seat) for seat in seats))
    return list(joined), time.perf_counter() - begun


async def _join(crowd: Crowd, seat: Seat) -> Joined:
    begun = time.perf_counter()
    home = await _probe(crowd, seat)
    redirected = time.perf_counter()
    parts = urlsplit(home.headers.get("location", ""))
    if not 300 <= home.status < 400 or parts.scheme != "http":
        raise Failed(f"{seat}: the probe was answered {home.status} {home.headers}")
    pages = await Wire.open(crowd, seat, OURS)
    try:
        shown = await pages.follow("GET", parts.path or "/", parts.netloc)
        named = time.perf_counter()
        coupon = await pages.submit(shown, "/join", parts.netloc, name=f"Guest {seat.number}")
        enrolled = time.perf_counter()
        await pages.submit(coupon, "/connect", parts.netloc)
    finally:
        pages.close()
    again = await _probe(crowd, seat)
    if again.status != 204:
        raise Failed(f"{seat}: connected, yet the probe is answered {again.status}")
    return Joined(redirected - begun, enrolled - named, time.perf_counter() - named)


async def _probe(crowd: Crowd, seat: Seat) -> Reply:
    parts = urlsplit(PROBE)
    wire = await Wire.open(crowd, seat, WORLD)
    try:
        return await wire.ask("GET", parts.path, parts.netloc, close=True)
    finally:
        wire.close()


class Wire:
    """One phone's connection to a web server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, crowd: Crowd, seat: Seat, address: str) -> "Wire":
        """Connect, as this phone. Raises OSError."""
        opened: socket.socket = crowd.socket(seat)
        opened.setblocking(False)
        async with asyncio.timeout(STEP_WAIT_S):
            await asyncio.get_running_loop().sock_connect(opened, (address, 80))
        return cls(*await asyncio.open_connection(sock=opened))

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    async def submit(self, page: Reply, action: str, host: str, **values: str) -> Reply:
        """Send the page's form to such a path, filled in; what it leads to. Raises Failed."""
        fields = {**_hidden(page, action), **values}
        return await self.follow("POST", action, host, urlencode(fields))

    async def follow(self, method: str, path: str, host: str, body: str = "") -> Reply:
        """The page that a request leads to, on this connection. Raises Failed for anything but a page."""
        reply = await self.ask(method, path, host, body)
        while 300 <= reply.status < 400:
            reply = await self.ask("GET", urlsplit(urljoin(path, reply.headers["location"])).path, host)
        if reply.status != 200:
            raise Failed(f"{method} {path}: {reply.status} {reply.body[:300]}")
        return reply

    async def ask(self, method: str, path: str, host: str, body: str = "", close: bool = False) -> Reply:
        """One request and its answer."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Accept: text/html", "Accept-Language: en"]
        if close:
            lines.append("Connection: close")
        if method == "POST":
            lines += [f"Content-Type: {FORM_TYPE}", f"Content-Length: {len(body)}", f"Origin: http://{host}"]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        async with asyncio.timeout(STEP_WAIT_S):
            return await self._read()

    async def _read(self) -> Reply:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        if headers.get("transfer-encoding") == "chunked":
            body = await self._read_chunks()
        else:
            body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return Reply(int(first.split()[1]), headers, body.decode("utf-8"))

    async def _read_chunks(self) -> bytes:
        whole = b""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            whole += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readuntil(b"\r\n")
        return whole


def _hidden(page: Reply, action: str) -> dict[str, str]:
    """The hidden fields of a page's form to such a path. Raises Failed."""
    for form in _FORM.findall(page.body):
        found = _ACTION.search(form)
        if found and urlsplit(unescape(found[1])).path == action:
            return {
                unescape(_first(_NAME, tag)): unescape(_first(_VALUE, tag)) for tag in _HIDDEN.findall(form)
            }
    raise Failed(f"no form to {action}: {page.status} {page.body[:300]}")


def _first(pattern: re.Pattern[str], tag: str) -> str:
    found = pattern.search(tag)
    return found[1] if found else ""
