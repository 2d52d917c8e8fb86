"""The floor of `shopbell run`: an air of virtual radios, beacons and a tag in it, and a phone with ears.

Beacons and tag are boards with the real firmware; the gateway's scanner joins the same air from its own
process (hardware_tests/virtual/on_air.py). What an app on the phone hears is what the phone's radio hears
where it stands, as a phone's system would tell it.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from firmware import boards
from firmware.protocol import adverts
from firmware.protocol.errors import ProtocolError
from gateway.presence.registry import RADIO, TAG, Beacon, Site, read_site
from gateway.presence.registry import Zone as Part
from hardware_tests.virtual.beacon import Beacon as VirtualBeacon
from hardware_tests.virtual.bench.ports import FloorState, HeardBeacon, Sender, Zone
from hardware_tests.virtual.board import Wiring
from hardware_tests.virtual.firmware_process import TERMINAL, Firmware
from hardware_tests.virtual.radio.air import Air, Spot
from hardware_tests.virtual.radio.hci_server import HciServer
from hardware_tests.virtual.radio.host import Radio, Report, begin_scan, end_scan, in_process
from hardware_tests.virtual.radio.link import AirLink
from shopbell.run.beacons import device_of, plan_of

PHONE: Final = "phone"
FRESH_S: Final = 3.0  # what a phone's system still calls heard
APART_CM: Final = 60
WHO: Final = ("tag", PHONE)
UUID_BYTES, PAIR_BYTES = 16, 4


class Floor:
    """Everything on the floor, switched off. `folder` is the house's; its plan is there."""

    on_change: Callable[[], None] | None = None
    on_glow: Callable[[str], None] | None = None

    def __init__(self, folder: Path, port: int, bundle_of: Callable[[str], Path]) -> None:
        self.site = read_site(plan_of(folder))
        self._port = port
        self._air = Air()
        self._link = AirLink(self._air)
        self._server = HciServer(self._link)
        self._ears: Radio | None = None
        self._heard: dict[bytes, tuple[int, float]] = {}
        self.senders = {
            known.beacon: self._board(known, folder, bundle_of, f"127.0.0.1:{port}")
            for known in self.site.beacons
        }
        self.tag = next(known.beacon for known in self.site.beacons if known.kind == TAG)
        self._place_all()
        self._link.on_sent = self._sent

    def _board(
        self, known: Beacon, folder: Path, bundle_of: Callable[[str], Path], air: str
    ) -> VirtualBeacon:
        facts = boards.load(device_of(known).board)
        wiring = Wiring(
            facts=facts,
            role=known.kind,
            flash=(folder / "devices" / known.beacon).absolute(),
            log=folder / "log" / f"{known.beacon}.log",
            firmware=Firmware(bundle_of(facts.name), facts.bench_heap_kib, TERMINAL),
            extra={},
        )
        made = VirtualBeacon(known.beacon, wiring, air)
        made.on_change = self._changed
        return made

    def _place_all(self) -> None:
        for known in self.site.beacons:
            if known.kind != TAG:
                self._air.place(known.beacon, known.x_cm, known.y_cm, known.power_dbm)
        if self.site.radio is not None:
            self._air.place(RADIO, self.site.radio.x_cm, self.site.radio.y_cm)
        for who in (self.tag, PHONE):
            self._put(who, self.site.zones[0].zone)

    def _put(self, who: str, zone: str) -> None:
        """In the middle of a zone, and not all on one spot."""
        x_cm, y_cm = middle_of(self.site, zone)
        self._air.place(who, x_cm + (APART_CM if who == PHONE else -APART_CM), y_cm)

    # -- the power

    async def open(self) -> None:
        """The air is there, and nobody sends in it. Raises OSError for a port in use."""
        await self._server.open(self._port)
        self._ears = await in_process(self._link, PHONE)()
        await begin_scan(self._ears, self._hears)

    async def start(self) -> None:
        """Power for every beacon and the tag."""
        await asyncio.gather(*(sender.power_on() for sender in self.senders.values()))

    async def close(self) -> None:
        """Everything off."""
        await asyncio.gather(*(sender.close() for sender in self.senders.values()))
        if self._ears is not None:
            await end_scan(self._ears)
        await self._server.close()

    async def set_power(self, name: str, on: bool) -> None:
        """Give one its power, or take it away."""
        await (self.senders[name].power_on() if on else self.senders[name].power_off())

    def powered(self, name: str) -> bool:
        """Whether it has its power."""
        return self.senders[name].powered

    # -- for the bench

    def state(self) -> FloorState:
        """Who is truly where."""
        site = self.site
        return {
            "width_cm": site.width_cm,
            "height_cm": site.height_cm,
            "zones": [_drawn(zone) for zone in site.zones],
            "beacons": [self._sender(known.beacon) for known in site.beacons if known.kind != TAG],
            "tag": self._sender(self.tag),
            "phone": _stands(PHONE, self._air.spot(PHONE), True),
        }

    def walk(self, who: str, zone: str) -> None:
        """Carry the tag or the phone into a zone. KeyError for neither, or no zone."""
        if who not in WHO or self.site.zone(zone) is None:
            raise KeyError(who)
        self._put(self.tag if who == "tag" else PHONE, zone)
        self._heard.clear()
        self._changed()

    def heard(self) -> list[HeardBeacon]:
        """The rotating iBeacons that the phone hears, the strongest first."""
        now_s = time.monotonic()
        fresh = [(rssi, said) for said, (rssi, at_s) in self._heard.items() if now_s - at_s <= FRESH_S]
        return [_as_told(said, rssi) for rssi, said in sorted(fresh, reverse=True)]

    def _hears(self, report: Report) -> None:
        try:
            frame = adverts.parse(bytes(report.data))
        except ProtocolError:
            return  # somebody else's
        if frame is not None and frame.kind == adverts.IBEACON:
            self._heard.pop(frame.identity, None)
            self._heard[frame.identity] = (report.rssi, time.monotonic())
            if len(self._heard) > 4 * len(self.senders):  # identities rotate: the oldest goes
                del self._heard[next(iter(self._heard))]

    def _sent(self, name: str) -> None:
        if self.on_glow is not None and name in self.senders:
            self.on_glow(name)

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()

    def _sender(self, name: str) -> Sender:
        return _stands(name, self._air.spot(name), self.powered(name))


def middle_of(site: Site, zone: str) -> tuple[int, int]:
    """The middle of a zone."""
    there = site.zone(zone)
    assert there is not None, zone
    return there.x_cm + there.width_cm // 2, there.y_cm + there.height_cm // 2


def _drawn(zone: Part) -> Zone:
    return {
        "zone": zone.zone,
        "name": zone.name,
        "x_cm": zone.x_cm,
        "y_cm": zone.y_cm,
        "width_cm": zone.width_cm,
        "height_cm": zone.height_cm,
    }


def _stands(name: str, spot: Spot, on: bool) -> Sender:
    return {"name": name, "x_cm": spot.x_cm, "y_cm": spot.y_cm, "on": on}


def _as_told(identity: bytes, rssi: int) -> HeardBeacon:
    """An iBeacon's UUID (16 bytes), major and minor (2 each), as a phone's system has them."""
    pair = identity[UUID_BYTES:]
    return {
        "uuid": identity[:UUID_BYTES].hex(),
        "major": int.from_bytes(pair[:2], "big"),
        "minor": int.from_bytes(pair[2:PAIR_BYTES], "big"),
        "rssi": rssi,
    }
