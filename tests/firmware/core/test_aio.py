"""Waiting and counting time, on both Pythons."""

import asyncio

from firmware.core import aio


class Ticks:
    """A tick counter of `period` that the test turns by hand."""

    def __init__(self, period, start):
        self.period = period
        self.now = start

    def read(self):
        return self.now

    def diff(self, later, earlier):
        half = self.period // 2
        return (later - earlier + half) % self.period - half

    def run(self, ms):
        self.now = (self.now + ms) % self.period


def test_uptime_counts_over_the_wrap():
    ticks = Ticks(1 << 30, (1 << 30) - 5)
    uptime = aio.Uptime(ticks.read, ticks.diff)
    assert uptime() == 0
    ticks.run(10)
    assert uptime() == 10
    for _ in range(8):
        ticks.run(1 << 28)
        uptime()
    assert uptime() == 10 + (1 << 31)


def test_uptime_never_goes_back():
    ticks = Ticks(1 << 30, 100)
    uptime = aio.Uptime(ticks.read, ticks.diff)
    ticks.run(50)
    assert uptime() == 50
    ticks.run(-20)
    assert uptime() == 50
    ticks.run(25)
    assert uptime() == 55


def test_ticks_diff_and_add_agree():
    start = aio.ticks_ms()
    assert aio.ticks_diff(aio.ticks_add(start, 1000), start) == 1000
    assert aio.ticks_diff(aio.ticks_add(start, -1000), start) == -1000


def test_wait_for_ms_gives_the_result():
    async def seven():
        return 7

    async def main():
        return await aio.wait_for_ms(seven(), 1000)

    assert asyncio.run(main()) == 7


def test_wait_for_ms_ends_a_silent_wait():
    async def silence():
        await aio.sleep_ms(60000)

    async def main():
        try:
            await aio.wait_for_ms(silence(), 1)
        except aio.TimedOut:
            return True
        return False

    assert asyncio.run(main())
