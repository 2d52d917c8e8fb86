"""The guest's phone of `shopbell run`: its lease, and what it hears of itself from the portal."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from gateway.lines import Answer, own_uid, serve
from shopbell.run.phone import ADDRESS, AWAY, Phone, random_mac, write_lease


class FakeWifi:
    """The portal's socket and the gateway's; holds what a test puts there."""

    def __init__(self) -> None:
        self.sessions: list[dict[str, Any]] = []
        self.ended: list[str] = []
        self.codes: list[dict[str, Any]] = []

    async def answer(self, asked: Answer) -> Answer:
        if asked["do"] == "end":
            self.ended.append(asked["session"])
            self.sessions = [one for one in self.sessions if one["id"] != asked["session"]]
            return {"ok": True}
        if asked["do"] == "codes":
            return {"ok": True, "codes": self.codes, "now_ms": 1_000}
        return {"ok": True, "sessions": self.sessions}

    def online(self, id_: str, member: str | None, since_ms: int = 1, ip: str = ADDRESS) -> None:
        one = {"id": id_, "ip": ip, "since_ms": since_ms, "until_ms": since_ms + 10, "member": member}
        self.sessions.append(one)


def play(folder: Path, story: Callable[[Phone, FakeWifi], Awaitable[None]]) -> None:
    async def run() -> None:
        wifi, folder_ = FakeWifi(), folder
        door = await serve(folder_ / "wifi.sock", (own_uid(),), wifi.answer, lambda counted: None)
        phone = Phone(folder_ / "leases", folder_ / "wifi.sock", folder_ / "wifi.sock", 8081)
        await story(phone, wifi)
        await phone.close()
        await door.close()

    asyncio.run(asyncio.wait_for(run(), 10))


def test_each_time_it_is_a_phone_that_was_never_here(tmp_path: Path) -> None:
    async def story(phone: Phone, wifi: FakeWifi) -> None:
        seen = set()
        for _ in range(3):
            await phone.join()
            expiry, mac, ip, *_ = (tmp_path / "leases").read_text().split()
            assert int(expiry) > 1_700_000_000 and ip == ADDRESS and mac == phone.state()["mac"]
            seen.add(mac)
        assert len(seen) == 3
        await phone.leave()
        assert (tmp_path / "leases").read_text() == "" and phone.state() == AWAY

    play(tmp_path, story)


def test_its_own_address_is_locally_administered_and_of_one_machine() -> None:
    for _ in range(64):
        assert int(random_mac()[:2], 16) & 3 == 2


def test_leaving_ends_its_sessions_and_nobody_elses(tmp_path: Path) -> None:
    async def story(phone: Phone, wifi: FakeWifi) -> None:
        await phone.join()
        wifi.online("s-1", None)
        wifi.online("s-2", None, ip="10.77.0.9")
        await phone.leave()
        assert wifi.ended == ["s-1"]

    play(tmp_path, story)


def test_it_hears_that_it_is_online_and_whose_it_is(tmp_path: Path) -> None:
    async def story(phone: Phone, wifi: FakeWifi) -> None:
        told: list[bool] = []
        phone.on_change = lambda: told.append(phone.state()["member"])
        await phone.join()
        assert await phone.code() is None
        wifi.online("s-1", None, 1)
        wifi.online("s-2", "p-1", 2)
        phone._see(await phone._wifi.ask("sessions"))
        assert phone.state()["online_until"] == 12 and told == [False, True]
        wifi.codes = [{"text": "old", "until_ms": 900}, {"text": "now", "until_ms": 1_900}]
        assert await phone.code() == "now"

    play(tmp_path, story)


def test_with_nobody_at_the_sockets_it_joins_all_the_same(tmp_path: Path) -> None:
    async def run() -> None:
        phone = Phone(tmp_path / "leases", tmp_path / "none", tmp_path / "none", 8081)
        await phone.join()
        assert phone.state()["joined"] and await phone.code() is None
        await phone.leave()

    asyncio.run(run())


def test_a_lease_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_lease(tmp_path / "leases", "02:00:00:00:00:01")
    assert [path.name for path in tmp_path.iterdir()] == ["leases"]
