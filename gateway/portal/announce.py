"""Option 114 (RFC 8910): phones are told of our captive-portal API only while all of it is right.

An iPhone that is told of an API asks it instead of its own probe, so a certificate that ran out would break
the very page it was to open. So each EVERY_S the portal asks as a phone would: does the name lead to us, does
the certificate bear it and hold for DAYS_MIN more days, does the API answer. What is written:

    dnsmasq.options    "114,https://<name>/api/captive", or nothing; dnsmasq reads it at SIGHUP
"""

import asyncio
import os
import signal
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from gateway.counters import Counters
from gateway.log import Log
from gateway.portal.fetch import Fetched, Unfetched, fetch
from gateway.portal.names import address_of
from gateway.portal.settings import NetworkSettings

EVERY_S: Final = 60.0
DAYS_MIN: Final = 14
DAY_S: Final = 24 * 3600
API_PATH: Final = "/api/captive"
API_TYPE: Final = "application/captive+json"
OPTIONS_FILE: Final = "dnsmasq.options"
PID_FILE: Final = "dnsmasq.pid"

Fetch = Callable[[str], Awaitable[Fetched]]
Resolve = Callable[[], Awaitable[str]]


def options_path(settings: NetworkSettings) -> Path:
    """What dnsmasq of port 53 has as its `dhcp-optsfile`: the portal writes it, in [network] data_dir."""
    return Path(settings.data_dir) / OPTIONS_FILE


def pid_path(settings: NetworkSettings) -> Path:
    """Where dnsmasq of port 53 writes its process id: in [network] run_dir."""
    return Path(settings.run_dir) / PID_FILE


class Wrong(Exception):
    """What is not right, in a word for the log and the counters."""


class Announcer:
    """Looks, and switches the option. `secure` says whether pages may be led to by https."""

    def __init__(
        self,
        settings: NetworkSettings,
        fetch_api: Fetch,
        resolve: Resolve,
        now_s: Callable[[], float],
        counters: Counters,
        log: Log,
    ) -> None:
        self._settings, self._fetch, self._resolve = settings, fetch_api, resolve
        self._now_s, self._counters, self._log = now_s, counters, log
        self._port = "" if settings.https_port == 443 else f":{settings.https_port}"
        self.secure = False
        self._said = ""

    @property
    def url(self) -> str:
        """Of the API."""
        return f"https://{self._settings.name}{self._port}{API_PATH}"

    async def run(self) -> None:
        """Look for ever; with no certificate there is nothing to look for, and nothing is announced."""
        while True:
            await self.look()
            if not self._settings.certificate_file:
                return
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Check once, and write the option where that changes it."""
        try:
            await self._check()
            wrong = ""
        except Wrong as found:
            wrong = str(found)
            self._counters.add("portal.not_announced")
        self.secure = not wrong
        if wrong != self._said:
            self._said = wrong
            self._log.info("portal.announced", yes=not wrong, wrong=wrong)
        await asyncio.to_thread(self._write, "" if wrong else f"114,{self.url}\n")

    async def _check(self) -> None:
        if not self._settings.certificate_file:
            raise Wrong("no certificate is set")
        if await self._resolve() != str(self._settings.interface.ip):
            raise Wrong("the name does not lead here")
        try:
            answer = await self._fetch(self.url)
        except Unfetched as problem:
            raise Wrong(f"the API cannot be asked ({problem})") from problem
        left_s = ssl.cert_time_to_seconds(str(answer.certificate["notAfter"])) - self._now_s()
        if left_s < DAYS_MIN * DAY_S:
            raise Wrong(f"the certificate ends in {int(left_s // DAY_S)} days")
        if answer.status != 200 or answer.headers.get("content-type") != API_TYPE or not _said(answer.body):
            raise Wrong("the API does not answer as it should")

    def _write(self, text: str) -> None:
        """The option's file, replaced whole, and dnsmasq told; where it says that already, nothing."""
        path = options_path(self._settings)
        try:
            if (path.read_text("ascii") if path.exists() else "") == text:
                return
            aside = path.with_suffix(".new")
            aside.write_text(text, "ascii")
            os.replace(aside, path)
            os.kill(int(pid_path(self._settings).read_text("ascii")), signal.SIGHUP)
        except (OSError, ValueError) as problem:
            self._counters.add("portal.option_unwritten")
            self._log.warning("portal.option_unwritten", reason=str(problem))


def as_a_phone(settings: NetworkSettings) -> tuple[Fetch, Resolve]:
    """How the API and the name are asked for: at our own address on the guests' side."""
    here = str(settings.interface.ip)

    async def ask(url: str) -> Fetched:
        return await fetch(url, at=here)

    async def resolve() -> str:
        return await address_of(settings.name, here)

    return ask, resolve


def _said(body: bytes) -> bool:
    try:
        answer: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return False
    return isinstance(answer, dict) and isinstance(answer.get("captive"), bool)
