"""Scans, keeps what it should have copied, overflows its buffer, and is told when a scan ends."""

import asyncio
import time

import bluetooth

copied, views, mistakes = {}, [], []
done = 0


def irq(event, data):
    global done
    if event == 6:
        done += 1
        assert data == ()
        return
    kind, address, advert, rssi, payload = data
    copied[bytes(address)] = (kind, advert, rssi, bytes(payload))
    if len(views) < 2:
        views.append(address)
        views.append(payload)
    if payload == b"\x02\x01\x05" and not mistakes:
        mistakes.append(payload)
        raise ValueError("a handler's mistake")


async def main():
    ble = bluetooth.BLE()
    ble.irq(irq)
    ble.active(True)
    ble.gap_scan(0, 30000, 30000)
    try:
        ble.gap_scan(0, 30000, 30000)
    except OSError as error:
        print("again", error.args[0])
    print("scanning")
    while len(copied) < 2:
        await asyncio.sleep_ms(20)
    for address, found in sorted(copied.items()):
        print(address.hex(), found)
    print("spoiled", set(views[0]), set(views[1]))
    print("small, kept all", ble.lost == 0)
    ble.gap_scan(None)
    print("done", done)
    ble.gap_scan(None)  # nothing to end: nothing is said
    ble.gap_scan(150, 30000, 30000)
    await asyncio.sleep_ms(400)
    print("timed", done)
    ble.gap_scan(0, 30000, 30000)
    time.sleep_ms(1500)  # nobody comes to fetch
    await asyncio.sleep_ms(50)
    print("lost", ble.lost > 5)
    ble.gap_scan(None)
    before = ble.lost
    ble.config(rxbuf=4096)
    ble.gap_scan(0, 30000, 30000)
    time.sleep_ms(1500)
    await asyncio.sleep_ms(50)
    print("lost more", ble.lost - before)


asyncio.run(main())
