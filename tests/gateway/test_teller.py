"""The teller: acts joined into batches, bounded, and held for HQ's grant no longer than a customer waits."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest

from gateway import teller
from gateway.acting import BUSY, KEY_REUSED, Refused, Request, Verdict
from gateway.core import model
from gateway.core.promises import Post, Spend
from gateway.counters import Counters
from gateway.errors import LedgerUnsafe
from gateway.teller import Teller
from tests.gateway.rig import House

SOON_S = 0.05  # the bound of a wait that is to end
NEVER_S = 60.0  # the bound of one that must not matter
TEA = "CPN:tea"


def redemption(key: str, lot: str = "L1.0") -> Request:
    return Request(key, "till", model.COUPON_REDEEMED, Post((Spend(1, "member:m-1", TEA, lot),)))


@pytest.fixture
def shop(house: House) -> Iterator[House]:
    """A desk whose bridge reaches HQ; one coupon of m-1 is elsewhere."""
    house.open().hear_hq()
    house.say_lot("member:m-1", TEA, "L1.0", 1)
    yield house


class Watched:
    """The desk, and the batches that it was handed."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.batches: list[list[Request]] = []
        self.problem: Exception | None = None

    def act(self, requests: Sequence[Request]) -> list[Verdict | Refused]:
        self.batches.append(list(requests))
        if self.problem:
            raise self.problem
        return self._house.desk.act(requests)


async def turns() -> None:
    """Let everybody run who can."""
    for _ in range(20):
        await asyncio.sleep(0)


def serve(desk: Watched, body: Callable[[Teller], Awaitable[None]], wait_s: float = SOON_S) -> Counters:
    """Run `body` beside a teller of this desk; what the teller counted."""

    async def run() -> Counters:
        counters = Counters()
        made = Teller(desk, counters, wait_s)
        running = asyncio.create_task(made.run())
        try:
            await body(made)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
        return counters

    return asyncio.run(run())


def test_what_waits_is_one_batch(shop: House) -> None:
    desk = Watched(shop)

    async def body(made: Teller) -> None:
        asked = [made.ask(redemption(f"k{number}", "L9.0")) for number in range(teller.JOINED_MAX + 3)]
        verdicts = await asyncio.gather(*asked)
        assert {verdict.event.outcome.reason for verdict in verdicts} == {"lot_unknown"}
        assert [verdict.seq for verdict in verdicts] == sorted(verdict.seq for verdict in verdicts)

    counters = serve(desk, body)
    assert [len(batch) for batch in desk.batches] == [teller.JOINED_MAX, 3]
    assert (counters.get("teller.batches"), counters.get("teller.acts")) == (2, teller.JOINED_MAX + 3)


def test_a_refusal_is_raised_and_concerns_nobody_else(shop: House) -> None:
    async def body(made: Teller) -> None:
        await made.ask(redemption("k1", "L9.0"))
        other, same = await asyncio.gather(
            made.ask(redemption("k1", "L8.0")), made.ask(redemption("k1", "L9.0")), return_exceptions=True
        )
        assert isinstance(other, Refused)
        assert other.code == KEY_REUSED
        assert isinstance(same, Verdict)
        assert same.duplicate

    serve(Watched(shop), body)


def test_the_queue_is_bounded(shop: House) -> None:
    async def body(made: Teller) -> None:
        asked = [made.ask(redemption(f"k{number}", "L9.0")) for number in range(teller.WAITING_MAX + 5)]
        verdicts = await asyncio.gather(*asked, return_exceptions=True)
        refused = [verdict for verdict in verdicts if isinstance(verdict, Refused)]
        assert [one.code for one in refused] == [BUSY] * 5

    assert serve(Watched(shop), body).get("teller.refused") == 5


def test_a_grant_that_comes_in_time_is_used(shop: House) -> None:
    async def body(made: Teller) -> None:
        asked = asyncio.create_task(made.ask(redemption("k1")))
        await turns()
        made.look()  # the cache moved, but for something else
        await turns()
        assert not asked.done()
        shop.say_lot("member:m-1", TEA, "L1.0", 1, granted=1)
        made.look()
        verdict = await asked
        assert verdict.event.outcome.name == "done"

    counters = serve(Watched(shop), body, NEVER_S)
    assert counters.get("teller.grants_came") == 1
    assert sum(b"right.requested" in body for body in shop.bodies()) == 1


def test_a_grant_that_comes_while_the_question_is_booked_is_not_missed(shop: House) -> None:
    class Quick(Watched):
        def act(self, requests: Sequence[Request]) -> list[Verdict | Refused]:
            verdicts = super().act(requests)
            shop.say_lot("member:m-1", TEA, "L1.0", 1, granted=1)
            made_[0].look()
            return verdicts

    made_: list[Teller] = []

    async def body(made: Teller) -> None:
        made_.append(made)
        assert (await made.ask(redemption("k1"))).event.outcome.name == "done"

    serve(Quick(shop), body, NEVER_S)


def test_a_grant_that_does_not_come_is_waited_for_no_longer_than_that(shop: House) -> None:
    desk = Watched(shop)

    async def body(made: Teller) -> None:
        verdict = await made.ask(redemption("k1"))
        assert (verdict.event.outcome.name, verdict.event.outcome.reason) == ("refused", "held_elsewhere")
        assert await made.ask(redemption("k1")) == verdict._replace(duplicate=True)

    assert serve(desk, body).get("teller.grants_late") == 1
    assert [request.final for batch in desk.batches for request in batch] == [False, True, False]


def test_only_so_many_wait_for_hq(shop: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teller, "ASKED_MAX", 1)

    async def body(made: Teller) -> None:
        waiting = asyncio.create_task(made.ask(redemption("k1")))
        await turns()
        at_once = await made.ask(redemption("k2"))
        assert at_once.event.outcome.reason == "held_elsewhere"
        assert not waiting.done()
        waiting.cancel()

    assert serve(Watched(shop), body, NEVER_S).get("teller.asked_refused") == 1


def test_whoever_goes_away_leaves_an_act_that_its_key_finds(shop: House) -> None:
    async def body(made: Teller) -> None:
        asked = asyncio.create_task(made.ask(redemption("k1", "L9.0")))
        await asyncio.sleep(0)
        asked.cancel()
        await made.ask(redemption("k2", "L9.0"))
        assert (await made.ask(redemption("k1", "L9.0"))).duplicate

    serve(Watched(shop), body)


def test_what_ends_the_gateway_ends_the_teller_and_tells_nobody_that_nothing_was_booked(shop: House) -> None:
    desk = Watched(shop)
    desk.problem = LedgerUnsafe("The ledger failed")

    async def run() -> None:
        made = Teller(desk, Counters())
        running = asyncio.create_task(made.run())
        asked: Any = await asyncio.gather(made.ask(redemption("k1")), return_exceptions=True)
        assert isinstance(asked[0], LedgerUnsafe)
        with pytest.raises(LedgerUnsafe):
            await running

    asyncio.run(run())


def test_a_teller_that_stops_lets_nobody_wait(shop: House) -> None:
    async def run() -> None:
        made = Teller(Watched(shop), Counters())
        running = asyncio.create_task(made.run())
        await asyncio.sleep(0)
        asked = asyncio.create_task(made.ask(redemption("k1")))
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(Refused, match=BUSY):
            await asked
        with pytest.raises(Refused, match=BUSY):
            await made.ask(redemption("k2"))

    asyncio.run(run())
