"""How long one may be online: its end, more of it, the limit of a day, what staff may do."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.lines import Answer
from gateway.portal.clients import Client
from tests.gateway.portal.house import House, Phone, hidden, play


async def connected(house: House, number: int = 1) -> Phone:
    phone = house.phone(number)
    await phone.get("/")
    await phone.send("/connect")
    return phone


async def staff(house: House, **asked: object) -> Answer:
    return await house.parts.control.handle(asked)


def only(house: House) -> str:
    """The id of the one live session."""
    (session,) = house.parts.enforcer.sessions.all_live()
    return session.id


def test_time_ends_by_our_own_clock_and_the_page_says_so(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await connected(house)
        await house.pass_time(59.9)
        assert house.netd.online
        await house.pass_time(0.1)
        assert not house.netd.online and (await phone.captive())["captive"] is True
        page = await phone.get("/online")
        assert "时间到了" in page.text and 'action="/connect"' in page.text

    play(tmp_path, story)


def test_the_kernels_timeout_is_behind_ours(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await connected(house)
        assert house.netd.online[phone.mac, phone.ip]["seconds"] == 60 * 60 + 120

    play(tmp_path, story)


def test_a_guest_may_have_the_time_again_as_often_as_the_store_allows(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await connected(house)
        for extension in (1, 2):
            await phone.get("/online")
            await phone.send("/extend")
            assert house.netd.online[phone.mac, phone.ip]["seconds"] == (1 + extension) * 3600 + 120
        page = await phone.get("/online")
        assert "/extend" not in page.text
        assert (await phone.captive())["can-extend-session"] is False
        token = house.parts.hall.forms.token(Client(phone.mac, phone.ip))
        assert (await phone.post("/extend", {"token": token})).status_code == 403

    play(tmp_path, story, extensions_max=2)


def test_connecting_anew_counts_like_more_time(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await connected(house)
        statuses = []
        for _ in range(3):
            await house.pass_time(60)
            await phone.get("/")
            statuses.append((await phone.send("/connect")).status_code)
        assert statuses == [200, 200, 403]
        await phone.get("/")
        await phone.send("/join", name="Lin")
        assert (await phone.send("/connect")).status_code == 200, "a member's time is another"
        await house.pass_time(25 * 60)
        await phone.get("/coupon")
        assert (await phone.send("/connect")).status_code == 200, "tomorrow is another day"

    play(tmp_path, story, extensions_max=2)


def test_a_restart_and_midnight_forget_no_time_that_was_used(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.now_ms += (24 * 3_600_000 - house.now_ms % (24 * 3_600_000)) - 70 * 60_000
        phone = await connected(house)
        await house.pass_time(60)
        await house.restart()
        await house.pass_time(60)
        await phone.get("/")
        assert (await phone.send("/connect")).status_code == 403

    play(tmp_path, story, extensions_max=0)


def test_staff_are_told_where_nothing_is_enforced(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        assert (await staff(house, do="sessions"))["simulated"] is True

    play(tmp_path, story, simulated=True)


def test_staff_see_who_is_online_and_not_who_they_are(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await connected(house)
        await house.parts.enforcer.reconcile()
        told = await staff(house, do="sessions")
        assert told["simulated"] is False
        (row,) = told["sessions"]
        assert row["mac"] == "00:01" and row["ip"] == phone.ip and row["door"] == "connect"
        assert row["down_bytes"] == 9 and row["up_bytes"] == 4 and row["enforced"] is True
        assert row["until_ms"] - row["since_ms"] == 3_600_000
        assert told["enforced"] is True and told["wan"] is True
        assert told["counters"]["portal.connect_online"] == 1

    play(tmp_path, story)


def test_staff_end_a_session_and_it_stays_ended_for_a_while(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await connected(house)
        session = only(house)
        assert await staff(house, do="end", session=session) == {"ok": True}
        assert not house.netd.online
        assert await staff(house, do="end", session=session) == {"ok": False, "error": "unknown"}
        assert await staff(house, do="extend", session=session, minutes=5) == {
            "ok": False,
            "error": "unknown",
        }
        await phone.get("/")
        assert "店员结束了" in (await phone.send("/connect")).text
        await house.pass_time(31)
        await phone.get("/")
        assert (await phone.send("/connect")).status_code == 200

    play(tmp_path, story)


def test_staff_give_more_time_than_a_guest_may_take(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await connected(house)
        assert await staff(house, do="extend", session=only(house), minutes=30) == {"ok": True}
        assert house.netd.online[phone.mac, phone.ip]["seconds"] == 90 * 60 + 120

    play(tmp_path, story, extensions_max=0)


def test_a_question_of_another_shape_is_refused(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        for asked in (
            {},
            {"do": "drop"},
            {"do": "end"},
            {"do": "end", "session": 7},
            {"do": "extend", "session": "x"},
            {"do": "extend", "session": "x", "minutes": True},
            {"do": "extend", "session": "x", "minutes": 0},
            {"do": "extend", "session": "x", "minutes": 1e9},
        ):
            assert await staff(house, **asked) == {"ok": False, "error": "bad_request"}

    play(tmp_path, story)


def test_a_phone_with_a_new_address_moves_its_time_there(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await connected(house)
        await house.pass_time(20)
        before = phone.ip
        phone.ip = "10.77.2.2"
        house.lend(phone.ip, phone.mac)
        assert (await phone.captive())["captive"] is True
        await phone.get("/")
        await phone.send("/connect")
        assert list(house.netd.online) == [(phone.mac, phone.ip)], f"{before} is let through no more"
        assert house.netd.online[phone.mac, phone.ip]["seconds"] == 40 * 60 + 120

    play(tmp_path, story)


def test_pressing_connect_twice_at_once_is_one_session(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        page = await phone.get("/")
        fields = hidden(page.text)["/connect"]
        answers = await asyncio.gather(*(phone.post("/connect", fields) for _ in range(10)))
        assert {answer.status_code for answer in answers} == {200}
        assert only(house) and len(house.netd.online) == 1

    play(tmp_path, story)


def test_what_outlives_a_session_names_no_phone_and_goes_after_a_day(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await connected(house)
        assert _holds(house, phone.mac) and _holds(house, phone.ip)
        await house.pass_time(61)
        await house.stop()
        assert not _rows(house, "mac IS NOT NULL OR ip IS NOT NULL") and len(_rows(house, "1")) == 1
        await house.restart()
        await house.pass_time(24 * 60 + 1)
        await house.parts.enforcer.forget()
        assert not _rows(house, "1")

    play(tmp_path, story)


def _rows(house: House, where: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(house.folder / "portal" / "portal.db")) as book:
        return book.execute(f"SELECT * FROM sessions WHERE {where}").fetchall()


def _holds(house: House, text: str) -> bool:
    return any(text in row for row in _rows(house, "1"))
