"""Rights: granted out of HQ's part only, recalled for who asks, taken back, handed on."""

import pytest

from cloud_bridge.hq import issuing
from cloud_bridge.hq.issuing import Issue
from gateway.core.model import Position
from gateway.core.promises import HQ, SUSPENSE
from tests.cloud_bridge.hq.shops import LIN, MEI, STRICT, TENS, Brand

RIVER, GARDEN = "river-1", "garden-1"


def test_a_gateway_gets_what_is_free_and_spends_it_alone(brand: Brand) -> None:
    lot = brand.issue(100, owner=MEI)
    garden = brand["garden"]
    given = garden.ask(30, owner=MEI)
    assert [(row.lot, row.total, row.parts[GARDEN].granted) for row in given.rows] == [(lot, 100, 30)]
    garden.take()
    assert garden.spend(30, owner=MEI).outcome.name == "done"
    assert garden.spend(1, owner=MEI).outcome.name == "refused"
    garden.push()
    assert brand.pool(lot) == 70 and brand.row(lot).total == 70
    assert brand.row(lot).parts[GARDEN].spent == 30


def test_a_balance_goes_home_at_once_and_is_used_there_with_the_line_down(brand: Brand) -> None:
    lot = brand.issue(100)
    river, garden = brand["river"], brand["garden"]
    river.pull()
    assert brand.pool(lot) == 0 and brand.row(lot).parts[RIVER].granted == 100
    river.take()
    assert river.spend(70).outcome.name == "done"
    garden.ask(40)
    assert garden.free() == 0, "the other store has to give it back first"
    river.push()
    river.give_back()
    river.push()
    garden.pull()
    garden.take()
    assert (garden.free(), river.free(), brand.row(lot).total) == (30, 0, 30)


def test_a_balance_that_came_back_goes_home_whole(brand: Brand) -> None:
    river = brand["river"]
    lot = brand.issue(100)
    brand.hq.promises.raise_epoch(RIVER)
    assert brand.pool(lot) == 100, "written off, and given to her anew"
    river.pull()
    river.fence()
    river.push()
    assert river.ask(1).rows[0].parts[RIVER].granted == 100
    assert brand.pool(lot) == 0


def test_a_member_whose_store_has_no_gateway_is_waited_for(brand: Brand) -> None:
    lots = [brand.issue(100, owner=MEI), brand.issue(1, STRICT, owner=MEI)]
    assert [brand.pool(lot) for lot in lots] == [100, 1]
    assert [brand.row(lot).parts for lot in lots] == [{}, {}]


def test_the_same_key_is_granted_once(brand: Brand) -> None:
    lot = brand.issue(100, owner=MEI)
    garden = brand["garden"]
    first, again = (garden.ask(30, owner=MEI, key="garden-1.5") for _ in range(2))
    assert first.rows == again.rows and again.rows[0].parts[GARDEN].granted == 30
    assert garden.ask(30, owner=MEI, key="garden-1.6").rows[0].parts[GARDEN].granted == 60
    assert brand.pool(lot) == 40


def test_no_more_is_granted_than_there_is(brand: Brand) -> None:
    brand.issue(10, owner=MEI)
    brand["garden"].ask(8, owner=MEI)
    given = brand["station"].ask(8, owner=MEI)
    assert [(part.granted) for name, part in given.rows[0].parts.items() if name == "station-1"] == [2]
    assert given.rows[0].parts[GARDEN].recall == 6


def test_nothing_is_granted_in_another_epoch(brand: Brand) -> None:
    brand.issue(10, owner=MEI)
    brand.hq.promises.raise_epoch(GARDEN)
    given = brand["garden"].ask(5, owner=MEI)
    assert (given.rights_epoch, given.rows) == (2, [])
    garden = brand["garden"]
    garden.fence()
    garden.push()
    assert garden.ask(5, owner=MEI).rows[0].parts[GARDEN].granted == 5


def test_a_coupon_goes_home_at_once_and_to_whoever_asks(brand: Brand) -> None:
    lot = brand.issue(1, STRICT)
    river, garden = brand["river"], brand["garden"]
    river.pull()
    assert brand.row(lot).parts[RIVER].granted == 1
    garden.ask(1, STRICT)
    river.pull()
    river.take()
    assert garden.spend(1, STRICT).outcome.reason == "held_elsewhere"
    river.give_back()
    river.push()
    garden.pull()
    garden.take()
    assert garden.spend(1, STRICT).outcome.name == "done"
    assert river.spend(1, STRICT).outcome.name == "refused"
    garden.push()
    assert brand.row(lot).total == 0 and brand.kinds() == []


def test_what_a_store_minted_comes_back_too(brand: Brand) -> None:
    river, garden = brand["river"], brand["garden"]
    lot = river.earn(50)
    river.push()
    garden.ask(20)
    assert brand.row(lot).parts[RIVER].recall == 20
    river.pull()
    assert river.give_back().transfers[0].amount == 20
    river.push()
    garden.pull()
    garden.take()
    assert garden.free() == 20 and river.free() == 30
    assert brand.row(lot).total == 50


def test_a_recall_that_is_no_longer_needed_ends(brand: Brand) -> None:
    river, garden = brand["river"], brand["garden"]
    lot = river.earn(50)
    river.push()
    garden.ask(20)
    river.spend(40)
    river.push()
    assert brand.row(lot).parts[RIVER].recall == 10, "no more than is there"


@pytest.mark.parametrize("order", [("river", "garden"), ("garden", "river")])
def test_a_coupon_used_at_risk_is_settled_when_nobody_else_used_it(brand: Brand, order) -> None:
    lot = brand.issue(1, TENS.code, face=1_000)
    river, garden = brand["river"], brand["garden"]
    river.pull()
    river.take()
    garden.pull()
    event = garden.spend(1, TENS.code)
    assert event.outcome.name == "done" and any(each.debit == SUSPENSE for each in event.transfers)
    for name in order:
        brand[name].push()
    assert brand.row(lot).total == 0, "nobody may use it a third time"
    assert brand.row(lot).parts[RIVER].recall == 1
    assert brand.kinds() == []
    river.pull()
    river.give_back()
    river.push()
    assert brand.row(lot).total == 0 and brand.left(HQ, lot, SUSPENSE) == 1
    assert brand.kinds() == []


@pytest.mark.parametrize("order", [("river", "garden"), ("garden", "river")])
def test_a_coupon_used_twice_is_lost_by_who_had_no_right(brand: Brand, order) -> None:
    lot = brand.issue(1, TENS.code, face=1_000)
    river, garden = brand["river"], brand["garden"]
    river.pull()
    river.take()
    garden.pull()
    at_risk, by_right = garden.spend(1, TENS.code), river.spend(1, TENS.code)
    for name in order:
        brand[name].push()
    assert brand.kinds() == ["overspent"]
    detail = brand.trouble("overspent")
    assert (detail["loser"]["gateway"], detail["loser"]["seq"]) == (GARDEN, at_risk.seq)
    assert (detail["winner"]["gateway"], detail["winner"]["seq"]) == (RIVER, by_right.seq)
    assert brand.row(lot).total == -1


def test_of_two_uses_at_risk_the_earlier_wins(brand: Brand) -> None:
    lot = brand.issue(1, TENS.code, owner=LIN, face=1_000)
    river, garden, station = brand["river"], brand["garden"], brand["station"]
    for store in (river, garden, station):
        store.pull()
    river.take()
    first, second = garden.spend(1, TENS.code), station.spend(1, TENS.code)
    station.push()
    garden.push()
    river.pull()
    river.give_back()
    river.push()
    assert brand.kinds() == ["overspent"]
    detail = brand.trouble("overspent")
    assert (detail["winner"]["seq"], detail["loser"]["seq"]) == (first.seq, second.seq)
    assert detail["loser"]["gateway"] == "station-1" and detail["amount"] == 1
    assert brand.left(HQ, lot, SUSPENSE) == 1


def test_a_shortfall_is_settled_when_rights_come_back(brand: Brand) -> None:
    river, garden = brand["river"], brand["garden"]
    lot = brand.issue(1, TENS.code, face=1_000)
    river.pull()
    river.take()
    garden.pull()
    garden.spend(1, TENS.code)
    river_used = river.spend(1, TENS.code)
    garden.push()
    river.push()
    assert brand.kinds() == ["overspent"]
    assert river_used.outcome.name == "done"
    assert brand.left(HQ, lot, SUSPENSE) == 0


def test_an_issue_is_made_once_for_its_key(brand: Brand) -> None:
    asked = Issue("k", "PTS", 5)
    first = brand.hq.promises.issue("lin", asked)
    assert brand.hq.promises.issue("lin", asked) == first
    with pytest.raises(issuing.Other):
        brand.hq.promises.issue("bo", asked)
    with pytest.raises(issuing.NoMember):
        brand.hq.promises.issue("nobody", Issue("n", "PTS", 5))


def test_an_expired_lot_is_not_granted(brand: Brand) -> None:
    lot = brand.issue(5, expires_on="2026-11-20", zone="Asia/Shanghai")
    assert brand.row(lot).parts == {}
    assert brand["garden"].ask(5).rows == []
    brand.issue(5, owner=MEI, expires_on="2026-11-21", zone="Asia/Shanghai")
    assert len(brand["garden"].ask(5, owner=MEI).rows) == 1


def test_a_lost_gateway_is_written_off_and_the_member_loses_nothing(brand: Brand) -> None:
    river = brand["river"]
    lot = brand.issue(100)
    river.ask(100)
    river.take()
    river.spend(30)
    earned = river.earn(7)
    river.push()
    assert brand.hq.promises.raise_epoch(RIVER) == 2
    assert (brand.pool(lot), brand.pool(earned), brand.written_off()) == (70, 7, 77)
    assert brand.row(lot).total == 70 and brand.row(earned).total == 7
    assert brand.kinds() == ["rights_written_off"]
    assert brand.trouble("rights_written_off")["units"] == {"PTS": 77}
    garden = brand["garden"]
    garden.ask(77)
    garden.take()
    assert garden.free() == 77


def test_what_a_given_up_gateway_did_after_all_is_the_merchants(brand: Brand) -> None:
    river = brand["river"]
    lot = brand.issue(100)
    river.ask(100)
    river.take()
    river.push()
    brand.hq.promises.raise_epoch(RIVER)
    river.spend(60)
    earned = river.earn(5)
    river.push()
    assert brand.pool(lot) == 100 and brand.row(lot).total == 100
    assert brand.pool(earned) == 5, "what was earned there meanwhile is the member's"
    river.fence()
    river.push()
    assert brand.row(lot).total == 100 and river.free() == 0
    assert brand.kinds() == ["rights_written_off"]


def test_a_forked_log_ends_its_epoch_and_the_fence_settles_it(brand: Brand) -> None:
    river = brand["river"]
    lot = brand.issue(100)
    river.ask(100)
    river.take()
    river.push()
    old = river.image()
    river.spend(80)
    river.push()
    old.spend(50)
    earned = old.earn(3)
    brand.stores["river-1"] = old
    old.push()
    assert old.rights_epoch == 2
    assert "ledger_branch" in brand.kinds()
    assert brand.pool(lot) == 0, "until the fence more of the old epoch may follow"
    old.fence()
    old.push()
    assert brand.left(HQ, lot, SUSPENSE) == brand.row(lot).total == -30
    assert brand.pool(earned) == 3 and brand.row(earned).total == 3
    assert brand.kinds() == ["ledger_branch", "overspent"]
    assert brand.trouble("overspent")["amount"] == 30


@pytest.mark.parametrize(("seen", "begun"), [(1, 2), (3, 4), (2**62, 1_002)])
def test_an_old_image_whose_lost_events_never_came_says_so_itself(
    brand: Brand, seen: int, begun: int
) -> None:
    """Terminals saw more than the ledger holds; HQ never had it. A lying one cannot end all epochs."""
    river = brand["river"]
    brand.issue(100)
    river.ask(100)
    river.take()
    river.note_behind(Position(seen, 900))
    river.push()
    assert river.rights_epoch == begun
    river.fence()
    river.push()
    river.note_behind(Position(1, 900))
    river.push()
    assert river.rights_epoch == begun + 1


def test_an_image_older_than_the_present_epoch_is_not_moved_into_it(brand: Brand) -> None:
    river = brand["river"]
    lot = brand.issue(100)
    river.earn(1, unit="STAMP")
    river.push()
    older = river.image()
    river.note_behind(Position(1, 900))
    river.push()
    river.fence()
    river.push()
    river.ask(100)
    river.take()
    assert river.spend(100).outcome.name == "done"
    river.push()
    assert river.rights_epoch == 2
    brand.stores["river-1"] = older
    older.earn(1, unit="STAMP")
    older.push()
    assert older.rights_epoch == 3
    older.fence()
    older.push()
    assert older.spend(100).outcome.name == "refused"
    assert brand.row(lot).total == 0


def test_an_unforked_old_image_is_found_by_its_report(brand: Brand) -> None:
    from cloud_bridge.asks import ReportPart

    river = brand["river"]
    lot = brand.issue(100)
    river.ask(100)
    river.take()
    river.push()
    old = river.image()
    river.spend(80)
    river.push()
    part = ReportPart(LIN, "PTS", lot, 0, 0, 0)
    assert river.report([part], head=river.state.seq) == 1, "a report that crossed its events"
    assert old.report([part], head=old.state.seq) == 2
    assert brand.kinds() == ["report_fell_back"]
    assert brand.row(lot).total == 0, "unknown until its fence"


def test_a_report_brings_rights_back_before_its_events(brand: Brand) -> None:
    from cloud_bridge.asks import ReportPart

    river = brand["river"]
    lot = brand.issue(100)
    river.ask(100)
    river.take()
    river.push()
    brand["garden"].ask(40)
    river.pull()
    river.give_back()
    part = ReportPart(LIN, "PTS", lot, 0, 40, 0)
    for _ in range(2):
        river.report([part])
    assert brand.row(lot).parts[GARDEN].granted == 40
    river.push()
    assert brand.row(lot).parts[GARDEN].granted == 40 and brand.row(lot).total == 100


def test_what_was_earned_right_before_the_fence_is_not_lost(brand: Brand) -> None:
    river = brand["river"]
    river.earn(1)
    river.push()
    old = river.image()
    river.earn(2)
    river.push()
    old.earn(3)
    brand.stores["river-1"] = old
    old.push()
    earned = old.earn(4)
    old.fence()
    old.push()
    assert (brand.pool(earned), brand.row(earned).total) == (4, 4)
