"""Whatever a hostile gateway writes into an event, HQ's second decision ends in bytes or in EventError."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec import UNSET

from gateway.core.errors import EventError
from gateway.core.event import GENESIS, canonical, open_event, seal
from gateway.core.model import (
    Act,
    Bundle,
    CacheMark,
    Decision,
    Evidence,
    Facts,
    Input,
    Instrument,
    Member,
    NewLot,
    Outcome,
    RightsFact,
    Setting,
)
from gateway.core.promises import (
    Ask,
    Change,
    Consent,
    Credit,
    Enrol,
    Expire,
    Fence,
    Forget,
    GiveBack,
    Here,
    Hold,
    Link,
    LotFact,
    Merge,
    Nature,
    Policy,
    Post,
    Release,
    Reverse,
    Spend,
    TakeGrants,
    Terms,
    Transfer,
    Unit,
)
from gateway.core.redecide import redecide
from gateway.core.state import State
from tests.gateway.core.shop import BUNDLE

# Few names, so that hostile facts also fit together; few numbers, so that they are at every edge.
NAMES = ("", "a", "b", "77", "77.0", "member:a", "order:77", "right:g1", "gateway:g1", "issuer", "spent")
UNITS = ("PTS", "CPN:ten", "RETURN:77", "USE:risk:CPN:ten:2026-11-21", "", "\x00")
NUMBERS = (0, 1, 2, 3, 7, 10**12, 2**53 - 1, 2**53, 2**63, -(2**63), -1, 2**64, 10**40, -(10**40))
texts = some.sampled_from((*NAMES, "suspense", "expired", "hq", "active", "lost", "\u2028", "é" * 300))
names = some.sampled_from(NAMES) | texts
units = some.sampled_from(UNITS)
numbers = some.sampled_from(NUMBERS) | some.integers()
maybe = some.none() | names
dates = some.none() | some.sampled_from(("2026-11-20", "2026-11-21", "2026-11-22", "9", "", "x" * 99))
terms = some.builds(
    Terms,
    maybe,
    dates,
    some.none() | numbers,
    some.sampled_from(("paid", "bonus", "?")),
    numbers,
    some.sampled_from((None, "Asia/Shanghai", "Europe/Berlin", "../../etc/passwd")),
)
lot_facts = some.builds(
    LotFact,
    numbers,
    numbers,
    numbers,
    numbers,
    names,
    some.builds(Nature, names, terms, units),
    some.booleans(),
    numbers,
    numbers,
    numbers,
)
unset_or_name = some.just(UNSET) | names
transfers = some.builds(
    Transfer,
    numbers,
    names,
    names,
    units,
    unset_or_name,
    unset_or_name,
    unset_or_name,
    some.sampled_from((UNSET, "held", "released", "x")),
)
statuses = some.sampled_from(("active", "provisional", "lost", "revoked", "merged", "?"))
instruments = some.builds(Instrument, names, names, names, statuses, unset_or_name)
facts = some.builds(
    Facts,
    some.none() | instruments,
    some.none() | some.builds(Member, names, numbers, statuses, names),
    some.just(UNSET),
    some.just(UNSET),
    some.just(UNSET) | some.lists(lot_facts, max_size=5).map(tuple),
    some.just(UNSET) | some.lists(transfers, max_size=5).map(tuple),
    some.just(UNSET) | some.none() | instruments,
    some.just(UNSET)
    | some.builds(RightsFact, numbers, some.booleans(), some.booleans(), numbers, some.booleans()),
    some.just(UNSET) | some.dictionaries(names, names, max_size=2),
    some.just(UNSET) | some.dictionaries(some.just("Europe/Berlin"), names, max_size=1),
    time=some.just(UNSET) | some.sampled_from(("14:05", "", "99:99", "\u0661\u0662:00")),
)
spends = some.builds(Spend, numbers, names, units, maybe)
verdicts = some.sampled_from(("posted", "voided", "timed_out", "?"))
rules = some.sampled_from(("only_pending", "within_balance", "unlimited", "?"))
proofs = some.sampled_from(("network", "beacon", "tag", "?"))
heres = some.builds(Here, names, proofs, names, names, numbers, names | some.just("ab" * 8))
acts: Any = some.one_of(
    some.builds(
        Post,
        some.lists(some.builds(Credit, numbers, names, terms, units) | spends, max_size=4).map(tuple),
        numbers,
    ),
    some.builds(Hold, numbers, names, units, numbers, maybe),
    some.builds(Release, names, verdicts, some.none() | numbers),
    some.builds(Reverse, rules, names, numbers),
    some.sampled_from((Expire(), TakeGrants(), GiveBack())),
    some.builds(Ask, numbers, names, units, maybe),
    some.builds(Fence, numbers),
    some.builds(Enrol, names, names, names),
    some.builds(Link, names, names, maybe),
    some.builds(Change, names, names, statuses),
    some.builds(Merge, names, names),
    some.builds(Consent, some.booleans(), names, names, names, names),
    some.builds(Forget, names),
    heres,
)
settings_ = some.builds(
    Setting,
    numbers,
    names,
    some.builds(CacheMark, numbers, maybe),
    some.integers(0, 1),
    some.just(1),
    some.sampled_from(("2026-11-21", "", "z")),
    some.sampled_from(("Asia/Shanghai", "?")),
)
levels = some.just("fresh") | names
evidences = some.none() | some.builds(Evidence, maybe, names, levels, some.just(UNSET) | numbers)
bundles = some.sampled_from(
    (
        BUNDLE,
        Bundle(),
        Bundle(units=(Unit("*", Policy("risk", 2**53 - 1, 2**53 - 1, 2**53 - 1, 2**53 - 1), 1, 0, 1),)),
    )
)


# What nearly fits: the same few names, numbers that a ledger may have, and rights that may be used.
OURS = (("member:a", "PTS"), ("member:a", "CPN:ten"))
ALLOWANCES = (
    ("member:a", "USE:risk:CPN:ten:2026-11-21"),
    ("gateway:g1", "USE:risk:CPN:ten:2026-11-21"),
)
small = some.integers(0, 9)
few = some.integers(0, 3)
lot_names = some.sampled_from(("77.0", "77.2"))
kept_terms = some.builds(
    Terms, some.none(), some.none() | some.sampled_from(("2026-11-20", "2026-11-22")), some.none() | small
)


def near(whose: tuple[str, str], lot: str, numbers_: tuple[int, ...], of: Terms, new: bool) -> LotFact:
    """A lot that a ledger might know."""
    left, held, elsewhere, offered, recall, owed = numbers_
    nature = Nature(whose[0], of, whose[1])
    return LotFact(elsewhere, min(held, left), 0, left, lot, nature, new, offered, recall, owed)


near_lots = some.lists(
    some.builds(
        near,
        some.sampled_from(OURS + ALLOWANCES),
        lot_names,
        some.tuples(small, few, small, few, few, few),
        kept_terms,
        some.booleans(),
    ),
    max_size=6,
    unique_by=lambda fact: (fact.nature.owner, fact.nature.unit, fact.lot),
)
pieces_left = some.integers(0, 3).map(
    lambda left: near(("order:77", "RETURN:77"), "77.1", (left, 0, 0, 0, 0, 0), Terms(), False)
)
near_transfers = some.lists(
    some.builds(
        Transfer,
        some.integers(1, 9),
        some.sampled_from(("member:a", "order:77", "issuer", "spent")),
        some.sampled_from(("issuer", "member:a", "suspense", "issuer")),
        some.sampled_from(("PTS", "RETURN:77", "CPN:ten")),
        lot_names | some.just(UNSET),
        lot_names | some.just(UNSET),
        some.just("77"),
        some.just("held"),
    )
    | some.builds(
        Transfer,
        some.integers(1, 9),
        some.sampled_from(("member:a", "order:77", "spent")),
        some.sampled_from(("issuer", "member:a", "suspense", "issuer")),
        some.sampled_from(("PTS", "CPN:ten")),
        lot_names,
        lot_names,
    ),
    max_size=4,
).map(lambda some_: (*some_, Transfer(3, "order:77", "issuer", "RETURN:77", credit_lot="77.1")))
near_facts = some.builds(
    Facts,
    some.none(),
    some.none() | some.just(Member("a", 5, "active", "")),
    some.just(UNSET),
    some.just(UNSET),
    some.builds(lambda lots, pieces: (*lots, pieces), near_lots, pieces_left),
    near_transfers,
    some.none(),
    some.builds(RightsFact, some.just(1), some.just(False), some.booleans(), some.just(5), some.booleans()),
)
ours = some.sampled_from(OURS)
near_spends = some.builds(
    lambda amount, whose, lot: Spend(amount, *whose, lot), some.integers(1, 9), ours, some.none() | lot_names
)
near_acts: Any = some.one_of(
    some.builds(Post, some.lists(near_spends, min_size=1, max_size=3).map(tuple), few),
    some.builds(
        lambda amount, whose, lot: Hold(amount, *whose, 10**15, lot),
        some.integers(1, 9),
        ours,
        some.none() | lot_names,
    ),
    some.builds(Release, some.just("77"), verdicts, some.none() | small),
    some.builds(Reverse, rules, some.just("77"), some.integers(1, 3)),
    some.sampled_from((Expire(), TakeGrants(), GiveBack())),
)
NEAR = Setting(10_000, "b", CacheMark(0, None), 1, 1, "2026-11-21", "Asia/Shanghai")


def body_of(
    setting: Setting,
    act: Act,
    known: Facts,
    evidence: Evidence | None = None,
    moved: tuple[Transfer, ...] = (),
    kind: str = "transfer.posted",
) -> bytes:
    """An event as only a liar would seal it."""
    asked = Input(setting, "d", "77", kind, evidence=evidence, act=act)
    told = NewLot("77.0", Nature("member:a", Terms(), "PTS"))
    lie = Decision(asked, known, Outcome(False, "done"), moved, (told,))
    return seal(lie, "g1", 1, GENESIS).body


@given(
    settings_,
    acts,
    facts,
    evidences,
    some.lists(transfers, max_size=4).map(tuple),
    bundles,
    some.sampled_from(
        ("transfer.posted", "x", "tap.seen", "consent.changed", "member.forgotten", "presence.seen")
    ),
)
@settings(deadline=None, max_examples=600)
def test_no_facts_and_no_act_break_the_second_decision(
    setting: Setting,
    act: Act,
    known: Facts,
    evidence: Evidence | None,
    moved: tuple[Transfer, ...],
    bundle: Bundle,
    kind: str,
) -> None:
    body = body_of(setting, act, known, evidence, moved, kind)
    again: bytes | None = None
    try:
        again = redecide(body, bundle)
        assert redecide(again, bundle) == again
        open_event(again)
    except EventError:
        pass
    for one in (body, again):
        if one is not None:
            check_state(one)


@given(some.data())
@settings(deadline=None, max_examples=200)
def test_nobody_is_forgotten_whose_money_is_left(data: some.DataObject) -> None:
    left, offered, elsewhere, owed = (data.draw(small) for _ in range(4))
    unit = data.draw(some.sampled_from(("CNY", "CNY.bonus")))
    owner = data.draw(some.sampled_from(("member:a", "member:b")))
    money = LotFact(elsewhere, 0, 0, left, "77.0", Nature(owner, Terms(), unit), False, offered, 0, owed)
    known = Facts(
        member=Member("a", 5, "active", ""),
        lots=(money,),
        rights=RightsFact(1, False, False, 5),
        aliases={"member:b": "member:a"},
    )
    again = redecide(body_of(NEAR, Forget("a"), known, kind="member.forgotten"), BUNDLE)
    is_left = left > 0 or left + offered + elsewhere > owed
    assert (open_event(again).outcome.reason == "money_left") == is_left


@given(near_acts, near_facts)
@settings(deadline=None, max_examples=600)
def test_no_facts_that_nearly_fit_break_it_either(act: Act, known: Facts) -> None:
    body = body_of(NEAR, act, known)
    with suppress(EventError):
        again = redecide(body, BUNDLE)
        assert redecide(again, BUNDLE) == again
        check_state(again)


def check_state(body: bytes) -> None:
    """A State takes the event or refuses it whole."""
    state = State("g1")
    try:
        event = open_event(body)
    except EventError:
        return
    try:
        state.apply(event)
    except EventError:
        assert state.digest() == State("g1").digest()
        assert (state.seq, state.keys, state.natures) == (0, {}, {})
    else:
        assert state.seq == 1
        assert all(part.held >= 0 for part in state.parts.values())


@pytest.mark.parametrize("digits", [20, 4_300, 5_000])
def test_numbers_without_end_are_an_event_error_or_a_decision(digits: int) -> None:
    body = body_of(
        Setting(1, "b", CacheMark(0, None), 1, 1, "2026-11-21", "Asia/Shanghai"),
        Post((Spend(1, "member:a", "PTS"),)),
        Facts(lots=(), rights=RightsFact(1, False, False, 424_242)),
    )
    huge = body.replace(b"424242", b"9" * digits)
    try:
        again = redecide(huge, BUNDLE)
    except EventError:
        return
    assert b"9" * digits in again


@given(some.data())
@settings(deadline=None, max_examples=200)
def test_a_sound_event_with_one_value_replaced_breaks_nothing(data: some.DataObject) -> None:
    setting = Setting(1_795_233_600_000, "b", CacheMark(0, None), 1, 1, "2026-11-21", "Asia/Shanghai")
    known = Facts(
        lots=(LotFact(1, 0, 0, 5, "77.0", Nature("member:a", Terms(face=5), "PTS"), False, 0),),
        transfers=(
            Transfer(5, "member:a", "issuer", "PTS", credit_lot="77.0"),
            Transfer(2, "order:77", "issuer", "RETURN:77", credit_lot="77.1"),
        ),
        rights=RightsFact(1, False, False, 5),
    )
    act = data.draw(some.sampled_from((Post((Spend(2, "member:a", "PTS"),)), Reverse("unlimited", "77", 1))))
    tree = json.loads(body_of(setting, act, known))
    place, key = data.draw(some.sampled_from(list(places(tree))))
    place[key] = data.draw(numbers | texts | some.sampled_from((None, True, [], {}, 1.5)))
    body = canonical(tree)
    with suppress(EventError):
        redecide(body, BUNDLE)
    check_state(body)


def places(tree: Any) -> Any:
    """Every place in a JSON tree whose value can be replaced."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield tree, key
        yield from places(value)
