"""A bakery's till for tests: goods, staff, programs, and acts in the words of a clerk.

Figures are small and round: a cake costs 56.00, a loaf 12.00; 满100减50 takes 50.00 off from 100.00 on, of a
coupon; a point for each full yuan, and as many qualifying points.
"""

from typing import Any

from gateway.acting import Request, Verdict
from gateway.core import model
from gateway.core.event import canonical
from gateway.core.evidence import NFC_UID, evidence_key
from gateway.core.model import Bundle
from gateway.core.orders.model import (
    Basket,
    CloseShift,
    GoBack,
    Good,
    Line,
    OpenShift,
    Park,
    Piece,
    Run,
    Sell,
    Tender,
)
from gateway.core.programs.model import (
    CounterIs,
    Debit,
    Earn,
    Fixed,
    Issue,
    Limits,
    OccasionIs,
    Percent,
    PointsAsCash,
    Program,
    Role,
    Subtotal,
    Template,
    Validity,
)
from gateway.core.promises import Credit, Post, Terms, Unit
from tests.gateway.rig import BRAND_KEY, BUNDLE, House

STORE = "river"
LIN_ID = "m-1"
LIN = "member:m-1"
COUPON = "CPN:off50"
GOODS = (
    Good("cake", {"zh-CN": "草莓蛋糕", "en": "Strawberry cake"}, 5_600, "cake", tax=1_300),
    Good("loaf", {"zh-CN": "吐司", "en": "Toast loaf"}, 1_200, "bread", tax=1_300),
    Good("topup", {"zh-CN": "充值", "en": "Top-up"}, 0, "", "topup"),
)
BARCODES = {"cake": "6901", "loaf": "6902"}
ROLES = (
    Role("manager", {"zh-CN": "店长", "en": "Manager"},
         ("sell", "return", "void", "price", "grant", "enrol", "pin", "shift", "approve"),
         100_000, 1_000, 100_000),
    Role("clerk", {"zh-CN": "店员", "en": "Clerk"}, ("sell", "return", "shift", "pin"), 500, 0, 5_000),
)  # fmt: skip
BADGE = bytes.fromhex("04E1A90B37C680")
STAFF = {"s-1": ("沈佳宜", "manager", BADGE, "active"), "s-2": ("何小雨", "clerk", None, "active"),
         "s-3": ("彭远", "clerk", None, "left")}  # fmt: skip


def text(words: str) -> dict[str, str]:
    return {"zh-CN": words, "en": words}


OFF50 = Program(
    "off50", 1, text("满100减50"), text("满100减50"), "order.quoted", (Fixed(5_000),),
    coupon="off50", when=Subtotal(10_000),
)  # fmt: skip
EARN = Program("earn", 1, text("points"), text("1 for each yuan"), "order.committed",
               (Earn("PTS", gives=1, per=100), Earn("QPT", gives=1, per=100)))  # fmt: skip
PAY = Program("pay", 1, text("points pay"), text("100 points pay 1.00"), "order.quoted",
              (PointsAsCash(100, 100),))  # fmt: skip
ONCE = Program("once", 1, text("first of the day"), text("10% off once a day"), "order.quoted",
               (Percent(1_000),), limits=Limits(per_member=1, period="day"), opt_in=True)  # fmt: skip
LOYAL = Program("loyal", 1, text("loyal"), text("for the third order"), "order.committed",
                (Issue("off50"),), when=CounterIs("orders", 30, at_least=2))  # fmt: skip
BIRTHDAY = Program("birthday", 1, text("birthday"), text("happy birthday"), "presence.checked_in",
                   (Issue("off50"),), when=OccasionIs(("birthday",)),
                   limits=Limits(per_member=1, period="year"))  # fmt: skip
MALL = Program("mall", 1, text("mall"), text("a coupon for 50 points"), "coupon.claimed",
               (Debit(50, "PTS"), Issue("off50")), opt_in=True)  # fmt: skip
PROGRAMS = Bundle(
    BUNDLE.tiers,
    (Unit("PTS", worth=1), Unit("CNY", worth=1), Unit("CNY.bonus", worth=1), Unit("CPN:*"), Unit("USE:*")),
    roles=ROLES,
    templates=(Template("off50", text("满100减50"), 5_000, validity=Validity(days=(30,))),),
    programs=(OFF50, EARN, PAY, ONCE, LOYAL, BIRTHDAY, MALL),
)


def stock(house: House) -> None:
    """Goods, staff and homes as the bridge writes them."""
    for good in GOODS:
        words = f"{good.name['zh-CN']} {good.name['en']} {good.sku} {BARCODES.get(good.sku, '')}".lower()
        house.say("INSERT INTO goods VALUES(?, ?, ?)", good.sku, canonical(good), words)
    for sku, code in BARCODES.items():
        house.say("INSERT INTO barcodes VALUES(?, ?)", code, sku)
    for id_, (name, role, badge, status) in STAFF.items():
        key = None if badge is None else evidence_key(BRAND_KEY, NFC_UID, badge)
        house.say("INSERT INTO staff VALUES(?, ?, ?, ?, ?)", id_, name, role, key, status)
    house.say("UPDATE members SET home = ?", STORE)


def basket(*skus: str, member: str | None = LIN_ID, coupons: tuple[str, ...] = (), points: int = 0,
           chosen: tuple[str, ...] = ()) -> Basket:  # fmt: skip
    lines = tuple(Line(sku, skus.count(sku)) for sku in dict.fromkeys(skus))
    return Basket(lines, chosen, coupons, member, points)


def sell(shop: House, sold: Basket, paid: int | tuple[Tender, ...], key: str | None = None,
         till: str = "till-1", **more: Any) -> Verdict:  # fmt: skip
    """Commit an order paid in cash, or by these tenders."""
    tenders = (Tender("cash", paid),) if isinstance(paid, int) and paid else paid or ()
    named = {name: more.pop(name) for name in ("approver", "parked", "quote") if name in more}
    act = Sell(sold, tenders, till, **named)  # type: ignore[arg-type]
    return asked(shop, model.ORDER_COMMITTED, act, key, **more)


def asked(
    shop: House, type_: str, act: Any, key: str | None = None, actor: str = "pos", **more: Any
) -> Verdict:
    (verdict,) = shop.desk.act([Request(key, actor, type_, act, **more)])
    assert isinstance(verdict, Verdict), verdict
    return verdict


def said(verdict: Verdict) -> tuple[str, str | None]:
    return verdict.event.outcome.name, verdict.event.outcome.reason


def give_back(shop: House, order: str, *pieces: tuple[int, int], void: bool = False, **more: Any) -> Verdict:
    act = GoBack(order, "till-1", pieces=tuple(Piece(*piece) for piece in pieces), void=void)
    return asked(shop, model.ORDER_VOIDED if void else model.ORDER_RETURNED, act, **more)


def open_shift(shop: House, cash: int = 20_000, till: str = "till-1", **more: Any) -> str:
    verdict = asked(shop, model.SHIFT_OPENED, OpenShift(cash, till), **more)
    assert said(verdict) == ("done", None)
    return verdict.event.random


def close_shift(shop: House, shift: str, counted: int, **more: Any) -> Verdict:
    return asked(shop, model.SHIFT_CLOSED, CloseShift(counted, shift, "till-1"), **more)


def park(shop: House, name: str, kept: Basket | None, note: str = "") -> Verdict:
    return asked(shop, model.ORDER_PARKED, Park(name, "till-1", kept, note))


def run(shop: House, type_: str, member: str = LIN_ID, **more: Any) -> Verdict:
    return asked(shop, type_, Run(member, **more))


def coupon(shop: House, code: str = "C-1", owner: str = LIN) -> str:
    """A coupon 满100减50 for a member; the name of its lot."""
    terms = Terms(code=code, face=5_000)
    verdict = asked(shop, model.TRANSFER_POSTED, Post((Credit(1, owner, terms, COUPON),)))
    return f"{verdict.event.random}.0"
