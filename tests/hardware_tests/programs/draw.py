"""Draws, lights and sounds, one step per line printed; the display is taken away before the last."""

import asyncio

from firmware import boards
from firmware.ports import parts, settings
from firmware.protocol.messages import TONE_ATTENTION, TONE_NO, TONE_YES, Strip

SETTINGS = b'{"device":"t","role":"counter","board":"%s","gateway_host":"h","gateway_port":1,"tls":0}'
PICTURES = (
    [Strip(0, 0, 128, 64, bytes([at * 7 & 0xFF for at in range(1024)]))],
    [Strip(3, 8, 5, 16, b"ABCDEabcde"), Strip(120, 56, 8, 8, b"\xff" * 8)],
    [],
)


async def main():
    made = parts.build(boards.load(BOARD), settings.parse(SETTINGS % BOARD.encode()))  # noqa: F821
    for at, strips in enumerate(PICTURES):
        print("shown", at, made.display.show(strips))
        await asyncio.sleep_ms(300)
    for light in (0xFF0000, 0x00C000, 0x0000FF, 0x804000, 0):
        made.light.set(light)
        print("lit", hex(light))
        await asyncio.sleep_ms(100)
    for tone in (TONE_YES, TONE_NO, TONE_ATTENTION):
        made.buzzer.play(tone)
        await asyncio.sleep_ms(600)
    print("done")


asyncio.run(main())
