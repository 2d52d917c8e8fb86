"""Columns of a line, one by one: what is right in itself, or a refusal that names the column. Pure.

Every wrong column of a line is named, not only the first. A refusal carries a code (what is wrong and what to
do about it are in hq/refusal_words.py) and, where it cannot name a person, the value.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple

from cloud_bridge.hq.csv_file import Line
from cloud_bridge.log import clean_text

VALUE_CHARACTERS_MAX: Final = 40
NAME_CHARACTERS_MAX: Final = 64
UID_BYTES: Final = (4, 7, 10)  # ISO 14443-3: single, double and triple size
STORE: Final = re.compile(r"[a-z0-9-]{1,32}\Z")
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+\Z")


class Refusal(NamedTuple):
    """One thing wrong with one line."""

    line: int
    column: str
    code: str
    value: str


class RefusedGroup(NamedTuple):
    """Lines that change nothing; every one of them has a refusal."""

    refusals: tuple[Refusal, ...]
    numbers: tuple[int, ...]


class Effect(NamedTuple):
    """What one chunk of an import did, in members, articles or people; refused groups are told by line."""

    created: int
    changed: int
    unchanged: int
    refused: tuple[RefusedGroup, ...]


class Wrong(Exception):
    """A column's content is refused."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


Rule = Callable[[str], Any]


def read_columns(
    line: Line, rules: Mapping[str, Rule], personal: Collection[str]
) -> dict[str, Any] | list[Refusal]:
    """What each column says by its rule, or everything that is wrong; `personal` ones are never quoted."""
    if len(line.fields) != len(line.columns):
        return [Refusal(line.number, "line", "column_count", str(len(line.fields)))]
    values: dict[str, Any] = {}
    refusals = []
    for column, text in zip(line.columns, line.fields, strict=True):
        field = text.strip()
        try:
            values[column] = rules[column](_printable(field))
        except Wrong as wrong:
            shown = "" if column in personal else clean_text(field[:VALUE_CHARACTERS_MAX])
            refusals.append(Refusal(line.number, column, wrong.code, shown))
    return refusals or values


def _printable(field: str) -> str:
    if field.isprintable():
        return field  # nearly all; the slow look is for spaces of other widths
    if any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") for character in field):
        raise Wrong("control_character")
    return field


def name(field: str) -> str:
    """A name that is there, in one Unicode form."""
    if not field:
        raise Wrong("missing")
    if len(field) > NAME_CHARACTERS_MAX:
        raise Wrong("name_too_long")
    return unicodedata.normalize("NFC", field)


def matching(field: str, pattern: re.Pattern[str], code: str) -> str:
    """The field, if it is there and of this pattern."""
    if not field:
        raise Wrong("missing")
    if not pattern.match(field):
        raise Wrong(code)
    return field


def one_of(field: str, allowed: Collection[str], code: str) -> str:
    """The field, if it is there and one of these."""
    if not field:
        raise Wrong("missing")
    if field not in allowed:
        raise Wrong(code)
    return field


def card(text: str) -> bytes:
    """A card's number."""
    uid = bytes.fromhex(text) if _HEX.match(text) else b""
    if len(uid) not in UID_BYTES:
        raise Wrong("bad_card_uid")
    return uid
