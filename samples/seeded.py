"""Writes a cache generation with any number of invented members, the same for the same seed.

Member n of a seed has one card and one code; `card_of` and `code_of` name them without reading the file, so
that a load generator can tap members it never looked up. One file, by gateway/storage/layout.py. Keys are
hashes: rows are sorted before they are inserted, or SQLite would touch a page of its tree for each.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gateway.core.evidence import evidence_key
from gateway.storage import layout
from samples.brand import BUNDLE_JSON

# Share of members, in thousandths, by what is unusual about them; the rest are active with an active card.
SUSPENDED_PER_MILLE = 5
LOST_PER_MILLE = 10

CARD, CODE = b"c", b"q"

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静丽强磊军洋艳勇杰娟涛明超秀霞平刚桂英华文建国志远思雨桐晓雯子轩一果月"


class Seeded(NamedTuple):
    """One invented member. `draw`, 16 bytes from seed and number alone, decides all the rest."""

    number: int
    draw: bytes


def seeded(seed: int, number: int) -> Seeded:
    """Member `number` (0 and up) of this seed."""
    return Seeded(number, hashlib.blake2b(f"{seed}:{number}".encode(), digest_size=16).digest())


def card_of(seed: int, number: int) -> bytes:
    """The UID of member `number`'s card: 7 bytes, unique because the number is inside."""
    draw = seeded(seed, number).draw
    return b"\x04" + draw[:2] + number.to_bytes(4, "big")


def code_of(seed: int, number: int) -> bytes:
    """The static code of member `number`, as the scanner reads it."""
    return f"SB-{seeded(seed, number).draw[:4].hex()}-{number}".encode()


def name_of(draw: bytes) -> str:
    """An invented name of two or three characters."""
    given = GIVEN[draw[5] % len(GIVEN)] + (GIVEN[draw[6] % len(GIVEN)] if draw[7] & 1 else "")
    return SURNAMES[draw[4] % len(SURNAMES)] + given


def per_mille(draw: bytes) -> int:
    return int.from_bytes(draw[8:12], "big") % 1000


def is_suspended(one: Seeded) -> bool:
    """Whether this member is, as every two-hundredth."""
    return per_mille(one.draw) < SUSPENDED_PER_MILLE


def qualifying_of(draw: bytes) -> int:
    """Qualifying points: most members have few."""
    return int.from_bytes(draw[12:14], "big") ** 2 // 900_000


def write_cache(path: Path, members: int, seed: int, brand_key: bytes) -> None:
    """A new cache generation at `path` with this many members. FileExistsError if the file is there."""
    if path.exists():
        raise FileExistsError(f"{path} is there already")
    bundle = BUNDLE_JSON.read_bytes()
    tiers = [(tier["threshold"], tier["code"]) for tier in json.loads(bundle)["tiers"]]
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        prepare(connection)
        fill(connection, members, seed, brand_key, tiers)
        describe(connection, path.stem, brand_key, bundle)
        connection.execute("COMMIT")
        # The gateway opens mode=ro, and a WAL database is what the bridge would have made.
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def prepare(connection: sqlite3.Connection) -> None:
    """Empty tables, and a transaction that needs no journal: a failed file is thrown away."""
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN")
    for statement in layout.CACHE_SCHEMA:
        connection.execute(statement)


def fill(
    connection: sqlite3.Connection, members: int, seed: int, brand_key: bytes, tiers: list[tuple[int, str]]
) -> None:
    """Members, people and instruments."""
    everybody = (seeded(seed, number) for number in range(members))
    connection.executemany(
        "INSERT INTO members(id, status, tier, qualifying, language) VALUES(?, ?, ?, ?, ?)",
        (member_row(one, tiers) for one in everybody),
    )
    everybody = (seeded(seed, number) for number in range(members))
    connection.executemany(
        "INSERT INTO people(member, name) VALUES(?, ?)",
        ((member_id(one.number), name_of(one.draw)) for one in everybody),
    )
    # One short bytes object per instrument: sorting whole rows of 1,000,000 members would take a gigabyte.
    keys = sorted(instrument_keys(members, seed, brand_key))
    connection.executemany(
        "INSERT INTO instruments VALUES(?, ?, ?, ?, ?)", (instrument_row(seed, packed) for packed in keys)
    )


def member_id(number: int) -> str:
    """The opaque id; numbers have eight digits, so that ids sort as they are inserted."""
    return f"m{number:08d}"


def member_row(one: Seeded, tiers: list[tuple[int, str]]) -> tuple[str, str, str, int, str]:
    points = qualifying_of(one.draw)
    tier = max((threshold, code) for threshold, code in tiers if threshold <= points)[1]
    status = "suspended" if is_suspended(one) else "active"
    return member_id(one.number), status, tier, points, "en" if one.draw[14] < 26 else "zh-CN"


def instrument_keys(members: int, seed: int, brand_key: bytes) -> Iterator[bytes]:
    """For everybody's card and code: 16 bytes of evidence key, 4 of the member's number, the kind."""
    for number in range(members):
        tail = number.to_bytes(4, "big")
        yield evidence_key(brand_key, "nfc.uid", card_of(seed, number)) + tail + CARD
        yield evidence_key(brand_key, "qr.static", code_of(seed, number)) + tail + CODE


def instrument_row(seed: int, packed: bytes) -> tuple[bytes, str, str, str, str]:
    """The row of one packed key; every hundredth card is lost."""
    key, number = packed[:16], int.from_bytes(packed[16:20], "big")
    if packed[20:] == CODE:
        return key, f"q{number:08d}", "qr.static", member_id(number), "active"
    lost = per_mille(seeded(seed, number).draw) >= 1000 - LOST_PER_MILLE
    return key, f"c{number:08d}", "nfc.uid", member_id(number), "lost" if lost else "active"


def describe(connection: sqlite3.Connection, generation: str, brand_key: bytes, bundle: bytes) -> None:
    """The bundle and the meta rows."""
    bundle_hash = hashlib.sha256(bundle).hexdigest()
    connection.execute("INSERT INTO bundles(hash, body) VALUES(?, ?)", (bundle_hash, bundle))
    meta: dict[str, object] = {
        layout.META_LAYOUT: layout.CACHE_LAYOUT,
        layout.META_GENERATION: generation,
        layout.META_CURSOR: 0,
        layout.META_AS_OF: 0,
        layout.META_BRAND_KEY: brand_key,
        layout.META_BUNDLE_HASH: bundle_hash,
        layout.META_SYNCED_AT: 0,
    }
    connection.executemany("INSERT INTO meta VALUES(?, ?)", meta.items())
