"""A Bluetooth stack that takes nothing for granted, for both Pythons: its views are spoilt when the handler
returns, an address changed in use is refused, calls come out of order, and any call may fail."""

import asyncio

if not hasattr(asyncio, "ThreadSafeFlag"):  # CPython: one loop, no interrupts
    asyncio.ThreadSafeFlag = asyncio.Event

SCAN_RESULT = 5
SCAN_DONE = 6


class Ble:
    def __init__(self, has_rxbuf=True):
        self.calls = []
        self.fail = ()  # names of calls that raise OSError
        self.on_air = None
        self.scanning = None
        self.spoilt = 0
        self._has_rxbuf = has_rxbuf
        self._active = False
        self._handler = None
        self._addresses = 0

    def _called(self, name):
        self.calls.append(name)
        if name in self.fail:
            raise OSError(5)
        if name not in ("active", "irq") and not self._active:
            raise OSError(19)

    def active(self, on):
        self._called("active")
        self._active = on
        self.on_air = self.scanning = None

    def irq(self, handler):
        self._called("irq")
        self._handler = handler

    def config(self, name=None, **settings):
        self._called("config")
        if name == "mac":
            return 1, memoryview(self._address())
        if "rxbuf" in settings and not self._has_rxbuf:
            raise ValueError("unknown config param")
        if "addr_mode" in settings:
            assert settings["addr_mode"] == 3
            assert self.on_air is None and self.scanning is None, "a board would stop here"
            self._addresses += 1
        return None

    def _address(self):
        return bytearray(b"\x3a" + self._addresses.to_bytes(5, "big"))

    def gap_advertise(self, interval_us, adv_data=None, connectable=True):
        self._called("gap_advertise")
        if interval_us is None:
            self.on_air = None
            return
        assert not connectable and adv_data is not None and len(adv_data) <= 31
        self.on_air = interval_us, bytes(adv_data)

    def gap_scan(self, duration_ms, interval_us=0, window_us=0, active=True):
        self._called("gap_scan")
        if duration_ms is None:
            was, self.scanning = self.scanning, None
            if was is not None:
                self._handler(SCAN_DONE, ())
            return
        if self.scanning is not None:
            raise OSError(114)
        assert not active
        self.scanning = duration_ms, interval_us, window_us

    def hear(self, address, rssi_dbm, payload, kind=3):
        """One packet, given as a board gives it."""
        if self.scanning is None or self._handler is None:
            return
        address, data = bytearray(address), bytearray(payload)
        self._handler(SCAN_RESULT, (1, memoryview(address), kind, rssi_dbm, memoryview(data)))
        for buffer in (address, data):
            for at in range(len(buffer)):
                buffer[at] = 0xA5
        self.spoilt += 1
