"""The board's Bluetooth as a beacon wants it: say this, listen, be somebody else. MicroPython only.

    radio = Radio(ble.stack()); radio.start()
    address = radio.renew_address()        stops both, takes a fresh non-resolvable private address
    radio.advertise(payload)               non-connectable, every ADVERT_INTERVAL_MS, until the next call
    radio.listen()                         for ever, at full duty
    packet = radio.heard()                 (address, rssi_dbm, payload) or None; await radio.wait(ms) for more

The interrupt handler copies what it is given, which is only valid inside it, into a ring, and sets a flag;
a full ring drops the packet and counts it. Failures are OSError.

Why the address is changed only in silence: a controller refuses a new random address while it advertises or
scans (Core specification, volume 4, part E, 7.8.4), and NimBLE's binding asserts that it did not: a crash
(MicroPython extmod/nimble/modbluetooth_nimble.c, set_random_address).
"""

import asyncio

from firmware.core.aio import TimedOut, wait_for_ms
from firmware.protocol.adverts import ADVERT_BYTES_MAX
from firmware.protocol.compat import const

ADVERT_INTERVAL_MS = 100  # 10 a second: iOS ranges a region once a second, in windows of a tenth of it
SCAN_US = 30000  # window and interval alike: the default listens 0.9 % of the time
RING_PACKETS = 32  # a burst while a TLS record is enciphered (20 ms) in a full street: 200 adverts a second
RXBUF_BYTES = 1024  # of the stack's own ring, where it has one

_IRQ_SCAN_RESULT = const(5)
_ADDRESS_MODE_NON_RESOLVABLE = const(3)
_ADDRESS_BYTES = const(6)
_HEAD_BYTES = const(8)  # of a ring's slot: address, level, length of the payload
_LEVEL = const(6)
_LENGTH = const(7)


class Radio:
    """`ble` is the board's bluetooth.BLE()."""

    def __init__(self, ble) -> None:
        self.interval_ms = ADVERT_INTERVAL_MS
        self.packets = 0  # heard, of whatever kind
        self.lost = 0  # heard while the ring was full
        self._ble = ble
        self._slots = [bytearray(_HEAD_BYTES + ADVERT_BYTES_MAX) for _ in range(RING_PACKETS)]
        self._put = 0
        self._got = 0
        self._flag = asyncio.ThreadSafeFlag()  # pyright: ignore[reportAttributeAccessIssue]

    def start(self) -> None:
        """Switch it on; also anew, after stop()."""
        self._ble.active(True)
        try:
            self._ble.config(rxbuf=RXBUF_BYTES)
        except ValueError:  # a stack that calls its handler at once has no buffer of its own: ESP32
            pass
        self._ble.irq(self._happened)

    def stop(self) -> None:
        """Switch it off, with all it did."""
        self._ble.active(False)
        self._got = self._put

    def renew_address(self) -> bytes:
        """Fall silent and deaf, and be another: the new address, most significant byte first."""
        self._ble.gap_advertise(None)
        self._ble.gap_scan(None)
        self._ble.config(addr_mode=_ADDRESS_MODE_NON_RESOLVABLE)
        return bytes(self._ble.config("mac")[1])

    def advertise(self, payload: bytes) -> None:
        """Say this from now on, instead of what was said."""
        self._ble.gap_advertise(self.interval_ms * 1000, adv_data=payload, connectable=False)

    def listen(self) -> None:
        """Hear everybody from now on, asking nobody."""
        self._ble.gap_scan(None)
        self._ble.gap_scan(0, SCAN_US, SCAN_US, False)

    def heard(self):
        """The oldest packet that was not taken yet, or None."""
        if self._got == self._put:
            return None
        slot = self._slots[self._got % RING_PACKETS]
        size = slot[_LENGTH]
        packet = (
            bytes(slot[:_ADDRESS_BYTES]),
            slot[_LEVEL] - 256 if slot[_LEVEL] & 0x80 else slot[_LEVEL],
            bytes(slot[_HEAD_BYTES : _HEAD_BYTES + size]),
        )
        self._got += 1
        return packet

    async def wait(self, ms: int) -> None:
        """Until something may have been heard, at most so long."""
        if self._got != self._put:
            return
        try:
            await wait_for_ms(self._flag.wait(), ms)
        except TimedOut:
            return

    def _happened(self, event: int, data) -> None:
        """From the interrupt: `data` is gone when this returns."""
        if event == _IRQ_SCAN_RESULT:
            _type, address, _advert_type, rssi_dbm, payload = data
            self._keep(address, rssi_dbm, payload)
            self._flag.set()

    def _keep(self, address, rssi_dbm: int, payload) -> None:
        self.packets += 1
        size = len(payload)
        if self._put - self._got >= RING_PACKETS or size > ADVERT_BYTES_MAX:
            self.lost += 1
            return
        slot = self._slots[self._put % RING_PACKETS]
        slot[:_ADDRESS_BYTES] = address
        slot[_LEVEL] = rssi_dbm & 0xFF
        slot[_LENGTH] = size
        slot[_HEAD_BYTES : _HEAD_BYTES + size] = payload
        self._put += 1
