"""Giving back what an event posted: parts that sum to the full, to the same lots, and nothing twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from gateway.core.book import NOTHING, LotKey, Part
from gateway.core.decide import decide
from gateway.core.errors import EventError
from gateway.core.event import Event
from gateway.core.model import Facts
from gateway.core.posting import missing
from gateway.core.promises import Ask, LotFact, Reverse, Transfer
from tests.gateway.core.shop import (
    BUNDLE,
    FROZEN,
    LIN,
    NOON_MS,
    ONLINE_NOW,
    SETTING,
    TODAY,
    TOMORROW,
    Log,
    credit,
    fact,
    knows,
    post,
    reason,
    spend,
)
from tests.gateway.core.shop import given as asked


def back(log: Log, event: Event, pieces: int, earned: str = "within_balance", rights: object = None) -> Event:
    """Reverse pieces of an event in its own log."""
    facts = log.facts(transfers=event.transfers, **({"rights": rights} if rights else {}))
    return log.do(Reverse(earned, event.random, pieces), facts, type="transfer.reversed")


def standing(log: Log) -> tuple[dict[LotKey, int], dict[object, int]]:
    """What every lot and account comes to, but for the counting of pieces."""
    lots = {
        key: part.left for (key, _), part in log.state.parts.items() if not key.unit.startswith("RETURN:")
    }
    accounts = {
        key: posted
        for key, posted in log.state.accounts.items()
        if posted and not key.unit.startswith("RETURN:")
    }
    return {key: left for key, left in lots.items() if left}, accounts


def test_a_whole_return_restores_every_lot_and_account() -> None:
    log = Log()
    log.done(post(credit(30, expires_on=TOMORROW), credit(70), credit(1, unit="CPN:ten", face=500)))
    before = standing(log)
    order = log.done(post(spend(60), spend(1, unit="CPN:ten"), credit(8), returnable=3))
    assert standing(log) != before
    assert back(log, order, 3).outcome.name == "done"
    assert standing(log) == before
    assert back(log, order, 1).outcome.reason == "nothing_to_return"
    assert standing(log) == before


@given(
    some.lists(some.integers(1, 1_000), min_size=1, max_size=4),
    some.integers(1, 12).flatmap(
        lambda pieces: some.tuples(some.just(pieces), some.lists(some.integers(1, pieces), max_size=12))
    ),
)
@settings(deadline=None, max_examples=60)
def test_parts_sum_to_the_full_whatever_the_parts(amounts: list[int], cut: tuple[int, list[int]]) -> None:
    pieces, parts = cut
    log = Log()
    log.done(post(*[credit(amount) for amount in amounts], credit(sum(amounts), "member:x")))
    before = standing(log)
    order = log.done(post(spend(sum(amounts) // 2 + 1), credit(sum(amounts)), returnable=pieces))
    done = 0
    for part in parts:
        found = back(log, order, part).outcome
        assert found.name == ("done" if part <= pieces - done else "refused")
        done += part if found.name == "done" else 0
    if done < pieces:
        assert back(log, order, pieces - done).outcome.name == "done"
    assert standing(log) == before
    assert log.left("order:" + order.random, "RETURN:" + order.random) == 0


def test_the_last_piece_takes_the_remainder() -> None:
    log = Log()
    log.done(post(credit(10)))
    order = log.done(post(spend(10), returnable=3))
    given_back = []
    for _ in range(3):
        moved = back(log, order, 1).transfers
        given_back.append(sum(each.amount for each in moved if each.unit == "PTS"))
    assert given_back == [3, 3, 4]


@pytest.mark.parametrize(
    ("earned", "vests_at", "spent", "left", "shortfall"),
    [
        ("only_pending", NOON_MS + 1, 0, 0, 0),
        ("only_pending", NOON_MS, 0, 40, 0),
        ("within_balance", NOON_MS, 0, 0, 0),
        ("within_balance", NOON_MS, 30, 0, 0),
        ("unlimited", NOON_MS, 0, 0, 0),
        ("unlimited", NOON_MS, 30, 0, 30),
        ("unlimited", NOON_MS + 1, 0, 0, 0),
    ],
)
def test_how_earned_points_go_back(earned: str, vests_at: int, spent: int, left: int, shortfall: int) -> None:
    log = Log()
    order = log.done(post(credit(40, vests_at=vests_at), returnable=1))
    if spent:
        log.done(post(spend(spent)))
    assert back(log, order, 1, earned).outcome.name == "done"
    assert log.left(LIN) == left
    assert log.left("suspense") == -shortfall
    issued = -log.balance("issuer")
    assert issued == left + spent - shortfall


def test_what_comes_back_after_its_day_is_expired() -> None:
    log = Log()
    log.done(post(credit(10, expires_on=TODAY), credit(10)))
    order = log.done(post(spend(15), returnable=1))
    log.setting = replace(SETTING, date=TOMORROW)
    back(log, order, 1)
    assert (log.left(LIN), log.balance("expired")) == (10, 10)
    assert log.balance("spent") == 0


def test_a_clock_that_nobody_set_expires_nothing_that_comes_back() -> None:
    log = Log()
    log.done(post(credit(10, expires_on=TODAY)))
    order = log.done(post(spend(10), returnable=1))
    log.setting = replace(SETTING, date=TOMORROW, clock=0)
    back(log, order, 1)
    assert (log.left(LIN), log.balance("expired")) == (10, 0)


RETURN_LOT = LotKey("order:77", "RETURN:77", "77.1")
NINE = fact("77.0", 9)
EARNED = Transfer(9, LIN, "issuer", "PTS", credit_lot="77.0")
PIECES = Transfer(3, *RETURN_LOT[:1], "issuer", RETURN_LOT.unit, credit_lot=RETURN_LOT.lot)


def pieces(left: int, **more: int) -> LotFact:
    return fact(RETURN_LOT.lot, left, unit=RETURN_LOT.unit, owner=RETURN_LOT.owner, **more)


@pytest.mark.parametrize(
    ("act", "facts", "found"),
    [
        (Reverse("unlimited", "77", 1), knows(NINE, pieces(3)), "done"),
        (Reverse("unlimited", "77", 3), knows(NINE, pieces(3)), "done"),
        (Reverse("unlimited", "77", 4), knows(NINE, pieces(3)), "refused nothing_to_return"),
        (Reverse("unlimited", "77", 1), knows(NINE, pieces(0)), "refused nothing_to_return"),
        (Reverse("unlimited", "77", 2), knows(NINE, pieces(1)), "refused nothing_to_return"),
        (Reverse("unlimited", "77", 2), knows(NINE, pieces(1, elsewhere=2)), "refused held_elsewhere"),
        (
            Reverse("unlimited", "77", 2),
            knows(NINE, pieces(1, elsewhere=2), rights=ONLINE_NOW),
            "asked held_elsewhere",
        ),
        (Reverse("unlimited", "77", 1), knows(NINE, pieces(9)), "refused nothing_to_return"),
        (Reverse("unlimited", "78", 1), knows(NINE, pieces(3)), "refused nothing_to_return"),
        (Reverse("unlimited", "77", 1), knows(fact("77.0", 9)), "refused nothing_to_return"),
        (Reverse("unlimited", "77", 0), knows(NINE, pieces(3)), "refused bad_amount"),
        (Reverse("unlimited", "77", -1), knows(NINE, pieces(3)), "refused bad_amount"),
        (Reverse("always", "77", 1), knows(NINE, pieces(3)), "refused bad_amount"),
        (Reverse("unlimited", "77", 1), knows(NINE, pieces(3), rights=FROZEN), "refused rights_frozen"),
    ],
)  # fmt: skip
def test_what_a_return_becomes(act: Reverse, facts: Facts, found: str) -> None:
    assert reason(act, replace(facts, transfers=(EARNED, PIECES))) == found


def test_without_the_events_transfers_there_is_nothing_to_return() -> None:
    assert reason(Reverse("unlimited", "77", 1), knows(pieces(3))) == "refused nothing_to_return"


@pytest.mark.parametrize(
    ("transfer", "lots"),
    [
        (EARNED, ()),
        (replace(EARNED, amount=0), (fact("77.0", 9),)),
        (replace(EARNED, amount=2**60), (fact("77.0", 9),)),
        (Transfer(9, "spent", LIN, "PTS", debit_lot="x"), ()),
        (Transfer(9, "expired", LIN, "PTS", debit_lot="77.0"), (fact("77.0", 9),)),
        (Transfer(9, "spent", "issuer", "PTS"), ()),
        (Transfer(9, LIN, "right:g1", "PTS", credit_lot="77.0"), (fact("77.0", 9),)),
    ],
)
def test_what_no_post_makes_is_not_given_back(transfer: Transfer, lots: tuple[LotFact, ...]) -> None:
    facts = replace(knows(*lots, pieces(3)), transfers=(transfer, PIECES))
    with pytest.raises(EventError, match="bad_facts"):
        reason(Reverse("unlimited", "77", 3), facts)


def test_pieces_returned_elsewhere_count_as_done() -> None:
    facts = replace(knows(fact("77.0", 10), pieces(1)), transfers=(replace(EARNED, amount=10), PIECES))
    decision = decide(BUNDLE, facts, asked(Reverse("within_balance", "77", 1)))
    assert [each.amount for each in decision.transfers] == [1, 4]  # of 3, 3 and 4


def test_a_return_restores_the_part_and_not_the_history() -> None:
    log = Log()
    lot = log.done(post(credit(10))).random + ".0"
    order = log.done(post(spend(4), returnable=1))
    back(log, order, 1)
    assert log.state.part(LotKey(LIN, "PTS", lot)) == Part(0, 14, 0, 4, 0)
    assert log.state.part(LotKey(LIN, "PTS", "x")) == NOTHING


def test_pieces_that_lie_elsewhere_are_asked_for() -> None:
    known = replace(knows(NINE, pieces(1, elsewhere=2), rights=ONLINE_NOW), transfers=(EARNED, PIECES))
    for wanted, found in ((1, ()), (3, (Ask(2, *RETURN_LOT),)), (4, ())):
        assert missing(known, asked(Reverse("unlimited", "77", wanted))) == found
    assert reason(Ask(2, *RETURN_LOT), knows()) == "asked held_elsewhere"


def test_what_was_given_at_risk_comes_back_to_suspense_and_to_the_day() -> None:
    log = Log()
    coupon = fact("c.0", 0, unit="CPN:ten", elsewhere=1, face=600, new=True)
    order = log.done(post(spend(1, unit="CPN:ten"), returnable=1), log.facts([coupon]))
    allowance = f"USE:risk:CPN:ten:{TODAY}"
    assert (log.left("suspense", "CPN:ten"), log.left(LIN, allowance)) == (-1, 400)
    assert back(log, order, 1, "unlimited").outcome.name == "done"
    assert log.left("suspense", "CPN:ten") == 0
    assert (log.left(LIN, allowance), log.left("gateway:g1", allowance)) == (1_000, 3_000)
    assert log.balance("issuer", allowance) == -4_000
