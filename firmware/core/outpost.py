"""Everything a beacon decides, without I/O: what it hears and what it is become letters to the gateway.

A beacon speaks in its own slot of a frame of FRAME_MS (by the gateway's clock once that is known), one letter
a slot and only if something is worth it. Its own identity goes at once: until the gateway knows it, a copy of
it could be first. A sighting promises nothing to anybody, so none waits long: a letter that the gateway has
not booked in WORTH_MS is thrown away, and while IN_FLIGHT_MAX are unbooked, or the link is down, nothing is
written: the table keeps who is there, and the next letter tells it as it is then.
"""

import hashlib

from firmware.core.errors import OutboxFull
from firmware.core.post import Post
from firmware.core.sightings import Sightings
from firmware.protocol import messages
from firmware.protocol.compat import const
from firmware.protocol.messages import SIGHTED_OWN, Sighting

FRAME_MS = 2000  # a store of 20 beacons has ten letters a second at most
SLOTS = 20  # a letter of 32 sightings takes some 20 ms of Wi-Fi: 100 ms keeps neighbours apart
IN_FLIGHT_MAX = 4  # the gateway answers in milliseconds; four slots without an answer are an outage
WORTH_MS = 10000  # what was heard ten seconds ago says little of where somebody is
_OWN_RSSI = const(0)  # nobody hears himself


class Outpost(Post):
    """A beacon's decisions and what they rest on."""

    def __init__(self, identity, recorder, clock, outbox, highest, changed) -> None:
        super().__init__(identity, recorder, clock, outbox, highest, changed)
        self.sightings = Sightings()
        self._offset_ms = slot_ms(identity.device)
        self._slot_at_ms = 0
        self._own = None  # the Sighting that says who we are on the air
        self._own_due = False
        self._held = 0
        self._expired = 0

    # what happens on the air

    def advertises(self, eid: bytes, address: bytes) -> None:
        """From now on this is us."""
        self._own = Sighting(SIGHTED_OWN, eid + address, _OWN_RSSI, 0)
        self._own_due = True
        self.changed()

    # letters to the gateway

    def link_is(self, up: bool, now_ms: int) -> None:
        """The connection stands (the status first, then who we are), or is lost."""
        self._own_due = self._own is not None
        self._slot_at_ms = now_ms + self._slot_wait_ms(now_ms)
        super().link_is(up, now_ms)

    def next_letter(self, now_ms: int):
        """What to send now; call `posted` with it before asking again."""
        self._expired += self.outbox.expire(WORTH_MS, now_ms)
        if self._own_due and self._own is not None:
            self._own_due = not self._record((self._own,), now_ms)
        if now_ms >= self._slot_at_ms:
            self._slot_at_ms = now_ms + self._slot_wait_ms(now_ms)
            self._tell(now_ms)
        return super().next_letter(now_ms)

    def wait_ms(self, now_ms: int) -> int:
        """How long until there is a letter by itself."""
        return max(0, min(super().wait_ms(now_ms), self._slot_at_ms - now_ms))

    def _tell(self, now_ms: int) -> None:
        """What is worth a letter in this slot."""
        if len(self.outbox) >= IN_FLIGHT_MAX:
            self._held += 1
            return
        sightings = self.sightings.worth_telling(now_ms)
        if sightings:
            self._record(sightings, now_ms)

    def _record(self, sightings: tuple, now_ms: int) -> bool:
        """Whether there was room."""
        try:
            self.outbox.put("sighting", self.recorder.record(now_ms, WORTH_MS), sightings)
        except OutboxFull:  # counted there
            return False
        return True

    def _slot_wait_ms(self, now_ms: int) -> int:
        """How long until our next slot begins, 1..FRAME_MS."""
        unix_ms, quality = self.clock.read(now_ms)
        at_ms = unix_ms if quality == messages.CLOCK_SET else now_ms
        return FRAME_MS - (at_ms - self._offset_ms) % FRAME_MS

    # messages from the gateway

    def _take_time(self, time, now_ms: int) -> None:
        if self.take_time(time, now_ms):
            self._own_due = self._own is not None  # a gateway that started anew does not know us

    takers = {"booked": Post.take_booked, "time": _take_time}

    def counters(self) -> tuple:
        """(name, value) pairs for the status message."""
        own = (("sightings.held", self._held), ("sightings.expired", self._expired))
        return own + self.sightings.counters() + super().counters()


def slot_ms(device: str) -> int:
    """Where in the frame this device's slot begins: spread by its id, the same after every start."""
    return hashlib.sha256(device.encode()).digest()[0] % SLOTS * (FRAME_MS // SLOTS)
