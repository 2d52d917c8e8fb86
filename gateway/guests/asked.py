"""What the portal may ask at guests.sock, as values: one shape for each "do", with every bound.

A line that fits none of them is refused as bad_request, whoever wrote it. `key` is the asker's own: the same
key names the same asking for ever. Names and words of people are cut to what they mean before they are used.
"""

import unicodedata
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from gateway.presence.heard import Relayed
from gateway.presence.tickets import TEXT_MAX

NAME_CHARACTERS_MAX: Final = 40  # of a nickname that somebody types on a phone
CONSENTS_MAX: Final = 8  # purposes of one form
ROWS_MAX: Final = 200  # of a history
HEARD_MAX: Final = 20  # beacons of one shake: a phone between three shops hears fewer
SHORT_MAX: Final = 0xFFFF
RSSI_MIN: Final = -127  # Bluetooth Core 5.4, volume 4, part E, 7.7.65.2; above it is no reading

Key = Annotated[str, Meta(min_length=1, max_length=64)]
Id = Annotated[str, Meta(min_length=1, max_length=64)]
Language = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{2,35}\Z")]  # RFC 5646, section 4.4.1
Purpose = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9._-]{0,31}\Z")]
TextName = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")
]  # the version of the words that were shown
Code = Annotated[str, Meta(max_length=512)]  # what a QR may hold
Hex8 = Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{16}$(?!\n)")]
Uuid = Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{8}(-?)([0-9a-fA-F]{4}\1){3}[0-9a-fA-F]{12}$(?!\n)")]
Short = Annotated[int, Meta(ge=0, le=SHORT_MAX)]
ShortText = Annotated[str, Meta(pattern=r"^[0-9]{1,5}$(?!\n)")]


class ConsentGiven(Struct, frozen=True):
    """What a guest allowed on the form: a purpose, and which words were shown for it."""

    purpose: Purpose
    text: TextName


class Enrol(Struct, frozen=True, tag_field="do", tag="enrol"):
    """A guest becomes a member, with the coupon that the programs give, and checks in."""

    key: Key
    name: Annotated[str, Meta(max_length=200)]
    language: Language
    phone: Annotated[str, Meta(max_length=64)] | None = None
    consents: Annotated[tuple[ConsentGiven, ...], Meta(max_length=CONSENTS_MAX)] = ()


class Return(Struct, frozen=True, tag_field="do", tag="return"):
    """A member who says a code checks in."""

    key: Key
    code: Code
    language: Language


class Card(Struct, frozen=True, tag_field="do", tag="card"):
    """What a member's card shows; nothing is booked."""

    member: Id


class History(Struct, frozen=True, tag_field="do", tag="history"):
    """What happened to a member here, the newest first."""

    member: Id
    limit: Annotated[int, Meta(ge=1, le=ROWS_MAX)] = 50


class Codes(Struct, frozen=True, tag_field="do", tag="codes"):
    """The rotating codes of the next minutes."""

    member: Id


class Consent(Struct, frozen=True, tag_field="do", tag="consent"):
    """A member allows something, or no more."""

    key: Key
    member: Id
    purpose: Purpose
    text: TextName
    given: bool
    language: Language


class Lost(Struct, frozen=True, tag_field="do", tag="lost"):
    """A member's card is lost."""

    key: Key
    member: Id
    instrument: Id


class Cards(Struct, frozen=True, tag_field="do", tag="cards"):
    """A member's cards and codes."""

    member: Id


class Export(Struct, frozen=True, tag_field="do", tag="export"):
    """Everything that this store knows of a member."""

    member: Id


class Forget(Struct, frozen=True, tag_field="do", tag="forget"):
    """A member wants to be forgotten."""

    key: Key
    member: Id


class Resolve(Struct, frozen=True, tag_field="do", tag="resolve"):
    """Whom a code names; a rotating code is used up by it."""

    code: Code


class Prove(Struct, frozen=True, tag_field="do", tag="prove"):
    """Whether a PIN is a member's."""

    member: Id
    pin: Annotated[str, Meta(max_length=16)]


class Receipt(Struct, frozen=True, tag_field="do", tag="receipt"):
    """The order behind a receipt's code."""

    code: Code


class Settings(Struct, frozen=True, tag_field="do", tag="settings"):
    """What the pages must know before anybody comes."""


class Heard(Struct, frozen=True):
    """A beacon as a phone says it heard it: its EID, or what an iBeacon carries.

    Some systems say numbers as texts, and 0 dBm for a strength that they do not know. Whatever else they say
    of a beacon is nobody's business here.
    """

    eid: Hex8 | None = None
    uuid: Uuid | None = None
    major: Short | ShortText | None = None
    minor: Short | ShortText | None = None
    rssi: int | float | None = None

    def __post_init__(self) -> None:
        beacon = self.uuid is not None and self.major is not None and self.minor is not None
        if beacon == (self.eid is not None):
            raise ValueError("give eid, or uuid with major and minor")
        if beacon and max(int(str(self.major)), int(str(self.minor))) > SHORT_MAX:
            raise ValueError("major and minor are at most 65535")

    def relayed(self) -> Relayed:
        """The same as bytes."""
        rssi = int(self.rssi) if self.rssi and RSSI_MIN <= self.rssi < 0 else None
        if self.eid is not None:
            return Relayed(bytes.fromhex(self.eid), None, rssi)
        assert self.uuid is not None and self.major is not None and self.minor is not None
        halves = [int(each).to_bytes(2, "big") for each in (self.major, self.minor)]
        return Relayed(b"".join(halves), bytes.fromhex(self.uuid.replace("-", "")), rssi)


class Shake(Struct, frozen=True, tag_field="do", tag="shake"):
    """A member, known or by a code, is in the store: asks for a presence ticket. Nothing is booked, and the
    same key gets the same ticket.

    `heard` is what an app heard; `network` says whether the asker is on the store's own network.
    """

    key: Key
    member: Id | None = None
    code: Code | None = None
    heard: Annotated[tuple[Heard, ...], Meta(max_length=HEARD_MAX)] = ()
    network: bool = True

    def __post_init__(self) -> None:
        if (self.member is None) == (self.code is None):
            raise ValueError("give member or code")


class Claim(Struct, frozen=True, tag_field="do", tag="claim"):
    """A presence ticket is used, once: the visit and the day's check-in are booked. `member`: who has proved
    to be that member."""

    key: Key
    ticket: Annotated[str, Meta(max_length=TEXT_MAX)]
    member: Id | None = None


Ask = (
    Enrol
    | Return
    | Card
    | History
    | Codes
    | Consent
    | Lost
    | Cards
    | Export
    | Forget
    | Resolve
    | Prove
    | Receipt
    | Settings
    | Shake
    | Claim
)


def read(asked: dict[str, Any]) -> Ask | None:
    """What a line asks; None where it is nothing that may be asked, or no text that a file could hold."""
    try:
        msgspec.json.encode(asked)  # JSON can say half a character, "\\ud800", which UTF-8 cannot
        found: Ask = msgspec.convert(asked, Ask)
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None
    return found


def clean_name(typed: str) -> str | None:
    """A name as it is kept: one spelling, no ends, nothing that cannot be seen; None where nothing is left or
    it is too long. What it looks like on a page is the page's to escape."""
    text = " ".join(unicodedata.normalize("NFC", typed).split())
    if not text or len(text) > NAME_CHARACTERS_MAX or not any(letter.isalnum() for letter in text):
        return None
    return text if text.isprintable() else None
