"""Giving without a right: who may, how much, and that no sequence of a civil day goes beyond its limits."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from gateway.core.book import LotKey
from gateway.core.decide import decide
from gateway.core.exposure import Exposure, Held, exposure
from gateway.core.model import Act, Bundle, Facts
from gateway.core.promises import AT_RISK, LotFact, Policy, Transfer, Unit
from tests.gateway.core.shop import (
    BO,
    BUNDLE,
    FROZEN,
    HOUR_MS,
    LIN,
    NOON_MS,
    ONLINE_NOW,
    RIGHTS,
    SETTING,
    TEN_OFF,
    TODAY,
    TOMORROW,
    YESTERDAY,
    Log,
    fact,
    knows,
    post,
    reason,
    spend,
)
from tests.gateway.core.shop import given as asked

CODE = "CPN:ten"
ALLOWANCE = f"USE:risk:{CODE}:{TODAY}"
MISTRUSTED = replace(RIGHTS, synced_at=0)
A_DAY_OLD = replace(RIGHTS, synced_at=NOON_MS - 24 * HOUR_MS)
OLDER = replace(RIGHTS, synced_at=NOON_MS - 24 * HOUR_MS - 1)


def coupon(lot: str = "c.0", elsewhere: int = 1, face: int | None = 500, **more: Any) -> LotFact:
    """A coupon of 5.00 that some other log holds."""
    return fact(lot, 0, unit=CODE, elsewhere=elsewhere, face=face, **more)


def redeem(lot: str = "c.0", owner: str = LIN) -> Act:
    return post(spend(1, owner, CODE, lot))


def test_a_use_at_risk_spends_the_days_allowances_and_leaves_a_shortfall() -> None:
    log = Log()
    event = log.done(redeem(), log.facts([coupon(new=True)]))
    mine, ours = event.random + ".0", event.random + ".1"
    assert event.transfers == (
        Transfer(1_000, LIN, "issuer", ALLOWANCE, credit_lot=mine),
        Transfer(500, "spent", LIN, ALLOWANCE, debit_lot=mine),
        Transfer(3_000, "gateway:g1", "issuer", ALLOWANCE, credit_lot=ours),
        Transfer(500, "spent", "gateway:g1", ALLOWANCE, debit_lot=ours),
        Transfer(1, "spent", "suspense", CODE, debit_lot="c.0"),
    )
    assert log.state.natures["c.0"].terms.face == 500
    assert log.left("suspense", CODE) == -1
    again = log.do(redeem(), log.facts([coupon(owed=1)]))
    assert again.outcome.reason == "used_up"


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (knows(coupon()), "done"),
        (knows(coupon(face=1_000)), "done"),
        (knows(coupon(face=1_001)), "refused risk_limit"),  # of one use
        (knows(coupon(face=None)), "refused risk_limit"),  # has no price, so no bound
        (knows(coupon(face=0)), "refused risk_limit"),
        (knows(coupon(elsewhere=0)), "refused used_up"),
        (knows(coupon(elsewhere=-1)), "refused used_up"),
        (knows(coupon(owed=1)), "refused used_up"),
        (knows(coupon(expires_on=YESTERDAY)), "refused lot_expired"),
        (knows(coupon(vests_at=NOON_MS + 1)), "refused not_vested"),
        (knows(), "refused member_unknown"),
        (knows(coupon("other")), "refused member_unknown"),
        (knows(coupon(), rights=FROZEN), "refused rights_frozen"),
        (knows(coupon(), rights=ONLINE_NOW), "asked held_elsewhere"),
        (knows(coupon(), rights=replace(ONLINE_NOW, asked=True)), "done"),
        (knows(coupon(), rights=MISTRUSTED), "refused hq_unreachable"),
        (knows(coupon(), rights=A_DAY_OLD), "done"),
        (knows(coupon(), rights=OLDER), "refused hq_unreachable"),
        (knows(coupon(), fact("m", 499, unit=ALLOWANCE)), "refused risk_limit"),
        (knows(coupon(), fact("m", 500, unit=ALLOWANCE)), "done"),
        (knows(coupon(), fact("m", 900, unit=ALLOWANCE, held=500)), "refused risk_limit"),
        (knows(coupon(), fact("m", 499, unit=ALLOWANCE, owner="gateway:g1")), "refused risk_limit"),
        (knows(coupon(), fact("m", 0, unit=ALLOWANCE, owner="gateway:g2")), "done"),
    ],
)  # fmt: skip
def test_what_a_use_at_risk_becomes(facts: Facts, found: str) -> None:
    assert reason(redeem(), facts) == found


def test_by_a_clock_that_nobody_set_nothing_is_given_at_risk() -> None:
    assert reason(redeem(), knows(coupon()), replace(SETTING, clock=0)) == "refused hq_unreachable"
    here = replace(coupon(elsewhere=0), left=1)
    assert reason(redeem(), knows(here), replace(SETTING, clock=0)) == "done"


@pytest.mark.parametrize("limit", ["per_use", "per_member", "per_gateway", "hours"])
def test_a_limit_of_nothing_allows_nothing(limit: str) -> None:
    unit = replace(TEN_OFF, offline=replace(TEN_OFF.offline, **{limit: 0}))
    found = reason(redeem(), knows(coupon()), bundle=Bundle(units=(unit,)))
    assert found == ("refused hq_unreachable" if limit == "hours" else "refused risk_limit")


def test_the_limit_of_one_use_is_of_all_its_parts() -> None:
    known = knows(coupon("a", face=600), coupon("b", face=600), coupon("c", face=400))
    assert reason(post(spend(1, LIN, CODE, "a"), spend(1, LIN, CODE, "c")), known) == "done"
    assert reason(post(spend(1, LIN, CODE, "a"), spend(1, LIN, CODE, "b")), known) == "refused risk_limit"


def test_one_post_never_gives_twice_what_lies_elsewhere() -> None:
    twice = post(spend(1, LIN, CODE, "c.0"), spend(1, LIN, CODE, "c.0"))
    assert reason(twice, knows(coupon())) == "refused used_up"


def test_what_is_here_is_used_before_the_rest_is_given_at_risk() -> None:
    points = Unit("PTS", Policy(AT_RISK, 100, 100, 100, 24), worth=1, per=10)
    log = Log(bundle=Bundle(units=(points,)))
    known = (fact("a", 30, elsewhere=20, expires_on=TODAY), fact("b", 0, elsewhere=50))
    moved = [
        (each.amount, each.debit, each.debit_lot)
        for each in log_of(log, post(spend(85)), known)
        if each.unit == "PTS"
    ]
    assert moved == [(20, "suspense", "a"), (35, "suspense", "b"), (30, LIN, "a")]


def log_of(log: Log, act: Act, known: tuple[LotFact, ...]) -> tuple[Transfer, ...]:
    """The transfers of an act, decided but not applied: the log never had these lots."""
    return decide(log.bundle, knows(*known), asked(act)).transfers


PATTERN = Unit("CPN:*", Policy(AT_RISK, per_use=700, per_member=1_500, per_gateway=4_000, hours=24))
uses = some.lists(
    some.tuples(
        some.sampled_from((LIN, BO, "member:c", "member:d")),
        some.sampled_from(("CPN:a", "CPN:b")),
        some.integers(1, 900),
        some.booleans(),
    ),
    max_size=30,
)


@given(uses)
@settings(deadline=None, max_examples=60)
def test_no_sequence_of_a_day_goes_beyond_its_limits(day: list[tuple[str, str, int, bool]]) -> None:
    log = Log(bundle=Bundle(units=(PATTERN,)))
    given_by: dict[str, int] = {}
    for number, (owner, code, face, again_next_day) in enumerate(day):
        lot = fact(f"{number}.x", 0, unit=code, owner=owner, elsewhere=1, face=face, new=True)
        before = worst(log)
        event = log.do(post(spend(1, owner, code, lot.lot)), log.facts([lot]))
        if event.outcome.name == "done":
            given_by[owner] = given_by.get(owner, 0) + face
            assert face <= 700
        assert max(given_by.values(), default=0) <= 1_500
        assert sum(given_by.values()) <= 4_000
        assert worst(log) == Exposure(sum(given_by.values()), 4_000 - sum(given_by.values()), 0)
        assert worst(log).worst <= before.worst
        if again_next_day:
            assert worst(log, TOMORROW).still_possible == 4_000


def worst(log: Log, date: str = TODAY) -> Exposure:
    """The exposure of a log in memory."""
    return exposure(log.bundle, "g1", date, held_by(log))


def held_by(log: Log) -> list[Held]:
    return [
        Held(key, log.state.natures[key.lot].terms, part.left)
        for (key, epoch), part in log.state.parts.items()
        if epoch == log.state.epoch or key.owner == "suspense"
    ]


def test_the_worst_loss_is_reached_by_the_worst_day_and_no_other() -> None:
    log = Log()
    before = worst(log)
    assert before == Exposure(0, 3_000, 0)
    for number in range(40):
        owner = f"member:{number % 8}"
        lot = fact(f"{number}.x", 0, unit=CODE, owner=owner, elsewhere=1, face=500, new=True)
        log.do(post(spend(1, owner, CODE, lot.lot)), log.facts([lot]))
    assert worst(log) == Exposure(3_000, 0, 0)
    assert worst(log).worst == before.worst


def test_the_box_is_worth_what_its_log_may_still_give() -> None:
    terms = coupon().nature.terms
    held = [
        Held(LotKey(LIN, CODE, "a"), terms, 1),
        Held(LotKey(LIN, CODE, "b"), terms, 0),
        Held(LotKey(BO, "PTS", "c"), fact("c").nature.terms, 101),
        Held(LotKey("suspense", CODE, "d"), terms, -2),
        Held(LotKey("suspense", CODE, "e"), terms, 3),
        Held(LotKey("order:1", "RETURN:1", "f"), fact("f").nature.terms, 9),
        Held(LotKey(LIN, ALLOWANCE, "g"), fact("g").nature.terms, 700),
        Held(LotKey("gateway:g1", ALLOWANCE, "h"), fact("h").nature.terms, 1_200),
        Held(LotKey("gateway:g2", ALLOWANCE, "i"), fact("i").nature.terms, 5),
        Held(LotKey(LIN, "unheard-of", "j"), fact("j").nature.terms, 5),
    ]
    found = exposure(BUNDLE, "g1", TODAY, iter(held))
    assert found == Exposure(1_000, 1_200, 500 + 11)
    assert found.worst == 2_200


def test_where_no_bundle_allows_risk_nothing_is_still_possible() -> None:
    assert exposure(Bundle(), "g1", TODAY, ()) == Exposure(0, 0, 0)
    shut = replace(TEN_OFF, offline=replace(TEN_OFF.offline, hours=0))
    assert exposure(Bundle(units=(shut,)), "g1", TODAY, ()) == Exposure(0, 0, 0)
