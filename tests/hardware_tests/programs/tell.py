"""Prints what the board's own functions say."""

import asyncio
import sys
import time

import machine
import network

from firmware.core.aio import TimedOut, Uptime, sleep_ms, ticks_add, ticks_diff, ticks_ms, wait_for_ms
from firmware.ports import clock, flash

BUILT_S = 1785542400


async def silence():
    await sleep_ms(60000)


async def main():
    boot, _ = flash.next_boot()
    print("boot", boot, "cause", machine.reset_cause())
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    wlan.connect("ssid", "password")
    print("wifi", wlan.isconnected())

    print("epoch", time.gmtime(0)[0], "clock", time.gmtime()[0])
    print("floor", clock.keep_floor(BUILT_S), clock.unix_s() - BUILT_S <= 1, clock.keep_floor(BUILT_S))
    print("set", clock.set_unix_s(BUILT_S + 86400, BUILT_S) - BUILT_S, time.gmtime()[:3])
    print("not back", clock.set_unix_s(0, BUILT_S) - BUILT_S, time.gmtime()[:3])

    first = ticks_ms()
    uptime = Uptime()
    before_ms = (1 << 30) - first
    print("before the wrap", 0 < before_ms < 2500)
    while ticks_ms() >= first:
        await sleep_ms(10)
    print("wrapped, elapsed", before_ms <= ticks_diff(ticks_ms(), first) < before_ms + 5000)
    print("uptime", before_ms <= uptime() < before_ms + 5000, ticks_add(first, 3000) < first)
    began_ms = uptime()
    try:
        await wait_for_ms(silence(), 20)
    except TimedOut:
        print("bounded", 19 <= uptime() - began_ms < 5000)

    while wlan.isconnected():
        await sleep_ms(5)
    print("wifi gone")
    while not wlan.isconnected():
        await sleep_ms(5)
    print("wifi back")
    sys.stdout.write("resetting\n")
    if boot == 1:
        machine.reset()
    print("still here")


asyncio.run(main())
