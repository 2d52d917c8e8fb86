"""Reads the demo brand: brand.toml, members.csv and bundle.json of this folder, as plain values."""

import csv
import tomllib
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
MEMBERS_CSV = FOLDER / "members.csv"
BUNDLE_JSON = FOLDER / "bundle.json"


class Store(NamedTuple):
    """One store; `name` by language tag."""

    id: str
    name: dict[str, str]


class Brand(NamedTuple):
    """The brand; `name` by language tag, `zone` an IANA name."""

    id: str
    zone: str
    currency: str
    name: dict[str, str]
    stores: tuple[Store, ...]


class Holding(NamedTuple):
    """One row of members.csv: a member and at most one card and one code. "" where the row has none.

    `points` is the balance a member brings along, `birthday` month and day.
    """

    member_no: str
    name: str
    phone: str
    language: str
    status: str
    tier: str
    qualifying_points: int
    home_store: str
    card_uid: str
    qr_code: str
    instrument_status: str
    points: int
    birthday: str


def read_brand() -> Brand:
    """The demo brand."""
    with (FOLDER / "brand.toml").open("rb") as file:
        data = tomllib.load(file)
    stores = tuple(Store(**store) for store in data["stores"])
    return Brand(**data["brand"], stores=stores)


def read_members() -> list[Holding]:
    """The rows of members.csv; a member with two cards has two."""
    with MEMBERS_CSV.open(encoding="utf-8", newline="") as file:
        return [holding(row) for row in csv.DictReader(file)]


def holding(row: dict[str, str]) -> Holding:
    return Holding(
        row["member_no"],
        row["name"],
        row["phone"],
        row["language"],
        row["status"],
        row["tier"],
        int(row["qualifying_points"]),
        row["home_store"],
        row["card_uid"],
        row["qr_code"],
        row["instrument_status"],
        int(row["points"]),
        row["birthday"],
    )
