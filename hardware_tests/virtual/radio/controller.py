"""A virtual controller: bumble's, made as strict as a Bluetooth 4.2 chip where bumble is lenient.

What differs from bumble's (each a trap that a beacon would only fall into on a board):

* ADV_SCAN_IND and ADV_NONCONN_IND are sent; intervals are in 0.625 ms, plus 0..10 ms advDelay; below 100 ms
  they are refused, as 4.2 demands for what nobody can connect to
* reports carry the strength that the air gives, and only while the scan window is open
* a scan response is its own data, and only for an active scanner and an advert that may be asked
* duplicates are filtered by address alone, whatever the data, if the host wants them filtered
* the random address, the parameters of advertising and those of scanning cannot change while they are in use
* without LE meta events in its event mask a host hears nothing; reset ends everything
* extended advertising, periodic advertising and connections are unknown commands
"""

import asyncio
import hashlib
import struct
from typing import Any, Final

from bumble import hci
from bumble.controller import Controller, LegacyAdvertiser

from hardware_tests.virtual.radio.link import (
    ADV_IND,
    ADV_NONCONN_IND,
    ADV_SCAN_IND,
    SCAN_RSP,
    Advert,
    AirLink,
)

UNIT_S: Final = 0.000625
ADV_DELAY_S_MAX: Final = 0.01
INTERVAL_MIN, INTERVAL_MAX = 0x20, 0x4000
INTERVAL_UNCONNECTABLE_MIN = 0xA0  # 100 ms: Bluetooth 4.2, Vol 2, Part E, 7.8.5
SCAN_MIN, SCAN_MAX = 0x0004, 0x4000
DUPLICATES_MAX = 200  # a chip remembers so many addresses, then forgets the oldest
DEFAULT_EVENT_MASK = 0x00001FFFFFFFFFFF  # without the LE meta event
LE_META_EVENTS = 1 << 61
LE_REPORTS = 1 << 1
DEFAULT_LE_EVENT_MASK = 0x1F
OK: Final = hci.HCI_ErrorCode.SUCCESS
DISALLOWED: Final = hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR
INVALID: Final = hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR
UNKNOWN: Final = hci.HCI_ErrorCode.UNKNOWN_HCI_COMMAND_ERROR
ABSENT = ("extended", "periodic", "advertising_set", "create_connection", "_cis_", "_big_", "_cig_", "_cs_")
NO_ADDRESS = hci.Address("00:00:00:00:00:00")

Status = hci.HCI_StatusReturnParameters


class AirAdvertiser(LegacyAdvertiser):
    """Sends one advert an interval, the first at once."""

    controller: "AirController"

    def send_advertising_data(self) -> None:
        """One advertising event on the air."""
        if self.enabled:
            self.controller.air_link.transmit(self.advert())

    def advert(self) -> Advert:
        """What is sent now."""
        kind = self.advertising_type
        response = self.scan_response_data if kind in (ADV_IND, ADV_SCAN_IND) else None
        address = self.address
        return Advert(
            self.controller.name,
            kind,
            int(address.is_random),
            address.address_bytes,
            self.advertising_data,
            response,
        )

    def _on_timer_fired(self) -> None:
        # The next one first: whoever hears this one and fails must not silence the sender.
        delay_s = self.controller.air_link.air.random.uniform(0, ADV_DELAY_S_MAX)
        wait_s = self.advertising_interval_min * UNIT_S + delay_s
        self.timer_handle = asyncio.get_running_loop().call_later(wait_s, self._on_timer_fired)
        self.send_advertising_data()


class AirController(Controller):
    """`name` is its radio's in the air; its public address follows from it."""

    hci_version = lmp_version = hci.HCI_VERSION_BLUETOOTH_CORE_4_2
    le_features = (
        Controller.le_features
        & ~hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
        & ~hci.LeFeatureMask.LE_PERIODIC_ADVERTISING
    )

    def __init__(self, name: str, link: AirLink) -> None:
        super().__init__(name, link=link, public_address=public_address(name))
        self.air_link = link
        self.le_legacy_advertiser: AirAdvertiser = AirAdvertiser(self)
        self.event_mask, self.le_event_mask = DEFAULT_EVENT_MASK, DEFAULT_LE_EVENT_MASK
        self._since_s = 0.0
        self._seen: dict[tuple[int, bytes, int], None] = {}

    def leave(self) -> None:
        """Off: silent and deaf."""
        self._stop()
        self.host = None
        self.link.remove_controller(self)

    # --- what it hears ---

    def hear(self, advert: Advert, rssi_dbm: int) -> None:
        """An advert arrives while scanning."""
        if not self._window_open() or not self._reports_wanted():
            return
        self._report(advert, advert.kind, advert.data, rssi_dbm)
        if self.le_scan_type and advert.response is not None:
            # The scanner's request and the answer: either may be lost, as any packet.
            answered_dbm = self.air_link.air.receive_dbm(advert.sender, self.name)
            if answered_dbm is not None:
                self._report(advert, SCAN_RSP, advert.response, answered_dbm)

    def _report(self, advert: Advert, kind: int, data: bytes, rssi_dbm: int) -> None:
        if self.filter_duplicates and self._is_duplicate(
            (advert.address_type, advert.address, kind == SCAN_RSP)
        ):
            return
        # Written by hand: bumble's classes cost 60 us a report, and 200 beacons make 2,000 a second.
        packet = b"".join(
            (
                bytes((4, 0x3E, 12 + len(data), 2, 1, kind, advert.address_type)),
                advert.address,
                bytes((len(data),)),
                data,
                struct.pack("b", rssi_dbm),
            )
        )
        if self.host is not None:
            self.host.on_packet(packet)

    def _is_duplicate(self, key: tuple[int, bytes, int]) -> bool:
        if key in self._seen:
            return True
        if len(self._seen) >= DUPLICATES_MAX:
            del self._seen[next(iter(self._seen))]
        self._seen[key] = None
        return False

    def _window_open(self) -> bool:
        interval, window = self.le_scan_interval, self.le_scan_window
        if window >= interval:
            return True
        elapsed_s = asyncio.get_running_loop().time() - self._since_s
        return elapsed_s % (interval * UNIT_S) < window * UNIT_S

    def _reports_wanted(self) -> bool:
        return bool(self.event_mask & LE_META_EVENTS and self.le_event_mask & LE_REPORTS)

    # --- what it is told ---

    def on_hci_command_packet(self, command: hci.HCI_Command) -> None:
        """Every command is answered, also one that this chip has not."""
        name = command.name.lower()
        if hasattr(self, f"on_{name}") and not any(part in name for part in ABSENT):
            super().on_hci_command_packet(command)
            return
        self.send_hci_packet(
            hci.HCI_Command_Complete_Event(
                num_hci_command_packets=1, command_opcode=command.op_code, return_parameters=Status(UNKNOWN)
            )
        )

    def on_hci_reset_command(self, _command: hci.HCI_Reset_Command) -> Status:
        self._stop()
        self.random_address = NO_ADDRESS
        self.event_mask, self.le_event_mask = DEFAULT_EVENT_MASK, DEFAULT_LE_EVENT_MASK
        self.le_legacy_advertiser = AirAdvertiser(self)
        return Status(OK)

    def on_hci_le_set_random_address_command(self, command: hci.HCI_LE_Set_Random_Address_Command) -> Status:
        if self.le_legacy_advertiser.enabled or self.le_scan_enable:
            return Status(DISALLOWED)
        return super().on_hci_le_set_random_address_command(command)

    def on_hci_le_set_advertising_parameters_command(
        self, command: hci.HCI_LE_Set_Advertising_Parameters_Command
    ) -> Status:
        if self.le_legacy_advertiser.enabled:
            return Status(DISALLOWED)
        kind = command.advertising_type
        shortest = INTERVAL_MIN if kind == ADV_IND else INTERVAL_UNCONNECTABLE_MIN
        low, high = command.advertising_interval_min, command.advertising_interval_max
        if (
            kind not in (ADV_IND, ADV_SCAN_IND, ADV_NONCONN_IND)
            or not shortest <= low <= high <= INTERVAL_MAX
        ):
            return Status(INVALID)
        return super().on_hci_le_set_advertising_parameters_command(command)

    def on_hci_le_set_advertising_enable_command(
        self, command: hci.HCI_LE_Set_Advertising_Enable_Command
    ) -> Status:
        advertiser = self.le_legacy_advertiser
        if command.advertising_enable and advertiser.own_address_type and self.random_address == NO_ADDRESS:
            return Status(INVALID)
        if not command.advertising_enable or not advertiser.enabled:  # a second enable changes nothing
            return super().on_hci_le_set_advertising_enable_command(command)
        return Status(OK)

    def on_hci_le_set_scan_parameters_command(
        self, command: hci.HCI_LE_Set_Scan_Parameters_Command
    ) -> Status:
        if not SCAN_MIN <= command.le_scan_window <= command.le_scan_interval <= SCAN_MAX:
            return Status(INVALID)
        return super().on_hci_le_set_scan_parameters_command(command)

    def on_hci_le_set_scan_enable_command(self, command: hci.HCI_LE_Set_Scan_Enable_Command) -> Status:
        if command.le_scan_enable and self.le_scan_own_address_type and self.random_address == NO_ADDRESS:
            return Status(INVALID)
        status = super().on_hci_le_set_scan_enable_command(command)
        self._since_s = asyncio.get_running_loop().time()
        self._seen.clear()
        self.air_link.listen(self, self.le_scan_enable)
        return status

    def _stop(self) -> None:
        self.le_legacy_advertiser.stop()
        self.le_scan_enable = False
        self.air_link.listen(self, False)


def public_address(name: str) -> hci.Address:
    """Always the same for the same name."""
    digest: Any = hashlib.sha1(name.encode()).digest()
    return hci.Address(digest[:6], hci.Address.PUBLIC_DEVICE_ADDRESS)
