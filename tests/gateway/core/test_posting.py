"""Post, Hold and Release, act by act and reason by reason."""

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from gateway.core.book import LotKey, Part
from gateway.core.errors import EventError
from gateway.core.model import Act, Facts, Member
from gateway.core.posting import PART_MAX, missing
from gateway.core.promises import AT_RISK, Ask, Credit, Hold, Policy, Release, Terms, Transfer, Unit
from tests.gateway.core.shop import (
    BO,
    BUNDLE,
    FROZEN,
    LIN,
    NOON_MS,
    ONLINE_NOW,
    RIGHTS,
    SETTING,
    TODAY,
    TOMORROW,
    YESTERDAY,
    Log,
    credit,
    fact,
    given,
    knows,
    outcome,
    post,
    reason,
    spend,
)

UNTIL = NOON_MS + 60_000
ASKED_IN_VAIN = replace(ONLINE_NOW, asked=True)


def hold(amount: int, lot: str | None = None, until: int = UNTIL) -> Hold:
    return Hold(amount, LIN, "PTS", until, lot)


def test_a_credit_makes_a_lot_named_after_its_event() -> None:
    log = Log()
    event = log.done(post(credit(100), credit(1, unit="CPN:ten", face=1_000, expires_on=TODAY)))
    first, second = event.random + ".0", event.random + ".1"
    assert event.transfers == (
        Transfer(100, LIN, "issuer", "PTS", credit_lot=first),
        Transfer(1, LIN, "issuer", "CPN:ten", credit_lot=second),
    )
    assert log.state.natures[second].terms == Terms(expires_on=TODAY, face=1_000)
    assert log.left(LIN) == 100
    assert log.balance("issuer") == -100


def test_a_spend_takes_lots_in_their_order_and_no_more() -> None:
    log = Log()
    log.done(post(credit(50), credit(30, expires_on=TOMORROW), credit(20, expires_on=TODAY, kind="bonus")))
    event = log.done(post(spend(60)))
    assert [transfer.amount for transfer in event.transfers] == [20, 30, 10]
    assert {transfer.credit for transfer in event.transfers} == {"spent"}
    assert log.left(LIN) == 40
    assert log.balance("spent") == 60


def test_a_named_lot_is_spent_alone() -> None:
    log = Log()
    first = log.done(post(credit(50), credit(30, expires_on=TODAY))).random + ".0"
    assert [each.debit_lot for each in log.done(post(spend(10, lot=first))).transfers] == [first]
    assert log.do(post(spend(41, lot=first))).outcome.reason == "not_enough"


def test_the_parts_of_a_post_happen_together_or_not_at_all() -> None:
    log = Log()
    log.done(post(credit(50), credit(1, owner=BO)))
    for parts in ((credit(5), spend(60)), (spend(50), spend(1)), (spend(60), credit(60)), (spend(2, BO),)):
        assert log.do(post(*parts)).outcome.reason == "not_enough"
    assert (log.left(LIN), log.left(BO)) == (50, 1)
    assert log.done(post(spend(20), spend(30), spend(1, BO))).outcome.reason is None


def test_what_is_credited_in_a_post_is_not_spent_in_it() -> None:
    assert reason(post(credit(50), spend(1)), knows()) == "refused member_unknown"


def test_a_survivor_uses_the_lots_of_whom_it_was() -> None:
    log = Log()
    log.done(post(credit(10), credit(5, owner=BO)))
    facts = log.facts(aliases={BO: LIN})
    assert [each.debit for each in log.done(post(spend(15)), facts).transfers] == [LIN, BO]
    assert reason(post(spend(1)), knows(fact("a", 5, owner=BO), member=Member("lin", 0, "active", ""))) == (
        "refused not_enough"
    )


ACTIVE = Member("lin", 0, "active", "")
SUSPENDED = replace(ACTIVE, status="suspended")
CARD_ELSEWHERE = fact("a", 0, unit="CPN:card", elsewhere=1)


@pytest.mark.parametrize(
    ("act", "facts", "found"),
    [
        (post(spend(5)), knows(fact("a", 5)), "done"),
        (post(spend(6)), knows(fact("a", 5)), "refused not_enough"),
        (post(spend(5)), knows(fact("a", 5, held=1)), "refused not_enough"),
        (post(spend(5)), knows(fact("a", 5, unit="QPT"), member=ACTIVE), "refused not_enough"),
        (post(spend(5)), knows(), "refused member_unknown"),
        (post(spend(5)), knows(member=ACTIVE), "refused not_enough"),
        (post(spend(5, "program:p")), knows(), "refused not_enough"),
        (post(spend(5, lot="b")), knows(fact("a", 5), member=ACTIVE), "refused lot_unknown"),
        (post(spend(5, lot="a")), knows(fact("a", 0)), "refused used_up"),
        (post(spend(5, lot="a")), knows(fact("a", 4)), "refused not_enough"),
        (post(spend(5, lot="a")), knows(fact("a", 5, expires_on=YESTERDAY)), "refused lot_expired"),
        (post(spend(5)), knows(fact("a", 5, expires_on=YESTERDAY)), "refused lot_expired"),
        (post(spend(5)), knows(fact("a", 5, vests_at=NOON_MS + 1)), "refused not_vested"),
        (post(spend(5)), knows(fact("a", 3, elsewhere=2)), "refused held_elsewhere"),
        (post(spend(5)), knows(fact("a", 3, offered=2)), "refused held_elsewhere"),
        (post(spend(5)), knows(fact("a", 3, elsewhere=2, owed=1)), "refused not_enough"),
        (post(spend(5)), knows(fact("a", 3, elsewhere=2), rights=ONLINE_NOW), "asked held_elsewhere"),
        (post(spend(5)), knows(fact("a", 3, elsewhere=1), rights=ONLINE_NOW), "refused not_enough"),
        (post(spend(5)), knows(fact("a", 3, elsewhere=2), rights=ASKED_IN_VAIN), "refused held_elsewhere"),
        (post(spend(5)), knows(fact("a", 5), rights=FROZEN), "refused rights_frozen"),
        (post(spend(5)), knows(fact("a", 5), member=SUSPENDED), "refused member_blocked"),
        (post(spend(5)), knows(fact("a", 5), member=replace(ACTIVE, status="provisional")), "done"),
        (post(spend(1, unit="CPN:card")), knows(CARD_ELSEWHERE), "refused hq_unreachable"),
        (
            post(spend(1, unit="CPN:card")),
            knows(CARD_ELSEWHERE, rights=ASKED_IN_VAIN),
            "refused held_elsewhere",
        ),
        (hold(5), knows(fact("a", 5)), "done"),
        (hold(5), knows(fact("a", 5), rights=FROZEN), "refused rights_frozen"),
        (hold(5), knows(fact("a", 4, elsewhere=1)), "refused held_elsewhere"),
        (hold(5), knows(fact("a", 4, elsewhere=1), rights=ONLINE_NOW), "asked held_elsewhere"),
        (hold(5, "b"), knows(fact("a", 5)), "refused member_unknown"),
        (hold(5, until=NOON_MS), knows(fact("a", 5)), "refused bad_amount"),
        (hold(5, until=2**60), knows(fact("a", 5)), "refused bad_amount"),
        (hold(0), knows(fact("a", 5)), "refused bad_amount"),
        (Release("h", "posted"), knows(), "refused hold_unknown"),
        (Release("h", "voided"), Facts(), "refused hold_unknown"),
    ],
)  # fmt: skip
def test_what_an_act_becomes(act: Act, facts: Facts, found: str) -> None:
    assert reason(act, facts) == found


@pytest.mark.parametrize(
    ("part", "found"),
    [
        (credit(0), "bad_amount"),
        (credit(-1), "bad_amount"),
        (credit(PART_MAX + 1), "bad_amount"),
        (credit(1, unit=""), "bad_amount"),
        (credit(1, unit="a\tb"), "bad_amount"),
        (credit(1, unit="RETURN:00"), "bad_amount"),
        (credit(1, unit="USE:risk:PTS:2026-11-21"), "bad_amount"),
        (credit(1, owner="issuer"), "member_unknown"),
        (credit(1, owner="suspense"), "member_unknown"),
        (credit(1, owner="right:g1"), "member_unknown"),
        (credit(1, owner="member:"), "member_unknown"),
        (credit(1, owner="member:a\nb"), "member_unknown"),
        (credit(1, expires_on="2026-02-30"), "bad_amount"),
        (credit(1, expires_on="20261121"), "bad_amount"),
        (credit(1, expires_on="2026-W47-6"), "bad_amount"),
        (credit(1, face=-1), "bad_amount"),
        (credit(1, vests_at=-1), "bad_amount"),
        (credit(1, kind="lent"), "bad_amount"),
        (credit(1, zone="a\x00b"), "bad_amount"),
    ],
)
def test_what_no_promise_may_be(part: Credit, found: str) -> None:
    assert reason(post(part), knows()) == "refused " + found


def test_an_empty_post_and_negative_pieces_are_refused() -> None:
    assert reason(post(), knows()) == "refused bad_amount"
    assert reason(post(credit(1), returnable=-1), knows()) == "refused bad_amount"
    assert reason(post(*[credit(1)] * 501), knows()) == "refused bad_amount"
    assert reason(post(*[credit(1)] * 500), knows()) == "done"


def test_earning_needs_no_right_no_hq_and_no_known_member() -> None:
    frozen = Facts(rights=FROZEN, member=SUSPENDED)
    for facts in (Facts(), frozen, knows(rights=FROZEN)):
        assert outcome(post(credit(5), returnable=1), facts).name == "done"


def test_using_without_the_facts_of_rights_is_no_decision() -> None:
    with pytest.raises(EventError, match="bad_facts: rights"):
        outcome(post(spend(5)), Facts(lots=(fact("a", 5),)))


def test_a_hold_keeps_back_and_a_release_ends_it_once() -> None:
    log = Log()
    lot = log.done(post(credit(100))).random + ".0"
    key = LotKey(LIN, "PTS", lot)
    held = log.done(hold(60), type="transfer.held")
    assert log.state.part(key) == Part(0, 100, 0, 0, 60)
    assert log.state.holds == {held.random: (2, UNTIL)}
    assert log.do(post(spend(41))).outcome.reason == "not_enough"
    log.done(post(spend(40)))
    facts = Facts(transfers=held.transfers, rights=RIGHTS)
    log.done(Release(held.random, "posted", 25), facts, type="transfer.released")
    assert log.state.part(key) == Part(0, 100, 0, 65, 0)
    assert log.state.holds == {}
    with pytest.raises(EventError, match="hold_unknown"):
        log.do(Release(held.random, "posted", 25), facts)
    assert log.state.part(key) == Part(0, 100, 0, 65, 0)


@pytest.mark.parametrize(
    ("verdict", "amount", "found", "spent"),
    [
        ("posted", None, "done", 60),
        ("posted", 60, "done", 60),
        ("posted", 45, "done", 45),
        ("posted", 61, "refused hold_too_small", 0),
        ("posted", 0, "refused bad_amount", 0),
        ("posted", -1, "refused bad_amount", 0),
        ("voided", None, "done", 0),
        ("timed_out", None, "done", 0),
        ("voided", 5, "refused bad_amount", 0),
        ("eaten", None, "refused bad_amount", 0),
    ],
)
def test_how_a_hold_ends(verdict: str, amount: int | None, found: str, spent: int) -> None:
    log = Log()
    log.done(post(credit(40), credit(60)))
    held = log.done(hold(60))
    facts = Facts(transfers=held.transfers, rights=RIGHTS)
    event = log.do(Release(held.random, verdict, amount), facts)
    assert " ".join(filter(None, (event.outcome.name, event.outcome.reason))) == found
    assert log.balance("spent") == spent
    assert sum(part.held for part in log.state.parts.values()) == (0 if found == "done" else 60)


def test_a_hold_made_in_time_is_posted_after_the_day_and_given_back_in_a_freeze() -> None:
    log = Log()
    log.done(post(credit(5, expires_on=TODAY)))
    held, other = log.done(hold(2)), log.done(hold(3))
    log.setting = replace(SETTING, date=TOMORROW)
    log.done(Release(held.random, "posted"), Facts(transfers=held.transfers, rights=RIGHTS))
    frozen = Facts(transfers=other.transfers, rights=FROZEN)
    assert log.do(Release(other.random, "posted"), frozen).outcome.reason == "rights_frozen"
    log.done(Release(other.random, "timed_out"), frozen)


def test_what_is_missing_is_what_hq_is_asked_for() -> None:
    known = knows(fact("a", 3, elsewhere=9), fact("b", 0, unit="CPN:ten", elsewhere=1))
    act = post(spend(5), spend(1, unit="CPN:ten", lot="b"), credit(1))
    assert missing(known, given(act)) == (Ask(2, LIN, "PTS"), Ask(1, LIN, "CPN:ten", "b"))
    assert missing(known, given(post(spend(2), spend(2)))) == (Ask(1, LIN, "PTS"),)
    assert missing(known, given(post(spend(13)))) == ()
    assert missing(known, given(hold(4))) == (Ask(1, LIN, "PTS"),)
    assert missing(known, given(Release("h", "posted"))) == ()


def test_a_hold_is_never_at_risk() -> None:
    risky = Unit("PTS", Policy(AT_RISK, 99, 99, 99, 99), worth=1)
    known = knows(fact("a", 0, elsewhere=5))
    assert outcome(post(spend(1)), known, bundle=replace(BUNDLE, units=(risky,))).name == "done"
    assert outcome(hold(1), known, bundle=replace(BUNDLE, units=(risky,))).reason == "held_elsewhere"


def test_an_act_is_none_of_a_devices_happenings() -> None:
    for kind in ("tap.seen", "device.status_changed", "exception.raised"):
        with pytest.raises(EventError, match="undecidable"):
            outcome(post(credit(1)), knows(), type=kind)


def test_a_refused_act_keeps_its_key_and_its_facts() -> None:
    log = Log()
    event = log.do(post(spend(1)), key="till-1:7")
    assert (event.key, event.actor, event.lots) == ("till-1:7", "staff:till", UNSET)
    assert log.state.keys == {"till-1:7": 1}
    with pytest.raises(EventError, match="key_reused"):
        log.do(post(credit(1)), key="till-1:7")
