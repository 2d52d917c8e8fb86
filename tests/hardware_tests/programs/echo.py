"""Sends back what the scanner's UART brings, through a UartLine, and says how much."""

import asyncio

from firmware import boards
from firmware.ports.line import UartLine


async def main():
    line = UartLine(boards.load(BOARD).scanner, 9600)  # noqa: F821
    print("ready")
    total = 0
    while total < 20000:
        data = await line.read(10000)
        total += len(data)
        await line.write(data)
    print("silence", await line.read(30))
    line.set_baud(115200)
    await line.write(b"\x7e\x00\x07\x01\x00\x2a\x02\xd8\x0f")
    print("answer", await line.read(10000))


asyncio.run(main())
