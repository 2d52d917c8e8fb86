"""What the portal looks at: whether the internet is there, and whether option 114 may be announced."""

import asyncio
import signal
import socket
import ssl
import struct
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from gateway.counters import Counters
from gateway.log import Log
from gateway.portal import announce, names
from gateway.portal.announce import Announcer, options_path, pid_path
from gateway.portal.fetch import ANSWER_BYTES_MAX, Fetched, Unfetched, fetch
from gateway.portal.settings import NetworkSettings
from gateway.portal.wan import DOUBT_S, EVERY_S, WanWatch

NOW_S = 1_790_000_000
GOOD = Fetched(
    200,
    {"content-type": "application/captive+json"},
    b'{"captive":true}',
    {"notAfter": "Dec 31 00:00:00 2026 GMT"},
)


# The internet


def watch(answers: list[int | None]) -> list[bool]:
    """What is told while these statuses come, None for no answer."""
    told: list[bool] = []
    left = list(answers)

    async def ask(url: str) -> Fetched:
        status = left.pop(0)
        if status is None:
            raise Unfetched("gone")
        return Fetched(status, {}, b"", {})

    async def story() -> None:
        watching = WanWatch("http://there.example/", ask, told.append, Counters(), Log(StringIO()))
        while left:
            await watching.look()

    asyncio.run(story())
    return told


def test_one_lost_answer_is_no_outage_and_two_are() -> None:
    assert watch([204, None, 204, None, 200]) == []
    assert watch([204, None, None, None]) == [False]
    assert watch([None, None, 204, 204]) == [False, True]


def test_after_a_lost_answer_it_looks_again_soon_and_in_an_outage_it_does_not_hurry() -> None:
    answers = [204, None, None, None, 204]

    async def ask(url: str) -> Fetched:
        status = answers.pop(0)
        if status is None:
            raise Unfetched("gone")
        return Fetched(status, {}, b"", {})

    async def story() -> list[float]:
        watching = WanWatch("http://there.example/", ask, lambda up: None, Counters(), Log(StringIO()))
        return [await watching.look() for _ in range(5)]

    assert asyncio.run(story()) == [EVERY_S, DOUBT_S, EVERY_S, EVERY_S, EVERY_S]


def test_somebody_elses_captive_portal_is_no_internet() -> None:
    assert watch([302, 302]) == [False]
    assert watch([500, 404, 204]) == [False, True]


def test_without_an_address_to_ask_the_internet_is_taken_as_there() -> None:
    told: list[bool] = []
    watching = WanWatch("", fetch, told.append, Counters(), Log(StringIO()))
    asyncio.run(asyncio.wait_for(watching.run(), 5))
    assert told == [True] and watching.up


# Fetching


def serve_once(answer: bytes, ask: str = "/x") -> Fetched:
    async def story() -> Fetched:
        async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(meet, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            return await fetch(f"http://127.0.0.1:{port}{ask}")
        finally:
            server.close()

    return asyncio.run(asyncio.wait_for(story(), 10))


def test_an_answer_is_read_by_its_length_or_to_its_end() -> None:
    assert serve_once(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokmore").body == b"ok"
    assert serve_once(b"HTTP/1.0 204 No Content\r\nX-A: b\r\n\r\n").headers == {"x-a": "b"}
    assert len(serve_once(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3 * ANSWER_BYTES_MAX).body) <= ANSWER_BYTES_MAX


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-x\r\n\r\n",
        b"HTTP/1.1 two OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 9_000,
        b"\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_none(answer: bytes) -> None:
    with pytest.raises(Unfetched):
        serve_once(answer)


def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(Unfetched):
        asyncio.run(fetch("http://127.0.0.1:9/"))
    with pytest.raises(Unfetched):
        asyncio.run(fetch("http://[broken/"))


# The name


def answer_to(number: int, *addresses: str, flags: int = 0x8180) -> bytes:
    """A name server's answer with these addresses, the first after an alias."""
    asked = names.question(number, "wifi.brand.example")[12:]
    alias = b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 0, 2) + b"\xc0\x0c"
    rows = b"".join(
        b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + socket.inet_aton(each) for each in addresses
    )
    return struct.pack("!HHHHHH", number, flags, 1, 1 + len(addresses), 0, 0) + asked + alias + rows


def test_the_first_address_of_an_answer_is_taken() -> None:
    assert names.parse(7, answer_to(7, "10.77.0.1", "10.77.0.2")) == "10.77.0.1"
    assert names.parse(8, answer_to(7, "10.77.0.1")) == ""
    assert names.parse(7, answer_to(7)) == ""
    assert names.parse(7, answer_to(7, "10.77.0.1", flags=0x8183)) == ""


def test_any_cut_or_broken_answer_is_no_address_and_no_fault() -> None:
    whole = answer_to(7, "10.77.0.1")
    for end in range(len(whole)):
        assert names.parse(7, whole[:end]) == ""
    for at in range(len(whole)):
        for value in (0x00, 0x3F, 0xC0, 0xFF):
            names.parse(7, whole[:at] + bytes([value]) + whole[at + 1 :])


def test_a_name_is_asked_of_the_server_that_is_given() -> None:
    async def story() -> str:
        class Server(asyncio.DatagramProtocol):
            def connection_made(self, transport: Any) -> None:
                self.transport = transport

            def datagram_received(self, data: bytes, addr: object) -> None:
                assert data[12:] == names.question(0, "wifi.brand.example")[12:]
                number = int.from_bytes(data[:2], "big")
                self.transport.sendto(answer_to(number, "10.77.0.1"), addr)

        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
        port = transport.get_extra_info("sockname")[1]
        found = await names.address_of("wifi.brand.example", "127.0.0.1", port)
        transport.close()
        return found

    assert asyncio.run(story()) == "10.77.0.1"
    assert asyncio.run(names.address_of("wifi.brand.example", "127.0.0.1", 9)) == ""


# Option 114


class Rig:
    """An announcer whose phone sees what the test says, and a dnsmasq that only counts its signals."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, certificate: str = "chain.pem") -> None:
        self.settings = NetworkSettings(
            run_dir=str(folder), data_dir=str(folder), certificate_file=certificate, address="10.77.0.1/22"
        )
        pid_path(self.settings).write_text("4321\n")
        self.signals: list[tuple[int, int]] = []
        monkeypatch.setattr(announce.os, "kill", lambda pid, number: self.signals.append((pid, number)))
        self.answer: Fetched | None = GOOD
        self.address = "10.77.0.1"
        self.counters = Counters()
        self.announcer = Announcer(
            self.settings, self._fetch, self._resolve, lambda: NOW_S, self.counters, Log(StringIO())
        )

    async def _fetch(self, url: str) -> Fetched:
        assert url == "https://wifi.shopbell.example/api/captive"
        if self.answer is None:
            raise Unfetched("certificate verify failed")
        return self.answer

    async def _resolve(self) -> str:
        return self.address

    def look(self) -> str:
        """What stands in the option's file after a look."""
        asyncio.run(self.announcer.look())
        path = options_path(self.settings)
        return path.read_text() if path.exists() else ""


OPTION = "114,https://wifi.shopbell.example/api/captive\n"


def test_the_option_is_announced_while_all_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(tmp_path, monkeypatch)
    assert rig.look() == OPTION and rig.announcer.secure
    assert rig.look() == OPTION
    assert rig.signals == [(4321, signal.SIGHUP)], "dnsmasq is told of changes only"


SOON = GOOD._replace(certificate={"notAfter": "Oct  3 00:00:00 2026 GMT"})


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        (None, "10.77.0.1"),
        (GOOD, ""),
        (GOOD, "192.0.2.1"),
        (SOON, "10.77.0.1"),
        (GOOD._replace(status=302), "10.77.0.1"),
        (GOOD._replace(body=b"[]"), "10.77.0.1"),
        (GOOD._replace(body=b'{"captive":1}'), "10.77.0.1"),
        (GOOD._replace(body=b"{"), "10.77.0.1"),
        (GOOD._replace(headers={"content-type": "application/json"}), "10.77.0.1"),
    ],
)
def test_the_option_goes_as_soon_as_anything_is_wrong_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Fetched | None, address: str
) -> None:
    rig = Rig(tmp_path, monkeypatch)
    assert rig.look() == OPTION
    rig.answer, rig.address = answer, address
    assert rig.look() == "" and not rig.announcer.secure
    rig.answer, rig.address = GOOD, "10.77.0.1"
    assert rig.look() == OPTION and len(rig.signals) == 3


def test_without_a_certificate_nothing_is_announced_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(tmp_path, monkeypatch, certificate="")
    assert rig.look() == "" and not options_path(rig.settings).exists() and not rig.signals


def test_a_certificate_of_fourteen_days_is_too_old_and_of_fifteen_is_not() -> None:
    ends_s = ssl.cert_time_to_seconds("Oct  3 00:00:00 2026 GMT")
    assert 0 < ends_s - NOW_S < announce.DAYS_MIN * announce.DAY_S


def test_a_dnsmasq_that_is_not_there_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(tmp_path, monkeypatch)
    pid_path(rig.settings).unlink()
    assert rig.look() == OPTION and rig.counters.get("portal.option_unwritten") == 1
