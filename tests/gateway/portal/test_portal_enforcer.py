"""The book is the truth and the kernel follows: restarts, a netd that dies, a disk that refuses, drift."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from gateway.portal.grants import GrantBook, Session
from gateway.portal.reconcile import DRIFT_S, GRACE_S, Held, difference
from gateway.portal.sessions import Sessions, over
from tests.gateway.portal.house import START_MS, House, Phone, play


async def connected(house: House, number: int = 1) -> Phone:
    phone = house.phone(number)
    await phone.get("/")
    await phone.send("/connect")
    return phone


def session(number: int = 1, minutes: int = 60, kind: str = "guest") -> Session:
    return Session(
        id=f"s{number}",
        hash=b"h" * 16,
        mac=f"02:00:00:00:00:{number:02x}",
        ip=f"10.77.0.{100 + number}",
        member=None,
        door="connect",
        kind=kind,
        begins_ms=START_MS,
        ends_ms=START_MS + minutes * 60_000,
    )


def held(one: Session, left_s: int | None = None, kind: str | None = None) -> Held:
    usual_s = (one.ends_ms - START_MS) // 1000 + GRACE_S
    return Held(usual_s if left_s is None else left_s, kind or one.kind, 0, 0)


# The difference


def test_a_kernel_that_holds_what_is_wanted_is_left_alone() -> None:
    one = session()
    for drift_s in (-DRIFT_S, 0, DRIFT_S):
        found = held(one, 3_600 + GRACE_S + drift_s)
        assert difference([one], {one.pair: found}, START_MS) == ([], [])


@pytest.mark.parametrize("found", [None, (10, "guest"), (99_999, "guest"), (3_720, "member")])
def test_what_is_missing_or_wrong_is_granted(found: tuple[int, str] | None) -> None:
    one = session()
    holds = {} if found is None else {one.pair: held(one, *found)}
    assert difference([one], holds, START_MS).grant == [one]


def test_what_nobody_wants_is_revoked() -> None:
    one, other = session(1), session(2)
    assert difference([one], {one.pair: held(one), other.pair: held(other)}, START_MS).revoke == [other.pair]


def test_a_difference_that_was_made_up_for_is_none() -> None:
    wanted = [session(number, number * 7) for number in range(1, 40)]
    holds = {each.pair: held(each) for each in wanted[::3]} | {session(90).pair: held(session(90))}
    apart = difference(wanted, holds, START_MS)
    after = {pair: kept for pair, kept in holds.items() if pair not in apart.revoke}
    after |= {each.pair: held(each) for each in apart.grant}
    assert difference(wanted, after, START_MS) == ([], [])


# Both together


def test_a_restart_finds_everybody_and_disturbs_nobody(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await connected(house)
        house.netd.asked.clear()
        await house.restart()
        assert (await phone.captive())["captive"] is True, "not before netd has said so"
        await house.parts.enforcer.reconcile()
        assert (await phone.captive())["captive"] is False
        assert [each["do"] for each in house.netd.asked] == ["list"]

    play(tmp_path, story)


def test_a_kernel_that_forgot_everything_is_told_again_with_the_time_that_is_left(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await connected(house)
        await house.pass_time(20)
        house.netd.online.clear()
        await house.parts.enforcer.reconcile()
        assert house.netd.online[phone.mac, phone.ip]["seconds"] == 40 * 60 + 120
        assert house.count("portal.reconciled_grants") == 1

    play(tmp_path, story)


def test_a_stranger_in_the_kernel_is_put_out(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        stranger = house.phone(9)
        house.netd.online[stranger.mac, stranger.ip] = {"seconds": 9_999, "class": "member"}
        await house.parts.enforcer.reconcile()
        assert not house.netd.online and house.count("portal.reconciled_revokes") == 1

    play(tmp_path, story)


def test_a_pair_whose_lease_ended_is_let_through_no_more_and_again_with_a_new_one(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await connected(house)
        house.lend(phone.ip, "02:00:00:00:00:77")
        await house.parts.enforcer.reconcile()
        assert not house.netd.online and (await phone.captive())["captive"] is True
        house.lend(phone.ip, phone.mac)
        await house.parts.enforcer.reconcile()
        assert list(house.netd.online) == [(phone.mac, phone.ip)]

    play(tmp_path, story)


def test_with_netd_away_the_page_says_so_and_the_grant_comes_with_it(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.netd.close()
        phone = house.phone()
        await phone.get("/")
        card = await phone.send("/join", name="Lin")
        assert "¥5" in card.text
        waiting = await phone.send("/connect")
        assert "正在为您接通" in waiting.text and 'http-equiv="refresh"' in waiting.text
        assert (await phone.captive())["captive"] is True
        assert house.parts.enforcer.enforced is False
        await house.parts.enforcer.reconcile()
        await house.netd.open()
        await house.parts.enforcer.reconcile()
        assert "可以上网了" in (await phone.get("/online")).text
        assert list(house.netd.online) == [(phone.mac, phone.ip)]
        assert house.said.getvalue().count("portal.netd_away") == 1, "said once, not each time"

    play(tmp_path, story)


def test_a_netd_that_does_it_and_dies_is_found_out(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        await phone.get("/")
        house.netd.torn = True
        assert "正在为您接通" in (await phone.send("/connect")).text
        house.netd.torn = False
        await house.parts.enforcer.reconcile()
        assert "可以上网了" in (await phone.get("/online")).text

    play(tmp_path, story)


def test_an_end_that_netd_did_not_hear_is_said_again(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await connected(house)
        await house.netd.close()
        await house.pass_time(61)
        assert house.netd.online, "the kernel has not heard"
        await house.netd.open()
        await house.parts.enforcer.reconcile()
        assert not house.netd.online

    play(tmp_path, story)


def test_a_book_that_refuses_lets_nobody_online_and_ends_nobody(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        first, second = await connected(house, 1), house.phone(2)
        await second.get("/")

        def full(changes: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        book = house.parts.enforcer._book
        book.write = full  # type: ignore[assignment]
        assert (await second.send("/connect")).status_code == 503
        await house.pass_time(61)
        assert list(house.netd.online) == [(first.mac, first.ip)]
        del book.write
        await house.pass_time(1)
        assert not house.netd.online

    play(tmp_path, story)


def test_what_has_ended_is_not_brought_back_by_an_order_that_came_late(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await connected(house)
        clerk = house.parts.hall.clerk
        (live,) = house.parts.enforcer.sessions.all_live()
        became = await asyncio.gather(
            clerk.end(live.id), clerk.extend(live.id, 30), clerk.extend(live.id, 30)
        )
        assert became[0] == "ended" and set(became[1:]) <= {"ended", "unknown"}
        assert not house.netd.online and not list(house.parts.enforcer.sessions.all_live())

    play(tmp_path, story)


def test_the_internet_is_told_to_netd_when_it_changes_and_when_netd_is_new(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        enforcer = house.parts.enforcer
        enforcer.set_wan(True)
        await enforcer.reconcile()
        enforcer.set_wan(False)
        await enforcer.reconcile()
        await enforcer.reconcile()
        assert [each["up"] for each in house.netd.asked if each["do"] == "wan"] == [True, False]
        await house.netd.close()
        await enforcer.reconcile()
        house.netd.wan = None
        await house.netd.open()
        await enforcer.reconcile()
        assert house.netd.wan is False

    play(tmp_path, story)


def test_more_clients_than_one_ask_holds_go_in_parts(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        for number in range(1, 140):
            await connected(house, number)
        house.netd.online.clear()
        house.netd.asked.clear()
        await house.parts.enforcer.reconcile()
        assert len(house.netd.online) == 139
        assert [len(each["clients"]) for each in house.netd.asked if each["do"] == "grant"] == [100, 39]

    play(tmp_path, story)


# The book


def test_a_book_keeps_what_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "portal.db"
    one, two = session(1), over(session(2), "time", START_MS + 5)
    book = GrantBook(path)
    book.write([one, session(2)])
    book.write([two])
    book.close()
    again = GrantBook(path)
    assert {each.id: each for each in again.load().sessions} == {"s1": one, "s2": two}
    again.close()


def test_a_batch_of_which_one_row_is_refused_changes_nothing(tmp_path: Path) -> None:
    book = GrantBook(tmp_path / "portal.db")
    broken = Session(**{**{f: getattr(session(2), f) for f in Session.__struct_fields__}, "mac": None})
    with pytest.raises(sqlite3.IntegrityError):
        book.write([session(1), broken])
    assert book.load().sessions == []
    book.write([session(1)])
    book.close()


def test_the_key_of_a_day_is_one_and_goes_with_its_rows(tmp_path: Path) -> None:
    book = GrantBook(tmp_path / "portal.db")
    day = START_MS // 86_400_000
    key = book.key_of(day)
    assert book.key_of(day) == key != book.key_of(day + 1)
    book.forget(START_MS + 3 * 86_400_000)
    assert book.key_of(day) != key
    book.close()


def test_sessions_forget_as_the_book_does() -> None:
    sessions = Sessions([over(session(1), "time", START_MS), session(2)])
    assert sessions.ended([b"h" * 16], 0)
    sessions.forget(START_MS + 86_400_001)
    assert not sessions.ended([b"h" * 16], 0)
    assert [each.id for each in sessions.all_live()] == ["s2"]
