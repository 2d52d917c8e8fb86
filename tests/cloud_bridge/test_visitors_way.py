"""A visitor's way through the whole house but the wire: seen in the store, and what is theirs comes from HQ
before they stand at the till; then the line may be cut."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from cloud_bridge.hq import models
from cloud_bridge.hq.issuing import Issue
from cloud_bridge.hq.people_models import visits
from gateway.core import model
from gateway.core.promises import BY_TAG, Here, Post, Spend, Terms
from tests.cloud_bridge.rig import drain, fill, open_bridge
from tests.cloud_bridge.test_guests_way import TOKEN, Place, Way, join
from tests.gateway.rig import House
from tests.gateway.till import outcome, types

TEN = "CPN:ten"


class Line(Way):
    """The same store and HQ, with everything that goes down as well."""

    def sync(self) -> None:
        """Events up, asked rights, the feed down; and the gateway looks at its cache."""

        async def run() -> None:
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(self.hq.site),
                base_url="http://127.0.0.1",
                headers={"authorization": f"Bearer {TOKEN}"},
            )
            place: Any = Place("g1", self.house.data, self.house.run)
            async with open_bridge(place, "http://127.0.0.1", client=client) as bridge:
                await drain(bridge)
                while await bridge.afterwards.rights.step():
                    pass
                await fill(bridge)

        asyncio.run(run())
        self.house.desk.look()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    (tmp_path / "store").mkdir()
    with ExitStack() as closing:
        made = Line(tmp_path, House(tmp_path / "store", closing))
        yield made
        made.hq.close()


def far_from_home(line: Line) -> tuple[str, str]:
    """A member at home in a store that has no gateway, and the coupon that therefore waits at HQ."""
    member = join(line)
    with line.hq.database.writing() as connection:
        connection.execute(update(models.members).values(home_store="far-away"))
    (lot,) = line.hq.promises.issue(member, Issue("k1", TEN, 1, Terms(face=1_000))).lots
    line.sync()
    line.house.hear_hq()
    return member, lot


def redeem(line: Line, member: str, lot: str) -> tuple[str, str | None]:
    """At a till whose line is down."""
    line.house.hear_hq(online=False)
    spend = Post((Spend(1, f"member:{member}", TEN, lot),))
    return outcome(line.house.act(model.COUPON_REDEEMED, spend))


def test_a_coupon_that_lay_at_headquarters_is_here_before_the_till_asks(line: Line) -> None:
    member, lot = far_from_home(line)
    before = len(types(line.house))
    came = line.house.act(model.PRESENCE_SEEN, Here(member, BY_TAG, "beacon-door", "door", 7), "visit:1")
    assert outcome(came) == ("done", None)
    assert types(line.house)[before:] == ["presence.seen", "right.requested"]
    line.sync()
    assert redeem(line, member, lot) == ("done", None)
    assert types(line.house)[before + 2 :] == ["right.granted", "coupon.redeemed"]
    assert line.house.rows("SELECT member, redeemed FROM visits") == [(member, 1)]
    line.sync()
    assert line.rows(models.exceptions) == [], "HQ decides every event as the store did"
    assert [(row["gateway"], row["times"]) for row in line.rows(visits)] == [("g1", 1)]


def test_of_whom_nobody_saw_the_coupon_is_still_elsewhere(line: Line) -> None:
    """Else the test above would show nothing."""
    member, lot = far_from_home(line)
    line.sync()
    assert redeem(line, member, lot) == ("refused", "held_elsewhere")
