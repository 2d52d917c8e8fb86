"""Acts at the desk: earned, spent, held, returned and expired, on a real ledger and cache.

Each test's events are judged at its end (conftest.py).
"""

import json
import sqlite3
from typing import Any

import pytest

from gateway import duties
from gateway.acting import Request, Verdict
from gateway.core import model
from gateway.core.promises import (
    POSTED,
    TIMED_OUT,
    VOIDED,
    WITHIN_BALANCE,
    Change,
    Credit,
    Enrol,
    Hold,
    Post,
    Release,
    Reverse,
    Spend,
    Terms,
)
from tests.gateway.rig import LIN, House
from tests.gateway.storage.test_ledger import Failing
from tests.gateway.till import LIN_ID, PTS, TEA, earn, earned, outcome, redeem, spend, tapped, types

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


def test_a_coupon_that_nobody_named_is_used_up_as_well_but_points_are_only_too_few(shop: House) -> None:
    earned(shop, 1, unit=TEA)
    earned(shop, 1)
    used = [shop.act(model.COUPON_REDEEMED, spend(1, unit=unit)) for unit in (TEA, PTS)]
    assert [outcome(verdict)[0] for verdict in used] == ["done", "done"]
    coupon, points = (shop.act(model.COUPON_REDEEMED, spend(1, unit=unit)) for unit in (TEA, PTS))
    assert (*outcome(coupon), coupon.used_at) == ("refused", "used_up", shop.now_ms)
    assert outcome(points) == ("refused", "not_enough")


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


def test_lots_whose_own_day_goes_on_keep_no_other_from_expiring(shop: House, monkeypatch: Any) -> None:
    monkeypatch.setattr(duties, "EXPIRED_TOGETHER_MAX", 2)
    for zone in ("Europe/Paris", "Nowhere/Else", None, "Asia/Tokyo", None, None):
        earned(shop, 1, terms=Terms(expires_on="2026-11-21", zone=zone))
    shop.now_ms += 12 * 3_600_000
    shop.desk.tick()
    assert shop.counters.get("lots.expired") == 4
    shop.now_ms += 6 * 3_600_000
    shop.desk.tick()
    assert shop.counters.get("lots.expired") == 4
    shop.now_ms += 3_600_000
    shop.desk.tick()
    assert shop.counters.get("lots.expired") == 5, "Paris too; nobody knows when Nowhere's day ends"


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


def test_a_low_disk_leaves_expiry_for_later(shop: House) -> None:
    earned(shop, 10, terms=Terms(expires_on="2026-11-21"))
    shop.room = False
    shop.now_ms += 12 * 3_600_000
    shop.desk.tick()
    assert shop.ledger.seq == 1
    shop.room = True
    shop.desk.tick()
    assert types(shop)[-1] == "lot.expired"


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


def test_acts_go_on_without_a_cache(shop: House) -> None:
    lot = earned(shop, 5, unit=TEA)
    db = sqlite3.connect(shop.cache_folder / "g1p.db")
    db.execute("DROP TABLE lots")
    db.commit()
    db.close()
    verdict = redeem(shop, lot)
    assert outcome(verdict) == ("done", None)
    assert verdict.event.cache.generation is None
    assert shop.live.cache["state"] == "damaged"
