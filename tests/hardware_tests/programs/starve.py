"""Starts the watchdog, feeds it for a while, then stops feeding it."""

import time

import machine

from firmware import boards
from firmware.ports import flash
from firmware.ports.watchdog import Watchdog

boot, nonce = flash.next_boot()
print("boot", boot, "cause", machine.reset_cause(), "nonce", nonce.hex())
limit_ms = 300
dog = Watchdog(limit_ms)
dog.feed()
dog.start()
dog.start()
for _ in range(8):
    time.sleep_ms(100)
    dog.feed()
print("fed")
try:
    Watchdog(boards.load(BOARD).wdt_ms + 1).start()  # noqa: F821
except ValueError:
    print("longer than the board's is refused")
while True:
    time.sleep_ms(100)
