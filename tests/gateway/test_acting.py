"""Acts at the desk: earned, spent, held, returned, asked for, and refused, on a real ledger and cache.

After each test every event decides again to its own bytes, and the ledger's projections are what the
reference State makes of its events.
"""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.protocol import outcomes
from firmware.protocol.messages import Witness
from gateway.acting import Request, Verdict
from gateway.core import model
from gateway.core.event import open_event
from gateway.core.model import Bundle
from gateway.core.promises import (
    AT_RISK,
    ONLINE,
    POSTED,
    TIMED_OUT,
    VOIDED,
    WITHIN_BALANCE,
    Change,
    Credit,
    Enrol,
    Fence,
    Hold,
    Link,
    Policy,
    Post,
    Release,
    Reverse,
    Spend,
    Terms,
    Unit,
)
from gateway.core.redecide import redecide
from gateway.core.state import State
from gateway.storage.digest import digest
from gateway.storage.verify import verify_chain
from tests.gateway.rig import BUNDLE, LIN, PLAIN, STRANGER, WANG, House, booked_of
from tests.gateway.storage.test_ledger import Failing

DAY_MS = 86_400_000
LIN_ID = "member:m-1"
PTS, TEA = "PTS", "CPN:tea"
PROMISES = Bundle(
    BUNDLE.tiers,
    (
        Unit(PTS, worth=1),
        Unit(TEA),
        Unit("CPN:cake", Policy(AT_RISK, per_use=2_000, per_member=2_000, per_gateway=3_000, hours=24)),
        Unit("CPN:gold", Policy(ONLINE)),
    ),
)
CAKE = Terms(face=2_000)


@pytest.fixture
def shop(house: House) -> Iterator[House]:
    """A desk with a bundle of units; what it booked is judged at the end."""
    house.seed("g1p", PROMISES)
    yield house.open()
    bodies = house.bodies()
    assert [redecide(body, PROMISES) for body in bodies] == bodies
    assert verify_chain(house.ledger._db).bad_seq is None
    state = State("g1")
    for body in bodies:
        state.apply(open_event(body))
    assert digest(house.ledger._db) == state.digest()


def earn(amount: int, owner: str = LIN_ID, unit: str = PTS, terms: Terms = PLAIN) -> Post:
    return Post((Credit(amount, owner, terms, unit),))


def spend(amount: int, owner: str = LIN_ID, unit: str = PTS, lot: str | None = None) -> Post:
    return Post((Spend(amount, owner, unit, lot),))


def earned(shop: House, amount: int, **more: Any) -> str:
    """Earn so much; the name of the lot."""
    verdict = shop.act(model.TRANSFER_POSTED, earn(amount, **more))
    assert verdict.event.outcome.name == "done"
    return f"{verdict.event.random}.0"


def outcome(verdict: Verdict) -> tuple[str, str | None]:
    return verdict.event.outcome.name, verdict.event.outcome.reason


def redeem(shop: House, lot: str, key: str | None = None, unit: str = TEA, **more: Any) -> Verdict:
    return shop.act(model.COUPON_REDEEMED, spend(1, unit=unit, lot=lot), key, **more)


def types(shop: House) -> list[str]:
    return [json.loads(body)["type"] for body in shop.bodies()]


# -- earning and spending


def test_what_is_earned_here_is_spent_here_without_asking(shop: House) -> None:
    earned(shop, 100)
    verdict = shop.act(model.TRANSFER_POSTED, spend(60), "till-1:1")
    assert outcome(verdict) == ("done", None)
    assert verdict.event.transfers[0].amount == 60
    assert outcome(shop.act(model.TRANSFER_POSTED, spend(41))) == ("refused", "not_enough")
    assert (shop.run / "head").read_bytes()[-1] == 3
    assert shop.live.promises["refused"] == {"not_enough": 1}


def test_the_same_key_gives_the_stored_verdict_also_after_a_restart(shop: House) -> None:
    lot = earned(shop, 1, unit=TEA)
    first = redeem(shop, lot, "k1")
    again = redeem(shop, lot, "k1")
    assert again == first._replace(duplicate=True)
    shop.reopen()
    assert redeem(shop, lot, "k1") == again
    assert shop.ledger.seq == 2


def test_a_refusal_is_a_verdict_too(shop: House) -> None:
    refused = shop.act(model.TRANSFER_POSTED, spend(5), "k1")
    assert outcome(refused) == ("refused", "not_enough")
    earned(shop, 100)
    assert shop.act(model.TRANSFER_POSTED, spend(5), "k1") == refused._replace(duplicate=True)


def test_another_key_learns_when_the_coupon_was_used(shop: House) -> None:
    lot = earned(shop, 1, unit=TEA)
    redeem(shop, lot, "k1")
    used_at = shop.now_ms
    shop.now_ms += 5_000
    verdict = redeem(shop, lot, "k2")
    assert (*outcome(verdict), verdict.used_at) == ("refused", "used_up", used_at)
    assert redeem(shop, lot, "k2") == verdict._replace(duplicate=True)


@pytest.mark.parametrize(
    ("type_", "act"),
    [
        (model.TRANSFER_POSTED, spend(6)),
        (model.COUPON_REDEEMED, spend(5)),
        (model.TRANSFER_HELD, Hold(5, LIN_ID, PTS, 1_795_233_660_000)),
    ],
)
def test_a_key_names_one_act_for_ever(shop: House, type_: str, act: Any) -> None:
    shop.act(model.TRANSFER_POSTED, spend(5), "k1")
    assert shop.refusal(type_, act, "k1") == "key_reused"
    assert shop.ledger.seq == 1


def test_acts_of_one_batch_see_each_other(shop: House) -> None:
    lot = earned(shop, 1, unit=TEA)
    act = spend(1, unit=TEA, lot=lot)
    asked = [Request(key, "till", model.COUPON_REDEEMED, act) for key in ("a", "b", "a")]
    first, second, third = shop.desk.act(asked)
    assert isinstance(first, Verdict)
    assert isinstance(second, Verdict)
    assert outcome(first) == ("done", None)
    assert (*outcome(second), second.used_at) == ("refused", "used_up", shop.now_ms)
    assert third == first._replace(duplicate=True)
    assert shop.ledger.seq == 3


def test_what_expires_first_is_used_first(shop: House) -> None:
    earned(shop, 10, terms=Terms(expires_on="2026-12-31"))
    early = earned(shop, 10, terms=Terms(expires_on="2026-11-30"))
    verdict = shop.act(model.TRANSFER_POSTED, spend(4))
    assert [transfer.debit_lot for transfer in verdict.event.transfers] == [early]
    assert verdict.event.facts.lots is not model.UNSET
    assert len(verdict.event.facts.lots) == 1, "an event is told of no more than it uses"


def test_an_act_that_makes_no_sense_is_booked_as_refused(shop: House) -> None:
    for act in (spend(0), spend(1, owner="issuer"), spend(1, owner="right:g1"), earn(-3), Post(())):
        assert outcome(shop.act(model.TRANSFER_POSTED, act))[0] == "refused"


# -- holds


def test_a_hold_keeps_back_is_posted_in_part_and_ends_once(shop: House) -> None:
    earned(shop, 100)
    held = shop.act(model.TRANSFER_HELD, Hold(80, LIN_ID, PTS, shop.now_ms + 60_000))
    assert outcome(shop.act(model.TRANSFER_POSTED, spend(21))) == ("refused", "not_enough")
    release = Release(held.event.random, POSTED, 30)
    assert outcome(shop.act(model.TRANSFER_RELEASED, release)) == ("done", None)
    assert outcome(shop.act(model.TRANSFER_RELEASED, release)) == ("refused", "hold_unknown")
    assert outcome(shop.act(model.TRANSFER_POSTED, spend(70))) == ("done", None)


def test_a_hold_is_voided(shop: House) -> None:
    earned(shop, 100)
    held = shop.act(model.TRANSFER_HELD, Hold(100, LIN_ID, PTS, shop.now_ms + 60_000))
    assert outcome(shop.act(model.TRANSFER_RELEASED, Release(held.event.random, VOIDED))) == ("done", None)
    assert outcome(shop.act(model.TRANSFER_POSTED, spend(100))) == ("done", None)


def test_holds_time_out_by_themselves_some_each_tick(shop: House) -> None:
    earned(shop, 100)
    for _ in range(25):
        shop.act(model.TRANSFER_HELD, Hold(4, LIN_ID, PTS, shop.now_ms + 60_000))
    shop.desk.tick()
    assert shop.ledger.seq == 26, "none is due yet"
    shop.now_ms += 60_000
    shop.desk.tick()
    assert shop.counters.get("holds.timed_out") == 20
    shop.desk.tick()
    shop.desk.tick()
    assert shop.counters.get("holds.timed_out") == 25
    assert json.loads(shop.bodies()[-1])["act"]["verdict"] == TIMED_OUT
    assert outcome(shop.act(model.TRANSFER_POSTED, spend(100))) == ("done", None)


# -- reversal and expiry


def test_pieces_go_back_to_the_same_lots_and_none_twice(shop: House) -> None:
    lot = earned(shop, 100)
    order = Post((Spend(50, LIN_ID, PTS), Credit(7, LIN_ID, Terms(), PTS)), returnable=2)
    of = shop.act(model.TRANSFER_POSTED, order).event.random
    back = Reverse(WITHIN_BALANCE, of, 1)
    first, second, third = (shop.act(model.TRANSFER_REVERSED, back) for _ in range(3))
    assert [outcome(verdict)[0] for verdict in (first, second, third)] == ["done", "done", "refused"]
    assert outcome(third) == ("refused", "nothing_to_return")
    restored = [t.amount for v in (first, second) for t in v.event.transfers if t.credit == LIN_ID]
    assert restored == [25, 25]
    assert shop.rows("SELECT sum(granted + minted - returned - spent) FROM lots WHERE unit = 'PTS'") == [
        (100,)
    ]
    assert shop.rows(f"SELECT minted - spent FROM lots WHERE lot = '{lot}'") == [(100,)]


def test_lots_expire_at_the_change_of_the_stores_day(shop: House) -> None:
    for number in range(130):
        earned(shop, 1 + number, terms=Terms(expires_on="2026-11-21"))
    shop.desk.tick()
    assert shop.ledger.seq == 130
    shop.now_ms += 12 * 3_600_000  # midnight in Shanghai
    shop.desk.tick()
    assert types(shop)[130:] == ["lot.expired", "lot.expired"]
    assert shop.counters.get("lots.expired") == 130
    assert shop.rows("SELECT posted FROM accounts WHERE owner = 'expired'") == [(130 * 131 // 2,)]
    shop.desk.tick()
    assert shop.ledger.seq == 132
    assert outcome(shop.act(model.TRANSFER_POSTED, spend(1)))[0] == "refused"


def test_a_lot_may_be_used_on_its_last_day_and_not_after(shop: House) -> None:
    lot = earned(shop, 2, unit=TEA, terms=Terms(expires_on="2026-11-21"))
    shop.now_ms += 12 * 3_600_000 - 1
    assert outcome(redeem(shop, lot)) == ("done", None)
    shop.now_ms += 1
    assert outcome(redeem(shop, lot)) == ("refused", "lot_expired")


def test_a_lots_own_zone_says_when_its_day_ends(shop: House) -> None:
    lot = earned(shop, 1, unit=TEA, terms=Terms(expires_on="2026-11-21", zone="Europe/Paris"))
    shop.now_ms += 13 * 3_600_000
    verdict = redeem(shop, lot)
    assert outcome(verdict) == ("done", None)
    assert verdict.event.facts.dates == {"Europe/Paris": "2026-11-21"}


# -- rights


def test_what_hq_granted_is_taken_before_it_is_used(shop: House) -> None:
    shop.say_lot(LIN_ID, TEA, "L1.0", 1, granted=1)
    assert outcome(redeem(shop, "L1.0", "k1")) == ("done", None)
    assert types(shop) == ["right.granted", "coupon.redeemed"]
    assert outcome(redeem(shop, "L1.0", "k2")) == ("refused", "used_up")


@pytest.mark.parametrize(("lease_end", "name"), [(1, "refused"), (1_795_233_600_001, "done")])
def test_a_grant_is_not_taken_when_its_lease_is_over(shop: House, lease_end: int, name: str) -> None:
    shop.say_lot(LIN_ID, TEA, "L1.0", 1, granted=1, lease_end=lease_end)
    assert outcome(redeem(shop, "L1.0"))[0] == name


def test_under_strict_nothing_is_given_without_a_right(shop: House) -> None:
    shop.say_lot(LIN_ID, TEA, "L1.0", 1)
    assert outcome(redeem(shop, "L1.0")) == ("refused", "held_elsewhere")


def test_under_online_nothing_is_given_without_hq(shop: House) -> None:
    shop.say_lot(LIN_ID, "CPN:gold", "L1.0", 1)
    assert outcome(redeem(shop, "L1.0", unit="CPN:gold")) == ("refused", "hq_unreachable")


def test_under_risk_the_days_limits_bound_what_is_given(shop: House) -> None:
    for lot, owner in (("L1.0", "m-1"), ("L2.0", "m-1"), ("L3.0", "m-2"), ("L4.0", "m-2")):
        shop.say_lot(f"member:{owner}", "CPN:cake", lot, 1, CAKE)
    verdict = redeem(shop, "L1.0", unit="CPN:cake")
    assert outcome(verdict) == ("done", None)
    assert {transfer.debit for transfer in verdict.event.transfers} >= {"suspense"}
    assert outcome(redeem(shop, "L1.0", unit="CPN:cake")) == ("refused", "used_up")
    assert outcome(redeem(shop, "L2.0", unit="CPN:cake")) == ("refused", "risk_limit"), "the member's"
    act = spend(1, "member:m-2", "CPN:cake", "L3.0")
    assert outcome(shop.act(model.COUPON_REDEEMED, act)) == ("refused", "risk_limit"), "the gateway's"
    shop.now_ms += DAY_MS - 1
    assert outcome(redeem(shop, "L2.0", unit="CPN:cake")) == ("done", None), "another day"


def test_under_risk_an_old_word_of_hqs_is_no_word(shop: House) -> None:
    shop.say_lot(LIN_ID, "CPN:cake", "L1.0", 1, CAKE)
    shop.now_ms += DAY_MS + 1
    assert outcome(redeem(shop, "L1.0", unit="CPN:cake")) == ("refused", "hq_unreachable")


def test_hq_is_asked_once_and_its_grant_is_used(shop: House) -> None:
    shop.hear_hq()
    shop.say_lot(LIN_ID, TEA, "L1.0", 1)
    asked = redeem(shop, "L1.0", "k1")
    assert (asked.event.type, *outcome(asked)) == ("right.requested", "asked", "held_elsewhere")
    assert asked.event.key is model.UNSET
    assert redeem(shop, "L1.0", "k1", asked=asked.seq) == asked._replace(duplicate=True)
    assert shop.ledger.seq == 1, "put once"
    shop.say_lot(LIN_ID, TEA, "L1.0", 1, granted=1)
    assert outcome(redeem(shop, "L1.0", "k1", asked=asked.seq)) == ("done", None)
    assert types(shop) == ["right.requested", "right.granted", "coupon.redeemed"]


def test_a_question_in_vain_ends_in_the_offline_policy(shop: House) -> None:
    shop.hear_hq()
    shop.say_lot(LIN_ID, TEA, "L1.0", 1)
    shop.say_lot(LIN_ID, "CPN:cake", "L2.0", 1, CAKE)
    asked = redeem(shop, "L1.0", "k1")
    verdict = redeem(shop, "L1.0", "k1", asked=asked.seq, final=True)
    assert outcome(verdict) == ("refused", "held_elsewhere")
    asked = redeem(shop, "L2.0", "k2", unit="CPN:cake")
    assert outcome(redeem(shop, "L2.0", "k2", unit="CPN:cake", asked=asked.seq, final=True)) == ("done", None)


def test_every_missing_part_of_an_order_is_asked_for_at_once(shop: House) -> None:
    shop.hear_hq()
    shop.say_lot(LIN_ID, TEA, "L1.0", 1)
    shop.say_lot(LIN_ID, PTS, "L2.0", 50)
    earned(shop, 20)
    order = Post((Spend(1, LIN_ID, TEA, "L1.0"), Spend(30, LIN_ID, PTS)))
    shop.act(model.TRANSFER_POSTED, order)
    asked = [json.loads(body)["act"] for body in shop.bodies()[1:]]
    assert [(act["unit"], act["amount"]) for act in asked] == [(TEA, 1), (PTS, 10)]


def test_a_silent_bridge_is_no_reason_to_ask(shop: House) -> None:
    shop.hear_hq()
    shop.live.bridge["last_contact_ms"] -= 15_001
    shop.say_lot(LIN_ID, TEA, "L1.0", 1)
    assert outcome(redeem(shop, "L1.0")) == ("refused", "held_elsewhere")
    shop.hear_hq(online=False)
    assert outcome(redeem(shop, "L1.0")) == ("refused", "held_elsewhere")


def test_a_recall_is_given_back_taken_for_it_or_waited_for(shop: House) -> None:
    shop.say_lot(LIN_ID, TEA, "L1.0", 3, granted=3)
    redeem(shop, "L1.0")
    held = shop.act(model.TRANSFER_HELD, Hold(1, LIN_ID, TEA, shop.now_ms + 30_000, "L1.0"))
    shop.say_lot(LIN_ID, TEA, "L1.0", 2, granted=3, recall=3, spent=1)
    shop.say_lot("member:m-2", TEA, "L2.0", 1, granted=1, recall=1)
    shop.desk.tick()
    assert types(shop)[3:] == ["right.granted", "right.returned"]
    back = open_event(shop.bodies()[-1])
    assert [(t.debit, t.credit, t.amount) for t in back.transfers] == [
        (LIN_ID, "right:g1", 1),
        ("member:m-2", "right:g1", 1),
    ]
    shop.desk.tick()
    assert shop.ledger.seq == 5
    shop.act(model.TRANSFER_RELEASED, Release(held.event.random, VOIDED))
    shop.now_ms += 10_000
    shop.desk.tick()
    assert [(t.debit, t.amount) for t in open_event(shop.bodies()[-1]).transfers] == [(LIN_ID, 1)]
    shop.now_ms += 10_000
    shop.desk.tick()
    assert shop.ledger.seq == 7


# -- frozen and fenced


def is_frozen(shop: House, lot: str) -> bool:
    return outcome(redeem(shop, lot)) == ("refused", "rights_frozen")


def test_a_device_that_saw_more_freezes_rights_for_good_and_earning_goes_on(shop: House) -> None:
    lot = earned(shop, 5, unit=TEA)
    shop.desk.serve([shop.tap(LIN, witness=Witness(1, 500))])
    assert is_frozen(shop, lot)
    shop.restart()
    assert is_frozen(shop, lot), "also after a restart, when no device is there to tell"
    assert shop.live.sync["alarms"] == ["ledger_behind"]
    earned(shop, 5, unit=TEA)
    shop.desk.tick()
    assert shop.live.promises["frozen"] is True
    assert shop.rows("SELECT value FROM meta WHERE key = 'restored'") == [(1,)]


def test_hqs_next_epoch_fences_the_old_one_off_and_ends_the_freeze(shop: House) -> None:
    lot = earned(shop, 5, unit=TEA)
    shop.desk.serve([shop.tap(LIN, witness=Witness(1, 500))])
    shop.say_meta(rights_epoch=2)
    assert is_frozen(shop, lot)
    shop.desk.tick()
    assert types(shop)[-1] == "right.fenced"
    assert shop.ledger.epoch == 2
    assert shop.counters.get("rights.fences") == 1
    assert shop.live.promises["frozen"] is False
    assert shop.live.sync["alarms"] == []
    assert outcome(redeem(shop, lot))[0] == "refused", "what was left of the old epoch is HQ's"
    fresh = earned(shop, 1, unit=TEA)
    assert outcome(redeem(shop, fresh)) == ("done", None)
    shop.desk.tick()
    assert shop.counters.get("rights.fences") == 1
    (booked,) = booked_of(shop.desk.serve([shop.tap(LIN)]))
    assert booked.epoch == 2


def test_an_epoch_that_a_device_saw_already_ends_no_freeze(shop: House) -> None:
    lot = earned(shop, 5, unit=TEA)
    shop.desk.serve([shop.tap(LIN, witness=Witness(2, 1))])
    shop.say_meta(rights_epoch=2)
    shop.desk.tick()
    assert shop.ledger.epoch == 2
    assert is_frozen(shop, lot)
    shop.say_meta(rights_epoch=3)
    shop.desk.tick()
    assert not is_frozen(shop, lot)


def test_an_epoch_ahead_freezes_at_once(shop: House) -> None:
    lot = earned(shop, 5, unit=TEA)
    shop.say_meta(rights_epoch=2)
    assert is_frozen(shop, lot)
    assert outcome(shop.act(model.TRANSFER_POSTED, earn(1))) == ("done", None)


def test_a_head_ahead_of_the_ledger_freezes_and_is_told_to_hq(shop: House) -> None:
    lot = earned(shop, 5, unit=TEA)
    shop.head.announce(1, 900)
    shop.reopen()
    assert is_frozen(shop, lot), "before anything was booked"
    shop.desk.begin()
    raised = [json.loads(body) for body in shop.bodies() if b'"exception.raised"' in body]
    assert [(event["device"], event["witness"]) for event in raised] == [("", {"epoch": 1, "seq": 900})]
    shop.restart()
    assert is_frozen(shop, lot)
    assert len([type_ for type_ in types(shop) if type_ == "exception.raised"]) == 1


def test_a_restored_backup_is_frozen_from_its_first_moment(shop: House) -> None:
    lot = earned(shop, 5, unit=TEA)
    shop.ledger.put_meta("restored", 1)
    shop.reopen()
    assert is_frozen(shop, lot)
    assert shop.live.sync["alarms"] == ["ledger_behind"]


def test_what_was_sold_before_the_fence_is_returned_with_a_right_of_hqs(shop: House) -> None:
    shop.hear_hq()
    earned(shop, 100)
    sold = shop.act(model.TRANSFER_POSTED, Post((Spend(50, LIN_ID, PTS),), returnable=2)).event.random
    shop.say_meta(rights_epoch=2)
    shop.desk.tick()
    shop.say_lot(f"order:{sold}", f"RETURN:{sold}", f"{sold}.0", 2, epoch=2)
    back = Reverse(WITHIN_BALANCE, sold, 2)
    asked = shop.act(model.TRANSFER_REVERSED, back, "k1")
    assert (asked.event.type, *outcome(asked)) == ("right.requested", "asked", "held_elsewhere")
    shop.say_lot(f"order:{sold}", f"RETURN:{sold}", f"{sold}.0", 2, epoch=2, granted=2)
    assert outcome(shop.act(model.TRANSFER_REVERSED, back, "k1", asked=asked.seq)) == ("done", None)
    assert outcome(shop.act(model.TRANSFER_POSTED, spend(50))) == ("done", None)
    assert outcome(shop.act(model.TRANSFER_REVERSED, back, "k2")) == ("refused", "nothing_to_return")


def test_holds_do_not_live_on_in_another_epoch(shop: House) -> None:
    earned(shop, 100)
    held = shop.act(model.TRANSFER_HELD, Hold(80, LIN_ID, PTS, shop.now_ms + 60_000))
    shop.say_meta(rights_epoch=2)
    shop.desk.tick()
    release = Release(held.event.random, POSTED)
    assert outcome(shop.act(model.TRANSFER_RELEASED, release)) == ("refused", "hold_unknown")


# -- members and instruments


def enrolled(
    shop: House, key: str = "e1", name: str | None = "林晓雯", uid: bytes | None = STRANGER
) -> Verdict:
    evidence = None if uid is None else ("nfc.uid", uid)
    return shop.act(model.MEMBER_ENROLLED, Enrol("", "zh-CN", ""), key, evidence=evidence, person=name)


def tapped(shop: House, uid: bytes) -> dict[str, Any]:
    """What the live view shows of a tap."""
    shop.desk.serve([shop.tap(uid)])
    return shop.live.taps()[0]


def test_a_member_made_here_is_greeted_earns_and_spends_at_once(shop: House) -> None:
    verdict = enrolled(shop)
    act = verdict.event.act
    assert isinstance(act, Enrol)
    assert outcome(verdict) == ("done", None)
    assert act.member == "p-" + verdict.event.random
    tap = tapped(shop, STRANGER)
    assert (tap["outcome"], tap["member"], tap["name"]) == ("greeted", act.member, "林**")
    owner = "member:" + act.member
    earned(shop, 100, owner=owner)
    assert outcome(shop.act(model.TRANSFER_POSTED, spend(40, owner))) == ("done", None)
    shop.reopen()
    assert tapped(shop, STRANGER)["outcome"] == "greeted"
    assert enrolled(shop) == verdict._replace(duplicate=True)
    assert b"\xe6\x9e\x97" not in b"".join(shop.bodies())


def test_a_member_made_here_is_hqs_under_the_lasting_id(shop: House) -> None:
    act = enrolled(shop).event.act
    assert isinstance(act, Enrol)
    earned(shop, 100, owner="member:" + act.member)
    shop.say("INSERT INTO members VALUES('m-77', 'active', 'gold', 1200, 'en')")
    shop.say("INSERT INTO people VALUES('m-77', 'Xiao')")
    shop.say("INSERT INTO aliases VALUES(?, 'm-77')", act.member)
    tap = tapped(shop, STRANGER)
    assert (tap["member"], tap["tier"], tap["name"]) == ("m-77", "gold", "X**")
    verdict = shop.act(model.TRANSFER_POSTED, spend(100, "member:m-77"))
    assert outcome(verdict) == ("done", None)
    assert verdict.event.facts.aliases == {"member:" + act.member: "member:m-77"}


def test_enrolling_again_under_a_key_is_the_same_only_for_the_same_person(shop: House) -> None:
    first = enrolled(shop)
    assert enrolled(shop) == first._replace(duplicate=True)
    for name, uid in (("王伟", STRANGER), ("林晓雯", b"\x04\xaa\xaa\xaa"), ("林晓雯", None)):
        evidence = None if uid is None else ("nfc.uid", uid)
        act = Enrol("", "zh-CN", "")
        assert shop.refusal(model.MEMBER_ENROLLED, act, "e1", evidence=evidence, person=name) == "key_reused"


def test_a_card_that_somebody_has_is_given_to_nobody_else(shop: House) -> None:
    verdict = enrolled(shop, uid=LIN)
    assert outcome(verdict) == ("refused", "instrument_taken")
    assert enrolled(shop, uid=LIN) == verdict._replace(duplicate=True)
    assert tapped(shop, LIN)["member"] == "m-1"


def test_a_name_is_kept_apart_and_proved_by_its_salt(shop: House) -> None:
    act = enrolled(shop, uid=None).event.act
    assert isinstance(act, Enrol)
    with shop.ledger.transaction() as page:
        row = page.person(act.member)
    assert row is not None
    assert (row.name, len(row.salt), row.seq) == ("林晓雯", 16, 1)
    nobody = enrolled(shop, "e2", None, None).event.act
    assert isinstance(nobody, Enrol)
    assert shop.rows("SELECT count(*) FROM people") == [(1,)]


def test_a_name_goes_once_hq_has_erased_its_member(shop: House) -> None:
    members = [enrolled(shop, f"e{number}", uid=bytes((4, number, 0, 0))).event.act for number in range(25)]
    last = members[-1]
    assert isinstance(last, Enrol)
    shop.say("INSERT INTO members VALUES('m-77', 'erased', '', 0, 'en')")
    shop.say("INSERT INTO aliases VALUES(?, 'm-77')", last.member)
    shop.desk.tick()
    assert shop.rows("SELECT count(*) FROM people") == [(25,)], "some of them each tick"
    shop.desk.tick()
    assert shop.rows("SELECT count(*) FROM people") == [(24,)]
    assert shop.counters.get("people.erased") == 1
    shop.reopen()
    assert tapped(shop, bytes((4, 24, 0, 0)))["outcome"] == "blocked"


def link(shop: House, uid: bytes, member: str = "m-1", replaces: str | None = None, **more: Any) -> Verdict:
    act = Link("", member, replaces)
    return shop.act(model.INSTRUMENT_LINKED, act, evidence=("nfc.uid", uid), **more)


def test_another_card_leads_to_the_same_member_and_ends_the_one_it_replaces(shop: House) -> None:
    assert outcome(link(shop, STRANGER, replaces="c-1", key="l1")) == ("done", None)
    assert tapped(shop, STRANGER)["member"] == "m-1"
    (booked,) = booked_of(shop.desk.serve([shop.tap(LIN)]))
    assert booked.outcome == outcomes.BLOCKED
    assert link(shop, STRANGER, replaces="c-1", key="l1").duplicate
    assert outcome(link(shop, STRANGER, "m-2")) == ("refused", "instrument_taken")
    assert outcome(link(shop, b"\x04\x01\x01\x01", "m-99")) == ("refused", "member_unknown")
    assert outcome(link(shop, b"\x04\x01\x01\x01", "m-4")) == ("refused", "member_blocked")


def test_a_card_reported_lost_is_blocked_here_at_once_until_hq_says_otherwise(shop: House) -> None:
    assert tapped(shop, LIN)["outcome"] == "greeted"
    verdict = shop.act(model.INSTRUMENT_CHANGED, Change("c-1", "m-1", "lost"))
    assert outcome(verdict) == ("done", None)
    assert tapped(shop, LIN)["outcome"] == "blocked"
    shop.reopen()
    assert tapped(shop, LIN)["outcome"] == "blocked"
    shop.say_meta(as_of=1)
    assert tapped(shop, LIN)["outcome"] == "blocked", "HQ has not applied it yet"
    shop.say_meta(as_of=2)
    assert tapped(shop, LIN)["outcome"] == "greeted", "HQ's word is the newer one"
    assert outcome(shop.act(model.INSTRUMENT_CHANGED, Change("c-1", "m-2", "lost"))) == (
        "refused",
        "instrument_unknown",
    )


def test_a_card_that_was_never_synced_is_reported_lost_too(shop: House) -> None:
    act = enrolled(shop).event.act
    assert isinstance(act, Enrol)
    (card,) = shop.rows("SELECT id FROM instruments")
    change = Change(str(card[0]), act.member, "lost")
    assert outcome(shop.act(model.INSTRUMENT_CHANGED, change)) == ("done", None)
    assert tapped(shop, STRANGER)["outcome"] == "blocked"


def test_a_merged_member_is_greeted_as_the_survivor_who_uses_all_lots(shop: House) -> None:
    old = earned(shop, 10)
    earned(shop, 5, owner="member:m-2")
    shop.say_merged("m-1", "m-2")
    tap = tapped(shop, LIN)
    assert (tap["outcome"], tap["member"], tap["name"], tap["tier"]) == ("greeted", "m-2", "M**", "gold")
    verdict = shop.act(model.TRANSFER_POSTED, spend(15, "member:m-2"), "k1")
    assert outcome(verdict) == ("done", None)
    assert (LIN_ID, old) in {(t.debit, t.debit_lot) for t in verdict.event.transfers}
    again = shop.act(model.TRANSFER_POSTED, spend(15, LIN_ID), "k1")
    assert again == verdict._replace(duplicate=True), "the old name is the same member"


def test_a_suspended_member_uses_nothing(shop: House) -> None:
    earned(shop, 10, owner="member:m-4")
    verdict = shop.act(model.TRANSFER_POSTED, spend(1, "member:m-4"))
    assert outcome(verdict) == ("refused", "member_blocked")


def test_a_lost_card_of_hqs_stays_lost(shop: House) -> None:
    assert tapped(shop, WANG)["outcome"] == "blocked"


def test_without_any_cache_a_member_is_made_but_no_card_can_be_keyed(shop: House) -> None:
    (shop.cache_folder / "current").unlink()
    shop.reopen()
    verdict = enrolled(shop)
    assert outcome(verdict) == ("refused", "instrument_unknown")
    assert enrolled(shop) == verdict._replace(duplicate=True)
    assert outcome(enrolled(shop, "e2", uid=None)) == ("done", None)


def test_the_first_tap_after_a_link_in_the_same_breath_knows_it(shop: House) -> None:
    link(shop, STRANGER, "m-2")
    shop.say_meta(as_of=5)
    assert tapped(shop, STRANGER)["member"] == "m-2", "HQ applied it, but has not sent the row"


# -- what no honest neighbour sends


def test_facts_that_no_ledger_can_have_refuse_one_act_and_no_other(shop: House) -> None:
    shop.say_lot(LIN_ID, TEA, "L1.0", 2**60, granted=2**60)
    earned(shop, 5)
    asked = [Request(None, "till", model.COUPON_REDEEMED, spend(1, unit=TEA, lot="L1.0")) for _ in range(2)]
    paid = Request(None, "till", model.TRANSFER_POSTED, spend(5))
    first, second, third = shop.desk.act([asked[0], paid, asked[1]])
    assert isinstance(second, Verdict)
    assert outcome(second) == ("done", None)
    assert [getattr(one, "code", None) for one in (first, third)] == ["undecidable"] * 2
    shop.say("UPDATE lots SET recall = 5")
    shop.desk.tick()
    assert shop.counters.get("duties.undecidable") == 1


# -- the disk


def test_a_low_disk_refuses_new_promises_and_books_what_is_due(shop: House) -> None:
    lot = earned(shop, 10)
    held = shop.act(model.TRANSFER_HELD, Hold(5, LIN_ID, PTS, shop.now_ms + 60_000))
    order = Post((Spend(1, LIN_ID, PTS),), returnable=1)
    sold = shop.act(model.TRANSFER_POSTED, order, "k1")
    shop.room = False
    assert shop.refusal(model.TRANSFER_POSTED, spend(1)) == "disk_low"
    assert shop.refusal(model.COUPON_REDEEMED, spend(1, lot=lot)) == "disk_low"
    assert shop.refusal(model.TRANSFER_HELD, Hold(1, LIN_ID, PTS, shop.now_ms + 1)) == "disk_low"
    assert shop.refusal(model.MEMBER_ENROLLED, Enrol("", "en", "")) == "disk_low"
    assert shop.act(model.TRANSFER_POSTED, order, "k1") == sold._replace(duplicate=True)
    earned(shop, 1)
    for type_, act in (
        (model.TRANSFER_RELEASED, Release(held.event.random, POSTED)),
        (model.TRANSFER_REVERSED, Reverse(WITHIN_BALANCE, sold.event.random, 1)),
        (model.INSTRUMENT_CHANGED, Change("c-1", "m-1", "lost")),
    ):
        assert outcome(shop.act(type_, act)) == ("done", None)
    assert tapped(shop, LIN)["outcome"] == "blocked"
    assert shop.counters.get("acts.disk_low") == 4


def test_a_full_disk_refuses_every_act_and_takes_none(shop: House) -> None:
    db = shop.ledger._db
    shop.ledger._db = Failing(db, "COMMIT", "SQLITE_FULL")  # type: ignore[assignment]
    assert shop.refusal(model.TRANSFER_POSTED, earn(5), "k1") == "ledger_refuses"
    assert shop.live.sync["alarms"] == ["ledger_refuses"]
    shop.ledger._db = db
    assert outcome(shop.act(model.TRANSFER_POSTED, earn(5), "k1")) == ("done", None)
    assert shop.live.sync["alarms"] == []


def test_duties_that_could_not_be_written_are_done_by_a_later_tick(shop: House) -> None:
    earned(shop, 5, terms=Terms(expires_on="2026-11-21"))
    shop.now_ms += 12 * 3_600_000
    db = shop.ledger._db
    shop.ledger._db = Failing(db, "COMMIT", "SQLITE_FULL")  # type: ignore[assignment]
    shop.desk.tick()
    shop.ledger._db = db
    shop.desk.tick()
    assert types(shop)[-1] == "lot.expired"


def test_acts_go_on_without_a_cache(tmp_path: Path, shop: House) -> None:
    lot = earned(shop, 5, unit=TEA)
    db = sqlite3.connect(shop.cache_folder / "g1p.db")
    db.execute("DROP TABLE lots")
    db.commit()
    db.close()
    verdict = redeem(shop, lot)
    assert outcome(verdict) == ("done", None)
    assert verdict.event.cache.generation is None
    assert shop.live.cache["state"] == "damaged"
    assert not isinstance(verdict.event.act, Fence)
