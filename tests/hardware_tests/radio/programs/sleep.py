"""Sleeps deeply, and remembers what a board remembers."""

import time

import machine

rtc = machine.RTC()
boots = len(rtc.memory())
print("woke", machine.reset_cause(), boots, time.gmtime()[0])
if boots == 0:
    rtc.datetime((2026, 11, 22, 0, 9, 30, 0, 0))
try:
    rtc.memory(bytes(2049))
except ValueError as error:
    print(error)
rtc.memory(bytes(boots + 1))
with open("boots", "ab") as file:
    file.write(b"%d %d\n" % (machine.reset_cause(), time.time()))
if boots == 1:
    machine.reset()
machine.deepsleep(250)
