"""`bluetooth` of a board whose radio is a virtual one behind HCI (radio/hci_server.py), H4 over TCP.

SHOPBELL_AIR is its host:port, SHOPBELL_RADIO this board's name there. Advertising and scanning only; what
firmware/ports uses, no more. As on NimBLE (extmod/nimble/modbluetooth_nimble.c of MicroPython):

* an advert that nobody can connect to goes out as ADV_SCAN_IND, because the mode is always "discoverable"
* data of None keeps what was set before; a scan result's data are views into one buffer
* results that find no room in `rxbuf` (128 bytes unless set, 12 bytes and the data each) are lost: BLE.lost

and stricter where a board is silent: views are overwritten after the handler, and a new address while the
radio is in use raises, where a board keeps the old one and says nothing.
"""

# isort: skip_file
import time  # noqa: F401 - before asyncio: shims/time.py says why

import asyncio
import asyncio.core
import os
import struct
import sys

import parts_link

FLAG_READ, FLAG_WRITE_NO_RESPONSE, FLAG_WRITE, FLAG_NOTIFY, FLAG_INDICATE = 2, 4, 8, 16, 32

_IRQ_SCAN_RESULT = 5
_IRQ_SCAN_DONE = 6

_RESET = 0x0C03
_EVENT_MASK = 0x0C01
_READ_ADDRESS = 0x1009
_LE_EVENT_MASK = 0x2001
_RANDOM_ADDRESS = 0x2005
_ADVERTISE_HOW = 0x2006
_ADVERTISE_WHAT = 0x2008
_ANSWER_WHAT = 0x2009
_ADVERTISE = 0x200A
_SCAN_HOW = 0x200B
_SCAN = 0x200C

_ADV_IND, _ADV_SCAN_IND = 0, 2
_PUBLIC, _RANDOM, _NON_RESOLVABLE = 0, 1, 3  # addr_mode
_EIO, _EBUSY, _ENODEV, _EINVAL, _EALREADY = 5, 16, 19, 22, 114
_DISALLOWED = 0x0C
_SPOILED = b"\xa5" * 31


class UUID:
    """A 16-bit or 128-bit one; as bytes little endian."""

    def __init__(self, value):
        if isinstance(value, int):
            self._bytes = struct.pack("<H", value)
        elif isinstance(value, str):
            self._bytes = bytes(reversed(bytes.fromhex(value.replace("-", ""))))
        else:
            self._bytes = bytes(value)

    def __len__(self):
        return len(self._bytes)

    def __iter__(self):
        return iter(self._bytes)

    def __eq__(self, other):
        return isinstance(other, UUID) and self._bytes == other._bytes

    def __hash__(self):
        return hash(self._bytes)

    def __repr__(self):
        return "UUID(%s)" % bytes(reversed(self._bytes)).hex()


class BLE:
    """The one radio. `lost` counts scan results that found no room."""

    _one = None

    def __new__(cls):
        if BLE._one is None:
            BLE._one = object.__new__(cls)
            BLE._one._begin()
        return BLE._one

    def _begin(self):
        self._link = None
        self._pumping = None
        self._handler = None
        self._head = bytearray(3)
        self._packet = bytearray(255)
        self._addr = bytearray(6)
        self._data = bytearray(31)
        self._ring = bytearray(128)
        self._used = 0
        self._done = self._delivering = self._scanning = self._advertising = False
        self._scans = 0
        self._mode = _PUBLIC
        self._addresses = [b"", b""]  # public, random; as people write them
        self._gap_name = b"MPY"
        self.lost = 0

    def active(self, on=None):
        if on is None:
            return self._link is not None
        if on and self._link is None:
            self._switch_on()
        elif not on and self._link is not None:
            self._pumping.cancel()
            self._link.close()
            self._link = None
            self._scanning = self._advertising = False
        return self._link is not None

    def _switch_on(self):
        if not os.getenv("SHOPBELL_AIR"):
            raise OSError(_ENODEV)
        self._link = parts_link.connect(b"radio " + os.getenv("SHOPBELL_RADIO").encode(), "SHOPBELL_AIR")
        self._mode, self._used, self._done = _PUBLIC, 0, False
        self._command(_RESET)
        self._command(_EVENT_MASK, b"\xff" * 7 + b"\x3f")
        self._command(_LE_EVENT_MASK, b"\x1f" + bytes(7))
        self._addresses[0] = bytes(reversed(self._command(_READ_ADDRESS)))
        self._pumping = asyncio.core.create_task(self._pump(self._link))

    def config(self, name=None, **settings):
        if name == "mac":
            return (min(self._mode, 1), self._addresses[min(self._mode, 1)])
        if name == "rxbuf":
            return len(self._ring)
        if name == "gap_name":
            return self._gap_name
        if name is not None:
            raise ValueError("unknown config param")
        for key, value in settings.items():
            self._set(key, value)
        return None

    def _set(self, key, value):
        if key == "rxbuf":
            self._ring = bytearray(value)
            self._used = 0
        elif key == "gap_name":
            self._gap_name = value
        elif key == "addr_mode" and value in (_PUBLIC, _RANDOM, _NON_RESOLVABLE):
            if value != _PUBLIC:
                self._renew(value == _RANDOM)
            self._mode = value
        else:
            raise ValueError("unknown config param")

    def _renew(self, static):
        address = bytearray(os.urandom(6))
        address[0] = address[0] | 0xC0 if static else address[0] & 0x3F
        self._command(_RANDOM_ADDRESS, bytes(reversed(address)))
        self._addresses[1] = bytes(address)

    def irq(self, handler):
        self._handler = handler

    def gap_advertise(self, interval_us, adv_data=None, *, resp_data=None, connectable=True):
        self._needs_power()
        if self._advertising:
            self._command(_ADVERTISE, b"\x00")
            self._advertising = False
        if interval_us is None:
            return
        self._set_data(_ADVERTISE_WHAT, adv_data)
        self._set_data(_ANSWER_WHAT, resp_data)
        units = interval_us // 625
        kind = _ADV_IND if connectable else _ADV_SCAN_IND
        own = min(self._mode, 1)
        self._command(_ADVERTISE_HOW, struct.pack("<HHBBB6sBB", units, units, kind, own, 0, bytes(6), 7, 0))
        self._command(_ADVERTISE, b"\x01")
        self._advertising = True

    def _set_data(self, opcode, data):
        if data is not None:
            if len(data) > 31:
                raise OSError(_EIO)
            self._command(opcode, bytes((len(data),)) + bytes(data) + bytes(31 - len(data)))

    def gap_scan(self, duration_ms, interval_us=1280000, window_us=11250, active=False):
        self._needs_power()
        if duration_ms is None:
            if self._scanning:
                self._end_scan()
            return
        if self._scanning:
            raise OSError(_EALREADY)
        how = struct.pack("<BHHBB", int(active), interval_us // 625, window_us // 625, min(self._mode, 1), 0)
        self._command(_SCAN_HOW, how)
        self._command(_SCAN, b"\x01\x00")
        self._scanning = True
        self._scans += 1
        if duration_ms:
            asyncio.core.create_task(self._end_after(duration_ms, self._scans))

    async def _end_after(self, duration_ms, scan):
        await asyncio.sleep_ms(duration_ms)
        if self._scanning and self._scans == scan:
            self._end_scan()

    def _end_scan(self):
        self._scanning = False
        self._command(_SCAN, b"\x00\x00")
        self._done = True
        self._deliver()

    def _needs_power(self):
        if self._link is None:
            raise OSError(_ENODEV)

    # --- the wire ---

    def _command(self, opcode, parameters=b""):
        """Send one and wait for its answer, which is returned without the status."""
        self._needs_power()
        self._link.write(b"\x01" + struct.pack("<HB", opcode, len(parameters)) + parameters)
        while True:
            size = self._read_event()
            if self._head[1] == 0x0E and self._packet[1] | self._packet[2] << 8 == opcode:
                break
        answer = bytes(self._packet[4:size])
        status = self._packet[3]
        self._deliver()
        if status:
            raise OSError(_EBUSY if status == _DISALLOWED else _EINVAL if status == 0x12 else _EIO)
        return answer

    def _pump(self, link):
        while self._link is link:
            yield asyncio.core._io_queue.queue_read(link)
            while self._link is link and parts_link.peek(link, 1):
                self._read_event()
            self._deliver()

    def _read_event(self):
        """The next event, its parameters' length; reports go into the ring."""
        if self._link.readinto(self._head, 3) != 3:
            parts_link.gone()
        size = self._head[2]
        if self._link.readinto(self._packet, size) != size:
            parts_link.gone()
        if self._head[1] == 0x3E and self._packet[0] == 2:
            self._keep(size)
        return size

    def _keep(self, size):
        """One report: its bytes from the type on, without those two that count."""
        if not self._scanning:
            return
        if self._used + size > len(self._ring):  # size: 12 and the data
            self.lost += 1
            return
        # subevent, count, event type, address type, address, length, data, rssi
        self._ring[self._used] = size
        self._ring[self._used + 1 : self._used + size - 1] = self._packet[2:size]
        self._used += size

    def _deliver(self):
        """Call the handler for what has been kept; never while it is running."""
        if self._delivering:
            return
        self._delivering = True
        try:
            at = 0
            while at < self._used:
                self._result(at)
                at += self._ring[at]
            self._used = 0
            if self._done:
                self._done = False
                self._call(_IRQ_SCAN_DONE, ())
        finally:
            self._delivering = False

    def _result(self, at):
        ring = self._ring
        kind, address_type, length = ring[at + 1], ring[at + 2], ring[at + 9]
        for index in range(6):
            self._addr[index] = ring[at + 8 - index]
        self._data[:length] = ring[at + 10 : at + 10 + length]
        rssi = ring[at + 10 + length]
        data = memoryview(self._data)[:length]
        self._call(
            _IRQ_SCAN_RESULT,
            (address_type, memoryview(self._addr), kind, rssi - 256 if rssi > 127 else rssi, data),
        )
        self._addr[:] = _SPOILED[:6]
        self._data[:] = _SPOILED

    def _call(self, event, values):
        if self._handler is None:
            return
        try:
            self._handler(event, values)
        except Exception as error:  # noqa: BLE001 - a board prints what a handler raises, and goes on
            sys.print_exception(error)
