"""The devices of the store: what each last said of itself, what is booked of it, and what is still to book.

A change of state (online, offline, another start) becomes an event, but at most one per device in
STATUS_INTERVAL_MS: a terminal with a loose plug must not fill the log. What was held back is counted and
booked later, if it still differs then.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from firmware.protocol.messages import STATE_ONLINE, Status
from gateway.core.event import canonical
from gateway.core.model import DeviceState, Report
from gateway.counters import Counters
from gateway.live import DEVICES_MAX, Data, Live
from gateway.storage.ledger import DeviceRow

STATUS_INTERVAL_MS = 10_000
_REPORTS = msgspec.json.Decoder(Report)


class Due(NamedTuple):
    """A device whose new state is to be booked; `before` is None where none ever was."""

    device: str
    report: Report
    before: DeviceState | None

    def row(self, at: int) -> DeviceRow:
        """What the ledger keeps of it."""
        return DeviceRow(self.device, self.report.state, at, canonical(self.report))


class Registry:
    """Every device heard of, at most DEVICES_MAX."""

    def __init__(self, rows: Iterable[DeviceRow], live: Live, counters: Counters) -> None:
        self._live = live
        self._counters = counters
        self._booked: dict[str, DeviceState] = {}
        self._booked_at_ms: dict[str, int] = {}
        self._waiting: dict[str, Report] = {}
        for row in rows:
            report = _REPORTS.decode(row.report)
            self._booked[row.device] = _state(report)
            live.set_device(row.device, _view(row.device, report, row.at_ms, {}))

    def devices(self) -> list[str]:
        """Every device that a message may be sent to."""
        return list(self._live.devices)

    def role(self, device: str) -> str:
        """What a device said that it is there to do; "" where it said nothing yet."""
        view = self._live.devices.get(device)
        return "" if view is None else str(view["role"])

    def heard(self, device: str, status: Status, at: int) -> None:
        """A status came in at `at`: show it, and remember it if it changes what is booked."""
        report = Report(
            status.board,
            status.boot,
            status.firmware,
            status.nonce.hex(),
            status.role,
            status.state,
            status.uptime_ms,
        )
        if device not in self._live.devices and len(self._live.devices) >= DEVICES_MAX:
            self._counters.add("status.devices_refused")
            return
        self._live.set_device(device, _view(device, report, at, dict(status.counters)))
        if device in self._waiting:
            self._counters.add("status.held_back")
        self._waiting[device] = report

    def due(self, now_ms: int) -> list[Due]:
        """What may be booked now (`now_ms` is monotonic); what turned back to what is booked is forgotten."""
        if not self._waiting:
            return []
        for device, report in tuple(self._waiting.items()):
            if self._booked.get(device) == _state(report):
                del self._waiting[device]
        return [
            Due(device, report, self._booked.get(device))
            for device, report in self._waiting.items()
            if now_ms - self._booked_at_ms.get(device, -STATUS_INTERVAL_MS) >= STATUS_INTERVAL_MS
        ]

    def settle(self, due: Iterable[Due], now_ms: int) -> None:
        """These are committed."""
        for device, report, _ in due:
            self._booked[device] = _state(report)
            self._booked_at_ms[device] = now_ms
            self._waiting.pop(device, None)


def _state(report: Report) -> DeviceState:
    return DeviceState(report.boot, report.nonce, report.state)


def _view(device: str, report: Report, at: int, counters: dict[str, int]) -> Data:
    return {
        "device": device,
        "state": "online" if report.state == STATE_ONLINE else "offline",
        "at": at,
        "role": report.role,
        "board": report.board,
        "firmware": report.firmware,
        "uptime_ms": report.uptime_ms,
        "counters": counters,
    }
