"""Programs as data: what marketing people write, field by field. Pure values; a bundle carries them signed.

A program is a trigger, a condition and effects. Amounts of money are minor units, shares are basis points
(10,000 = all of it), days are civil days of the store's zone, times of day "HH:MM". Words are by language,
"zh-CN" and "en", and may name figures of the program in braces: "满{at_least}减{off}" (gateway/core/programs/
check.py says which). Versions are never edited: a changed program has a higher version.

Order of computation (domain.md): 1 price books; 2 item promotions; 3 order promotions, thresholds on what is
left after 2; 4 points as cash; 5 tenders; then what is earned. Within a step: priority (lower first), percent
before fixed, id. A step follows from the effect; Percent, Fixed, FreeItem, BuyGet and BundlePrice are at
`level` "item" or "order".
"""

from typing import Annotated, Literal

from msgspec import Meta

from gateway.core.promises import Policy
from gateway.core.values import Model

Text = dict[str, str]
Code = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,47}\Z")]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
TimeOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
Share = Annotated[int, Meta(ge=0, le=10_000)]
Positive = Annotated[int, Meta(ge=1, le=10**12)]
Amount = Annotated[int, Meta(ge=0, le=10**12)]

Trigger = Literal[
    "member.enrolled",
    "member.activated",
    "instrument.linked",
    "presence.checked_in",
    "presence.seen",
    "order.quoted",
    "order.committed",
    "payment.captured",
    "balance.topped_up",
    "coupon.claimed",
    "coupon.redeemed",
    "visit.consumed",
    "grant.requested",
    "tier.changed",
    "manual",
]


class Lines(Model, frozen=True, omit_defaults=True):
    """Which lines of a basket: every list that is given must fit; goods of kind "topup" never count."""

    skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    not_skus: tuple[str, ...] = ()
    not_categories: tuple[str, ...] = ()


ALL_LINES = Lines()

# -- conditions: a tree; `test` says which


class AllOf(Model, frozen=True, tag_field="test", tag="all"):
    """Every one of these holds; none: always."""

    of: tuple["Condition", ...]


class AnyOf(Model, frozen=True, tag_field="test", tag="any"):
    """At least one of these holds."""

    of: tuple["Condition", ...]


class Not(Model, frozen=True, tag_field="test", tag="not"):
    """This does not hold."""

    of: "Condition"


class Subtotal(Model, frozen=True, tag_field="test", tag="subtotal", omit_defaults=True):
    """What these lines cost after the steps before this one."""

    at_least: Amount = 0
    at_most: Amount | None = None
    lines: Lines = ALL_LINES


class Quantity(Model, frozen=True, tag_field="test", tag="quantity", omit_defaults=True):
    """How many pieces are on these lines."""

    at_least: Amount = 0
    at_most: Amount | None = None
    lines: Lines = ALL_LINES


class TierIs(Model, frozen=True, tag_field="test", tag="tier"):
    """The member's tier is one of these."""

    any_of: tuple[str, ...]


class MemberIs(Model, frozen=True, tag_field="test", tag="member"):
    """Whether a member is known: "known" (any), "none" (a walk-in), "new" (provisional)."""

    status: Literal["known", "none", "new"]


class BalanceIs(Model, frozen=True, tag_field="test", tag="balance", omit_defaults=True):
    """What the member has of a unit, as far as this store knows."""

    unit: str
    at_least: Amount = 0
    at_most: Amount | None = None


class CounterIs(Model, frozen=True, tag_field="test", tag="counter", omit_defaults=True):
    """The member's orders, or money spent (minor units), at this store in the last so many days."""

    of: Literal["orders", "spent"]
    days: Annotated[int, Meta(ge=1, le=3_660)]
    at_least: Amount = 0
    at_most: Amount | None = None


class TimeIs(Model, frozen=True, tag_field="test", tag="time", omit_defaults=True):
    """Civil time in the store: weekdays 1 (Monday) to 7; from `start` up to but not including `end`."""

    weekdays: tuple[Annotated[int, Meta(ge=1, le=7)], ...] = ()
    start: TimeOfDay | None = None
    end: TimeOfDay | None = None


class OccasionIs(Model, frozen=True, tag_field="test", tag="occasion"):
    """A day of the member's own is near: "birthday". The date itself is in no event."""

    any_of: tuple[str, ...]


class PaidIs(Model, frozen=True, tag_field="test", tag="paid", omit_defaults=True):
    """What was paid by these tenders (none named: by all cash-like ones)."""

    at_least: Amount = 0
    tenders: tuple[str, ...] = ()


class AmountIs(Model, frozen=True, tag_field="test", tag="amount", omit_defaults=True):
    """The amount that was asked for (a grant), or topped up in one order (minor units)."""

    at_least: Amount = 0
    at_most: Amount | None = None


class RoleIs(Model, frozen=True, tag_field="test", tag="role"):
    """The role of the member of staff who asks, or of the one who approves."""

    any_of: tuple[str, ...]


Condition = (
    AllOf
    | AnyOf
    | Not
    | Subtotal
    | Quantity
    | TierIs
    | MemberIs
    | BalanceIs
    | CounterIs
    | TimeIs
    | OccasionIs
    | PaidIs
    | AmountIs
    | RoleIs
)

# -- effects; `do` says which


class Validity(Model, frozen=True, omit_defaults=True):
    """How long what is given may be used: one of these; none: for ever.

    `days` after today (several: the event's random bytes choose one, to compare validities); `until` a day;
    `year_end` the 31st of December so many years from now.
    """

    days: tuple[Annotated[int, Meta(ge=0, le=3_660)], ...] = ()
    until: Day | None = None
    year_end: Annotated[int, Meta(ge=0, le=10)] | None = None


FOR_EVER = Validity()


class SetPriceBook(Model, frozen=True, tag_field="do", tag="set_price_book", omit_defaults=True):
    """These lines cost what the goods' price of this book says, where that is lower."""

    book: Code
    lines: Lines = ALL_LINES


class Percent(Model, frozen=True, tag_field="do", tag="percent", omit_defaults=True):
    """So many basis points off these lines, at most `cap`."""

    off: Annotated[int, Meta(ge=1, le=10_000)]
    cap: Positive | None = None
    lines: Lines = ALL_LINES


class Fixed(Model, frozen=True, tag_field="do", tag="fixed", omit_defaults=True):
    """So much off these lines together; with `each`, once for every so much they cost, up to `times_max`."""

    off: Positive
    each: Positive | None = None
    lines: Lines = ALL_LINES
    times_max: Positive | None = None


class FreeItem(Model, frozen=True, tag_field="do", tag="free_item", omit_defaults=True):
    """The cheapest pieces of these lines cost nothing."""

    lines: Lines
    quantity: Positive = 1


class BuyGet(Model, frozen=True, tag_field="do", tag="buy_get", omit_defaults=True):
    """Of every buy + get pieces of these lines the `get` cheapest are `off` (10,000: free)."""

    buy: Positive
    get: Positive
    lines: Lines
    off: Annotated[int, Meta(ge=1, le=10_000)] = 10_000
    times_max: Positive | None = None


class BundleItem(Model, frozen=True, omit_defaults=True):
    """So many pieces of these lines."""

    lines: Lines
    quantity: Positive = 1


class BundlePrice(Model, frozen=True, tag_field="do", tag="bundle_price", omit_defaults=True):
    """These pieces together cost `price`, where that is less."""

    items: tuple[BundleItem, ...]
    price: Amount
    times_max: Positive | None = None


class PointsAsCash(Model, frozen=True, tag_field="do", tag="points_as_cash", omit_defaults=True):
    """Every `points` of the unit pay `worth`; the customer chooses how many, up to `share` of the rest."""

    points: Positive
    worth: Positive
    share: Share = 10_000
    unit: str = "PTS"


class Step(Model, frozen=True):
    """From `at_least` on, `amount`."""

    amount: Positive
    at_least: Amount


class Earn(Model, frozen=True, tag_field="do", tag="credit", omit_defaults=True):
    """The member gets so much of a unit: a fixed `amount`; or `gives` for each full `per` of a line's base;
    or the highest of `steps` that what was paid, topped up or asked for reaches; or (`as_asked`) the amount
    that was asked for. `by_tier` multiplies by basis points (20,000: double), for tiers named there.

    The base of a line is what cash-like tenders paid for it: not points, gift balance, or goods of kind
    "topup". `per_order`: one floor over the sum of these lines instead of one for each.
    """

    unit: str
    amount: Amount = 0
    as_asked: bool = False
    by_tier: dict[str, Annotated[int, Meta(ge=0, le=1_000_000)]] = {}
    gives: Amount = 0
    kind: Literal["paid", "bonus"] = "paid"
    lines: Lines = ALL_LINES
    per: Amount = 0
    per_order: bool = False
    steps: tuple[Step, ...] = ()
    validity: Validity = FOR_EVER
    vests_days: Annotated[int, Meta(ge=0, le=366)] = 0


class Debit(Model, frozen=True, tag_field="do", tag="debit"):
    """The member pays so much of a unit; the program does not happen where there is less."""

    amount: Positive
    unit: str


class Issue(Model, frozen=True, tag_field="do", tag="issue", omit_defaults=True):
    """The member gets `count` coupons or passes of this template: once, or with `lines` for each piece of
    these lines (100 coupons at most); `validity` None: the template's."""

    template: Code
    count: Annotated[int, Meta(ge=1, le=100)] = 1
    validity: Validity | None = None
    lines: Lines | None = None


class Show(Model, frozen=True, tag_field="do", tag="show"):
    """Words for page and receipt; `code` "claim" adds a QR by which a payer becomes a member."""

    words: Text
    code: Literal["none", "claim"] = "none"


Effect = (
    SetPriceBook
    | Percent
    | Fixed
    | FreeItem
    | BuyGet
    | BundlePrice
    | PointsAsCash
    | Earn
    | Debit
    | Issue
    | Show
)

Period = Literal["ever", "day", "month", "year"]


class Limits(Model, frozen=True, omit_defaults=True):
    """Caps as balances, of units "USE:<id>[:<period>]" and "BUDGET:<id>".

    `per_member` times in each `period` ("2026", "2026-11" or "2026-11-22" ends the unit's code); the member's
    home store keeps the count. `total` times and `budget` (minor units of discount, or of what is credited)
    for ever, of the brand: HQ gives each store its share.
    """

    budget: Positive | None = None
    per_member: Positive | None = None
    period: Period = "ever"
    total: Positive | None = None


class Returns(Model, frozen=True, omit_defaults=True):
    """What a return does: to points earned, to a threshold that no longer holds, to a coupon used."""

    earned: Literal["only_pending", "within_balance", "unlimited"] = "within_balance"
    threshold: Literal["keep", "recompute"] = "keep"
    coupon: Literal["restore", "keep"] = "restore"


NO_LIMITS = Limits()
RETURNS = Returns()


class Program(Model, frozen=True, omit_defaults=True):
    """One promise: when this happens and that holds, do these.

    `because` is shown and printed with every effect. `coupon` is the template of which one coupon is used up;
    `opt_in`: only where the customer chose it (points mall). `stores`: none named, all. `first_day` and
    `last_day` are inclusive. `offline` bears on limits whose count is kept elsewhere.
    """

    id: Code
    version: Annotated[int, Meta(ge=1, le=2**31)]
    name: Text
    because: Text
    trigger: Trigger
    then: tuple[Effect, ...]
    coupon: Code | None = None
    exclusive: Code | None = None
    first_day: Day | None = None
    last_day: Day | None = None
    level: Literal["item", "order"] = "order"
    limits: Limits = NO_LIMITS
    offline: Policy = Policy()
    opt_in: bool = False
    paused: bool = False
    priority: Annotated[int, Meta(ge=0, le=1_000)] = 100
    returns: Returns = RETURNS
    stores: tuple[str, ...] = ()
    when: Condition | None = None


class Template(Model, frozen=True, omit_defaults=True):
    """What Issue gives: a coupon (one lot of 1 of "CPN:<code>") or a pass (`visits` of "VISIT:<service>")."""

    code: Code
    name: Text
    face: Amount | None = None
    service: Code | None = None
    validity: Validity = FOR_EVER
    visits: Amount = 0


class Role(Model, frozen=True, omit_defaults=True):
    """What a role of staff may do alone, in minor units or points; above that somebody who may approves.

    `may`: "sell", "return", "void", "price", "grant", "enrol", "pin", "shift", "approve".
    """

    code: Code
    name: Text
    may: tuple[str, ...]
    discount_max: Amount = 0
    grant_max: Amount = 0
    return_max: Amount = 0


class Ladder(Model, frozen=True, omit_defaults=True):
    """How tiers move: qualifying points count for `months`; `near` points below the next tier are told;
    `warn_days` before points lapse that keep a tier, the member is told."""

    months: Annotated[int, Meta(ge=1, le=60)] = 12
    near: Amount = 0
    warn_days: Annotated[int, Meta(ge=0, le=366)] = 30
