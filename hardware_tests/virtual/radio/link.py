"""The link between the virtual controllers: carries an advert to every scanner that the air lets hear it.

It takes the place of bumble's LocalLink, which carries everything to everybody: connections and classic
Bluetooth there are none.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from bumble.link import LocalLink

from hardware_tests.virtual.radio.air import Air

ADV_IND, ADV_SCAN_IND, ADV_NONCONN_IND, SCAN_RSP = 0, 2, 3, 4


class Advert(NamedTuple):
    """One advertising event. `sender` is a radio's name; `address_type` 0 public, 1 random; `address` little
    endian; `response` is sent to an active scanner that asks (None: cannot be asked)."""

    sender: str
    kind: int
    address_type: int
    address: bytes
    data: bytes
    response: bytes | None


class Listener(Protocol):
    """A controller that scans."""

    name: str

    def hear(self, advert: Advert, rssi_dbm: int) -> None: ...


class AirLink(LocalLink):
    """`sent` counts advertising events; `on_sent(name)` is called for each, after it was carried."""

    def __init__(self, air: Air) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.air = air
        self.sent = 0
        self.on_sent: Callable[[str], None] | None = None
        # In the order in which they began: with the air's seed a run repeats itself.
        self._listeners: tuple[Listener, ...] = ()

    def listen(self, listener: Listener, on: bool) -> None:
        """A controller begins or ends to scan, perhaps while it hears something."""
        others = tuple(each for each in self._listeners if each is not listener)
        self._listeners = (*others, listener) if on else others

    def transmit(self, advert: Advert) -> None:
        """Carry one advertising event."""
        self.sent += 1
        receive_dbm = self.air.receive_dbm
        for listener in self._listeners:
            if listener.name != advert.sender:
                rssi_dbm = receive_dbm(advert.sender, listener.name)
                if rssi_dbm is not None:
                    listener.hear(advert, rssi_dbm)
        if self.on_sent is not None:
            self.on_sent(advert.sender)
