"""What stays the same through a seed's story: gateways and their zones, devices, members, units and policies.

Policies are small on purpose, so that limits are reached; days are few, so that lots expire.
"""

import random
from typing import Literal, NamedTuple

from gateway.core.event import bundle_hash, canonical
from gateway.core.model import Bundle, Tier
from gateway.core.orders.model import Good
from gateway.core.programs.model import (
    Earn,
    Fixed,
    Issue,
    Limits,
    Percent,
    PointsAsCash,
    Program,
    Returns,
    Subtotal,
    Template,
    Validity,
)
from gateway.core.promises import AT_RISK, ONLINE, STRICT, Policy, Unit

GATEWAYS = ("river-1", "hill-2", "lake-3", "mill-4")
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Shanghai")
HQ_ZONE = "Asia/Shanghai"
DEVICES_EACH = 2
MEMBERS = tuple(f"m-{number}" for number in range(1, 7))
# 2026-10-23 12:00 UTC: two days before Berlin's clocks go back, nine before New York's.
START_MS = 1_792_756_800_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

RISKY, CAREFUL, BY_PHONE = "CPN:risky", "CPN:strict", "CPN:online"
COUPONS = (RISKY, CAREFUL, BY_PHONE)
FACE = 500

_RISK = Policy(AT_RISK, per_use=600, per_member=1_000, per_gateway=1_500, hours=96)
_RISKED_POINTS = Policy(AT_RISK, per_use=60, per_member=90, per_gateway=120, hours=96)
EARNED: tuple[Literal["only_pending", "within_balance", "unlimited"], ...] = (
    "only_pending",
    "within_balance",
    "unlimited",
)
THRESHOLDS: tuple[Literal["keep", "recompute"], ...] = ("keep", "recompute")
COUPON_RULES: tuple[Literal["restore", "keep"], ...] = ("restore", "keep")
NAMES = {"zh-CN": "物", "en": "thing"}
GOODS = (Good("cake", NAMES, 5_600, tax=1_300), Good("bread", NAMES, 1_250), Good("tea", NAMES, 333, tax=600))
_POINTS = (Policy(STRICT), _RISKED_POINTS, Policy(ONLINE))


class Plan(NamedTuple):
    """A seed's fixed part."""

    seed: int
    gateways: tuple[str, ...]
    zones: dict[str, str]
    bundle: Bundle
    bundle_body: bytes
    bundle_hash: str

    def devices(self, gateway: str) -> tuple[str, ...]:
        """The devices of a store."""
        return tuple(f"{gateway}-till-{number}" for number in range(1, DEVICES_EACH + 1))


def _programs(chance: random.Random) -> tuple[Program, ...]:
    """A promise of every kind that money, points and counts can make; policies as the seed has them."""
    guests = Policy(AT_RISK, per_use=200, per_member=300, per_gateway=500, hours=96)
    returns = Returns(
        earned=chance.choice(EARNED),
        threshold=chance.choice(THRESHOLDS),
        coupon=chance.choice(COUPON_RULES),
    )

    def program(name: str, trigger: str, *then: object, **more: object) -> Program:
        return Program(name, 1, NAMES, NAMES, trigger, then, **more)  # type: ignore[arg-type]

    return (
        program("earn", "order.committed", Earn("PTS", gives=1, per=100), returns=returns),
        program("qualify", "order.committed", Earn("QPT", gives=1, per=100, validity=Validity(days=(9,)))),
        program("gift", "payment.captured", Issue("strict"), limits=Limits(per_member=2)),
        program("risky", "order.quoted", Fixed(FACE), coupon="risky", returns=returns),
        program("strict", "order.quoted", Fixed(FACE), coupon="strict", when=Subtotal(2_000)),
        program("big", "order.quoted", Percent(1_000), when=Subtotal(9_000), returns=returns),
        program(
            "daily", "order.quoted", Fixed(100), limits=Limits(per_member=1, period="day"), offline=guests
        ),
        program("points", "order.quoted", PointsAsCash(10, 100, share=5_000)),
    )


def make_plan(seed: int) -> Plan:
    """The plan of a seed."""
    chance = random.Random(f"plan {seed}")
    gateways = GATEWAYS[: chance.choice((2, 2, 3, 4))]
    units = (
        Unit("PTS", chance.choice(_POINTS), per=1, worth=1),
        Unit(RISKY, _RISK, worth=FACE),
        Unit(CAREFUL, Policy(STRICT), worth=FACE),
        Unit("CPN:*", Policy(ONLINE), worth=FACE),
    )
    tiers = (
        Tier("silver", {"zh-CN": "银卡", "en": "Silver"}, 0),
        Tier("gold", {"zh-CN": "金卡", "en": "Gold"}, 150),
    )
    templates = tuple(Template(code.removeprefix("CPN:"), NAMES, face=FACE) for code in COUPONS)
    bundle = Bundle(tiers, units, programs=_programs(chance), templates=templates)
    body = canonical(bundle)
    return Plan(seed, gateways, dict(zip(GATEWAYS, ZONES, strict=True)), bundle, body, bundle_hash(body))
