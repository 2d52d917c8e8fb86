"""One virtual beacon or tag: a board with a radio and nothing wired to it, and the firmware that runs on it.

    beacon = Beacon("beacon-door", wiring, radio=server.address)
    link.air.place(beacon.name, x_cm, y_cm)
    await beacon.power_on()

Its radio stands in the air under its name. The real-time clock and its memory live on through resets and
deep sleep and are lost with the power.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from hardware_tests.virtual.board import PoweredBoard, Wiring

# The shim of `bluetooth`: 7.9 KiB of code, 3.2 KiB of buffers, connection and task; measured.
RADIO_SHIM_HEAP_KIB = 11


class Beacon(PoweredBoard):
    """`radio` is host:port of an HCI server (radio/hci_server.py)."""

    def __init__(self, name: str, wiring: Wiring, radio: str) -> None:
        firmware = wiring.firmware._replace(heap_kib=wiring.firmware.heap_kib + RADIO_SHIM_HEAP_KIB)
        super().__init__(name, wiring._replace(firmware=firmware))
        self._radio = radio

    @property
    def clock(self) -> Path:
        """The folder that holds the real-time clock while there is power."""
        flash = self._wiring.flash
        return flash.with_name(flash.name + ".rtc")

    def _powered(self) -> None:
        self._unpowered()
        self.clock.mkdir()

    def _unpowered(self) -> None:
        shutil.rmtree(self.clock, ignore_errors=True)

    def _environment(self) -> Mapping[str, str]:
        return {
            "SHOPBELL_AIR": self._radio,
            "SHOPBELL_RADIO": self.name,
            "SHOPBELL_RTC": str(self.clock.absolute()),
        }
