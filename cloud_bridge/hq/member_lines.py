"""What one line of a member file must say: fields in, a checked member or the list of refusals out. Pure."""

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from cloud_bridge.hq.csv_file import BIRTHDAY, POINTS, Line
from cloud_bridge.hq.lines import STORE, Refusal, Rule, Wrong, card, matching, name, one_of, read_columns
from gateway.core.evidence import NFC_UID, QR_STATIC

CARDS_PER_LINE_MAX: Final = 8
QR_BYTES_MAX: Final = 128
POINTS_MAX: Final = 10**12
PERSONAL_COLUMNS: Final = frozenset({"name", "phone", "birthday", "qr_code", "card_uid"})
LEAP_YEAR: Final = 2024  # has every day there is
LANGUAGES: Final = ("zh-CN", "en")
MEMBER_STATUSES: Final = ("active", "suspended")  # merging and erasing are steps of their own
INSTRUMENT_STATUSES: Final = ("active", "lost", "replaced", "locked")

_MEMBER_NO: Final = re.compile(r"[A-Za-z0-9._-]{1,32}\Z")
_PHONE: Final = re.compile(r"\+?[0-9]{5,15}\Z")
_POINTS: Final = re.compile(r"[0-9]{1,13}\Z")
_MONTH_AND_DAY: Final = re.compile(r"[0-9]{2}-[0-9]{2}\Z")


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
    birthday: str | None = None  # MM-DD, empty where there is none; None: the file does not say

    def member_part(self) -> tuple[str | int | None, ...]:
        """What every line of one member must have alike."""
        return *self[1:9], self.points, self.birthday


class Known(NamedTuple):
    """What lines are held against; stores None while the file itself founds them."""

    tiers: Collection[str]
    stores: Collection[str] | None


def read_line(line: Line, rules: Mapping[str, Rule]) -> MemberLine | list[Refusal]:
    """The line as a member's by member_rules(), or everything that is wrong with it."""
    found = read_columns(line, rules, PERSONAL_COLUMNS)
    return found if isinstance(found, list) else _member_line(line.number, found)


def _member_line(number: int, values: dict[str, Any]) -> MemberLine:
    cards, code, status = values.pop("card_uid"), values.pop("qr_code"), values.pop("instrument_status")
    points, birthday = values.pop(POINTS, None), values.pop(BIRTHDAY, None)
    tokens = [Token(NFC_UID, uid, status) for uid in cards]
    if code:
        tokens.append(Token(QR_STATIC, code, status))
    return MemberLine._make((number, *values.values(), tuple(tokens), points, birthday))


def _phone(field: str) -> str:
    return matching(field.replace(" ", "").replace("-", ""), _PHONE, "bad_phone") if field else ""


def _points(field: str) -> int:
    points = int(matching(field, _POINTS, "bad_points"))
    if points > POINTS_MAX:
        raise Wrong("bad_points")
    return points


def _birthday(field: str) -> str:
    """A day that some year has."""
    matching(field, _MONTH_AND_DAY, "bad_birthday")
    try:
        date.fromisoformat(f"{LEAP_YEAR}-{field}")
    except ValueError:
        raise Wrong("bad_birthday") from None
    return field


def _cards(field: str) -> tuple[bytes, ...]:
    cards = tuple(card(text) for text in field.split())
    if len(set(cards)) != len(cards):
        raise Wrong("card_twice")
    if len(cards) > CARDS_PER_LINE_MAX:
        raise Wrong("too_many_cards")
    return cards


def _qr_code(field: str) -> bytes:
    code = field.encode()
    if len(code) > QR_BYTES_MAX:
        raise Wrong("qr_too_long")
    return code


def _of(allowed: Collection[str], code: str, absent: str | None = None) -> Rule:
    """One of these; an empty field is `absent`, where there is such a thing."""
    return lambda field: absent if not field and absent is not None else one_of(field, allowed, code)


def home_store(stores: Collection[str] | None) -> Rule:
    """A store's code; of one of these stores, unless the file founds them."""

    def rule(field: str) -> str:
        matching(field, STORE, "bad_store")
        return field if stores is None else one_of(field, stores, "unknown_store")

    return rule


_FIXED: Final[Mapping[str, Rule]] = {
    "member_no": lambda field: matching(field, _MEMBER_NO, "bad_member_no"),
    "name": name,
    "phone": _phone,
    "language": _of(LANGUAGES, "unknown_language"),
    "status": _of(MEMBER_STATUSES, "unknown_status"),
    "qualifying_points": _points,
    "card_uid": _cards,
    "qr_code": _qr_code,
    "instrument_status": _of(INSTRUMENT_STATUSES, "unknown_instrument_status", "active"),
    POINTS: lambda field: _points(field) if field else None,
    BIRTHDAY: lambda field: _birthday(field) if field else "",
}


def member_rules(known: Known) -> Mapping[str, Rule]:
    """The rules of every column."""
    return {**_FIXED, "tier": _of(known.tiers, "unknown_tier", ""), "home_store": home_store(known.stores)}
