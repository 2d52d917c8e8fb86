"""What one line of a staff file must say: fields in, a checked person or the list of refusals out. Pure.

`staff_no` is the shop's own number: it is the opaque id that events hold. `badge_uid` is the number of a
card in hexadecimal; empty where somebody signs in by PIN alone. `store` is where they mostly work; empty:
anywhere.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from cloud_bridge.hq.csv_file import Line, Shape
from cloud_bridge.hq.lines import (
    STORE,
    Refusal,
    RefusedGroup,
    Rule,
    card,
    matching,
    name,
    one_of,
    read_columns,
)

STATUS: Final = "status"
STATUSES: Final = ("active", "left")
STAFF: Final = Shape(("staff_no", "name", "role", "badge_uid", "store"), (STATUS,))
PERSONAL_COLUMNS: Final = frozenset({"name", "badge_uid"})
_STAFF_NO: Final = re.compile(r"[A-Za-z0-9._-]{1,32}\Z")


class StaffLine(NamedTuple):
    """A line that is right in itself; `badge` is the card's number, empty where there is none."""

    line: int
    staff_no: str
    name: str
    role: str
    badge: bytes
    store: str
    status: str

    @property
    def numbers(self) -> tuple[int, ...]:
        """Its one line."""
        return (self.line,)


def read_staff(
    lines: Iterable[Line], roles: Collection[str], stores: Collection[str]
) -> Iterator[StaffLine | RefusedGroup]:
    """The file's people in order; one who is named twice is refused the second time."""
    seen: set[str] = set()
    rules = staff_rules(roles, stores)
    for line in lines:
        found = read_person(line, rules)
        if isinstance(found, StaffLine) and found.staff_no in seen:
            found = [Refusal(line.number, "staff_no", "staff_twice", found.staff_no)]
        if isinstance(found, list):
            yield RefusedGroup(tuple(found), (line.number,))
        else:
            seen.add(found.staff_no)
            yield found


def read_person(line: Line, rules: dict[str, Rule]) -> StaffLine | list[Refusal]:
    """The line as a person's, or everything that is wrong with it."""
    found = read_columns(line, rules, PERSONAL_COLUMNS)
    if isinstance(found, list):
        return found
    number, who, role, badge, store = (found[column] for column in STAFF.columns)
    return StaffLine(line.number, number, who, role, badge, store, found.get(STATUS, "active"))


def staff_rules(roles: Collection[str], stores: Collection[str]) -> dict[str, Rule]:
    """The rules of every column."""
    return {
        "staff_no": lambda field: matching(field, _STAFF_NO, "bad_staff_no"),
        "name": name,
        "role": lambda field: one_of(field, roles, "unknown_role"),
        "badge_uid": lambda field: card(field) if field else b"",
        "store": lambda field: _store(field, stores) if field else "",
        STATUS: lambda field: one_of(field, STATUSES, "unknown_staff_status") if field else "active",
    }


def _store(field: str, stores: Collection[str]) -> str:
    return one_of(matching(field, STORE, "bad_store"), stores, "unknown_store")
