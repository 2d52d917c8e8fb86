"""The judge: after every operation, all invariants that can be checked then; and the rest at a story's end.

Numbers are those of the domain model. 1, 2, 8: a gateway's own tables against its events. 3, 4: sums over all
logs. 5, 7, 9, 10, 11, 12, 14, 15, 20 to 22: each event, by its Chain. 13, 16: what HQ and askers were told is
there.
"""

import sqlite3
from collections import Counter

from gateway.core.book import AccountKey, LotKey, Part
from gateway.core.event import Event
from gateway.core.model import DONE
from gateway.core.promises import RETURN, RIGHT, RISK, SPENT, SUSPENSE
from gateway.core.state import State, digest_lines
from tests.simulation.bridge import read_parts
from tests.simulation.chain import Chain
from tests.simulation.shop import Shop
from tests.simulation.verdict import Violation
from tests.simulation.world import World


class Judge:
    """Watches one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._arrived = 0
        self._hq_seen = 0
        self._digests: dict[str, str] = {}
        self.checks: Counter[int] = Counter()

    def look(self) -> None:
        """Everything that can be said after an operation."""
        world = self._world
        for name, shop in world.shops.items():
            self._look_at(name, shop)
        self._look_at_hq()
        world.truth.judge()
        self.checks.update((3, 4))

    def _look_at(self, name: str, shop: Shop) -> None:
        chain = self._world.chains[name]
        fresh = chain.read(shop.file())
        for hash_, event in fresh:
            self._judge_frozen(name, hash_, event)
            self._world.note(name, hash_, event)
        if fresh:
            self.checks.update((5, 7, 9, 10, 11, 12, 14, 15, 20, 21, 22))
            self._judge_file(chain, shop.file())
            chain.wishes.judge_file(name, shop.file(), chain.state)
        elif chain.state.seq != shop.ledger.seq:
            raise Violation(
                13, f"{name}: the file has {chain.state.seq} events, its gateway {shop.ledger.seq}"
            )
        self._judge_rights(name, chain.state)
        self._judge_told(name, chain)

    # -- 1, 2, 8 -------------------------------------------------------------------------------------------

    def _judge_file(self, chain: Chain, db: sqlite3.Connection) -> None:
        parts, accounts = read_parts(db), read_accounts(db)
        holds = {row[0]: (row[1], row[2]) for row in db.execute("SELECT id, seq, until_ms FROM holds")}
        judge_sums(chain.gateway, parts, accounts)
        self.checks.update((1, 2, 8))
        here = digest_lines(parts.items(), accounts.items(), holds.items())
        if here != chain.state.digest():
            raise Violation(8, f"{chain.gateway} {chain.state.seq}: {_difference(parts, holds, chain.state)}")
        self._digests[chain.tip] = here

    # -- 4 -------------------------------------------------------------------------------------------------

    def _judge_rights(self, name: str, state: State) -> None:
        hq = self._world.hq.rights
        if state.epoch > hq.epochs[name]:
            raise Violation(4, f"{name}: epoch {state.epoch}, HQ has {hq.epochs[name]}")
        self.checks[4] += 1
        for (key, epoch), part in state.parts.items():
            if part.granted > hq.granted.get((name, key, epoch), 0):
                given = hq.granted.get((name, key, epoch), 0)
                raise Violation(4, f"{name} {key} epoch {epoch}: took {part.granted}, was granted {given}")

    def _judge_frozen(self, name: str, hash_: str, event: Event) -> None:
        """Nothing new may use a right after the gateway was told that its ledger is an old image."""
        world = self._world
        if hash_ not in world.truth.committed and world.must_freeze(name) and uses_rights(event):
            raise Violation(
                4, f"{name} {event.seq} {event.type}: rights of an old image used after a warning"
            )

    # -- 16 ------------------------------------------------------------------------------------------------

    def _judge_told(self, name: str, chain: Chain) -> None:
        self.checks[16] += 1
        for number, ask in self._world.asks.items():
            if ask.gateway == name and ask.told is not None and not chain.holds(*ask.told):
                seq = ask.told.seq
                raise Violation(16, f"{name}: ask {number} was told event {seq}, which is not in its log")
        for device in self._world.plan.devices(name):
            for key, (_, seq) in self._world.devices[device].receipts.items():
                if not chain.answers(key, seq):
                    raise Violation(16, f"{name}: {key} was told event {seq}, which is another")

    # -- 13 ------------------------------------------------------------------------------------------------

    def _look_at_hq(self) -> None:
        hq, truth = self._world.hq, self._world.truth
        for gateway, name in hq.arrived[self._arrived :]:
            if name not in truth.committed:
                event = hq.trees[gateway].nodes[name].event
                raise Violation(13, f"HQ has {gateway} {event.seq} {event.type}, which was never committed")
        self._arrived = len(hq.arrived)
        truth.add_hq(hq.log.events[self._hq_seen :])
        if len(hq.log.events) > self._hq_seen:
            self.checks.update((1, 2))
            judge_sums("hq", hq.log.state.parts, hq.log.state.accounts)
        self._hq_seen = len(hq.log.events)
        for gateway, tree in hq.trees.items():
            digest = self._digests.pop(tree.tip[1], None)  # said once: HQ's State of a tip does not change
            if digest is not None and tree.state_at(tree.tip[1]).digest() != digest:
                raise Violation(8, f"{gateway} {tree.tip[0]}: HQ and the gateway have different digests")
        self.checks[13] += 1


def judge_sums(name: str, parts: dict[tuple[LotKey, int], Part], accounts: dict[AccountKey, int]) -> None:
    """Each unit sums to zero over all that a log holds, and nothing guarded is below zero."""
    sums: Counter[str] = Counter()
    for (key, epoch), part in parts.items():
        sums[key.unit] += part.left
        if key.owner != SUSPENSE and not 0 <= part.held <= part.left:
            raise Violation(2, f"{name} {key} epoch {epoch}: {part}")
    for account, posted in accounts.items():
        sums[account.unit] += posted
    wrong = {unit: amount for unit, amount in sums.items() if amount}
    if wrong:
        raise Violation(1, f"{name}: {wrong}")


def read_accounts(db: sqlite3.Connection) -> dict[AccountKey, int]:
    """The plain accounts of a ledger's file."""
    rows = db.execute("SELECT owner, unit, posted FROM accounts")
    return {AccountKey(owner, unit): posted for owner, unit, posted in rows}


def uses_rights(event: Event) -> bool:
    """Whether an event uses up, returns or takes what another log may have used as well."""
    if event.outcome.name != DONE:
        return False
    return any(
        (each.credit == SPENT or RIGHT in (each.credit[:6], each.debit[:6]))
        and not each.unit.startswith((RISK, RETURN))
        for each in event.transfers
        if each.phase != "released"
    )


def _difference(
    parts: dict[tuple[LotKey, int], Part], holds: dict[str, tuple[int, int]], state: State
) -> str:
    """What the file's tables and the State of its events do not agree on; the first of it."""
    for key in sorted(parts.keys() | state.parts.keys()):
        if parts.get(key) != state.parts.get(key):
            return f"{key}: file {parts.get(key)}, events {state.parts.get(key)}"
    if holds != state.holds:
        return f"holds: file {holds}, events {state.holds}"
    return "accounts"
