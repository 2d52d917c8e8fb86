"""Rights at the desk: taken, asked for, given back, frozen, and fenced off.

Each test's events are judged at its end (conftest.py).
"""

import json
from typing import Any

import pytest

from firmware.protocol.messages import Witness
from gateway import duties
from gateway.core import model
from gateway.core.event import open_event
from gateway.core.promises import POSTED, VOIDED, WITHIN_BALANCE, Hold, Post, Release, Reverse, Spend
from tests.gateway.rig import LIN, House, booked_of
from tests.gateway.storage.test_ledger import Failing
from tests.gateway.till import CAKE, DAY_MS, LIN_ID, PTS, TEA, earn, earned, outcome, redeem, spend, types

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


def test_a_grant_that_comes_after_the_risk_is_no_second_coupon(shop: House) -> None:
    shop.say_lot(LIN_ID, "CPN:cake", "L1.0", 1, CAKE)
    assert outcome(redeem(shop, "L1.0", unit="CPN:cake")) == ("done", None)
    shop.say_lot(LIN_ID, "CPN:cake", "L1.0", 1, CAKE, granted=1)
    for _ in range(2):
        assert outcome(redeem(shop, "L1.0", unit="CPN:cake")) == ("refused", "used_up")
    assert types(shop).count("right.granted") == 1


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


def test_recalls_are_read_some_each_tick_and_all_in_the_end(shop: House, monkeypatch: Any) -> None:
    monkeypatch.setattr(duties, "RECALLS_A_TICK_MAX", 3)
    for number in range(7):
        shop.say_lot(LIN_ID, TEA, f"L{number}.0", 1, granted=1, recall=1)
    given_back = []
    for _ in range(4):
        shop.desk.tick()
        given_back.append(shop.rows("SELECT count(*) FROM lots WHERE returned = 1")[0][0])
    assert given_back == [3, 6, 7, 7]
    shop.say_lot(LIN_ID, TEA, "L7.0", 1, granted=1, recall=1)
    shop.desk.tick()
    assert shop.ledger.seq == 6, "the cache has not moved, as far as anybody can see"
    shop.say_meta(cursor=8)
    for _ in range(3):
        shop.desk.tick()
    assert shop.rows("SELECT count(*) FROM lots WHERE returned = 1") == [(8,)]


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


def test_a_loss_that_could_not_be_written_freezes_all_the_same_and_is_told_later(shop: House) -> None:
    lot = earned(shop, 5, unit=TEA)
    db = shop.ledger._db
    shop.ledger._db = Failing(db, "COMMIT", "SQLITE_FULL")  # type: ignore[assignment]
    assert shop.desk.serve([shop.tap(LIN, witness=Witness(1, 500))]) == []
    shop.ledger._db = db
    assert is_frozen(shop, lot)
    shop.desk.tick()
    assert types(shop)[-1] == "exception.raised"
    assert shop.restart().ledger.seq == 3
    assert is_frozen(shop, lot)


def test_a_restored_backup_is_frozen_from_its_first_moment(shop: House) -> None:
    lot = earned(shop, 5, unit=TEA)
    shop.ledger.put_meta("restored", 1)
    shop.restart()
    assert is_frozen(shop, lot)
    assert shop.live.sync["alarms"] == ["ledger_behind"]
    told = [body for body in map(json.loads, shop.bodies()) if body["type"] == "exception.raised"]
    assert [(body["outcome"]["reason"], body["witness"]["epoch"]) for body in told] == [("ledger_behind", 1)]


def test_a_cache_that_knows_of_later_events_freezes_without_any_terminal(shop: House) -> None:
    lot = earned(shop, 5, unit=TEA)
    shop.say_meta(as_of=900)
    assert is_frozen(shop, lot)
    shop.desk.tick()
    assert types(shop)[-1] == "exception.raised"
    shop.say_meta(as_of=3, rights_epoch=2)
    shop.desk.tick()
    assert not is_frozen(shop, lot)


def test_a_device_that_lies_about_epochs_freezes_nothing(shop: House) -> None:
    lot = earned(shop, 5, unit=TEA)
    shop.desk.serve([shop.tap(LIN, witness=Witness(2**40, 1))])
    assert shop.counters.get("rights.witness_absurd") == 1
    assert outcome(redeem(shop, lot)) == ("done", None)


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
