"""Makes the demo bakery's past: days of orders, through the real core, the same for the same seed.

`python -m samples.orders FOLDER` writes a store's cache and a ledger into a new folder. Whatever happens is
asked of the gateway's own middle (samples/counter.py), so every event is one that HQ can decide again. Those
named in SPARED never come, for the demo needs them as they are; the day before last they get the coupon that
calls members back.
"""

import argparse
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.counters import Counters
from gateway.duties import Duties
from gateway.storage import layout
from gateway.storage.cache import Cache
from gateway.storage.opening import open_ledger
from samples.brand import read_brand
from samples.counter import Counter, Shop
from samples.day import assortment, visits
from samples.people import People, members_of
from samples.store_cache import STORE, write_store
from samples.trading import Trading

GATEWAY = "river-1"
DAYS, ORDERS_A_DAY, SEED = 90, 40, 20
SPARED = ("林晓雯",)
GENERATION = "demo"
DEMO_KEY = bytes(32)  # of a folder that this module fills alone; a brand's own is made at its first start
GOODS_MAX = 10_000


class Plan(NamedTuple):
    """How much of a past: `last` is its last civil day, `orders_a_day` those of an average one."""

    last: date
    days: int = DAYS
    orders_a_day: int = ORDERS_A_DAY
    seed: int = SEED


class Past(NamedTuple):
    """What was made."""

    events: int
    orders: int
    returns: int
    joined: int


def make_past(folder: Path, plan: Plan, gateway: str = GATEWAY, store: str = STORE) -> Past:
    """Book the days of a plan into the ledger of a data folder whose cache is there; nobody else has it open.

    Raises GatewayError; CacheUnusable and LedgerDamaged are such.
    """
    random = Random(plan.seed)
    counters = Counters()
    shop = Shop(gateway, store, ZoneInfo(read_brand().zone), random, counters, Duties(counters))
    cache_folder = layout.cache_folder(str(folder))
    cache, ledger = Cache(cache_folder), open_ledger(layout.ledger_path(str(folder)), gateway)
    try:
        cache.follow()
        names = members_of(layout.generation_path(cache_folder, str(cache.generation)), store)
        people = People([member for member, name in names.items() if name not in SPARED])
        spared = [member for member, name in names.items() if name in SPARED]
        orders = returns = joined = 0
        for left in reversed(range(plan.days)):
            day = plan.last - timedelta(days=left)
            with ledger.transaction() as page, cache.reading() as snapshot:
                goods = snapshot.catalogue.search("", GOODS_MAX)
                plain = assortment({good.sku: good.category for good in goods if good.kind == "goods"})
                prices = {good.sku: good.price for good in goods}
                trading = Trading(Counter(shop, day, page, snapshot), people, random, prices)
                planned = visits(random, day, plan.orders_a_day, plain)
                done = trading.trade(planned, spared if left == 1 else ())
            orders, returns, joined = orders + done.orders, returns + done.returns, joined + done.joined
        return Past(ledger.seq, orders, returns, joined)
    finally:
        ledger.close()
        cache.close()


def main(arguments: list[str]) -> int:
    """Fill a new folder."""
    parser = argparse.ArgumentParser(prog="python -m samples.orders", description=make_past.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--last", type=date.fromisoformat, default=date(2026, 11, 21), help="last civil day")
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--orders", type=int, default=ORDERS_A_DAY, help="of an average day")
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args(arguments)
    write_store(layout.cache_folder(str(chosen.folder)), GENERATION, DEMO_KEY, 0)
    begun = time.perf_counter()
    past = make_past(chosen.folder, Plan(chosen.last, chosen.days, chosen.orders, chosen.seed))
    sys.stdout.write(f"{past} in {time.perf_counter() - begun:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
