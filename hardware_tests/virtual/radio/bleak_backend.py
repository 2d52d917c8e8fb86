"""bleak's scanner on a virtual radio: what says `BleakScanner()` runs unchanged.

    undo = install(over_tcp("127.0.0.1:9700", "radio"))
    ...
    undo()

It behaves as BlueZ does where a beacon notices: everything an address sent is merged (by company and by
service, so frames that take turns under one address appear together), an address unheard for 30 s is
forgotten, passive scanning demands or_patterns, and without a radio start() raises
BleakBluetoothNotAvailableError. Unlike BlueZ it does not filter duplicates unless it is told to.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal

import bleak
from bleak.args.bluez import OrPatternLike
from bleak.assigned_numbers import AdvertisementDataType as Kind
from bleak.backends import BleakBackend
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError
from bleak.uuids import normalize_uuid_16, normalize_uuid_str

from hardware_tests.virtual.radio.host import Opener, Radio, RadioGone, Report, begin_scan, end_scan
from hardware_tests.virtual.radio.link import SCAN_RSP

CHOOSER: Final = "get_platform_scanner_backend_type"  # what BleakScanner() asks when it is given no backend
KEPT_S: Final = 30.0  # BlueZ's TemporaryTimeout
DEVICES_MAX: Final = 4096  # 200 beacons that change their address every 16 s leave 400 of them


class Device:
    """What one address has sent until now."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.tx_power: int | None = None
        self.manufacturer_data: dict[int, bytes] = {}
        self.service_data: dict[str, bytes] = {}
        self.service_uuids: list[str] = []
        self.last_s = 0.0

    def take(self, data: bytes) -> None:
        """Merge one payload; malformed fields are skipped."""
        for kind, value in fields(data):
            self._take_field(kind, value)

    def _take_field(self, kind: int, value: bytes) -> None:
        if kind == Kind.MANUFACTURER_SPECIFIC_DATA and len(value) >= 2:
            self.manufacturer_data[int.from_bytes(value[:2], "little")] = value[2:]
        elif kind == Kind.SERVICE_DATA_UUID16 and len(value) >= 2:
            self.service_data[short_uuid(value[:2])] = value[2:]
        elif kind in (Kind.COMPLETE_LIST_SERVICE_UUID16, Kind.INCOMPLETE_LIST_SERVICE_UUID16):
            self._take_uuids([short_uuid(value[at : at + 2]) for at in range(0, len(value) - 1, 2)])
        elif kind in (Kind.COMPLETE_LIST_SERVICE_UUID128, Kind.INCOMPLETE_LIST_SERVICE_UUID128):
            self._take_uuids([long_uuid(value[at : at + 16]) for at in range(0, len(value) - 15, 16)])
        elif kind in (Kind.COMPLETE_LOCAL_NAME, Kind.SHORTENED_LOCAL_NAME):
            self.name = value.decode("utf-8", "replace")
        elif kind == Kind.TX_POWER_LEVEL and len(value) == 1:
            self.tx_power = int.from_bytes(value, "little", signed=True)

    def _take_uuids(self, uuids: list[str]) -> None:
        self.service_uuids += [uuid for uuid in uuids if uuid not in self.service_uuids]

    def advertisement(self, rssi_dbm: int) -> AdvertisementData:
        """As bleak hands it on."""
        return AdvertisementData(
            local_name=self.name,
            manufacturer_data=dict(self.manufacturer_data),
            service_data=dict(self.service_data),
            service_uuids=list(self.service_uuids),
            tx_power=self.tx_power,
            rssi=rssi_dbm,
            platform_data=(),
        )


class AirScanner(BaseBleakScanner):
    """`opener` and `filter_duplicates` are of the class that scanner_class() makes."""

    opener: Opener
    filter_duplicates = False

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: Literal["active", "passive"],
        **options: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode == "active"
        self._patterns: Sequence[OrPatternLike] = (options.get("bluez") or {}).get("or_patterns") or ()
        if not self._active and not self._patterns:
            raise BleakError("passive scanning mode requires bluez or_patterns")
        self._devices: dict[str, Device] = {}
        self._radio: Radio | None = None

    async def start(self) -> None:
        """Switch the radio on and scan. Raises BleakBluetoothNotAvailableError."""
        self.seen_devices, self._devices = {}, {}
        opener: Opener = type(self).opener
        try:
            self._radio = await opener()
            await begin_scan(
                self._radio, self._heard, active=self._active, filter_duplicates=self.filter_duplicates
            )
        except RadioGone as error:
            await self.stop()
            reason = BleakBluetoothNotAvailableReason.NO_BLUETOOTH
            raise BleakBluetoothNotAvailableError(str(error), reason) from error

    async def stop(self) -> None:
        """Switch it off; nothing happens if it is."""
        radio, self._radio = self._radio, None
        if radio is not None:
            await end_scan(radio)

    def _heard(self, report: Report) -> None:
        # An empty answer to a scan is no news: the kernel joins it to the advert that was asked.
        empty = report.event_type == SCAN_RSP and not report.data
        if self._radio is None or empty or not self._wanted(report.data):
            return
        address = report.address.to_string(False)
        device = self._device(address)
        device.take(report.data)
        if not self.is_allowed_uuid(device.service_uuids):
            return
        advertisement = device.advertisement(report.rssi)
        found = self.create_or_update_device(address, address, device.name, {"path": address}, advertisement)
        self.call_detection_callbacks(found, advertisement)

    def _device(self, address: str) -> Device:
        """The address's, moved to the end; those unheard for long go."""
        now_s = asyncio.get_running_loop().time()
        device = self._devices.pop(address, None) or Device()
        self._devices[address] = device
        device.last_s = now_s
        oldest = next(iter(self._devices))
        if len(self._devices) > DEVICES_MAX or self._devices[oldest].last_s < now_s - KEPT_S:
            del self._devices[oldest]
            self.seen_devices.pop(oldest, None)
        return device

    def _wanted(self, data: bytes) -> bool:
        """Whether one of the patterns is there; an active scan takes everything."""
        if self._active:
            return True
        return any(
            kind == wanted and value[start : start + len(content)] == content
            for kind, value in fields(data)
            for start, wanted, content in self._patterns
        )


def scanner_class(opener: Opener, filter_duplicates: bool = False) -> type[AirScanner]:
    """For `BleakScanner(backend=...)`: scans with the radio that the opener opens."""
    members = {"opener": staticmethod(opener), "filter_duplicates": filter_duplicates}
    return type("AirScanner", (AirScanner,), members)


def install(opener: Opener, filter_duplicates: bool = False) -> Callable[[], None]:
    """From now on a plain BleakScanner() scans with this radio; the function returned takes it back."""
    kept = getattr(bleak, CHOOSER)
    scanner = scanner_class(opener, filter_duplicates)

    def chosen() -> tuple[type[BaseBleakScanner], BleakBackend]:
        return scanner, BleakBackend.BLUEZ_DBUS

    def undo() -> None:
        setattr(bleak, CHOOSER, kept)

    setattr(bleak, CHOOSER, chosen)
    return undo


def fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, value) of each advertising structure; ends at the first that is not whole."""
    at = 0
    while at + 1 < len(data) and 0 < data[at] < len(data) - at:
        yield data[at + 1], data[at + 2 : at + 1 + data[at]]
        at += 1 + data[at]


def short_uuid(little_endian: bytes) -> str:
    """As bleak writes a 16-bit one."""
    return normalize_uuid_16(int.from_bytes(little_endian, "little"))


def long_uuid(little_endian: bytes) -> str:
    """As bleak writes a 128-bit one."""
    digits = little_endian[::-1].hex()
    return normalize_uuid_str("-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])))
