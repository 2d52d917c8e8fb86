"""HQ's tables of promises: the projections of every gateway's log and of HQ's own, rebuilt from events at
will.

A log is named by its gateway's id, HQ's own by "hq". `holdings` are parts of lots as gateway/core/book.py
says, one row for each log, epoch of its rights and owner; events on branches are facts too and are added to
the same rows. `leases` are HQ's side of the rights: cumulative in the gateway's epoch, but for times and
`wanted`. What an older HQ had in other tables stays as it is: all that promises need is here, in tables of
their own.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from cloud_bridge.hq.models import metadata

lots: Final = Table(
    "lots",
    metadata,
    Column("lot", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("unit", String(96), nullable=False),
    Column("terms", Text, nullable=False),  # canonical JSON
    Column("face", BigInteger, nullable=False),  # minor units of money; -1: the unit's worth counts
    Column("expires_on", String(10)),
    Index("lots_by_owner", "owner", "unit"),
    Index("lots_by_day", "expires_on"),
)

holdings: Final = Table(
    "holdings",
    metadata,
    Column("lot", String(64), nullable=False),
    Column("log", String(32), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("owner", String(64), nullable=False),
    Column("unit", String(96), nullable=False),
    Column("granted", BigInteger, nullable=False),
    Column("minted", BigInteger, nullable=False),
    Column("returned", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    PrimaryKeyConstraint("lot", "log", "epoch", "owner", "unit"),
    Index("holdings_by_log", "log", "epoch"),
)

accounts: Final = Table(
    "accounts",
    metadata,
    Column("log", String(32), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("unit", String(96), nullable=False),
    Column("posted", BigInteger, nullable=False),
    PrimaryKeyConstraint("log", "owner", "unit"),
)

holds: Final = Table(
    "holds",
    metadata,
    Column("log", String(32), nullable=False),
    Column("id", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("log", "id"),
)

# Every transfer of every event, to answer where a lot was used; appended only.
transfers: Final = Table(
    "transfers",
    metadata,
    Column("log", String(32), nullable=False),
    Column("branch", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),  # its place in the event, from 0
    Column("at_ms", BigInteger, nullable=False),
    Column("unit", String(96), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("debit", String(64), nullable=False),
    Column("debit_lot", String(64)),
    Column("credit", String(64), nullable=False),
    Column("credit_lot", String(64)),
    Column("phase", String(8)),
    PrimaryKeyConstraint("log", "branch", "seq", "number"),
    Index("transfers_by_lot", "debit_lot"),
    Index("transfers_to_lot", "credit_lot"),
)

leases: Final = Table(
    "leases",
    metadata,
    Column("lot", String(64), nullable=False),
    Column("gateway", String(32), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("granted", BigInteger, nullable=False),  # G
    Column("returned", BigInteger, nullable=False),  # Q: what HQ has booked back
    Column("recall", BigInteger, nullable=False),  # asked back in all, Q included
    Column("ends_ms", BigInteger, nullable=False),  # 0: no end
    Column("wanted", BigInteger, nullable=False),  # asked for and not there yet
    Column("wanted_ms", BigInteger, nullable=False),
    Column("covered", BigInteger, nullable=False),  # used beyond all rights, and taken over by suspense
    Column("written", BigInteger, nullable=False),  # given anew to the owner since the epoch is settled
    Column("reported_minted", BigInteger, nullable=False),  # maxima of what the gateway reported
    Column("reported_returned", BigInteger, nullable=False),
    Column("reported_spent", BigInteger, nullable=False),
    PrimaryKeyConstraint("lot", "gateway", "epoch"),
    Index("leases_by_gateway", "gateway", "epoch", "ends_ms"),
)

# One row a gateway: the present epoch of its rights, the first one that is not settled yet (those between
# wait for the gateway's fence, behind which nothing of them can follow), how far HQ has its personal rows.
standings: Final = Table(
    "standings",
    metadata,
    Column("gateway", String(32), primary_key=True),
    Column("rights_epoch", BigInteger, nullable=False),
    Column("settled_epoch", BigInteger, nullable=False),
    Column("people_seq", BigInteger, nullable=False),
)

# The epoch in which the log of a branch stands: raised by its right.fenced events.
mirrors: Final = Table(
    "mirrors",
    metadata,
    Column("gateway", String(32), nullable=False),
    Column("branch", Integer, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    PrimaryKeyConstraint("gateway", "branch"),
)

aliases: Final = Table(
    "aliases",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("into_member", String(32), nullable=False, index=True),
)

# Who last changed an instrument, and when: the latest wins, in whatever order the stores are heard.
links: Final = Table(
    "links",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("mark", String(64), nullable=False),  # "<gateway>:<seq>"
)

# What was asked once and is answered the same for ever.
requests: Final = Table(
    "requests",
    metadata,
    Column("scope", String(40), nullable=False),
    Column("key", String(80), nullable=False),
    Column("seq", BigInteger, nullable=False),  # of HQ's own event; 0: none was booked
    Column("result", Text, nullable=False),  # JSON
    PrimaryKeyConstraint("scope", "key"),
)
