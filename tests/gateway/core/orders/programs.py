"""Programs of every kind for tests of orders, one of each; what each says is its id."""

from gateway.core.programs.model import (
    AllOf,
    AnyOf,
    BundleItem,
    BundlePrice,
    BuyGet,
    Debit,
    Earn,
    Fixed,
    FreeItem,
    Issue,
    Limits,
    Lines,
    MemberIs,
    Not,
    Percent,
    PointsAsCash,
    Quantity,
    Returns,
    RoleIs,
    Step,
    Subtotal,
    TierIs,
    Validity,
)
from tests.gateway.core.orders.till import bundle, program

BREAD, DRINKS, CAKES = Lines(categories=("bread",)), Lines(categories=("drink",)), Lines(skus=("cake",))
RECOMPUTE = Returns(threshold="recompute")

EARN = program("earn", "order.committed", Earn("PTS", gives=1, per=100))
QUALIFY = program("qualify", "order.committed", Earn("QPT", gives=1, per=100, per_order=True))
WELCOME = program("welcome", "order.committed", Earn("PTS", amount=7), when=MemberIs("known"))
GIFT = program("gift", "payment.captured", Issue("ten", validity=Validity(days=(30,))))
RECHARGE = program(
    "recharge",
    "balance.topped_up",
    Earn("CNY.bonus", steps=(Step(1_500, 20_000), Step(5_000, 50_000)), kind="bonus"),
)
FULL = program("full", "order.quoted", Fixed(5_000), when=Subtotal(10_000), coupon="full")
TEN = program("ten", "order.quoted", Fixed(1_000), coupon="ten", priority=200)
PERCENT = program("percent", "order.quoted", Percent(700), when=Subtotal(3_000, lines=CAKES), level="item")
EACH = program("each", "order.quoted", Fixed(300, each=2_000, lines=BREAD), level="item")
THIRD = program("third", "order.quoted", BuyGet(2, 1, DRINKS), level="item")
PAIR = program(
    "pair",
    "order.quoted",
    BundlePrice((BundleItem(CAKES), BundleItem(Lines(skus=("tea",)))), 5_500),
    level="item",
    priority=300,
)
POINTS = program("points", "order.quoted", PointsAsCash(10, 7, share=5_000))
MONTHLY = program("monthly", "order.quoted", Fixed(200), limits=Limits(per_member=5, period="month"))
ALL = (EARN, QUALIFY, WELCOME, GIFT, RECHARGE, FULL, TEN, PERCENT, EACH, THIRD, PAIR, POINTS, MONTHLY)

SIX = program("six", "order.quoted", Percent(1_000), when=Subtotal(30_000), returns=RECOMPUTE)
STRICT_FULL = program(
    "full", "order.quoted", Fixed(5_000), when=Subtotal(10_000), coupon="full", returns=RECOMPUTE
)
STRICT_EACH = program(
    "each", "order.quoted", Fixed(300, each=2_000, lines=BREAD), level="item", returns=RECOMPUTE
)
STRICT_THIRD = program("third", "order.quoted", BuyGet(2, 1, DRINKS), level="item", returns=RECOMPUTE)
STRICT_PAIR = program(
    "pair",
    "order.quoted",
    BundlePrice((BundleItem(CAKES), BundleItem(Lines(skus=("tea",)))), 5_500, times_max=2),
    level="item",
    priority=300,
    returns=RECOMPUTE,
)
MANY = program(
    "many",
    "order.quoted",
    Percent(500),
    when=AllOf((Quantity(4), AnyOf((TierIs(("gold",)), Subtotal(9_000))), Not(Quantity(60)))),
    returns=RECOMPUTE,
    priority=150,
)
STRICTLY = (EARN, QUALIFY, STRICT_FULL, TEN, STRICT_EACH, STRICT_THIRD, STRICT_PAIR, SIX, MANY, POINTS)

FAVOUR = program(
    "favour", "order.quoted", Percent(2_000), when=RoleIs(("clerk", "lead", "manager")), opt_in=True
)
SLICE = program("slice", "order.quoted", FreeItem(CAKES), coupon="ten", level="item")
MALL = program("mall", "coupon.claimed", Debit(300, "PTS"), Issue("ten"), opt_in=True)

SHOP = bundle(*ALL)
STRICT_SHOP = bundle(*STRICTLY)
CLAIMS = bundle(MALL, program("gift", "coupon.claimed", Issue("ten"), limits=Limits(per_member=3)))
