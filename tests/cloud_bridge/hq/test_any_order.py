"""Three stores at random: earning, spending, asking, returning, late lines, old disks, lost gateways.

HQ's books must hold: no part of HQ's own below zero, every unit's sum zero, each mirror equal to its log.
When all is heard, nothing is lost or doubled but what the exceptions say, and that never costs the member.
"""

import random

import pytest
from sqlalchemy import func, select

from cloud_bridge.hq import promise_models as tables
from gateway.core.model import TRANSFER_POSTED
from gateway.core.promises import HQ, MEMBER, SUSPENSE
from tests.cloud_bridge.hq.shops import LIN, STORES, STRICT, Brand, Store

STEPS = 60
SEEDS = range(6)


class Day:
    """One random day; `wild`: disks are replaced by old images and gateways given up."""

    def __init__(self, brand: Brand, seed: int, wild: bool) -> None:
        self.brand = brand
        self.chance = random.Random(seed)
        self.wild = wild
        self.issued = {"PTS": 0, STRICT: 0}
        self.images: dict[str, Store] = {}

    def step(self) -> None:
        acts = [
            self.earn,
            self.spend,
            self.ask,
            self.take,
            self.give_back,
            self.push,
            self.push,
            self.issue,
            self.fence,
        ]
        if self.wild:
            acts += [self.image, self.restore, self.give_up]
        self.chance.choice(acts)(self.brand.stores[self.chance.choice(STORES)])

    def unit(self) -> str:
        return self.chance.choice(["PTS", STRICT])

    def issue(self, store: Store) -> None:
        unit = self.unit()
        amount = 1 if unit == STRICT else self.chance.randint(1, 50)
        self.brand.issue(amount, unit)
        self.issued[unit] += amount

    def earn(self, store: Store) -> None:
        unit = self.unit()
        amount = 1 if unit == STRICT else self.chance.randint(1, 50)
        store.earn(amount, unit=unit)
        self.issued[unit] += amount

    def spend(self, store: Store) -> None:
        unit = self.unit()
        store.spend(1 if unit == STRICT else self.chance.randint(1, 40), unit)

    def ask(self, store: Store) -> None:
        store.ask(self.chance.randint(1, 30), self.unit())

    def take(self, store: Store) -> None:
        store.take()

    def give_back(self, store: Store) -> None:
        store.give_back()

    def push(self, store: Store) -> None:
        if store.sent < len(store.bodies):
            store.push(self.chance.randint(store.sent + 1, len(store.bodies)))
        else:
            store.pull()

    def fence(self, store: Store) -> None:
        store.pull()
        if store.rights_epoch > store.state.epoch:
            store.fence()

    def image(self, store: Store) -> None:
        self.images[store.gateway] = store.image()

    def restore(self, store: Store) -> None:
        """An old disk in the gateway: the bridge finds what HQ has of it and goes on from there."""
        old = self.images.pop(store.gateway, None)
        if old is not None and old.sent <= store.sent:
            self.brand.stores[store.gateway] = old

    def give_up(self, store: Store) -> None:
        if self.chance.random() < 0.2:
            self.brand.hq.promises.raise_epoch(store.gateway)

    def finish(self) -> None:
        """Everything is heard, everything fenced."""
        for _ in range(3):
            for store in self.brand.stores.values():
                if store.sent < len(store.bodies):
                    store.push()
                self.fence(store)
                if store.sent < len(store.bodies):
                    store.push()
                store.give_back()
                if store.sent < len(store.bodies):
                    store.push()


def check(brand: Brand) -> None:
    """What must hold at every moment."""
    held = tables.holdings.c
    left = held.granted + held.minted - held.returned - held.spent
    with brand.hq.database.reading() as connection:
        below = select(func.count()).where(held.log == HQ, held.owner != SUSPENSE, left < 0)
        assert connection.scalar(below) == 0, "HQ's log never goes below zero"
    brand.check()


def given(brand: Brand, unit: str) -> int:
    """What members got, by every event of every branch and HQ's own issues; not what was given anew."""
    moved = tables.transfers.c
    mine = (moved.debit == "issuer") & moved.credit.startswith(MEMBER) & (moved.unit == unit)
    with brand.hq.database.reading() as connection:
        by_stores = connection.scalar(select(func.sum(moved.amount)).where(mine, moved.log != HQ))
    by_hq = [
        transfer.amount
        for event in brand.own_log()
        for transfer in event.transfers
        if event.type == TRANSFER_POSTED and transfer.debit == "issuer" and transfer.unit == unit
    ]
    return int(by_stores or 0) + sum(by_hq)


def spent(brand: Brand, unit: str) -> int:
    """By every event of every branch."""
    account = tables.accounts.c
    query = select(func.sum(account.posted)).where(account.owner == "spent", account.unit == unit)
    with brand.hq.database.reading() as connection:
        return int(connection.scalar(query) or 0)


def totals(brand: Brand, unit: str) -> int:
    return sum(row.total for row in brand.feed(STORES[0])[1] if row.unit == unit and row.owner == LIN)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_or_doubled_while_disks_last(brand: Brand, seed: int) -> None:
    day = Day(brand, seed, wild=False)
    for _ in range(STEPS):
        day.step()
    check(brand)
    day.finish()
    for unit, issued in day.issued.items():
        assert spent(brand, unit) + totals(brand, unit) == issued
        assert totals(brand, unit) >= 0
    assert brand.kinds() == []
    assert brand.written_off() == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_old_disks_and_lost_gateways_cost_only_what_is_said(brand: Brand, seed: int) -> None:
    day = Day(brand, seed, wild=True)
    for _ in range(STEPS):
        day.step()
    day.finish()
    check(brand)
    assert set(brand.kinds()) <= {"ledger_branch", "overspent", "overdrawn", "rights_written_off"}
    for unit in day.issued:
        assert totals(brand, unit) >= given(brand, unit) - spent(brand, unit), "the member loses nothing"
