"""HQ's tables, in portable SQLAlchemy: SQLite is the embedded default, PostgreSQL the larger one.

events hold bodies unchanged, keyed (gateway, seq, hash): a fact is written once and never changed or removed.
feed holds the newest change of each row only, under one rising cursor, and every put with its whole row: the
feed read from 0 is a snapshot, and erasing a person erases the one copy of the name the feed had. A member's
rows are written together (member, person, instruments), so a page never shows a card before its member.
counters are rows locked by their writer: a cursor is given and committed in one order.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata: Final = MetaData()

gateways: Final = Table(
    "gateways",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("tip_seq", BigInteger, nullable=False),
    Column("tip_hash", LargeBinary(32), nullable=False),
    Column("tip_branch", Integer, nullable=False),  # 0 before the first event
    Column("branches", Integer, nullable=False),
    Column("received_ms", BigInteger, nullable=False),  # of the last new event; 0 before the first
)

branches: Final = Table(
    "branches",
    metadata,
    Column("gateway", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    Column("parent", Integer, nullable=False),  # 0: starts at the beginning
    Column("from_seq", BigInteger, nullable=False),
    Column("tip_seq", BigInteger, nullable=False),
    Column("tip_hash", LargeBinary(32), nullable=False),
    Column("opened_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("gateway", "number"),
)

events: Final = Table(
    "events",
    metadata,
    Column("gateway", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("branch", Integer, nullable=False),
    Column("type", String(40), nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("gateway", "seq", "hash"),
)

exceptions: Final = Table(
    "exceptions",
    metadata,
    Column("key", String(160), primary_key=True),  # what it is about: the same trouble is raised once
    Column("gateway", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("raised_ms", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),  # raised, assigned, resolved
    Index("exceptions_by_time", "raised_ms"),
)

stores: Final = Table(
    "stores",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name_zh_cn", String(64), nullable=False),
    Column("name_en", String(64), nullable=False),
)

members: Final = Table(
    "members",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("member_no", String(32), nullable=False, unique=True),  # the shop's own number
    Column("status", String(16), nullable=False),
    Column("tier", String(32), nullable=False),
    Column("qualifying", BigInteger, nullable=False),
    Column("language", String(8), nullable=False),
    Column("home_store", String(32), nullable=False),
)

people: Final = Table(
    "people",
    metadata,
    Column("member", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("phone", String(20), nullable=False),  # empty: not given
    Column("birthday", String(5), nullable=False, server_default=""),  # MM-DD; empty: not given
    Index("people_by_phone", "phone"),
)

goods: Final = Table(
    "goods",
    metadata,
    Column("sku", String(48), primary_key=True),
    Column("body", Text, nullable=False),  # canonical JSON of a Good (gateway/core/orders/model.py)
)

barcodes: Final = Table(
    "barcodes",
    metadata,
    Column("code", String(48), primary_key=True),
    Column("sku", String(48), nullable=False, index=True),
)

staff: Final = Table(
    "staff",
    metadata,
    Column("id", String(32), primary_key=True),  # the shop's own number
    Column("name", String(64), nullable=False),
    Column("role", String(48), nullable=False),
    Column("badge", LargeBinary(16), unique=True),  # HMAC of the card's number; None: no badge
    Column("store", String(32), nullable=False),  # where they work mostly; empty: anywhere
    Column("status", String(8), nullable=False),  # active, left
)

instruments: Final = Table(
    "instruments",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),  # HMAC of the number, which itself is kept nowhere
    Column("id", String(32), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("member", String(32), nullable=False, index=True),
    Column("status", String(16), nullable=False),
)

feed: Final = Table(
    "feed",
    metadata,
    Column("cursor", BigInteger, primary_key=True, autoincrement=False),
    Column("table_name", String(16), nullable=False),
    Column("key", String(80), nullable=False),
    Column("op", String(3), nullable=False),
    Column("payload", Text, nullable=False),  # the row as it travels
    Column("at_ms", BigInteger, nullable=False),
    UniqueConstraint("table_name", "key"),
)

counters: Final = Table(
    "counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

secrets: Final = Table(
    "secrets",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

generations: Final = Table(
    "generations",
    metadata,
    Column("gateway", String(32), nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("gateway", "generation"),
)

bundles: Final = Table(
    "bundles",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("published_ms", BigInteger, nullable=False),
    Column("signature", String(128), nullable=False, server_default=""),  # in hex; empty: HQ has no key
)

# Every version that was ever published, as it was: appended only.
programs: Final = Table(
    "programs",
    metadata,
    Column("id", String(48), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("body", Text, nullable=False),  # canonical JSON
    Column("published_ms", BigInteger, nullable=False),  # the first time
    PrimaryKeyConstraint("id", "version"),
)

imports: Final = Table(
    "imports",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("file_name", String(120), nullable=False),
    Column("state", String(12), nullable=False),  # receiving, applying, done, refused, failed
    Column("founding", Integer, nullable=False),  # 1: HQ knew no store yet, so this file names them
    Column("started_ms", BigInteger, nullable=False),
    Column("finished_ms", BigInteger, nullable=False),  # 0: not yet
    Column("lines", BigInteger, nullable=False),  # of members, counted while receiving
    Column("done", BigInteger, nullable=False),  # lines applied or refused
    Column("last_line", BigInteger, nullable=False),  # the line number up to which all is done
    Column("created", BigInteger, nullable=False),  # members, as the next two
    Column("changed", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),  # lines
    Column("fault", Text, nullable=False),  # JSON of the structural fault; empty: none
    Column("kind", String(12), nullable=False, server_default="members"),  # members, goods, staff
)

refusals: Final = Table(
    "refusals",
    metadata,
    Column("import_id", String(32), nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("column_name", String(32), nullable=False),
    Column("code", String(32), nullable=False),
    Column("value", String(64), nullable=False),
    PrimaryKeyConstraint("import_id", "line", "column_name"),
)
