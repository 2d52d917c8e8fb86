"""Prints each code, and why reading stopped."""

import asyncio

from firmware import boards
from firmware.drivers.gm65 import ScannerError
from firmware.ports import parts, settings

SETTINGS = b'{"device":"t","role":"counter","board":"%s","gateway_host":"h","gateway_port":1,"tls":0}'


async def main():
    made = parts.build(boards.load(BOARD), settings.parse(SETTINGS % BOARD.encode()))  # noqa: F821
    try:
        await made.scanner.start()
        print("ready")
        while True:
            print("code", (await made.scanner.read_code()).hex())
    except ScannerError as error:
        print("stopped", error.reason, made.scanner.healthy)


asyncio.run(main())
