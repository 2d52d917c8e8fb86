"""Writes the cache of one demo store, as its bridge would have after the first word from HQ.

Members, cards, codes and balances of members.csv, goods, staff, the bundle, and this store's share of every
program's total and budget. One file by gateway/storage/layout.py, and the pointer to it.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from gateway.core.event import bundle_hash, canonical, open_bundle
from gateway.core.evidence import NFC_UID, QR_STATIC, evidence_key
from gateway.core.promises import MEMBER, POINTS, PROGRAM, Terms
from gateway.storage import layout
from samples.brand import BUNDLE_JSON, Holding, read_brand, read_members
from samples.shop import read_goods, read_staff

STORE: Final = "river"
ACTIVE: Final = "active"
EPOCH: Final = 1

Row = tuple[Any, ...]


def write_store(
    folder: Path, generation: str, brand_key: bytes, synced_at_ms: int, store: str = STORE
) -> Path:
    """A new cache generation in this folder, in force. FileExistsError where it is there."""
    path = layout.generation_path(folder, generation)
    if path.exists():
        raise FileExistsError(f"{path} is there already")
    folder.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN")
        for statement in layout.CACHE_SCHEMA:
            connection.execute(statement)
        for statement, rows in _tables(brand_key, store).items():
            connection.executemany(statement, rows)
        connection.executemany("INSERT INTO meta VALUES(?, ?)", _meta(generation, brand_key, synced_at_ms))
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
    (folder / layout.POINTER_FILE).write_text(generation + "\n")
    return path


def member_id(member_no: str) -> str:
    """The id of a demo member: HQ's are random, these can be read."""
    return member_no.lower()


def _tables(brand_key: bytes, store: str) -> dict[str, list[Row]]:
    bundle = BUNDLE_JSON.read_bytes()
    members = list({one.member_no: one for one in read_members()}.values())
    return {
        "INSERT INTO bundles(hash, body) VALUES(?, ?)": [(bundle_hash(bundle), bundle)],
        "INSERT INTO members VALUES(?, ?, ?, ?, ?, ?)": [_member(one) for one in members],
        "INSERT INTO people VALUES(?, ?, ?)": [
            (member_id(one.member_no), one.name, one.birthday or None) for one in members
        ],
        "INSERT INTO instruments VALUES(?, ?, ?, ?, ?)": list(_instruments(brand_key)),
        "INSERT INTO goods VALUES(?, ?, ?)": list(_goods()),
        "INSERT INTO barcodes VALUES(?, ?)": [
            (code, article.good.sku) for article in read_goods() for code in article.barcodes
        ],
        "INSERT INTO staff VALUES(?, ?, ?, ?, ?)": list(_staff(brand_key, store)),
        "INSERT INTO lots VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)": [
            *_caps(bundle),
            *_points(store, members),
        ],
    }


def _member(one: Holding) -> Row:
    return (
        member_id(one.member_no), one.status, one.tier, one.qualifying_points, one.language, one.home_store,
    )  # fmt: skip


def _instruments(brand_key: bytes) -> Iterator[Row]:
    for number, one in enumerate(read_members()):
        member = member_id(one.member_no)
        if one.card_uid:
            key = evidence_key(brand_key, NFC_UID, bytes.fromhex(one.card_uid))
            yield key, f"c-{number}", NFC_UID, member, one.instrument_status
        if one.qr_code:
            key = evidence_key(brand_key, QR_STATIC, one.qr_code.encode())
            yield key, f"q-{number}", QR_STATIC, member, one.instrument_status


def _goods() -> Iterator[Row]:
    for good, barcodes in read_goods():
        yield good.sku, canonical(good), " ".join((good.sku, *good.name.values(), *barcodes)).lower()


def _staff(brand_key: bytes, store: str) -> Iterator[Row]:
    for one in read_staff():
        if one.store == store:
            badge = bytes.fromhex(one.badge_uid)
            key = evidence_key(brand_key, NFC_UID, badge) if badge else None
            yield one.staff_no, one.name, one.role, key, ACTIVE


def _caps(bundle: bytes) -> Iterator[Row]:
    """This store's equal share of what all stores may spend of each program."""
    stores = len(read_brand().stores)
    for program in open_bundle(bundle).programs or ():
        limits = program.limits
        for kind, limit in (("USE:", limits.total), ("BUDGET:", limits.budget)):
            if limit is not None:
                lot = f"{program.id}.{kind.lower()[:-1]}"
                numbers = (limit, EPOCH, limit // stores, 0, 0, 0, 0)
                yield PROGRAM + program.id, kind + program.id, lot, canonical(Terms()), *numbers


def _points(store: str, members: Iterable[Holding]) -> Iterator[Row]:
    """The balances that members of this store bring along: all of them here."""
    for one in members:
        if one.points and one.home_store == store:
            owner = MEMBER + member_id(one.member_no)
            numbers = (one.points, EPOCH, one.points, 0, 0, 0, 0)
            yield owner, POINTS, f"{one.member_no}.opening", canonical(Terms()), *numbers


def _meta(generation: str, brand_key: bytes, synced_at_ms: int) -> list[Row]:
    return [
        (layout.META_LAYOUT, layout.CACHE_LAYOUT),
        (layout.META_GENERATION, generation),
        (layout.META_CURSOR, 0),
        (layout.META_AS_OF, 0),
        (layout.META_BRAND_KEY, brand_key),
        (layout.META_BUNDLE_HASH, bundle_hash(BUNDLE_JSON.read_bytes())),
        (layout.META_RIGHTS_EPOCH, EPOCH),
        (layout.META_SYNCED_AT, synced_at_ms),
    ]
