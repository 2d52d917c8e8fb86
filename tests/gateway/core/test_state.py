"""A log's projections: exact, whole or not at all, and named by a digest that two sides can compare."""

from hashlib import sha256
from itertools import pairwise

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from gateway.core.book import AccountKey, LotKey, Part
from gateway.core.errors import EventError
from gateway.core.event import Event
from gateway.core.model import NewLot
from gateway.core.promises import Hold, Nature, Terms, Transfer
from gateway.core.state import Pending, State, digest_lines
from tests.gateway.core.shop import BO, LIN, NOON_MS, Log, credit, post, spend

UNTIL = NOON_MS + 1


def busy_log() -> Log:
    """A log with a bit of everything."""
    log = Log()
    log.done(post(credit(100), credit(5, BO), returnable=2), key="k-1")
    log.done(post(spend(30)))
    log.done(Hold(20, LIN, "PTS", UNTIL))
    log.do(post(spend(1_000)), key="k-2")
    return log


def again(events: list[Event]) -> State:
    """The same events once more."""
    state = State("g1")
    for event in events:
        state.apply(event)
    return state


def test_the_same_events_make_the_same_state() -> None:
    log = busy_log()
    once, twice = again(log.events), again(log.events)
    assert vars(once) == vars(twice) == vars(log.state)
    assert once.digest() == log.state.digest()


def test_the_state_is_what_the_events_said() -> None:
    log = busy_log()
    first = log.events[0].random
    state = log.state
    assert state.parts == {
        (LotKey(LIN, "PTS", first + ".0"), 1): Part(0, 100, 0, 30, 20),
        (LotKey(BO, "PTS", first + ".1"), 1): Part(0, 5),
        (LotKey("order:" + first, "RETURN:" + first, first + ".2"), 1): Part(0, 2),
    }
    assert state.accounts == {
        AccountKey("issuer", "PTS"): -105,
        AccountKey("issuer", "RETURN:" + first): -2,
        AccountKey("spent", "PTS"): 30,
    }
    assert state.holds == {log.events[2].random: Pending(3, UNTIL)}
    assert (state.keys, state.returnables) == ({"k-1": 1, "k-2": 4}, {first: 1})
    assert (state.seq, state.epoch) == (4, 1)


def test_the_digest_is_of_sorted_lines_and_leaves_out_what_is_zero() -> None:
    parts = {
        (LotKey("member:b", "PTS", "2.0"), 1): Part(1, 2, 3, 4, 5),
        (LotKey("a", "é", "1.0"), 10): Part(),
    }
    accounts = {AccountKey("issuer", "PTS"): -7, AccountKey("spent", "PTS"): 0}
    holds = {"77": Pending(3, 9)}
    lines = sorted(
        line.encode()
        for line in (
            "L\tmember:b\tPTS\t2.0\t1\t1\t2\t3\t4\t5\n",
            "L\ta\té\t1.0\t10\t0\t0\t0\t0\t0\n",
            "A\tissuer\tPTS\t-7\n",
            "H\t77\t3\t9\n",
        )
    )
    assert digest_lines(parts.items(), accounts.items(), holds.items()) == sha256(b"".join(lines)).hexdigest()
    backwards = reversed(list(parts.items()))
    assert digest_lines(backwards, accounts.items(), holds.items()) == sha256(b"".join(lines)).hexdigest()


def test_every_event_that_moves_changes_the_digest() -> None:
    log = busy_log()
    digests = [again(log.events[:count]).digest() for count in range(len(log.events) + 1)]
    assert [one != other for one, other in pairwise(digests)] == [True, True, True, False]


def forged(event: Event, *transfers: Transfer, **more: object) -> Event:
    return replace(event, transfers=transfers, **{"lots": UNSET, "act": UNSET, "key": UNSET, **more})


def bad_event(name: str, log: Log) -> Event:
    """Something that may not follow a busy log."""
    lot, held = log.events[0].random + ".0", log.events[2].random
    following = forged(replace(log.events[-1], seq=5))
    new = NewLot("new.0", Nature(BO, Terms(), "PTS"))
    spent = Transfer(1, "spent", LIN, "PTS", debit_lot=lot)
    made = Transfer(1, LIN, "issuer", "PTS", credit_lot=lot)
    return {
        "wrong_seq ahead": replace(following, seq=6),
        "wrong_seq again": replace(following, seq=4),
        "wrong_seq of another": replace(following, gateway="g2"),
        "key_reused": replace(following, key="k-1"),
        "overdrawn": forged(following, replace(spent, amount=51)),
        "overdrawn by two": forged(following, replace(spent, amount=50), spent),
        "overdrawn by a release": forged(following, replace(spent, amount=21, hold=held, phase="released")),
        "lot_unknown": forged(following, replace(made, credit_lot="new.0")),
        "lot_differs": forged(following, lots=(replace(new, lot=lot),)),
        "lot_differs twice": forged(following, lots=(new, new)),
        "bad_transfer of none": forged(following, replace(made, amount=0)),
        "bad_transfer of too much": forged(following, replace(made, amount=2**53)),
        "bad_transfer without a lot": forged(following, replace(made, credit_lot=UNSET)),
        "bad_transfer with a lot": forged(following, replace(made, credit="spent")),
        "bad_transfer of a phase": forged(following, replace(spent, hold=held, phase="eaten")),
        "hold_unknown released": forged(following, replace(spent, hold="x", phase="released")),
        "hold_unknown held": forged(following, replace(spent, hold=following.random, phase="held")),
    }[name]


BAD = [
    "wrong_seq ahead",
    "wrong_seq again",
    "wrong_seq of another",
    "key_reused",
    "overdrawn",
    "overdrawn by two",
    "overdrawn by a release",
    "lot_unknown",
    "lot_differs",
    "lot_differs twice",
    "bad_transfer of none",
    "bad_transfer of too much",
    "bad_transfer without a lot",
    "bad_transfer with a lot",
    "bad_transfer of a phase",
    "hold_unknown released",
    "hold_unknown held",
]


@pytest.mark.parametrize("name", BAD)
def test_an_event_that_cannot_follow_changes_nothing(name: str) -> None:
    log = busy_log()
    before = vars(again(log.events))
    with pytest.raises(EventError) as caught:
        log.state.apply(bad_event(name, log))
    assert caught.value.reason == name.split()[0]
    assert vars(log.state) == before


def test_a_suspense_lot_may_be_below_zero_and_no_other() -> None:
    log = busy_log()
    lot = log.events[0].random + ".0"
    log.book("right.settled", Transfer(7, "spent", "suspense", "PTS", debit_lot=lot))
    assert log.state.part(LotKey("suspense", "PTS", lot)).left == -7
    with pytest.raises(EventError, match="overdrawn"):
        log.book("right.settled", Transfer(7, "spent", "program:p", "PTS", debit_lot=lot))
