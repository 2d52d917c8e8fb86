"""The layouts of both database files, and of the small files beside them: names, SQL and byte formats.

Owns nothing at run time: constants, SQL text and path arithmetic, so that the bridge (sole writer of the
cache, reader of the ledger) and the gateway (sole writer of the ledger, reader of the cache) cannot drift.

    <data_dir>/ledger.db             WAL, synchronous=FULL; the gateway writes, everybody else opens mode=ro
    <data_dir>/gateway.lock          flock held by the one running gateway
    <data_dir>/restore.unfinished    while a backup is put back; with it nobody opens the ledger
    <data_dir>/cache/<generation>.db WAL; the bridge writes, everybody else opens mode=ro
    <data_dir>/cache/current         text "<generation>\\n", replaced atomically
    <run_dir>/head                   16 bytes, HEAD_FORMAT: epoch, seq of the last durable event
    <run_dir>/bridge.sock            the bridge's wake socket: an empty Unix datagram says "look"
    <run_dir>/gateway.sock           the gateway's wake socket
    <run_dir>/bridge.json            what the bridge says of itself (layout: cloud_bridge/bridge/status.py)

Invariants: events are contiguous from seq 1; a records row and its event are written by one commit; a
generation's file name never changes its content's generation; a generation goes only after the ledger's
meta row `cache_generation` names another one.
"""

from pathlib import Path

LEDGER_FILE = "ledger.db"
LOCK_FILE = "gateway.lock"
UNFINISHED_FILE = "restore.unfinished"
CACHE_FOLDER = "cache"
POINTER_FILE = "current"

HEAD_FILE = "head"
HEAD_FORMAT = ">QQ"
HEAD_BYTES = 16
BRIDGE_SOCKET = "bridge.sock"
GATEWAY_SOCKET = "gateway.sock"
# A wake is only a hint, so a lost one may cost this much and no more.
WAKE_POLL_MS = 1_000

BRIDGE_STATUS_FILE = "bridge.json"
BRIDGE_STATUS_VERSION = 1
# Written at least this often, changed or not: calm is not silence. Three such beats missed are silence.
BRIDGE_STATUS_BEAT_MS = 5_000
BRIDGE_SILENT_MS = 15_000

# -- cache/<generation>.db ---------------------------------------------------------------------------------

CACHE_LAYOUT = 3
# Feed commits larger than this raise a decision's p99 from 0.85 to 8 ms: commit this many rows and pause.
FEED_ROWS_MAX = 500

MEMBER_STATUSES = ("provisional", "active", "suspended", "merged", "erased")
INSTRUMENT_STATUSES = ("active", "lost", "replaced", "locked", "revoked")

META_LAYOUT = "layout"  # integer, CACHE_LAYOUT
META_GENERATION = "generation"  # text, as in the file's name
META_CURSOR = "cursor"  # integer, position in HQ's change feed
META_AS_OF = "as_of"  # integer, HQ's applied seq of this gateway's events when it said so
META_BRAND_KEY = "brand_key"  # 32 bytes, keys evidence; never leaves the cache
META_BUNDLE_HASH = "bundle_hash"  # text, sha256 hex of the program bundle in force
META_RIGHTS_EPOCH = "rights_epoch"  # integer, the epoch of this gateway's rights as HQ has it
META_SYNCED_AT = "synced_at_ms"  # integer, unix milliseconds of the bridge's last word from HQ

CACHE_SCHEMA = (
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB)",
    "CREATE TABLE members(id TEXT PRIMARY KEY, status TEXT NOT NULL, tier TEXT NOT NULL,"
    " qualifying INTEGER NOT NULL, language TEXT NOT NULL, home TEXT NOT NULL DEFAULT '') WITHOUT ROWID",
    # birthday: "MM-DD" or NULL.
    "CREATE TABLE people(member TEXT PRIMARY KEY, name TEXT NOT NULL, birthday TEXT) WITHOUT ROWID",
    "CREATE TABLE instruments(key BLOB PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL,"
    " member TEXT NOT NULL, status TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX instruments_by_member ON instruments(member)",
    # signature: Ed25519 of HQ's bundle key over body; empty where HQ has no such key.
    "CREATE TABLE bundles(hash TEXT PRIMARY KEY, body BLOB NOT NULL, signature BLOB NOT NULL DEFAULT x'')",
    # body: canonical JSON of a Good (gateway/core/orders/model.py); words: what people search for, in lower
    # case: names, sku and barcodes.
    "CREATE TABLE goods(sku TEXT PRIMARY KEY, body BLOB NOT NULL, words TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE barcodes(code TEXT PRIMARY KEY, sku TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX barcodes_by_sku ON barcodes(sku)",
    # badge: evidence key of the card; status active or left.
    "CREATE TABLE staff(id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, badge BLOB,"
    " status TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX staff_by_badge ON staff(badge) WHERE badge IS NOT NULL",
    # Coupons by the code that is printed on them, of the lots above.
    "CREATE TABLE codes(code TEXT PRIMARY KEY, owner TEXT NOT NULL, unit TEXT NOT NULL, lot TEXT NOT NULL)"
    " WITHOUT ROWID",
    # id is into's for good; `into` is never itself an id here.
    "CREATE TABLE aliases(id TEXT PRIMARY KEY, into_member TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX aliases_by_member ON aliases(into_member)",
    # total: what all logs hold together, as HQ has applied them. The rest is of this gateway in `epoch`, and
    # cumulative: granted to it, asked back from it, and what HQ has applied of its own minting and spending,
    # so that total + (minted here - minted) - (spent here - spent) is true at once. terms: canonical JSON.
    "CREATE TABLE lots(owner TEXT NOT NULL, unit TEXT NOT NULL, lot TEXT NOT NULL, terms BLOB NOT NULL,"
    " total INTEGER NOT NULL, epoch INTEGER NOT NULL, granted INTEGER NOT NULL, lease_end INTEGER NOT NULL,"
    " recall INTEGER NOT NULL, minted INTEGER NOT NULL, spent INTEGER NOT NULL,"
    " PRIMARY KEY(owner, unit, lot)) WITHOUT ROWID",
    "CREATE INDEX lots_recalled ON lots(lot) WHERE recall > 0",
)

# -- ledger.db ---------------------------------------------------------------------------------------------

META_GATEWAY = "gateway"  # text, the gateway's id
META_EPOCH = "epoch"  # integer, 1 until an event right.fenced begins another
META_RESTORED = "restored"  # integer, the epoch of a backup that was put back: rights wait for a later one
META_LOSS_TOLD = "loss_told"  # integer, the newest epoch of which an event says that its log was lost
META_BUNDLE = "bundle"  # 64 bytes of signature, then the program bundle that was in force last
META_CACHE_GENERATION = "cache_generation"  # text, the generation the gateway reads now

# LEDGER_MIGRATIONS[n] brings user_version n to n + 1; each runs in one transaction.
LEDGER_MIGRATIONS = (
    (
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID",
        "CREATE TABLE events(seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, body BLOB NOT NULL)",
        "CREATE TABLE boots(id INTEGER PRIMARY KEY, device TEXT NOT NULL, boot INTEGER NOT NULL,"
        " nonce BLOB NOT NULL, UNIQUE(device, boot, nonce))",
        "CREATE TABLE records(boot INTEGER NOT NULL, number INTEGER NOT NULL, seq INTEGER NOT NULL,"
        " PRIMARY KEY(boot, number)) WITHOUT ROWID",
        # state 0 offline, 1 online; at_ms is the gateway's clock; report is the status as canonical JSON.
        "CREATE TABLE devices(device TEXT PRIMARY KEY, state INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
        " report BLOB NOT NULL) WITHOUT ROWID",
    ),
    (
        # Rows are keyed by their names as events have them, not by numbers of ours: a new owner then costs
        # one leaf instead of three.
        # Balances of plain accounts; owners of lots have theirs in lots.
        "CREATE TABLE accounts(owner TEXT NOT NULL, unit TEXT NOT NULL, posted INTEGER NOT NULL,"
        " PRIMARY KEY(owner, unit)) WITHOUT ROWID",
        # This log's part of a lot in one epoch of its rights (gateway/core/book.py, Part). `first` and `last`
        # are the ids of its oldest and newest posting; terms are canonical JSON of what is not the default;
        # `due` is the last day it may be used while anything is left, else NULL.
        "CREATE TABLE lots(owner TEXT NOT NULL, unit TEXT NOT NULL, lot TEXT NOT NULL,"
        " epoch INTEGER NOT NULL, granted INTEGER NOT NULL, minted INTEGER NOT NULL,"
        " returned INTEGER NOT NULL, spent INTEGER NOT NULL, held INTEGER NOT NULL,"
        " first INTEGER NOT NULL, last INTEGER NOT NULL, terms BLOB NOT NULL, due TEXT,"
        " PRIMARY KEY(owner, unit, lot, epoch)) WITHOUT ROWID",
        # By `first`, so that lots of one day are appended and share a leaf.
        "CREATE INDEX lots_due ON lots(epoch, due, first) WHERE due IS NOT NULL",
        # Appended only: id = seq * POSTINGS_AN_EVENT + index; amount is what the side got (negative: gave),
        # held what a hold kept back of it; prev is the posting of the same lot before it, 0 for none.
        "CREATE TABLE postings(id INTEGER PRIMARY KEY, owner TEXT NOT NULL, unit TEXT NOT NULL, lot TEXT,"
        " amount INTEGER NOT NULL, held INTEGER NOT NULL, prev INTEGER NOT NULL)",
        # Pending only: a hold leaves when it is released, and its two events stay.
        "CREATE TABLE holds(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, until_ms INTEGER NOT NULL)"
        " WITHOUT ROWID",
        "CREATE TABLE keys(key TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID",
        # Made here; looked up before the cache until HQ has applied event `seq`.
        "CREATE TABLE members(id TEXT PRIMARY KEY, status TEXT NOT NULL, language TEXT NOT NULL,"
        " seq INTEGER NOT NULL) WITHOUT ROWID",
        # Linked or changed here, likewise. One that was only changed here has no key and no kind: its event
        # does not know them, the cache does.
        "CREATE TABLE instruments(id TEXT PRIMARY KEY, key BLOB, kind TEXT, member TEXT NOT NULL,"
        " status TEXT NOT NULL, at_ms INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE INDEX instruments_by_key ON instruments(key) WHERE key IS NOT NULL",
        "CREATE INDEX instruments_by_member ON instruments(member)",
        # Erasable, and in no event: event `seq` has SHA-256(salt | canonical JSON of the rest).
        "CREATE TABLE people(seq INTEGER PRIMARY KEY, member TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
        " salt BLOB NOT NULL)",
    ),
    (
        # What tills did, by the event that says it. An order is named by the random of its event.
        "CREATE TABLE orders(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
        " till TEXT NOT NULL, shift TEXT NOT NULL, member TEXT, total INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE INDEX orders_by_member ON orders(member, at_ms) WHERE member IS NOT NULL",
        "CREATE INDEX orders_by_time ON orders(at_ms)",
        "CREATE TABLE order_returns(seq INTEGER PRIMARY KEY, order_id TEXT NOT NULL)",
        "CREATE INDEX order_returns_by_order ON order_returns(order_id)",
        "CREATE TABLE parked(name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID",
        # sums: canonical JSON of ShiftSums; closed: seq of the event that closed it, NULL while it is open.
        "CREATE TABLE shifts(id TEXT PRIMARY KEY, till TEXT NOT NULL, staff TEXT NOT NULL,"
        " seq INTEGER NOT NULL, closed INTEGER, sums BLOB NOT NULL) WITHOUT ROWID",
        "CREATE UNIQUE INDEX shifts_open ON shifts(till) WHERE closed IS NULL",
        # Coupons met here, by the code that is printed on them: of lots with the same one, the first.
        "CREATE TABLE codes(code TEXT PRIMARY KEY, owner TEXT NOT NULL, unit TEXT NOT NULL,"
        " lot TEXT NOT NULL) WITHOUT ROWID",
        "INSERT OR IGNORE INTO codes SELECT json_extract(CAST(terms AS TEXT), '$.code') code, owner, unit,"
        " lot FROM lots WHERE owner <> 'suspense' AND code IS NOT NULL ORDER BY first",
        # In no event but that one was set (`seq`): argon2id of PIN and gateway key, and wrong tries since the
        # last right one. owner: "member:<id>" or "staff:<id>".
        "CREATE TABLE pins(owner TEXT PRIMARY KEY, hash TEXT NOT NULL, tries INTEGER NOT NULL,"
        " locked_until_ms INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID",
    ),
    (
        # Of a guest who gave one: the keyed hash that a typed number is compared with, and the number itself,
        # sealed so that HQ alone can open it.
        "ALTER TABLE people ADD COLUMN phone_key BLOB",
        "ALTER TABLE people ADD COLUMN phone_box BLOB",
        "CREATE INDEX people_by_phone ON people(phone_key) WHERE phone_key IS NOT NULL",
        # The last word of a member here on each purpose; text is the version of what was shown.
        "CREATE TABLE consents(member TEXT NOT NULL, purpose TEXT NOT NULL, given INTEGER NOT NULL,"
        " text TEXT NOT NULL, language TEXT NOT NULL, at_ms INTEGER NOT NULL, seq INTEGER NOT NULL,"
        " PRIMARY KEY(member, purpose)) WITHOUT ROWID",
        # Rotating codes that were shown here, as long as they could be shown again: evidence key and step.
        # Columns in the order of the key: of another order SQLite 3.40's check says "NULL value", wrongly.
        "CREATE TABLE rotated(step INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY(step, key))"
        " WITHOUT ROWID",
    ),
    (
        # Who was here (gateway/core/presence.py, Visit), by the event that tells of it. day: civil date;
        # hour: 0 to 23 of it; shaken: a presence ticket was used; redeemed: a coupon was, later on that day.
        # member goes when the member is forgotten.
        "CREATE TABLE visits(seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, day TEXT NOT NULL,"
        " hour INTEGER NOT NULL, member TEXT, proof TEXT NOT NULL, beacon TEXT NOT NULL,"
        " place TEXT NOT NULL, shaken INTEGER NOT NULL, redeemed INTEGER NOT NULL)",
        "CREATE INDEX visits_by_day ON visits(day)",
        "CREATE INDEX visits_by_member ON visits(member, day) WHERE member IS NOT NULL",
    ),
)
EVENT_BYTES_MAX = 1 << 20  # HQ takes no longer one, and one that cannot be sent would hold up all behind it
POSTINGS_AN_EVENT = 2_048  # two for each transfer, of which gateway/core/draft.py allows 500
LEDGER_VERSION = len(LEDGER_MIGRATIONS)

SELECT_EVENTS_AFTER = "SELECT seq, hash, body FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
SELECT_EVENT = "SELECT hash, body FROM events WHERE seq = ?"
SELECT_TIP = "SELECT seq, hash, body FROM events ORDER BY seq DESC LIMIT 1"
SELECT_PEOPLE_AFTER = (
    "SELECT member, name, salt, seq, phone_key, phone_box FROM people WHERE seq > ? ORDER BY seq LIMIT ?"
)
SELECT_META = "SELECT value FROM meta WHERE key = ?"
PUT_META = "INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value"


def ledger_path(data_dir: str) -> Path:
    """Where the ledger lives."""
    return Path(data_dir) / LEDGER_FILE


def cache_folder(data_dir: str) -> Path:
    """The folder of cache generations and their pointer."""
    return Path(data_dir) / CACHE_FOLDER


def generation_path(folder: Path, generation: str) -> Path:
    """The file of one cache generation."""
    return folder / f"{generation}.db"


def read_only_uri(path: Path) -> str:
    """An SQLite URI that can never write: how everybody but the sole writer opens a database."""
    return f"{path.resolve().as_uri()}?mode=ro"
