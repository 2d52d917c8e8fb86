"""Advertises, renews its address, and says what was refused."""

import asyncio

import bluetooth

PAYLOAD = b"\x02\x01\x06\x03\x03\xaa\xfe\x0d\x16\xaa\xfe\x30\xee12345678"


def refused(what, act):
    try:
        act()
        print(what, "worked")
    except (OSError, ValueError) as error:
        print(what, error.args[0])


async def main():
    ble = bluetooth.BLE()
    print("one", ble is bluetooth.BLE(), ble.active())
    refused("dark", lambda: ble.gap_advertise(100000, PAYLOAD))
    ble.active(True)
    print("on", ble.active(), ble.config("mac")[0], ble.config("rxbuf"))
    refused("unknown", lambda: ble.config(colour=1))
    refused("long", lambda: ble.gap_advertise(100000, bytes(32), connectable=False))
    refused("fast", lambda: ble.gap_advertise(99000, PAYLOAD, connectable=False))
    ble.gap_advertise(100000, adv_data=PAYLOAD, connectable=False)
    print("public", ble.config("mac")[1].hex())
    await asyncio.sleep_ms(500)
    refused("busy", lambda: ble.config(addr_mode=3))
    seen = set()
    for _ in range(20):
        ble.gap_advertise(None)
        ble.config(addr_mode=3)
        seen.add(ble.config("mac")[1][0] >> 6)
        ble.gap_advertise(100000, connectable=False)  # what it said before
    print("private", seen, ble.config("mac")[1].hex())
    await asyncio.sleep_ms(500)
    ble.gap_advertise(None)
    ble.config(addr_mode=1)
    ble.gap_advertise(100000, resp_data=b"\x05\x09bell")
    print("static", ble.config("mac")[1][0] >> 6, ble.config("mac")[1].hex())
    await asyncio.sleep_ms(500)
    ble.active(False)
    refused("off", lambda: ble.gap_scan(0))
    await asyncio.sleep(60)


asyncio.run(main())
