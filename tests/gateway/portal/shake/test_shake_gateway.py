"""From the shake page to the books: the whole portal before a gateway's real door, on a socket."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.core.event import open_event
from gateway.core.promises import Here
from tests.gateway.conftest import judge
from tests.gateway.guests.hall import HALL, Hall
from tests.gateway.portal.house import House as Portal
from tests.gateway.portal.house import Phone
from tests.gateway.portal.me.test_me_portal import Gateway
from tests.gateway.portal.shake.test_shake_checkins import send
from tests.gateway.presence.shop import QUANTUM_S, Ears, eid, ibeacon
from tests.gateway.rig import LIN_CODE as LIN_TEXT
from tests.gateway.rig import House

EN = "?lang=en"
LIN_CODE = LIN_TEXT.decode()
Story = Callable[[Portal, Hall], Awaitable[None]]


@pytest.fixture
def play(house: House, tmp_path: Path) -> Callable[[Story], None]:
    """Runs a story in a portal whose clock is the gateway's, and judges the gateway's log."""
    hall = Hall(house)
    hall.presence = Ears()

    async def within(story: Story) -> None:
        portal = Portal(tmp_path / "portal")
        portal.folder.mkdir()
        portal.now_ms = house.now_ms
        gateway = Gateway(portal.folder / "guests.sock", hall)
        await gateway.open()
        portal.start()
        try:
            await story(portal, hall)
        finally:
            await portal.stop()
            portal.close()
            await gateway.close()

    def run(story: Story) -> None:
        asyncio.run(asyncio.wait_for(within(story), 30))
        judge(house, HALL)

    return run


async def joined(portal: Portal) -> Phone:
    phone = portal.phone(1)
    await phone.get("/" + EN)
    assert "50" in (await phone.send("/join", name="Lin")).text
    return phone


def heres(hall: Hall) -> list[Here]:
    acts = [open_event(body).act for body in hall.house.bodies()]
    return [act for act in acts if isinstance(act, Here)]


def test_who_joins_and_shakes_is_here_and_both_are_booked(play: Callable[[Story], None]) -> None:
    async def story(portal: Portal, hall: Hall) -> None:
        phone = await joined(portal)
        await phone.get("/shake")
        form_answer = await phone.send("/shake", heard=json.dumps([ibeacon(1, hall.house.now_ms)]))
        assert "You&#39;re here, Lin" in form_answer.text and "You are at: Door" in form_answer.text
        assert "Shake again tomorrow" in form_answer.text, "joining has checked in today"
        (here,) = heres(hall)
        assert (here.proof, here.beacon, here.place) == ("beacon", "beacon-door", "door")

    play(story)


def test_a_member_who_comes_by_a_number_gets_the_points_and_sees_no_card(
    play: Callable[[Story], None],
) -> None:
    async def story(portal: Portal, hall: Hall) -> None:
        phone = portal.phone(1)
        await phone.get("/shake" + EN)
        here = await phone.send("/shake", code=LIN_CODE)
        assert here.status_code == 200 and "+5" in here.text and "**" in here.text
        assert LIN_CODE not in here.text
        assert "PIN" in (await phone.get("/me")).text

    play(story)


@pytest.mark.parametrize("say", [eid, ibeacon])
def test_an_identity_relayed_late_counts_for_nothing(
    play: Callable[[Story], None], say: Callable[..., object]
) -> None:
    async def story(portal: Portal, hall: Hall) -> None:
        phone = await joined(portal)
        late = say(1, hall.house.now_ms)
        hall.house.now_ms += 3 * QUANTUM_S * 1_000
        await phone.get("/shake")
        here = await phone.send("/shake", heard=json.dumps([late]))
        assert "did not count: That beacon signal is too old" in here.text
        (booked,) = heres(hall)
        assert (booked.proof, booked.beacon) == ("network", "")

    play(story)


def test_a_lost_page_is_drawn_again_from_the_same_ticket(play: Callable[[Story], None]) -> None:
    async def story(portal: Portal, hall: Hall) -> None:
        phone = await joined(portal)
        page = await phone.get("/shake")
        first = await phone.send("/shake")
        phone.last = page
        assert (await phone.send("/shake")).text == first.text
        assert len(heres(hall)) == 1
        await phone.get("/shake")
        soon = await phone.send("/shake")
        assert soon.status_code == 429 and "only just" in soon.text

    play(story)


def test_an_app_checks_in_by_itself(play: Callable[[Story], None]) -> None:
    async def story(portal: Portal, hall: Hall) -> None:
        app, thief = portal.phone(1), portal.phone(2)
        begun = await send(
            app, "/v1/checkins", {"key": "a1", "code": LIN_CODE, "heard": [eid(2, hall.house.now_ms)]}
        )
        assert begun.status_code == 201 and begun.json()["place"]["zone"] == "shelf"
        path = "/v1/checkins/" + begun.json()["ticket"]
        came = await send(app, path, {"key": "a2"})
        assert came.status_code == 200 and came.json()["given"][0]["amount"] == 5
        assert (await send(app, path, {"key": "a2"})).json() == came.json()
        stolen = await send(thief, path, {"key": "a2"})
        assert (stolen.status_code, stolen.json()["reason"]) == (409, "ticket_used")
        forged = await send(thief, path[:-2] + "xx", {"key": "a3"})
        assert (forged.status_code, forged.json()["reason"]) == (400, "ticket_bad")
        assert len(heres(hall)) == 1

    play(story)
