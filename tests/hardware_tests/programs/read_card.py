"""Prints the UID of each card that comes, once per visit."""

import asyncio

from firmware import boards
from firmware.core.presence import Presence
from firmware.ports import parts, settings

SETTINGS = b'{"device":"t","role":"counter","board":"%s","gateway_host":"h","gateway_port":1,"tls":0}'


async def main():
    made = parts.build(boards.load(BOARD), settings.parse(SETTINGS % BOARD.encode()))  # noqa: F821
    await made.reader.start()
    print("ready")
    presence = Presence()
    while True:
        arrived = presence.polled(await made.reader.poll())
        if arrived:
            print("uid", arrived.uid.hex())
        await asyncio.sleep_ms(20)


asyncio.run(main())
