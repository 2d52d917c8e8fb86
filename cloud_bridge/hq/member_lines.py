"""What one line of a member file must say: fields in, a checked MemberLine or the list of refusals out. Pure.

Every wrong column of a line is named, not only the first. A refusal carries a code (what is wrong and what to
do about it are in hq/refusal_words.py) and, where it cannot name a person, the value.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from cloud_bridge.hq.csv_file import COLUMNS, POINTS, Line
from cloud_bridge.log import clean_text
from gateway.core.evidence import NFC_UID, QR_STATIC

CARDS_PER_LINE_MAX: Final = 8
NAME_CHARACTERS_MAX: Final = 64
QR_BYTES_MAX: Final = 128
POINTS_MAX: Final = 10**12
VALUE_CHARACTERS_MAX: Final = 40
UID_BYTES: Final = (4, 7, 10)  # ISO 14443-3: single, double and triple size
PERSONAL_COLUMNS: Final = frozenset({"name", "phone", "qr_code", "card_uid"})  # never copied into a report
LANGUAGES: Final = ("zh-CN", "en")
MEMBER_STATUSES: Final = ("active", "suspended")  # merging and erasing are steps of their own
INSTRUMENT_STATUSES: Final = ("active", "lost", "replaced", "locked")

_MEMBER_NO: Final = re.compile(r"[A-Za-z0-9._-]{1,32}\Z")
_STORE: Final = re.compile(r"[a-z0-9-]{1,32}\Z")
_PHONE: Final = re.compile(r"\+?[0-9]{5,15}\Z")
_POINTS: Final = re.compile(r"[0-9]{1,13}\Z")
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+\Z")


class Refusal(NamedTuple):
    """One thing wrong with one line."""

    line: int
    column: str
    code: str
    value: str


class Token(NamedTuple):
    """A card or code as the file gives it; value is what the evidence key is made of."""

    kind: str
    value: bytes
    status: str


class MemberLine(NamedTuple):
    """A line that is right in itself. tier is empty where the ladder decides; phone empty where not given."""

    line: int
    member_no: str
    name: str
    phone: str
    language: str
    status: str
    tier: str
    qualifying: int
    home_store: str
    tokens: tuple[Token, ...]
    points: int | None = None  # the balance it brings along; None: the file does not say

    def member_part(self) -> tuple[str | int | None, ...]:
        """What every line of one member must have alike."""
        return *self[1:9], self.points


class Known(NamedTuple):
    """What lines are held against; stores None while the file itself founds them."""

    tiers: Collection[str]
    stores: Collection[str] | None


class _Wrong(Exception):
    """A column's content is refused."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_line(line: Line, known: Known) -> MemberLine | list[Refusal]:
    """The line as a member's, or everything that is wrong with it."""
    if len(line.fields) != line.columns:
        return [Refusal(line.number, "line", "column_count", str(len(line.fields)))]
    columns = (*COLUMNS, POINTS)[: line.columns]
    fields = dict(zip(columns, map(str.strip, line.fields), strict=True))
    values: dict[str, object] = {}
    refusals = []
    for column, field in fields.items():
        try:
            values[column] = _RULES[column](_printable(field), known)
        except _Wrong as wrong:
            refusals.append(Refusal(line.number, column, wrong.code, _shown(column, field)))
    return refusals or _member_line(line.number, values)


def _member_line(number: int, values: dict[str, object]) -> MemberLine:
    cards, code, status = values.pop("card_uid"), values.pop("qr_code"), values.pop("instrument_status")
    points = values.pop(POINTS, None)
    assert isinstance(cards, tuple) and isinstance(code, bytes) and isinstance(status, str)
    tokens = [Token(NFC_UID, uid, status) for uid in cards]
    if code:
        tokens.append(Token(QR_STATIC, code, status))
    return MemberLine._make((number, *values.values(), tuple(tokens), points))


def _shown(column: str, field: str) -> str:
    if column in PERSONAL_COLUMNS:
        return ""
    return clean_text(field[:VALUE_CHARACTERS_MAX])


def _printable(field: str) -> str:
    if field.isprintable():
        return field  # nearly all; the slow look is for spaces of other widths
    if any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") for character in field):
        raise _Wrong("control_character")
    return field


def _member_no(field: str, known: Known) -> str:
    return _matching(field, _MEMBER_NO, "bad_member_no")


def _name(field: str, known: Known) -> str:
    if not field:
        raise _Wrong("missing")
    if len(field) > NAME_CHARACTERS_MAX:
        raise _Wrong("name_too_long")
    return unicodedata.normalize("NFC", field)


def _phone(field: str, known: Known) -> str:
    return _matching(field.replace(" ", "").replace("-", ""), _PHONE, "bad_phone") if field else ""


def _tier(field: str, known: Known) -> str:
    return _one_of(field, known.tiers, "unknown_tier") if field else ""


def _points(field: str, known: Known) -> int:
    points = int(_matching(field, _POINTS, "bad_points"))
    if points > POINTS_MAX:
        raise _Wrong("bad_points")
    return points


def _home_store(field: str, known: Known) -> str:
    _matching(field, _STORE, "bad_store")
    return field if known.stores is None else _one_of(field, known.stores, "unknown_store")


def _cards(field: str, known: Known) -> tuple[bytes, ...]:
    cards = tuple(_card(text) for text in field.split())
    if len(set(cards)) != len(cards):
        raise _Wrong("card_twice")
    if len(cards) > CARDS_PER_LINE_MAX:
        raise _Wrong("too_many_cards")
    return cards


def _card(text: str) -> bytes:
    uid = bytes.fromhex(text) if _HEX.match(text) else b""
    if len(uid) not in UID_BYTES:
        raise _Wrong("bad_card_uid")
    return uid


def _qr_code(field: str, known: Known) -> bytes:
    code = field.encode()
    if len(code) > QR_BYTES_MAX:
        raise _Wrong("qr_too_long")
    return code


def _matching(field: str, pattern: re.Pattern[str], code: str) -> str:
    if not field:
        raise _Wrong("missing")
    if not pattern.match(field):
        raise _Wrong(code)
    return field


def _one_of(field: str, allowed: Collection[str], code: str) -> str:
    if not field:
        raise _Wrong("missing")
    if field not in allowed:
        raise _Wrong(code)
    return field


_RULES: Final[dict[str, Callable[[str, Known], object]]] = {
    "member_no": _member_no,
    "name": _name,
    "phone": _phone,
    "language": lambda field, known: _one_of(field, LANGUAGES, "unknown_language"),
    "status": lambda field, known: _one_of(field, MEMBER_STATUSES, "unknown_status"),
    "tier": _tier,
    "qualifying_points": _points,
    "home_store": _home_store,
    POINTS: lambda field, known: _points(field, known) if field else None,
    "card_uid": _cards,
    "qr_code": _qr_code,
    "instrument_status": lambda field, known: (
        _one_of(field, INSTRUMENT_STATUSES, "unknown_instrument_status") if field else "active"
    ),
}
