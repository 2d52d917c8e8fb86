"""The shop of the crash runs: its programs, and what HQ has said of its members' promises before they begin.

Of every ten coupons that HQ knows seven are this gateway's to redeem, two lie elsewhere (they may be given at
risk), and one is wanted back. Some end with the first day.
"""

import sqlite3
from contextlib import ExitStack
from pathlib import Path

from gateway.core.event import canonical
from gateway.core.model import Bundle
from gateway.core.orders.model import Good
from gateway.core.promises import AT_RISK, Policy, Terms, Unit
from gateway.storage import layout
from tests.gateway.rig import BUNDLE, House, point_to, write_generation

MEMBERS = ("member:m-1", "member:m-2")
COUPON, POINTS = "CPN:tea", "PTS"
COUPONS = 120
FIRST_DAY, LAST_DAY = "2026-11-21", "2027-12-31"
RISKY = Unit("CPN:*", Policy(AT_RISK, 1_000, 5_000, 8_000, 720), worth=500)
PROGRAMS = Bundle(BUNDLE.tiers, (RISKY, Unit(POINTS, worth=1, per=10)))
TEA = Good("tea", {"zh-CN": "茶", "en": "Tea"}, 500)
_LOT = "INSERT INTO lots VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def seed(house: House) -> None:
    """A cache as the bridge leaves it, with coupons."""
    path = write_generation(house.cache_folder, "g1", PROGRAMS)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN")
    db.execute("INSERT OR REPLACE INTO meta VALUES(?, 1)", (layout.META_RIGHTS_EPOCH,))
    db.executemany(_LOT, [_coupon(number) for number in range(COUPONS)])
    db.execute("INSERT INTO goods VALUES(?, ?, ?)", (TEA.sku, canonical(TEA), "tea"))
    db.execute("COMMIT")
    db.close()
    point_to(house.cache_folder, "g1")


def new_house(folder: Path, closing: ExitStack) -> House:
    """A gateway's folders with that cache, not open."""
    folder.mkdir(parents=True, exist_ok=True)
    house = House(folder, closing)
    seed(house)
    return house


def start(house: House) -> None:
    """As the program starts: files opened, and the last run's word compared with them."""
    house.open()
    house.desk.begin()


def coupon(number: int) -> str:
    """A coupon's name."""
    return f"c0ffee{number:010x}.0"


def owner_of(number: int) -> str:
    """Whose it is."""
    return MEMBERS[number % len(MEMBERS)]


def _coupon(number: int) -> tuple[object, ...]:
    """owner, unit, lot, terms, total, epoch, granted, lease_end, recall, minted, spent."""
    terms = Terms("tea", FIRST_DAY if number % 4 == 3 else LAST_DAY, 500, zone="Asia/Shanghai")
    granted = 0 if number % 10 in (7, 8) else 1
    recall = 1 if number % 10 == 9 else 0
    return owner_of(number), COUPON, coupon(number), canonical(terms), 1, 1, granted, 0, recall, 0, 0
