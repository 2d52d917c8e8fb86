"""Run by MicroPython: `micropython pn532_over_pty.py <path>` drives a PN532 on a terminal.

No read of the terminal may block. Prints one line per result, in the order of the calls.
"""

import asyncio
import sys

from firmware.drivers.pn532 import Pn532
from firmware.drivers.pn532_uart import Pn532Uart


class Uart:
    """A terminal as machine.UART is used: `read` gives what is there."""

    def __init__(self, file):
        self._file = file

    def read(self):
        return self._file.read(300)


async def main(file):
    reader = Pn532(Pn532Uart(Uart(file), asyncio.StreamReader(file)))
    print(tuple(await reader.start()))
    target = await reader.poll(hold=True)
    print(target.tech, target.uid.hex(), target.ats.hex())
    answer = await reader.exchange(bytes.fromhex("00b0000000"))
    print(len(answer), answer[-2:].hex())
    await reader.release()
    print(await reader.healthy())
    print([value for _, value in reader.counters()])


with open(sys.argv[1], "r+b") as terminal:
    asyncio.run(main(terminal))
