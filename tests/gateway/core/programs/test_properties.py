"""What holds of every quote: exact sums, bounds, determinism, and no say for the order of a bundle."""

from dataclasses import dataclass
from itertools import chain

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core.event import canonical
from gateway.core.model import Bundle, Facts
from gateway.core.orders.model import CASH, TOPUP, Applied, Basket, Line, Quote, TenderShare
from gateway.core.programs.caps import caps_of
from gateway.core.programs.check import problems
from gateway.core.programs.earning import earned
from gateway.core.programs.explain import explain
from gateway.core.programs.model import (
    AllOf,
    AnyOf,
    BalanceIs,
    BundleItem,
    BundlePrice,
    BuyGet,
    Condition,
    Earn,
    Effect,
    Fixed,
    FreeItem,
    Issue,
    Limits,
    Lines,
    MemberIs,
    Not,
    Percent,
    PointsAsCash,
    Program,
    Quantity,
    SetPriceBook,
    Step,
    Subtotal,
    TierIs,
)
from gateway.core.programs.quoting import digest, quote
from gateway.core.programs.split import split
from gateway.core.promises import LotFact
from tests.gateway.core.programs.baskets import (
    GOODS,
    NOON,
    RIGHTS,
    SETTING,
    STORE,
    bundle,
    lot,
    member,
    text,
)

PLAIN = ("bun", "croissant", "toast", "tart", "cake", "latte", "tea", "ring", "penny")
CATEGORIES = ("bread", "cake", "drink", "gold", "other")
money = st.integers(1, 60_000)
small = st.integers(1, 4)
lines = st.builds(
    Lines,
    skus=st.lists(st.sampled_from(PLAIN), max_size=3, unique=True).map(tuple),
    not_categories=st.lists(st.sampled_from(CATEGORIES), max_size=2, unique=True).map(tuple),
)
leaf: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Subtotal, at_least=money, lines=lines),
    st.builds(Quantity, at_least=small, lines=lines),
    st.sampled_from([TierIs(("gold",)), MemberIs("known"), BalanceIs("PTS", 300)]),
)
condition: st.SearchStrategy[Condition] = st.one_of(
    leaf,
    st.builds(lambda of: AllOf(tuple(of)), st.lists(leaf, max_size=3)),
    st.builds(lambda of: AnyOf(tuple(of)), st.lists(leaf, min_size=1, max_size=3)),
    st.builds(Not, leaf),
)
discount: st.SearchStrategy[Effect] = st.one_of(
    st.builds(Percent, off=st.integers(1, 10_000), cap=st.none() | money, lines=lines),
    st.builds(Fixed, off=money, each=st.none() | money, lines=lines, times_max=st.none() | small),
    st.builds(FreeItem, lines=lines, quantity=small),
    st.builds(
        BuyGet, buy=small, get=small, lines=lines, off=st.integers(1, 10_000), times_max=st.none() | small
    ),
    st.builds(
        BundlePrice,
        items=st.lists(st.builds(BundleItem, lines=lines, quantity=small), min_size=1, max_size=3).map(tuple),
        price=money,
        times_max=st.none() | small,
    ),
)
earning: st.SearchStrategy[Effect] = st.one_of(
    st.builds(Earn, unit=st.just("PTS"), gives=small, per=money, lines=lines, per_order=st.booleans()),
    st.builds(Earn, unit=st.just("PTS"), amount=money, lines=lines, by_tier=st.just({"gold": 15_000})),
    st.builds(Earn, unit=st.just("PTS"), steps=st.just((Step(5, 100), Step(50, 9_000)))),
    st.just(Issue("five", count=2)),
)
limits = st.sampled_from([Limits(), Limits(per_member=1), Limits(total=9), Limits(budget=10**6)])


def a_program(number: int, trigger: str, effect: Effect, level: str, extra: dict[str, object]) -> Program:
    raw = {"level": level, **extra}
    return Program(f"p{number}", 1, text("p"), text("p"), trigger, (effect,), **raw)  # type: ignore[arg-type]


@st.composite
def programs(draw: st.DrawFn) -> tuple[Program, ...]:
    found: list[Program] = []
    for number in range(draw(st.integers(0, 7))):
        trigger = draw(st.sampled_from(["order.quoted", "order.quoted", "order.committed"]))
        level = draw(st.sampled_from(["item", "order"]))
        coupon = trigger == "order.quoted" and draw(st.integers(0, 3)) == 0
        extra = {
            "when": draw(st.none() | condition),
            "priority": draw(st.sampled_from([100, 100, 50])),
            "limits": draw(limits),
            "exclusive": draw(st.sampled_from([None, None, f"{trigger}.{level}"])),
            "coupon": "ten" if coupon else None,
        }
        effect = draw(discount if trigger == "order.quoted" else earning)
        found.append(a_program(number, trigger, effect, level, extra))
    if draw(st.booleans()):
        found.append(a_program(90, "order.quoted", SetPriceBook("member"), "order", {}))
    if draw(st.booleans()):
        found.append(a_program(91, "order.quoted", PointsAsCash(10, 7), "order", {}))
    return tuple(found)


@dataclass
class Case:
    rules: Bundle
    facts: Facts
    basket: Basket

    def quote(self) -> Quote:
        return quote(self.rules, self.facts, SETTING, self.basket)


def caps_lots(rules: tuple[Program, ...]) -> list[LotFact]:
    """A share of every cap of the programs themselves; sometimes smaller than what they would use."""
    return [
        lot(f"{kind}{place}", f"{kind}:{each.id}", left, owner=f"program:{each.id}")
        for place, each in enumerate(rules)
        for kind, left in (("USE", 1), ("BUDGET", 2_000))
    ]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    rules = draw(programs())
    bought = draw(
        st.lists(st.builds(Line, sku=st.sampled_from(PLAIN), quantity=st.integers(1, 7)), max_size=6)
    )
    if draw(st.booleans()):
        bought.insert(0, Line("topup", 1, draw(money)))
    known = draw(st.booleans())
    lots = [lot("PTS1", "PTS", 250), lot("PTS2", "PTS", 90), lot("T1", "CPN:ten", 1), lot("T2", "CPN:ten", 1)]
    facts = Facts(
        member=member(tier=draw(st.sampled_from(["member", "gold"]))) if known else None,
        lots=(*lots, *caps_lots(rules)),
        rights=RIGHTS,
        goods=tuple(GOODS.values()),
        time=NOON,
        store=STORE,
    )
    coupons = tuple(draw(st.lists(st.sampled_from(["T1", "T2", "T9"]), max_size=3)))
    basket = Basket(
        tuple(bought), (), coupons, "lin" if known else None, draw(st.sampled_from([0, 55, 99_999]))
    )
    return Case(bundle(*rules), facts, basket)


deep = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@deep
@given(cases())
def test_every_amount_is_bounded_and_sums_exactly(case: Case) -> None:
    made = case.quote()
    for line in made.lines:
        assert line.gross == line.price * line.quantity
        assert line.net == line.gross - line.discount
        assert 0 <= line.discount <= line.gross
        assert 0 <= line.points <= line.net
        assert 0 <= line.tax <= line.net
        if line.kind == TOPUP:
            assert line.discount == line.points == 0
    assert made.total == sum(line.net - line.points for line in made.lines)
    assert made.tax == sum(line.tax for line in made.lines)


@deep
@given(cases())
def test_shares_sum_to_each_effect_and_to_each_line(case: Case) -> None:
    made = case.quote()
    off = [0] * len(made.lines)
    paid = [0] * len(made.lines)
    for each in made.applied:
        assert sum(each.split) == each.amount > 0
        assert len(each.split) == len(made.lines)
        into = paid if each.does == "points_as_cash" else off
        for number, share in enumerate(each.split):
            assert share >= 0
            into[number] += share
    assert off == [line.discount for line in made.lines]
    assert paid == [line.points for line in made.lines]
    for each in made.earns:
        if each.does == "credit":
            assert sum(each.split) == each.amount > 0


@deep
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_programs_coupons_and_lots_does_not_matter(case: Case, rng: object) -> None:
    def mixed(values: tuple) -> tuple:  # type: ignore[type-arg]
        found = list(values)
        rng.shuffle(found)  # type: ignore[attr-defined]
        return tuple(found)

    known = case.rules.programs
    rules = replace(case.rules, programs=mixed(known or ()), templates=mixed(case.rules.templates or ()))
    facts = replace(case.facts, lots=mixed(case.facts.lots or ()), goods=mixed(case.facts.goods or ()))
    basket = replace(case.basket, coupons=mixed(case.basket.coupons))
    assert digest(quote(rules, facts, SETTING, basket)) == digest(case.quote())


@deep
@given(cases())
def test_the_same_facts_give_the_same_bytes(case: Case) -> None:
    again = bundle(*(case.rules.programs or ()))
    assert canonical(quote(again, case.facts, SETTING, case.basket)) == canonical(case.quote())


@deep
@given(cases())
def test_no_more_is_used_than_is_there(case: Case) -> None:
    made = case.quote()
    lots = [each.lot for each in made.applied if each.lot]
    assert len(lots) == len(set(lots)) <= 2
    assert sum(each.points for each in made.applied) <= 340
    had = {(fact.nature.owner, fact.nature.unit): fact.left for fact in case.facts.lots or ()}
    for cap in caps_of(case.rules, case.facts, SETTING, (*made.applied, *made.earns)):
        assert cap.amount <= (cap.mint or had[cap.owner, cap.unit])


@deep
@given(cases())
def test_at_most_one_of_a_class_in_a_step(case: Case) -> None:
    known = {each.id: each for each in case.rules.programs or ()}
    made = case.quote()
    uses = {(each.program, each.lot) for each in made.applied if known[each.program].exclusive}
    classes = [known[name].exclusive for name, _ in uses]
    assert len(classes) == len(set(classes))


@deep
@given(cases())
def test_the_preview_is_what_cash_for_all_of_it_earns(case: Case) -> None:
    made = case.quote()
    shares = tuple(line.net - line.points for line in made.lines)
    cash = (TenderShare(CASH, made.total, shares),)
    gained = earned(case.rules, case.facts, SETTING, "00ff", case.basket, made, cash)

    def plain(each: Applied) -> tuple[object, ...]:
        return each.program, each.amount, each.unit, each.split

    assert [plain(each) for each in gained] == [plain(each) for each in made.earns]
    codes = [each.terms.code for each in gained if each.terms is not None and each.does == "issue"]
    assert len(codes) == len(set(codes))


@deep
@given(cases())
def test_explain_names_every_program_and_agrees_with_the_quote(case: Case) -> None:
    made, told = case.quote(), explain(case.rules, case.facts, SETTING, case.basket)
    assert {each.program for each in told} == {each.id for each in case.rules.programs or ()}
    happened = chain.from_iterable(each.applied for each in told)
    assert sorted(map(canonical, happened)) == sorted(map(canonical, (*made.applied, *made.earns)))
    for each in told:
        assert (each.reason is None) == bool(each.applied)
        assert all(each.words.values())


@deep
@given(programs())
def test_what_is_made_here_may_be_published(rules: tuple[Program, ...]) -> None:
    allowed = {"class_spans"}  # the class of the two steps is one by chance
    assert {each.reason for each in problems(canonical(bundle(*rules)))} <= allowed


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30), st.data())
def test_a_split_is_exact_fair_and_never_above_its_weight(weights: list[int], data: st.DataObject) -> None:
    whole = sum(weights)
    total = data.draw(st.integers(0, whole))
    shares = split(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert 0 <= share <= weight
        assert not whole or abs(share * whole - total * weight) < whole
