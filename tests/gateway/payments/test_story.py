"""Whatever happens, in whatever order, and cut anywhere: no money is lost, and none moves twice.

The bridge's book is the truth of what customers are short of, the ledger of what was sold and returned. In
the end, when everything was asked for and everything unsold was given back, they agree payment by payment.
"""

import random
import sys
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from gateway.core.event import open_event
from gateway.core.model import ASKED, DONE, REFUSED
from gateway.core.orders.model import OrderRecord, ReturnRecord
from gateway.payments.selling import Unusable, Wanted
from tests.gateway.payments.rig import LOST, MOODS, PAY, WAIT, Store, World, play

FOLDER = "gateway/payments/"
STORIES, DEEDS = 20, 60
STRIDE = 13


def settled(store: Store) -> Store:
    """All is well again: everything is asked for, and what nobody wants is given back."""
    store.world.moods.clear()
    store = store.restart()
    play(store.settle)
    for number, key in enumerate(store.open()):
        play(partial(store.refund, f"end-{number}", key))
    play(store.settle)
    assert store.open() == {}
    return store


def due(world: World) -> dict[str, int]:
    """What each payment has earned by the ledger: sold, less returned."""
    events = [open_event(body) for body in world.events.values()]
    kept: dict[str, int] = {}
    for event in events:
        if isinstance(event.settled, OrderRecord):
            paid = {
                str(share.reference).removeprefix("ref-"): share.amount for share in event.settled.tenders
            }
            assert not set(paid) & set(kept), "one payment, two sales"
            kept |= paid
            for back in events:
                if isinstance(back.settled, ReturnRecord) and back.settled.order == event.random:
                    (only,) = paid
                    kept[only] -= back.settled.total
    return kept


def agreed(store: Store) -> None:
    kept = due(store.world)
    assert {key: store.world.net(key) for key in store.world.charged} == {
        key: kept.pop(key, 0) for key in store.world.charged
    }
    assert not kept, "sold for money that nobody took"


def story(store: Store, seed: int) -> Store:
    """A till, a bridge and a power switch that do what chance says; the store as it is in the end."""
    chance, orders = random.Random(seed), dict[str, int]()
    for _ in range(DEEDS):
        store.world.moods.extend(chance.choices(MOODS, weights=(8, 1, 1, 1, 1, 1, 1), k=chance.randrange(3)))
        number = chance.randrange(6)
        key, amount = f"story-{number:03}", 1_000 + number
        deed = chance.choice(["charge", "charge", "sell", "sell", "refund", "return", "wait", "cut", "step"])
        try:
            if deed == "charge":
                play(partial(store.charge, key, amount))
            elif deed == "sell":
                outcome = chance.choice([DONE, DONE, REFUSED, ASKED])
                sale = f"sale-{number}-{chance.randrange(2)}"
                event = store.sell(sale, Wanted(key, "wechat", amount), outcome=outcome)
                if event.outcome.name == DONE:
                    orders.setdefault(event.random, amount)
            elif deed == "refund":
                play(partial(store.refund, f"back-{key}-{chance.randrange(3)}", key))
            elif deed == "return" and orders:
                order = chance.choice(sorted(orders))
                part = chance.randint(0, orders[order])
                if part and store.go_back(f"return-{order}-{part}", order, part):
                    orders[order] -= part
            elif deed == "wait":
                store.world.forward(chance.choice([1_000, 30_000, 90_000, 3_600_000]))
            elif deed == "cut":
                store = store.restart()
            else:
                play(store.payments.step)
        except Unusable:
            continue
    return store


def test_no_story_loses_money_or_moves_it_twice(tmp_path: Path) -> None:
    charged = sold = back = 0
    for seed in range(STORIES):
        folder = tmp_path / str(seed)
        folder.mkdir()
        store = settled(story(Store(folder, World()), seed))
        agreed(store)
        charged += len(store.world.charged)
        sold += len(due(store.world))
        back += len(store.world.back)
        store.book.close()
    assert min(charged, sold, back) > STORIES, "the stories have become empty"


class Cut(BaseException):
    """The power goes."""


def day(store: Store) -> None:
    """A till's day: a sale, a part of it back, a payment that nobody wanted, each tried until it is done."""
    play(lambda: store.charge("day-sold", 6_200))
    play(lambda: store.charge("day-left", 1_800))
    store.world.forward(2_000)
    play(store.payments.step)
    event = store.sell("sale-1", Wanted("day-sold", "wechat", 6_200))
    store.go_back("return-1", event.random, 2_000)
    play(store.payments.step)
    play(lambda: store.refund("back-1", "day-left"))


def lived(folder: Path, world: World, deadly: int) -> bool:
    """Whether the day went on beyond its `deadly`-th line of gateway/payments."""
    seen = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal seen
        if FOLDER not in frame.f_code.co_filename or frame.f_code.co_filename.startswith(__file__):
            return None
        if event == "line":
            seen += 1
            if seen == deadly:
                raise Cut
        return trace

    store = Store(folder, world)
    sys.settrace(trace)
    try:
        day(store)
    except Cut:
        return False
    finally:
        sys.settrace(None)
        store.book.close()
    return True


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # a cut before it could be
@pytest.mark.parametrize("mood", [PAY, LOST, WAIT])
def test_cut_at_any_line_the_day_ends_the_same(tmp_path: Path, mood: str) -> None:
    line, cuts, done = 1 + MOODS.index(mood), 0, False
    while not done:
        world = World()
        world.moods.append(mood)
        folder = tmp_path / str(line)
        folder.mkdir()
        done = lived(folder, world, line)
        world.moods.clear()
        after = Store(folder, world)
        try:
            day(after)
        except Unusable as problem:  # cut before its code was sent: nothing was taken, nothing is sold
            assert problem.code in ("payment_unpaid", "nothing_owed")
        agreed(settled(after))
        cuts += not done
        line += STRIDE
    assert cuts > 30
