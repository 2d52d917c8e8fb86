"""What the bench needs of the world: terminals to hold cards to, plugs to pull, people with cards."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypedDict

STATES = ("off", "running", "stopped")
TONES = ("none", "yes", "no", "attention")
KEYS = "123456789*0#"  # as people see them, row by row; * clears, # is done
DISPLAY_WIDTH, DISPLAY_HEIGHT = 128, 64
DISPLAY_BYTES = DISPLAY_WIDTH * DISPLAY_HEIGHT // 8  # MONO_VLSB: a byte is 8 rows of one column, bit 0 on top


class Terminal(Protocol):
    """One virtual terminal, used on the loop that serves the page.

    on_frame is called after the display changed; on_change after light, tone or state did.
    """

    on_frame: Callable[[], None] | None
    on_change: Callable[[], None] | None

    @property
    def name(self) -> str:
        """As in the terminal's own settings, and on the gateway."""

    @property
    def board(self) -> str:
        """Its board's name."""

    @property
    def role(self) -> str:
        """What it is for, such as "counter"."""

    @property
    def light(self) -> int:
        """0xRRGGBB, 0 for dark."""

    @property
    def tone(self) -> str:
        """What sounds now: one of TONES."""

    @property
    def state(self) -> str:
        """One of STATES; "stopped": it has power, and its firmware has ended by itself."""

    def pixels(self) -> bytes:
        """DISPLAY_BYTES as a person sees them."""

    async def tap(self, uid: bytes, hold_ms: int, /) -> None:
        """Hold the card of this UID to the reader; returns when it has left."""

    def show_code(self, code: bytes, /) -> None:
        """Hold a code to the scanner."""

    async def press(self, keys: str, /) -> None:
        """Press these keys of KEYS, one after the other."""


class Receipt(Protocol):
    """One piece of paper, cut off; `number` counts from 1, `width` and `height` are dots."""

    @property
    def number(self) -> int: ...

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def png(self) -> bytes: ...


class Paper(Protocol):
    """The receipt printer, used on the loop that serves the page; on_change: a receipt came out."""

    on_change: Callable[[], None] | None

    @property
    def receipts(self) -> Sequence[Receipt]:
        """The newest last."""


class PlugStuck(Exception):
    """A plug could not be moved; the text says why, for people."""


class Plugs(Protocol):
    """Plugs by name: "internet", "broker", "paper", and "power:<terminal>" for each terminal."""

    async def set(self, name: str, on: bool, /) -> None:
        """Put a plug in or pull it. Raises PlugStuck, or OSError when the world does not let it."""

    def state(self) -> Mapping[str, bool]:
        """Which plugs are in, in the order they are shown."""


class Person(TypedDict):
    """Somebody with a card, a code, both, or neither.

    kind: a word "kind.<kind>" of words.py (a tier or what is special), else shown as it is.
    uid: the card's UID in hex, "" for none. qr: the code's text, "" for none.
    """

    name: str
    kind: str
    uid: str
    qr: str


class Zone(TypedDict):
    """A part of the floor, in cm from the plan's upper left corner; `name` by language."""

    zone: str
    name: Mapping[str, str]
    x_cm: int
    y_cm: int
    width_cm: int
    height_cm: int


class Sender(TypedDict):
    """A beacon or tag where it truly is; `on`: it has power. The phone is one without an air of its own."""

    name: str
    x_cm: int
    y_cm: int
    on: bool


class FloorState(TypedDict):
    """The shop's floor and who is truly where on it: what the store believes of that is the gateway's."""

    width_cm: int
    height_cm: int
    zones: Sequence[Zone]
    beacons: Sequence[Sender]
    tag: Sender
    phone: Sender


class HeardBeacon(TypedDict):
    """What a phone's system tells an app of an iBeacon it hears."""

    uuid: str
    major: int
    minor: int
    rssi: int


class Floor(Protocol):
    """The shop's floor with its virtual radio, used on the loop that serves the page.

    on_change: state() says something else; on_glow(name): a beacon or tag has just advertised.
    """

    on_change: Callable[[], None] | None
    on_glow: Callable[[str], None] | None

    def state(self) -> FloorState: ...

    def walk(self, who: str, zone: str, /) -> None:
        """Carry the tag or the phone ("tag", "phone") to the middle of a zone. KeyError for neither."""

    def heard(self) -> Sequence[HeardBeacon]:
        """The beacons that the phone hears now, the strongest first."""


class PhoneState(TypedDict):
    """joined: it has an address in the guests' network, and `mac` is what it calls itself there this time.

    online_until: unix ms, None while it is captive. member: whether its guest is one by now.
    """

    joined: bool
    mac: str
    online_until: int | None
    member: bool


class Phone(Protocol):
    """A guest's phone, used on the loop that serves the page; on_change: what state() says is another."""

    on_change: Callable[[], None] | None

    @property
    def port(self) -> int:
        """Where the guests' pages are on this machine."""

    def state(self) -> PhoneState: ...

    async def join(self) -> None:
        """Join the store's Wi-Fi as a phone that was never here."""

    async def leave(self) -> None:
        """Leave it."""

    async def code(self) -> str | None:
        """What its member card shows to a scanner now; None for no member."""
