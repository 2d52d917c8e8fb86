"""Members at random in three stores that hear nothing of each other: HQ holds the same, however it hears.

They come in, link cards, lose them, allow things and take them back, buy, and want to be forgotten; each
store's own order is kept, everything else is shuffled, cut into batches and repeated. Whoever was forgotten
by one store is nobody in the end.
"""

import random
from pathlib import Path
from typing import Any

import pytest

from cloud_bridge.hq import models
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.people_models import consents, forgotten, visits
from gateway.core.model import INSTRUMENT_CHANGED, INSTRUMENT_LINKED, Evidence, Facts, Instrument
from gateway.core.promises import Change, Link
from tests.cloud_bridge.hq.shops import STORES, Brand
from tests.cloud_bridge.hq.test_member_events import rows
from tests.cloud_bridge.hq.test_visits import come_in
from tests.cloud_bridge.hq.test_wishes import forget, known, say

SEEDS = range(6)
STEPS = 24
MEMBERS = ("lin", "bo", "mei")
HELD = (models.instruments, tables.links, consents, forgotten, visits)


class Story:
    """What happened in the stores; the same for the same seed."""

    def __init__(self, brand: Brand, seed: int) -> None:
        self.brand, self.chance = brand, random.Random(seed)
        self.cards: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for _ in range(STEPS):
            self.step(self.chance.choice(STORES), self.chance.choice(MEMBERS))

    def step(self, store: str, member: str) -> None:
        act = self.chance.choices(
            (self.link, self.lose, self.say, self.buy, self.forget, self.come_in), weights=(5, 3, 5, 2, 1, 4)
        )[0]
        act(store, member)

    def link(self, store: str, member: str) -> None:
        shop, key = self.brand.stores[store], self.chance.randbytes(16).hex()
        linking = Facts(member=known(member, shop).member, holder=None, rights=shop._rights())
        instrument = f"i-{key[:8]}"
        shop.done(Link(instrument, member), INSTRUMENT_LINKED, facts=linking, evidence=card(key))
        self.cards.setdefault((store, member), []).append((instrument, key))

    def lose(self, store: str, member: str) -> None:
        shop, mine = self.brand.stores[store], self.cards.get((store, member), [])
        if mine:
            instrument, key = self.chance.choice(mine)
            facts = Facts(Instrument(instrument, "nfc.uid", member, "active", key), rights=shop._rights())
            status = self.chance.choice(["lost", "locked", "active"])
            shop.done(Change(instrument, member, status), INSTRUMENT_CHANGED, facts=facts)

    def say(self, store: str, member: str) -> None:
        purpose = self.chance.choice(["marketing", "profiling"])
        say(
            self.brand.stores[store],
            member,
            self.chance.random() < 0.5,
            f"v{self.chance.randint(1, 3)}",
            purpose,
        )

    def buy(self, store: str, member: str) -> None:
        self.brand.stores[store].earn(self.chance.randint(1, 50), owner=f"member:{member}")

    def forget(self, store: str, member: str) -> None:
        forget(self.brand.stores[store], member)

    def come_in(self, store: str, member: str) -> None:
        come_in(self.brand.stores[store], member)

    def tell(self, chance: random.Random) -> None:
        """HQ hears it all, in some order of the stores, some of it twice."""
        while waiting := [shop for shop in self.brand.stores.values() if shop.sent < len(shop.bodies)]:
            shop = chance.choice(waiting)
            before = shop.sent
            shop.push(chance.randint(before + 1, len(shop.bodies)))
            if chance.random() < 0.3:
                self.brand.post(shop.gateway, shop.bodies[before : shop.sent], before + 1)


def card(key: str) -> Evidence:
    return Evidence(key, "nfc.uid", "weak")


def held(brand: Brand) -> dict[str, Any]:
    """What HQ keeps of people, but for the order in which it wrote it."""
    found = {table.name: sorted(map(repr, rows(brand, table))) for table in HELD}
    return {**found, "members": sorted((row["id"], row["status"]) for row in rows(brand, models.members))}


@pytest.mark.parametrize("seed", SEEDS)
def test_hq_holds_the_same_in_whatever_order_it_hears(tmp_path: Path, seed: int) -> None:
    ends = []
    for order in range(3):
        folder = tmp_path / str(order)
        folder.mkdir()
        brand = Brand(folder)
        story = Story(brand, seed)
        story.tell(random.Random(order))
        brand.check()
        ends.append(held(brand))
        erased = {id_ for id_, status in ends[-1]["members"] if status == "erased"}
        assert erased == {row["member"] for row in rows(brand, forgotten)}
        for table in (models.instruments, consents, visits):
            assert not erased & {row["member"] for row in rows(brand, table)}
        brand.close()
    assert ends[0] == ends[1] == ends[2]


def test_some_of_the_stories_forget_and_some_remember(tmp_path: Path) -> None:
    """Else the stories above would show nothing."""
    folder = tmp_path / "one"
    folder.mkdir()
    brand = Brand(folder)
    kinds = set()
    for seed in SEEDS:
        Story(brand, seed)
    for shop in brand.stores.values():
        kinds |= {event.type for event in shop.events}
    assert {"member.forgotten", "consent.changed", "instrument.linked", "instrument.changed"} <= kinds
    assert "presence.seen" in kinds
    brand.close()
