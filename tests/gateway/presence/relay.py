"""A hall with real beacons: what phones relay is judged by the resolver itself."""

from itertools import count
from typing import Any

from firmware.protocol import adverts
from gateway.clock import Clock
from gateway.presence.keeping import PresenceDb
from gateway.presence.registry import RADIO, Site
from gateway.presence.service import Presence
from tests.gateway.guests.hall import Hall
from tests.gateway.presence.beaconry import SHOP, Speaker

LISTENED_MS = 200_000  # some identities long, before anybody shakes
STEP_MS = 10_000
KEYS = count()  # each shake has its own


class Relay:
    """Asks for members near beacons; time moves by `wait` alone, in steps as a gateway's beat."""

    def __init__(self, hall: Hall, site: Site = SHOP) -> None:
        self.hall, house = hall, hall.house
        clock = Clock(lambda: house.now_ms, "Asia/Shanghai")
        self.presence = hall.presence = Presence(
            site, PresenceDb(None, house.counters), house.desk, house.live, clock.moment
        )
        self.beacons = {each.beacon: Speaker(each) for each in site.beacons}
        self.wait(LISTENED_MS)

    @property
    def now_s(self) -> int:
        return self.hall.house.now_ms // 1_000

    def wait(self, wait_ms: int) -> None:
        """Time goes by, for everybody."""
        house = self.hall.house
        until_ms = house.now_ms + wait_ms
        while house.now_ms < until_ms:
            step_ms = min(STEP_MS, until_ms - house.now_ms)
            house.now_ms += step_ms
            house.steady_ms += step_ms
            self.presence.tick()

    def said(self, beacon: str, ago_s: int = 0) -> bytes:
        """What a beacon said so long ago."""
        return self.beacons[beacon].says(self.now_s - ago_s)

    def shake(self, member: str, *identities: bytes, short: bool = False) -> dict[str, Any]:
        """A member away from the store's network shakes; `short`: the phone knows iBeacons alone."""
        return self.hall.ask_all(self.line(member, *identities, short=short))[0]

    def line(self, member: str, *identities: bytes, short: bool = False) -> dict[str, Any]:
        """The asking itself."""
        heard = [ibeacon(each) if short else {"eid": each.hex()} for each in identities]
        return {"do": "shake", "key": f"s{next(KEYS)}", "member": member, "network": False, "heard": heard}

    def overhear(self, beacon: str, address: bytes) -> None:
        """The gateway's own radio hears the beacon's identity from an address."""
        frame = adverts.parse(adverts.eid_frame(self.said(beacon), -59))
        assert frame is not None
        self.presence.advert(RADIO, frame, address, -60, self.hall.house.now_ms)


def ibeacon(identity: bytes) -> dict[str, Any]:
    """An identity as iPhones and mini programs tell it."""
    halves = (int.from_bytes(identity[:2]), int.from_bytes(identity[2:4]))
    return {"uuid": SHOP.uuid, "major": halves[0], "minor": halves[1], "rssi": -60}
