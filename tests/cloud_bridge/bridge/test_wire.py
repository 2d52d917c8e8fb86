"""The wire's shapes take what their encoder writes, and nothing unbounded, unknown or of another kind."""

import json
from typing import Any

import msgspec
import pytest

from cloud_bridge import asks
from cloud_bridge.asks import (
    People,
    PeopleTaken,
    PersonUp,
    Reported,
    ReportPart,
    Reports,
    RightsGiven,
    RightsWanted,
    Want,
)
from cloud_bridge.wire import (
    PARTS_MAX,
    AliasRow,
    Change,
    Changes,
    LotKey,
    LotRow,
    PartRow,
    SnapshotStart,
    WireError,
    WireShape,
    change_line,
    encode,
    read,
    read_row,
    read_snapshot_line,
)
from gateway.core.promises import BONUS, Terms

LOT = "5f" * 16 + ".0"
TERMS = Terms("SPRING10", "2026-12-31", 1_000, BONUS, 1_760_000_000_000, "Asia/Shanghai")
PART = PartRow(1, 5, 0, 0, 2, 1)
ROW = LotRow(LOT, "member:m1", "CPN:ten-off", TERMS, 6, {"river-1": PART, "hill-1": PART})


def plain(shape: WireShape) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(encode(shape))
    return found


def changed(table: str, op: str, row: object) -> Change:
    return Change(table, op, msgspec.Raw(json.dumps(row).encode()))


@pytest.mark.parametrize(
    ("table", "op", "row"),
    [
        ("lots", "put", ROW),
        ("lots", "put", LotRow(LOT, "suspense", "PTS", Terms(), -40, {})),
        ("lots", "put", LotRow("A_1.0", "member:M._:-1", "-x:" + "y" * 80, Terms(None, "2026-01-01"), 0, {})),
        ("lots", "del", LotKey("program:cap", "BUDGET:spring", LOT)),
        ("aliases", "put", AliasRow("p-00ff", "m1")),
    ],
)
def test_a_row_comes_back_as_it_went(table: str, op: str, row: WireShape) -> None:
    line = change_line(table, op, encode(row).decode())
    assert read_row(read(line, Change)) == row
    if op == "put":
        assert read_snapshot_line(line) == row


BAD_LOTS: dict[str, dict[str, Any]] = {
    "lot with a path": {"lot": "../x"},
    "long lot": {"lot": "a" * 81},
    "owner with a path": {"owner": "member:../m1"},
    "owner of nothing": {"owner": "member:"},
    "unit with a space": {"unit": "P TS"},
    "total beyond any database": {"total": 2**63},
    "total as text": {"total": "6"},
    "too many parts": {"parts": {f"g{n}": plain(PART) for n in range(PARTS_MAX + 1)}},
    "part of no gateway": {"parts": {"": plain(PART)}},
    "negative grant": {"parts": {"river-1": {**plain(PART), "granted": -1}}},
    "epoch 0": {"parts": {"river-1": {**plain(PART), "epoch": 0}}},
    "part with more": {"parts": {"river-1": {**plain(PART), "free": 1}}},
    "part with less": {"parts": {"river-1": {"epoch": 1}}},
    "terms of another kind": {"terms": {"kind": "gold"}},
    "terms with more": {"terms": {"colour": "red"}},
    "a day that is none": {"terms": {"expires_on": "2026-1-1", "zone": "Asia/Shanghai"}},
    "endless code": {"terms": {"code": "x" * 65}},
    "negative face": {"terms": {"face": -1}},
    "vests never": {"terms": {"vests_at": 2**63}},
}


@pytest.mark.parametrize("name", BAD_LOTS)
def test_a_lot_that_is_wrong_anywhere_is_no_lot(name: str) -> None:
    read_row(changed("lots", "put", plain(ROW)))
    with pytest.raises(WireError, match="lots put"):
        read_row(changed("lots", "put", {**plain(ROW), **BAD_LOTS[name]}))


def test_nobody_is_merged_into_himself_and_no_merger_is_undone() -> None:
    with pytest.raises(WireError, match="into itself"):
        read_row(changed("aliases", "put", {"id": "m1", "into": "m1"}))
    with pytest.raises(WireError, match="no 'del'"):
        read_row(changed("aliases", "del", {"id": "m1"}))


def test_both_ways_down_tell_the_epoch_of_rights() -> None:
    start = SnapshotStart("7", 3, 2, "ab" * 32, 4, 3)
    page = Changes("7", 3, 2, 4, [], False)
    for shape in (start, page):
        assert read(encode(shape), type(shape)) == shape
        for wrong in (0, -1, "1", None, 2**53):
            with pytest.raises(WireError):
                read(json.dumps({**plain(shape), "rights_epoch": wrong}).encode(), type(shape))
    for layout in (2, 4):
        with pytest.raises(WireError):
            read(json.dumps({**plain(start), "layout": layout}).encode(), SnapshotStart)


WANT = Want("member:m1", "PTS", None, 30)
REPORT = ReportPart("member:m1", "PTS", LOT, 3, 2, 1)
PERSON = PersonUp("p-00ff", "林晓雯", "0a" * 16, 9)
WITH_PHONE = PersonUp("p-00ff", "林晓雯", "0a" * 16, 9, "5e" * 16, "b0" * 64)
ASKS: list[WireShape] = [
    RightsWanted(2, "river-1.17", [WANT, Want("member:m1", "CPN:x", LOT, 1)]),
    RightsGiven(2, 31, [ROW]),
    RightsGiven(2, 0, []),
    Reports(1, [REPORT]),
    Reported(2),
    People([PERSON, WITH_PHONE]),
    People([]),
    PeopleTaken(9),
]


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: type(ask).__name__)
def test_an_ask_comes_back_as_it_went_and_takes_nothing_else(ask: WireShape) -> None:
    assert read(encode(ask), type(ask)) == ask
    whole = plain(ask)
    for key in whole:
        wrong: object
        for wrong in (None, "", -1, 1.5, {}):
            with pytest.raises(WireError):
                read(json.dumps({**whole, key: wrong}).encode(), type(ask))
        with pytest.raises(WireError):
            read(json.dumps({name: whole[name] for name in whole if name != key}).encode(), type(ask))
    with pytest.raises(WireError):
        read(json.dumps({**whole, "more": 1}).encode(), type(ask))


def test_every_list_has_an_end() -> None:
    long: list[WireShape] = [
        RightsWanted(1, "river-1.1", [WANT] * (asks.WANTS_MAX + 1)),
        RightsWanted(1, "river-1.1", []),
        RightsGiven(1, 31, [ROW] * (asks.GIVEN_ROWS_MAX + 1)),
        Reports(1, [REPORT] * (asks.REPORT_PARTS_MAX + 1)),
        Reports(1, []),
        People([PERSON] * (asks.PEOPLE_ROWS_MAX + 1)),
    ]
    for shape in long:
        with pytest.raises(WireError):
            read(encode(shape), type(shape))


@pytest.mark.parametrize(
    "key", ["river-1", "river-1.0", "river-1.01", "../x.1", "River.1", "a.1234567890123456789012"]
)
def test_a_key_names_a_gateway_and_an_event(key: str) -> None:
    with pytest.raises(WireError):
        read(encode(RightsWanted(1, key, [WANT])), RightsWanted)


@pytest.mark.parametrize("salt", ["", "0a" * 15, "0A" * 16, "0a" * 65, "0" * 33])
def test_a_salt_is_whole_bytes_in_hex(salt: str) -> None:
    with pytest.raises(WireError):
        read(encode(People([PersonUp("p-1", "x", salt, 1)])), People)


def test_a_phone_is_a_key_and_a_box_or_nothing() -> None:
    """And of nothing no word is said: an HQ that is older than its stores goes on taking names."""
    assert b"phone" not in encode(People([PERSON]))
    whole = plain(WITH_PHONE)
    key, box = whole.pop("phone_key"), whole.pop("phone_box")
    assert read(json.dumps(whole).encode(), PersonUp) == PERSON
    for wrong in ((key, None), (None, box), (key, "b0" * 63), (key, "B0" * 64), ("5e" * 15, box), ("", "")):
        said = {"phone_key": wrong[0], "phone_box": wrong[1]}
        with pytest.raises(WireError):
            read(json.dumps({**whole, **said}).encode(), PersonUp)
