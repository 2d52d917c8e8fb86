"""The gateway's own Bluetooth radio: listens for beacons by bleak, and is begun anew when it falls silent.

    off -> scanning -> (fails, or SILENT_S without an advertisement) -> waits -> scanning ...

Scanners of real systems die silently (habluetooth's watchdog has the same 90 and 30 s), so silence is
treated as a failure: in a shop somebody's phone is always on the air. Passive scanning would be gentler, but
BlueZ offers it only with patterns and an experimental flag; so it is active. BlueZ merges what one address
sent and repeats it with every packet: what it says is kept by (address, payload), and costs one look.

counters: ble.adverts, ble.bad_frames, ble.starts, ble.failures, ble.silences
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple, Protocol

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from firmware.protocol import adverts
from firmware.protocol.adverts import Frame
from firmware.protocol.eid import SHORT_BYTES, short
from firmware.protocol.errors import ProtocolError
from gateway.counters import Counters

SILENT_S: Final = 90.0
CHECK_S: Final = 30.0
RETRY_S_MIN: Final = 5.0
RETRY_S_MAX: Final = 300.0  # an adapter that was pulled out: somebody must come
STOP_WAIT_S: Final = 5.0  # a dead bus never answers
PARSED_MAX: Final = 4_096  # payloads kept: 200 beacons that turn each 32 s make 400 a minute
APPLE: Final = 0x004C
EDDYSTONE: Final = "0000feaa-0000-1000-8000-00805f9b34fb"

# BlueZ is spoken to over D-Bus, whose client has errors of its own; other systems do not have it.
_BROKEN: tuple[type[Exception], ...] = (BleakError, OSError, EOFError)
with suppress(ImportError):
    from dbus_fast.errors import DBusFastError

    _BROKEN += (DBusFastError,)
FAILURES: Final = _BROKEN


class Ears(Protocol):
    """Who listens: gateway/presence/service.py."""

    def advert(self, scanner: str, frame: Frame, address: bytes, rssi_dbm: int, at_ms: int) -> None:
        """A frame was heard."""
        ...

    def radio(self, works: bool) -> None:
        """The radio listens, or cannot."""
        ...


class Sender(NamedTuple):
    """What one payload of one address says."""

    address: bytes
    frames: tuple[Frame, ...]


class Scanner:
    """One adapter, heard as the scanner of this name; `adapter` as the system calls it ("hci0")."""

    def __init__(
        self, adapter: str, name: str, ears: Ears, now_ms: Callable[[], int], counters: Counters
    ) -> None:
        self._adapter = adapter
        self._name = name
        self._ears = ears
        self._now_ms = now_ms
        self._counters = counters
        self._parsed: dict[tuple[str, bytes | None, bytes | None], Sender] = {}
        self._heard_s = 0.0
        self._works: bool | None = None

    async def run(self) -> None:
        """Listen until cancelled."""
        wait_s = RETRY_S_MIN
        while True:
            try:
                await self._scan()
            except FAILURES:
                self._counters.add("ble.failures")
            else:
                self._counters.add("ble.silences")
                wait_s = RETRY_S_MIN  # a shop at night is silent too: it listens again at once
            self._say(False)
            await asyncio.sleep(wait_s)
            wait_s = min(RETRY_S_MAX, 2 * wait_s)

    async def _scan(self) -> None:
        """Scan until it is silent. Raises what a broken system raises."""
        scanner = BleakScanner(self._detected, bluez={"adapter": self._adapter})
        await scanner.start()
        self._counters.add("ble.starts")
        self._heard_s = _now_s()
        self._say(True)
        try:
            while True:
                await asyncio.sleep(CHECK_S)
                if _now_s() - self._heard_s >= SILENT_S:
                    return
        finally:
            with suppress(*FAILURES):
                await asyncio.wait_for(scanner.stop(), STOP_WAIT_S)

    def _detected(self, device: BLEDevice, data: AdvertisementData) -> None:
        """One advertisement. Ours are few among those of a shop's phones: those cost two looks."""
        self._heard_s = _now_s()
        eddystone, apple = data.service_data.get(EDDYSTONE), data.manufacturer_data.get(APPLE)
        if eddystone is None and apple is None:
            return
        self._counters.add("ble.adverts")
        key = (device.address, eddystone, apple)
        sender = self._parsed.get(key) or self._parse(key, data)
        if sender.frames:
            at_ms = self._now_ms()
            for frame in sender.frames:
                self._ears.advert(self._name, frame, sender.address, data.rssi, at_ms)

    def _parse(self, key: tuple[str, bytes | None, bytes | None], data: AdvertisementData) -> Sender:
        if len(self._parsed) >= PARSED_MAX:
            self._parsed.clear()
        try:
            frames = adverts.from_parts(data.service_data, data.manufacturer_data)
        except ProtocolError:
            self._counters.add("ble.bad_frames")
            frames = ()
        sender = self._parsed[key] = Sender(_address(key[0]), _once(frames))
        return sender

    def _say(self, works: bool) -> None:
        if works != self._works:
            self._works = works
            self._ears.radio(works)


def _once(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """An iBeacon that BlueZ puts beside the EID it is made of says the same once more."""
    whole = [frame.identity for frame in frames if frame.kind == adverts.EID]
    return tuple(
        frame
        for frame in frames
        if frame.kind != adverts.IBEACON or frame.identity[-SHORT_BYTES:] not in map(short, whole)
    )


def _address(text: str) -> bytes:
    """The six bytes of an address; none where a system makes up names for devices instead (macOS)."""
    try:
        address = bytes.fromhex(text.replace(":", ""))
    except ValueError:
        return b""
    return address if len(address) == 6 else b""


def _now_s() -> float:
    return asyncio.get_running_loop().time()
