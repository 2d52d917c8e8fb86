"""The drawer: everybody's cards and codes, and two that belong to nobody."""

import io
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import segno

from hardware_tests.virtual.bench.ports import Person

STRANGER_KIND: Final = "unknown"
STRANGER: Final[Person] = {"name": "", "kind": STRANGER_KIND, "uid": "04EEEEEE5A1180", "qr": "NOT-OURS-0000"}
TROUBLED: Final = frozenset({STRANGER_KIND, "suspended", "lost", "locked", "replaced", "revoked"})
UID_BYTES: Final = (4, 7)
CASCADE_TAG: Final = b"\x88"
CODE_BYTES_MAX: Final = 512  # as a terminal's scan message allows


class Entry(NamedTuple):
    """One tile of the drawer, checked. initial: what its round mark shows."""

    number: int
    name: str
    kind: str
    initial: str
    troubled: bool
    uid: bytes
    code: bytes


def fill_drawer(people: Iterable[Person]) -> tuple[Entry, ...]:
    """The tiles, people first, the stranger's last. Raises ValueError naming whose card is wrong."""
    everybody: Sequence[Person] = [*people, STRANGER]
    return tuple(_entry(number, person) for number, person in enumerate(everybody))


def _entry(number: int, person: Person) -> Entry:
    name, kind = person["name"], person["kind"]
    uid, code = _uid(person), person["qr"].encode()
    if len(code) > CODE_BYTES_MAX:
        raise ValueError(f"{name}: a code of {len(code)} bytes; at most {CODE_BYTES_MAX}")
    return Entry(number, name, kind, name[:1].upper() or "?", kind in TROUBLED, uid, code)


def _uid(person: Person) -> bytes:
    try:
        uid = bytes.fromhex(person["uid"])
    except ValueError as fault:
        raise ValueError(f"{person['name']}: UID {person['uid']!r} is not hex") from fault
    if uid and len(uid) not in UID_BYTES:
        raise ValueError(f"{person['name']}: a UID of {len(uid)} bytes; cards have 4 or 7")
    if uid[:1] == CASCADE_TAG or (uid[3:4] == CASCADE_TAG and len(uid) == UID_BYTES[1]):
        raise ValueError(f"{person['name']}: in a UID, byte 88 announces a longer one; choose another")
    return uid


def draw_code(code: bytes) -> bytes:
    """The QR code as SVG in black on white, with its quiet zone, as a phone shows it."""
    drawn = io.BytesIO()
    segno.make(code, micro=False).save(drawn, kind="svg", scale=4, border=3, dark="#000", light="#fff")
    return drawn.getvalue()
