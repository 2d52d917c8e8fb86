"""What the first page knows of the gateway: asked seldom, never old, and waited for briefly."""

import asyncio
from collections.abc import Awaitable, Callable

from gateway.lines import Away
from gateway.portal.doors import Service
from gateway.portal.joining import SERVICE_AGE_S, SERVICE_STALE_S, Knocking

READY = Service(ready=True)


class Gateway:
    """Says what it is told to; `hangs` never answers."""

    def __init__(self) -> None:
        self.now_s, self.asked = 1_000.0, 0
        self.away = self.hangs = False
        self.breaks: type[BaseException] | None = None

    async def service(self) -> Service:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.breaks is not None:
            raise self.breaks
        if self.away:
            raise Away("killed")
        return READY

    def clock_s(self) -> float:
        return self.now_s


def played(story: Callable[[Gateway, Knocking], Awaitable[None]], wait_s: float = 0.0) -> None:
    """Tell a story, in a loop of its own."""

    async def told() -> None:
        gateway = Gateway()
        await story(gateway, Knocking(gateway, gateway.clock_s, wait_s))

    asyncio.run(told())


def test_a_gateway_that_came_back_while_nobody_looked_is_seen_by_the_first_who_does() -> None:
    async def story(gateway: Gateway, knocking: Knocking) -> None:
        gateway.away = True
        assert await knocking.service() is None
        gateway.away = False
        gateway.now_s += SERVICE_STALE_S
        assert await knocking.service() == READY

    played(story, wait_s=5.0)


def test_a_gateway_that_went_while_nobody_looked_is_missed_by_the_first_who_does() -> None:
    async def story(gateway: Gateway, knocking: Knocking) -> None:
        assert await knocking.service() == READY
        gateway.away = True
        gateway.now_s += SERVICE_STALE_S
        assert await knocking.service() is None

    played(story, wait_s=5.0)


def test_while_guests_come_and_go_it_is_asked_beside_them_and_seldom() -> None:
    async def story(gateway: Gateway, knocking: Knocking) -> None:
        for _ in range(100):
            assert await knocking.service() == READY
        assert gateway.asked == 1
        gateway.away = True
        gateway.now_s += SERVICE_AGE_S
        assert await knocking.service() == READY, "nobody waits"
        await asyncio.sleep(0)
        assert await knocking.service() is None
        assert gateway.asked == 2

    played(story, wait_s=5.0)


def test_a_gateway_that_hangs_holds_nobody_up_and_is_asked_once() -> None:
    async def story(gateway: Gateway, knocking: Knocking) -> None:
        gateway.hangs = True
        for _ in range(10):
            assert await knocking.service() is None
            gateway.now_s += SERVICE_STALE_S
        assert gateway.asked == 1

    played(story)


def test_an_asking_that_broke_is_followed_by_another() -> None:
    async def story(gateway: Gateway, knocking: Knocking) -> None:
        gateway.breaks = ValueError
        assert await knocking.service() is None
        gateway.breaks = None
        gateway.now_s += SERVICE_AGE_S
        await knocking.service()
        await asyncio.sleep(0)
        assert await knocking.service() == READY

    played(story, wait_s=5.0)
