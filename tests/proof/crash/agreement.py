"""Whether all that a ledger file says besides its events is what the events say; read as by anybody."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from gateway.core.errors import EventError
from gateway.core.event import Event, canonical, open_event
from gateway.core.model import DONE
from gateway.core.people import forgotten
from gateway.core.promises import MEMBER, Enrol, Forget
from gateway.core.state import State
from gateway.errors import GatewayError
from gateway.storage import layout
from gateway.storage.digest import digest
from gateway.storage.identities import commitment
from gateway.storage.rebuild import compare
from gateway.storage.verify import verify_chain

_RECORDS = (
    "SELECT b.device, b.boot, b.nonce, r.number, r.seq"
    " FROM records r JOIN boots b ON b.id = r.boot ORDER BY r.seq"
)

_PARTS = "SELECT owner, unit, lot, epoch, granted, minted, returned, spent, held FROM lots"
_ACCOUNTS = "SELECT owner, unit, posted FROM accounts WHERE posted != 0"
_INSTRUMENTS = "SELECT key, id, kind, member, status, at_ms FROM instruments WHERE key IS NOT NULL"
_CONSENTS = "SELECT member, purpose, given, text, language, at_ms FROM consents"
_VISITS = "SELECT seq, at_ms, day, hour, member, proof, beacon, place, shaken, redeemed FROM visits"
# Every unit of every event sums to zero; what a lot's postings sum to is what its parts say.
_UNBALANCED = (
    f"SELECT id / {layout.POSTINGS_AN_EVENT}, unit FROM postings GROUP BY 1, 2 HAVING sum(amount) != 0"
)
_POSTED = "SELECT owner, unit, lot, sum(amount), sum(held) FROM postings GROUP BY owner, unit, lot"
_LEFT = (
    "SELECT owner, unit, lot, sum(granted + minted - returned - spent), sum(held) FROM lots GROUP BY 1, 2, 3"
    " UNION ALL SELECT owner, unit, NULL, posted, 0 FROM accounts"
)


def faults(ledger: Path) -> list[str]:
    """What does not agree; nothing, if all is well."""
    db = sqlite3.connect(layout.read_only_uri(ledger), uri=True)
    try:
        return _pages(db) or _chain(db) or _tables(db)
    finally:
        db.close()


def verified(ledger: Path) -> list[str]:
    """What `shopbell ledger verify` finds: the projections made anew, compared with those in the file."""
    try:
        found = compare(ledger, lambda done, total: None)
    except GatewayError as problem:
        return [f"verify: {problem}"]
    return [f"verify: {difference}" for difference in found.differences]


def _pages(db: sqlite3.Connection) -> list[str]:
    found = db.execute("PRAGMA integrity_check(3)").fetchall()
    return [] if found == [("ok",)] else [f"pages: {row[0]}" for row in found]


def _chain(db: sqlite3.Connection) -> list[str]:
    found = verify_chain(db)
    return [] if found.bad_seq is None else [f"event {found.bad_seq}: {found.reason}"]


def _tables(db: sqlite3.Connection) -> list[str]:
    events = [open_event(row[0]) for row in db.execute("SELECT body FROM events ORDER BY seq")]
    return [
        *_records(db, events),
        *_devices(db, events),
        *_people(db, events),
        *_projections(db, events),
    ]


def _records(db: sqlite3.Connection, events: list[Event]) -> list[str]:
    told = [
        (event.device, event.record.boot, bytes.fromhex(event.record.nonce), event.record.number, event.seq)
        for event in events
        if event.record is not None
    ]
    return _compare("records", db.execute(_RECORDS).fetchall(), told)


def _devices(db: sqlite3.Connection, events: list[Event]) -> list[str]:
    told = {event.device: (event.at, canonical(event.report)) for event in events if event.report}
    rows = db.execute("SELECT device, at_ms, report FROM devices").fetchall()
    return _compare("devices", rows, [(device, *rest) for device, rest in told.items()])


def _people(db: sqlite3.Connection, events: list[Event]) -> list[str]:
    """A newcomer's name comes with the commit of the event that makes them, and goes with the one that
    forgets them, their PIN with it; nobody else's goes in these runs."""
    gone = _forgotten(events)
    told = {
        event.seq: (event.act.member, event.act.commitment)
        for event in events
        if isinstance(event.act, Enrol) and event.outcome.name == DONE and event.act.member not in gone
    }
    rows = db.execute("SELECT seq, member, name, salt, phone_box FROM people").fetchall()
    found = {seq: (member, commitment(*rest)) for seq, member, *rest in rows}
    wrong = [] if found == told else [f"people: {sorted(found.items() ^ told.items())[:2]}"]
    pins = {row[0] for row in db.execute("SELECT owner FROM pins")} & {MEMBER + name for name in gone}
    return [*wrong, *(f"pins: {owner} is forgotten" for owner in sorted(pins))]


def _forgotten(events: list[Event]) -> set[str]:
    """Who is nobody any more."""
    wishes = [(event, event.act) for event in events if event.outcome.name == DONE]
    return {name for event, act in wishes if isinstance(act, Forget) for name in forgotten(event.facts, act)}


def _projections(db: sqlite3.Connection, events: list[Event]) -> list[str]:
    """The tables against the reference: what the core makes of the same events."""
    state = State(db.execute(layout.SELECT_META, (layout.META_GATEWAY,)).fetchone()[0])
    for event in events:
        try:
            state.apply(event)
        except EventError as problem:
            return [f"event {event.seq} cannot follow: {problem}"]
    told: dict[str, list[tuple[object, ...]]] = {
        "SELECT value FROM meta WHERE key = 'epoch'": [(state.epoch,)],
        _PARTS: [(*key, epoch, *part) for (key, epoch), part in state.parts.items()],
        _ACCOUNTS: [(*key, posted) for key, posted in state.accounts.items() if posted],
        "SELECT id, seq, until_ms FROM holds": [(name, *rest) for name, rest in state.holds.items()],
        "SELECT key, seq FROM keys": list(state.keys.items()),
        "SELECT id, status, language FROM members": [(name, *row) for name, row in state.members.items()],
        "SELECT id, seq FROM orders": list(state.tills.orders.items()),
        "SELECT name, seq FROM parked": list(state.tills.parked.items()),
        "SELECT id, till, staff, seq, closed FROM shifts": [
            (name, *row[:4]) for name, row in state.tills.shifts.items()
        ],
        _CONSENTS: [(*key, *row) for key, row in state.consents.items()],
        _VISITS: [(seq, *visit) for seq, visit in state.visits.items()],
        "SELECT key, step FROM rotated": [(bytes.fromhex(key), step) for key, step in state.rotated],
        _INSTRUMENTS: [(bytes.fromhex(key), *row) for key, row in state.instruments.items()],
    }
    wrong = _compare("postings and lots", db.execute(_POSTED).fetchall(), db.execute(_LEFT).fetchall())
    if digest(db) != state.digest():
        wrong.append("digests: the tables have another one than their log")
    return [
        *wrong,
        *_compare("unbalanced events", db.execute(_UNBALANCED).fetchall(), []),
        *_against(db, told),
    ]


def _against(db: sqlite3.Connection, told: dict[str, list[tuple[object, ...]]]) -> list[str]:
    return [
        fault
        for query, rows in told.items()
        for fault in _compare(query.rpartition("FROM ")[2], db.execute(query).fetchall(), rows)
    ]


def _compare(what: str, found: Sequence[tuple[object, ...]], told: Sequence[tuple[object, ...]]) -> list[str]:
    """A fault that names the rows only one of them has."""
    if len(found) == len(told) and set(found) == set(told):
        return []
    other = sorted(map(repr, set(found) ^ set(told)))
    return [f"{what}: {len(found)} rows, must be {len(told)}; {other[:4]}"]
