"""A till for tests: acts in the words of a shop, at a house's desk, and a bundle of units to do them in."""

import json
from typing import Any

from gateway.acting import Verdict
from gateway.core import model
from gateway.core.model import Bundle
from gateway.core.promises import AT_RISK, ONLINE, Credit, Enrol, Link, Policy, Post, Spend, Terms, Unit
from tests.gateway.rig import BUNDLE, PLAIN, STRANGER, House

DAY_MS = 86_400_000
LIN_ID = "member:m-1"
PTS, TEA = "PTS", "CPN:tea"
PROMISES = Bundle(
    BUNDLE.tiers,
    (
        Unit(PTS, worth=1),
        Unit(TEA),
        Unit("CPN:cake", Policy(AT_RISK, per_use=2_000, per_member=2_000, per_gateway=3_000, hours=24)),
        Unit("CPN:gold", Policy(ONLINE)),
    ),
)
CAKE = Terms(face=2_000)


def earn(amount: int, owner: str = LIN_ID, unit: str = PTS, terms: Terms = PLAIN) -> Post:
    return Post((Credit(amount, owner, terms, unit),))


def spend(amount: int, owner: str = LIN_ID, unit: str = PTS, lot: str | None = None) -> Post:
    return Post((Spend(amount, owner, unit, lot),))


def earned(shop: House, amount: int, **more: Any) -> str:
    """Earn so much; the name of the lot."""
    verdict = shop.act(model.TRANSFER_POSTED, earn(amount, **more))
    assert verdict.event.outcome.name == "done"
    return f"{verdict.event.random}.0"


def outcome(verdict: Verdict) -> tuple[str, str | None]:
    return verdict.event.outcome.name, verdict.event.outcome.reason


def redeem(shop: House, lot: str, key: str | None = None, unit: str = TEA, **more: Any) -> Verdict:
    return shop.act(model.COUPON_REDEEMED, spend(1, unit=unit, lot=lot), key, **more)


def types(shop: House) -> list[str]:
    return [json.loads(body)["type"] for body in shop.bodies()]


def enrolled(
    shop: House, key: str = "e1", name: str | None = "林晓雯", uid: bytes | None = STRANGER
) -> Verdict:
    evidence = None if uid is None else ("nfc.uid", uid)
    return shop.act(model.MEMBER_ENROLLED, Enrol("", "zh-CN", ""), key, evidence=evidence, person=name)


def tapped(shop: House, uid: bytes) -> dict[str, Any]:
    """What the live view shows of a tap."""
    shop.desk.serve([shop.tap(uid)])
    return shop.live.taps()[0]


def link(shop: House, uid: bytes, member: str = "m-1", replaces: str | None = None, **more: Any) -> Verdict:
    act = Link("", member, replaces)
    return shop.act(model.INSTRUMENT_LINKED, act, evidence=("nfc.uid", uid), **more)
