"""What people said about their own data, where they were and what they showed: HQ's tables of consents, the
forgotten, numbers still sealed, visits, and rotating codes."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, String, Table

from cloud_bridge.hq.models import metadata

# The last word of a member on each purpose, whoever heard it; the words themselves are the store's.
consents: Final = Table(
    "consents",
    metadata,
    Column("member", String(32), nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("given", Integer, nullable=False),
    Column("text", String(64), nullable=False),  # the version of the words that were shown
    Column("language", String(35), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("mark", String(64), nullable=False),  # "<gateway>:<seq>": of two words of one moment the later
    PrimaryKeyConstraint("member", "purpose"),
)

# Who was forgotten, when they asked for it, and where: what is left to show that it was done.
forgotten: Final = Table(
    "forgotten",
    metadata,
    Column("member", String(32), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("gateway", String(32), nullable=False),  # "hq": by staff at headquarters
    Column("seq", BigInteger, nullable=False),
)

# How often each store saw a member, and when last (gateway/core/presence.py); nothing else of any visit.
visits: Final = Table(
    "visits",
    metadata,
    Column("member", String(32), nullable=False),
    Column("gateway", String(32), nullable=False),
    Column("times", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("member", "gateway"),
)

# Phone numbers that no key of HQ's opens yet, as they came; they are tried again at each start.
sealed_phones: Final = Table(
    "sealed_phones",
    metadata,
    Column("member", String(32), primary_key=True),
    Column("gateway", String(32), nullable=False),
    Column("key", LargeBinary(16), nullable=False),  # the number's evidence key
    Column("box", LargeBinary(64), nullable=False),
)

# Rotating codes that stores took, while one that was away may still tell of the same (shown_codes.py).
shown_codes: Final = Table(
    "shown_codes",
    metadata,
    Column("key", LargeBinary(16), nullable=False),  # of the member code
    Column("step", BigInteger, nullable=False),  # of time, that the code was made for
    Column("gateway", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),  # of the event that took it
    Column("member", String(32), nullable=False, index=True),
    Column("place", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False, index=True),
    Column("used_seq", BigInteger, nullable=False),  # of the act that it stood for a PIN in; 0: none
    PrimaryKeyConstraint("key", "step", "gateway"),
    Index("shown_codes_by_event", "gateway", "seq"),
)
