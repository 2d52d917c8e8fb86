"""What a gateway does by itself: take grants, give back, expire, ask, and begin an epoch."""

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from gateway.core.book import LotKey, Part
from gateway.core.errors import EventError
from gateway.core.model import Act, Facts
from gateway.core.promises import Ask, Expire, Fence, GiveBack, Hold, LotFact, Release, TakeGrants, Transfer
from tests.gateway.core.shop import (
    BO,
    FROZEN,
    LIN,
    NOON_MS,
    RIGHTS,
    SETTING,
    SHANGHAI,
    TODAY,
    TOMORROW,
    YESTERDAY,
    Log,
    credit,
    fact,
    knows,
    post,
    reason,
    spend,
)

GRANTED = fact("hq.0", 0, new=True, offered=30, elsewhere=70)


def test_a_grant_is_taken_into_the_log_before_it_is_used() -> None:
    log = Log()
    event = log.done(TakeGrants(), knows(GRANTED), type="right.granted")
    assert event.transfers == (Transfer(30, LIN, "right:g1", "PTS", credit_lot="hq.0"),)
    assert log.state.part(LotKey(LIN, "PTS", "hq.0")) == Part(30)
    assert log.balance("right:g1") == -30
    log.done(post(spend(30)))
    log.done(TakeGrants(), log.facts([replace(GRANTED, new=False, left=0, offered=5)]))
    assert log.state.part(LotKey(LIN, "PTS", "hq.0")) == Part(35, 0, 0, 30)


def test_what_hq_wants_back_goes_back_as_far_as_it_is_free() -> None:
    log = Log()
    log.done(TakeGrants(), knows(GRANTED))
    log.done(Hold(12, LIN, "PTS", NOON_MS + 1))
    wanted = log.facts([replace(log.lot(LIN, "PTS", "hq.0"), recall=25)])
    event = log.done(GiveBack(), wanted, type="right.returned")
    assert event.transfers == (Transfer(18, "right:g1", LIN, "PTS", debit_lot="hq.0"),)
    assert log.state.part(LotKey(LIN, "PTS", "hq.0")) == Part(30, 0, 18, 0, 12)
    assert log.balance("right:g1") == -12


@pytest.mark.parametrize(
    ("act", "facts", "found"),
    [
        (TakeGrants(), knows(GRANTED), "done"),
        (TakeGrants(), knows(replace(GRANTED, lease_end=NOON_MS + 1)), "done"),
        (TakeGrants(), knows(replace(GRANTED, lease_end=NOON_MS)), "refused held_elsewhere"),
        (TakeGrants(), knows(replace(GRANTED, offered=0)), "refused held_elsewhere"),
        (TakeGrants(), knows(), "refused held_elsewhere"),
        (TakeGrants(), knows(GRANTED, rights=FROZEN), "refused rights_frozen"),
        (GiveBack(), knows(fact("a", 5, recall=3)), "done"),
        (GiveBack(), knows(fact("a", 5, held=5, recall=3)), "refused not_enough"),
        (GiveBack(), knows(fact("a", 5)), "refused not_enough"),
        (GiveBack(), knows(fact("a", 5, recall=3), rights=FROZEN), "refused rights_frozen"),
        (Expire(), knows(fact("a", 5, expires_on=YESTERDAY)), "done"),
        (Expire(), knows(fact("a", 5, expires_on=TODAY)), "refused not_enough"),
        (Expire(), knows(fact("a", 5)), "refused not_enough"),
        (Expire(), knows(fact("a", 5, held=5, expires_on=YESTERDAY)), "refused not_enough"),
        (Expire(), knows(fact("a", 5, expires_on=YESTERDAY), rights=FROZEN), "refused rights_frozen"),
        (Expire(), knows(fact("a", 5, expires_on=YESTERDAY, zone="Asia/Tokyo")), "refused not_enough"),
        (
            Expire(),
            knows(fact("a", 5, expires_on=YESTERDAY, zone="Asia/Tokyo"), dates={"Asia/Tokyo": TODAY}),
            "done",
        ),
        (
            Expire(),
            knows(fact("a", 5, expires_on=YESTERDAY, zone="Asia/Tokyo"), dates={"Asia/Tokyo": YESTERDAY}),
            "refused not_enough",
        ),
        (Ask(5, LIN, "PTS"), Facts(), "asked held_elsewhere"),
        (Ask(5, "order:1", "RETURN:1"), Facts(), "asked held_elsewhere"),
        (Ask(5, LIN, f"USE:risk:PTS:{TODAY}"), Facts(), "refused bad_amount"),
        (Ask(0, LIN, "PTS"), Facts(), "refused bad_amount"),
        (Ask(5, "issuer", "PTS"), Facts(), "refused member_unknown"),
        (Fence(2), Facts(rights=RIGHTS), "done"),
        (Fence(2), Facts(rights=FROZEN), "done"),
        (Fence(9), Facts(rights=RIGHTS), "done"),
        (Fence(1), Facts(rights=RIGHTS), "refused bad_amount"),
        (Fence(0), Facts(rights=RIGHTS), "refused bad_amount"),
        (Fence(2**60), Facts(rights=RIGHTS), "refused bad_amount"),
    ],
)
def test_what_a_gateways_own_act_becomes(act: Act, facts: Facts, found: str) -> None:
    assert reason(act, facts) == found


def test_a_clock_that_nobody_set_expires_nothing() -> None:
    late = knows(fact("a", 5, expires_on=YESTERDAY))
    assert reason(Expire(), late, replace(SETTING, clock=0)) == "refused not_enough"


def test_the_days_change_expires_what_is_free_and_spares_the_rest() -> None:
    log = Log()
    log.done(post(credit(10, expires_on=TODAY), credit(7, BO, expires_on=TODAY), credit(5)))
    log.done(Hold(4, LIN, "PTS", NOON_MS + 1))
    assert log.do(Expire()).outcome.name == "refused"
    log.setting = replace(SETTING, date=TOMORROW)
    event = log.done(Expire(), type="lot.expired")
    assert sorted((each.amount, each.debit) for each in event.transfers) == [(6, LIN), (7, BO)]
    assert log.balance("expired") == 13
    assert (log.left(LIN), log.left(BO)) == (9, 0)


def test_at_most_a_hundred_lots_expire_together() -> None:
    late = tuple(fact(str(number), 1, expires_on=YESTERDAY) for number in range(250))
    log = Log()
    log.done(post(*[credit(1, expires_on=YESTERDAY, zone=SHANGHAI)] * 250))
    counts = [len(log.do(Expire()).transfers) for _ in range(4)]
    assert counts == [100, 100, 50, 0]
    assert reason(Expire(), knows(*late)) == "done"


def test_a_grant_past_its_day_is_taken_so_that_it_can_expire() -> None:
    log = Log()
    log.done(TakeGrants(), knows(fact("hq.0", 0, new=True, offered=3, expires_on=YESTERDAY)))
    log.done(Expire())
    assert log.balance("expired") == 3


def test_a_fence_begins_anew_and_ends_every_hold() -> None:
    log = Log()
    lot = log.done(post(credit(10), credit(3, BO))).random + ".0"
    held = log.done(Hold(4, LIN, "PTS", NOON_MS + 1))
    log.done(Fence(3), Facts(rights=FROZEN), type="right.fenced")
    key = LotKey(LIN, "PTS", lot)
    assert log.state.epoch == 3
    assert log.state.holds == {}
    assert log.state.parts[key, 1] == Part(0, 10, 0, 0, 4)
    assert log.state.part(key) == Part()
    with pytest.raises(EventError, match="hold_unknown"):
        log.do(Release(held.random, "posted"), Facts(transfers=held.transfers, rights=RIGHTS))
    assert log.do(
        post(spend(1)), log.facts([replace(log.lot(LIN, "PTS", lot), elsewhere=10)])
    ).outcome.reason == ("held_elsewhere")
    log.done(TakeGrants(), log.facts([replace(log.lot(LIN, "PTS", lot), offered=10)]))
    log.done(post(spend(10)))
    assert log.state.parts[key, 3] == Part(10, 0, 0, 10)
    with pytest.raises(EventError, match="bad_epoch"):
        log.do(Fence(3), Facts(rights=RIGHTS))


def test_an_act_that_names_its_log_needs_to_know_it() -> None:
    for act, known in ((TakeGrants(), GRANTED), (GiveBack(), fact("a", 5, recall=1))):
        with pytest.raises(EventError, match="undecidable: gateway"):
            reason(act, knows(known), gateway="")


@pytest.mark.parametrize(
    "change",
    [
        {"left": -1},
        {"held": -1},
        {"held": 6},
        {"offered": -1},
        {"offered": 2**60},
        {"left": 2**60},
        {"elsewhere": 2**60},
        {"elsewhere": -(2**60)},
        {"owed": -1},
        {"recall": -1},
        {"lease_end": -1},
    ],
)
def test_facts_that_no_ledger_can_have_are_no_decision(change: dict[str, int]) -> None:
    with pytest.raises(EventError, match="bad_facts: lot a"):
        reason(TakeGrants(), knows(replace(fact("a", 5, offered=1), **change)))


def test_a_lot_told_twice_is_no_fact() -> None:
    one: LotFact = fact("a", 5, offered=1)
    with pytest.raises(EventError, match="bad_facts: lot a"):
        reason(TakeGrants(), knows(one, one))
    assert reason(TakeGrants(), knows(one, fact("a", 5, owner=BO, offered=1))) == "done"


def test_a_lot_is_told_by_whoever_meets_it_first() -> None:
    log = Log()
    told = log.done(TakeGrants(), knows(GRANTED, fact("hq.1", 0, offered=2, new=True)))
    assert told.lots is not UNSET
    assert [new.lot for new in told.lots] == ["hq.0", "hq.1"]
    assert log.done(TakeGrants(), log.facts([replace(GRANTED, new=False, left=30)])).lots is UNSET
