"""Figures of the ledger: what a durable promise costs beside a bare fsync, with three million lots in it.

One ledger grows from 10^4 to 10^7 events; at each size the same acts are asked of a real desk on random
members. A million of its events, with three lots each, are real, written through the gateway's own ledger;
the rest only lengthens it. The limit is an append of as many bytes with fdatasync, in the same folder.
"""

import hashlib
import itertools
import os
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import httpx

from gateway.acting import Refused, Request, Verdict
from gateway.core.model import (
    COUPON_REDEEMED,
    DONE,
    TRANSFER_HELD,
    TRANSFER_POSTED,
    TRANSFER_RELEASED,
    Act,
)
from gateway.core.promises import POINTS, POSTED, Credit, Hold, Post, Release, Spend, Terms
from gateway.desk import Desk
from gateway.storage import layout
from gateway.storage.opening import open_ledger
from gateway.storage.rebuild import compare
from gateway.web import TOKEN_FILE
from hardware_tests.figures import machine
from hardware_tests.figures.desks import a_desk, bare, timed
from hardware_tests.figures.rows import Row, percentile, row
from samples.seeded import is_suspended, seeded, write_cache
from samples.seeded_ledger import (
    COUPON_UNIT,
    LAST_DAY,
    LOTS_AN_EVENT,
    MONEY_UNIT,
    decisions,
    grow,
    lot_of,
    owner_of,
)

GATEWAY = "bench"
SIZES = (10_000, 100_000, 1_000_000)
GROWN = 10_000_000
REAL = SIZES[-1]
LOTS = LOTS_AN_EVENT * REAL
TOGETHER = 1_000  # events of one commit while filling
ACTS = 300  # of each kind at each size
GROUP, GROUPS = 64, 30
BRAND_KEY = bytes(range(32))
SEED = 7
GROUP_TURN, MEMORY_TURN, GROWN_TURN, TURNS = 3, 4, 5, 6  # behind one for each of SIZES
HOLD_MS = 600_000
MEMORY_LIMIT_MIB = 80.0
MEMORY_ACTS = 2_000
ZONE = "Asia/Shanghai"

Say = Callable[[str], None]


class Costs(NamedTuple):
    """Seconds of each act of a kind, and bytes written for one in the middle."""

    post: list[float]
    redeem: list[float]
    hold: list[float]
    bytes_a_post: float
    bare: list[float]


class Teller:
    """Asks acts of a desk about members nobody asked about before."""

    def __init__(self, desk: Desk, members: list[int]) -> None:
        self._desk = desk
        self._members = members

    def ask(self, requests: list[Request]) -> list[Verdict]:
        """Verdicts, all of them done; anything else would be measured for nothing."""
        verdicts = self._desk.act(requests)
        for verdict in verdicts:
            if isinstance(verdict, Refused) or verdict.event.outcome.name != DONE:
                raise RuntimeError(f"an act of the bench was not done: {verdict}")
        return [verdict for verdict in verdicts if isinstance(verdict, Verdict)]

    def post(self) -> Request:
        """Six transfers: three lots given, and of three some is spent."""
        number = self._members.pop()
        owner = owner_of(number)
        parts = (
            Credit(7, owner, Terms(expires_on=LAST_DAY), POINTS),
            Credit(1, owner, Terms(face=500, expires_on=LAST_DAY), COUPON_UNIT),
            Credit(100, owner, Terms(), MONEY_UNIT),
            Spend(5, owner, POINTS, lot_of(number, 0)),
            Spend(1, owner, COUPON_UNIT, lot_of(number, 1)),
            Spend(50, owner, MONEY_UNIT, lot_of(number, 2)),
        )
        return _request(TRANSFER_POSTED, Post(parts))

    def redeem(self) -> Request:
        """One coupon, which may be given back."""
        owner = owner_of(self._members.pop())
        return _request(COUPON_REDEEMED, Post((Spend(1, owner, COUPON_UNIT),), returnable=1))

    def hold(self) -> Request:
        owner = owner_of(self._members.pop())
        until = time.time_ns() // 1_000_000 + HOLD_MS
        return _request(TRANSFER_HELD, Hold(100, owner, MONEY_UNIT, until))


def measure(say: Say) -> list[Row]:
    """All rows of this file; says aloud what it is doing."""
    folder = Path(tempfile.mkdtemp(prefix="shopbell-figures-"))
    try:
        return _rows(folder, say)
    finally:
        shutil.rmtree(folder)


def _rows(folder: Path, say: Say) -> list[Row]:
    say(f"writing a cache of {REAL:,} members")
    cache = layout.cache_folder(str(folder))
    cache.mkdir(parents=True)
    write_cache(layout.generation_path(cache, "g1"), REAL, SEED, BRAND_KEY)
    (cache / layout.POINTER_FILE).write_text("g1\n")
    costs: dict[int, Costs] = {}
    filled = 0
    for turn, size in enumerate(SIZES):
        say(f"filling the ledger to {size:,} events, {LOTS_AN_EVENT * size:,} lots")
        _fill(folder, filled, size)
        filled = size
        costs[size] = _costs(folder, filled, turn)
    rows = [*_cost_rows(costs[REAL]), *_group_rows(folder), _memory_row(folder, say)]
    say(f"rebuilding what {REAL:,} events came to")
    rows.append(_rebuild_row(folder))
    say(f"lengthening the log to {GROWN:,} events")
    grow(layout.ledger_path(str(folder)), GATEWAY, GROWN)
    os.sync()
    costs[GROWN] = _costs(folder, REAL, GROWN_TURN)
    return rows + _growth_rows(costs)


def _fill(folder: Path, filled: int, size: int) -> None:
    now_ms = time.time_ns() // 1_000_000
    with closing(open_ledger(layout.ledger_path(str(folder)), GATEWAY)) as ledger:
        for first in range(filled, size, TOGETHER):
            with ledger.transaction() as page:
                for decision in decisions(GATEWAY, first, TOGETHER, now_ms, "2026-11-21"):
                    page.add(decision)
    os.sync()


def _costs(folder: Path, members: int, turn: int) -> Costs:
    """Lone acts: each waits for its own commit; a bare append of as many bytes takes turns with them."""
    with a_desk(folder, GATEWAY) as desk:
        teller = Teller(desk, _members(members, 4 * ACTS, turn))
        for _ in range(ACTS // 4):
            teller.ask([teller.post()])
        before = machine.written_bytes(os.getpid())
        post = [timed(lambda: teller.ask([teller.post()])) for _ in range(ACTS)]
        bytes_a_post = (machine.written_bytes(os.getpid()) - before) / ACTS
        redeem = [timed(lambda: teller.ask([teller.redeem()])) for _ in range(ACTS)]
        hold = [timed(lambda: _hold_and_post(teller)) for _ in range(ACTS)]
    return Costs(post, redeem, hold, bytes_a_post, bare(folder, int(bytes_a_post), ACTS))


def _hold_and_post(teller: Teller) -> None:
    (held,) = teller.ask([teller.hold()])
    teller.ask([_request(TRANSFER_RELEASED, Release(held.event.random, POSTED))])


def _cost_rows(costs: Costs) -> list[Row]:
    where = f"{REAL:,} events, {LOTS:,} lots; alone, each its own commit; limit: bare append + fdatasync"
    rows = []
    for name, taken, commits in (
        ("post_6_transfers", costs.post, 1),
        ("redeem", costs.redeem, 1),
        ("hold_and_post", costs.hold, 2),
    ):
        for share, label in ((0.5, "p50"), (0.99, "p99")):
            limit = percentile(costs.bare, share) * 1e3 * commits
            rows.append(row(f"{name}_{label}", percentile(taken, share) * 1e3, "ms", where, limit))
    rows.append(row("bytes_per_post_6", costs.bytes_a_post, "B", "written to the disk, all in all"))
    return rows


def _group_rows(folder: Path) -> list[Row]:
    with a_desk(folder, GATEWAY) as desk:
        teller = Teller(desk, _members(REAL, GROUP * GROUPS, GROUP_TURN))
        batches = [[teller.post() for _ in range(GROUP)] for _ in range(GROUPS)]
        before = machine.written_bytes(os.getpid())
        taken = sum(timed(lambda batch=batch: teller.ask(batch)) for batch in batches)  # type: ignore[misc]
        written = (machine.written_bytes(os.getpid()) - before) / GROUPS
    appended = sum(bare(folder, int(written), GROUPS))
    acts = GROUP * GROUPS
    where = f"{GROUP} acts of 6 transfers a commit, {LOTS:,} lots; limit: bare appends with one fdatasync"
    return [row("posts_together", acts / taken, "/s", where, acts / appended)]


def _memory_row(folder: Path, say: Say) -> Row:
    """The resident memory of a real gateway process after acts over HTTP on all of this."""
    say("the gateway process, by HTTP")
    with machine.broker(folder) as port, machine.gateway(folder, port) as (child, http_port):
        token = (folder / "run" / TOKEN_FILE).read_text().strip()
        with httpx.Client(headers={"authorization": f"Bearer {token}"}) as client:
            for number in _members(REAL, MEMORY_ACTS, MEMORY_TURN):
                member = owner_of(number).removeprefix("member:")
                body = {
                    "key": os.urandom(8).hex(),
                    "type": TRANSFER_POSTED,
                    "act": {
                        "do": "post",
                        "parts": [{"do": "spend", "amount": 5, "owner": f"member:{member}", "unit": POINTS}],
                    },
                }
                url = f"http://127.0.0.1:{http_port}/v1/members/{member}/transfers"
                answer = client.post(url, json=body)
                answer.raise_for_status()
        resident = machine.resident_mib(child.pid)
    where = f"after {MEMORY_ACTS:,} acts by HTTP; {REAL:,} members in the cache, {LOTS:,} lots in the ledger"
    return row("memory_3m_lots", resident, "MiB", where, MEMORY_LIMIT_MIB)


def _rebuild_row(folder: Path) -> Row:
    path = layout.ledger_path(str(folder))
    limit = timed(lambda: _read_all(path))
    taken = timed(lambda: compare(path, lambda done, whole: None))
    where = f"{REAL:,} events, {LOTS:,} lots; limit: reading and hashing every event"
    return row("rebuild", REAL / taken, "events/s", where, REAL / limit)


def _read_all(path: Path) -> None:
    with closing(sqlite3.connect(layout.read_only_uri(path), uri=True)) as db:
        for (body,) in db.execute("SELECT body FROM events ORDER BY seq"):
            hashlib.sha256(body).digest()


def _growth_rows(costs: dict[int, Costs]) -> list[Row]:
    """Each act's p50 at each size beside the same run's p50 at the smallest."""
    rows = []
    for name in ("post", "redeem", "hold"):
        least = percentile(getattr(costs[SIZES[0]], name), 0.5) * 1e3
        for size in (*SIZES[1:], GROWN):
            taken = percentile(getattr(costs[size], name), 0.5) * 1e3
            least_lots, lots = (LOTS_AN_EVENT * min(events, REAL) for events in (SIZES[0], size))
            where = f"p50: {size:,} events, {lots:,} lots; limit: {SIZES[0]:,} events, {least_lots:,} lots"
            rows.append(row(f"{name}_at_{size:.0e}".replace("e+0", "e"), taken, "ms", where, least))
    return rows


def _members(among: int, count: int, turn: int) -> list[int]:
    """So many different members whom no other turn asks about, none of them suspended: those are refused."""
    numbers = range(turn, among, TURNS)
    active = (n for n in random.sample(numbers, len(numbers)) if not is_suspended(seeded(SEED, n)))
    return list(itertools.islice(active, count))


def _request(kind: str, act: Act) -> Request:
    return Request(os.urandom(8).hex(), "staff:bench", kind, act)
