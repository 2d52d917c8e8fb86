"""Counts falling edges of GPIO 34 with FallingEdge, and says how the waits ended."""

import asyncio

from machine import Pin

from firmware.core.aio import sleep_ms
from firmware.ports.irq import FallingEdge

ticking = 0


async def tick():
    global ticking
    while True:
        ticking += 1
        await sleep_ms(1)


async def main():
    ticker = asyncio.create_task(tick())
    pin = Pin(34, Pin.IN, Pin.PULL_UP)
    line = FallingEdge(pin)
    print("level", pin.value())
    print("silent", await line.wait(50))
    print("ready")
    for number in range(3):
        print("fell", number, await line.wait(20000), pin.value(), ticking > 10)
        while not pin.value():
            await sleep_ms(1)
        print("rose", number)
    ticker.cancel()


asyncio.run(main())
