"""Taking money and giving it back, whatever the other side does."""

import asyncio
from pathlib import Path

import pytest

from gateway.payments.asking import ALLOWED_MS, LATE_MS
from gateway.payments.desk import LEFT_MS
from gateway.payments.selling import Unusable, Wanted
from tests.gateway.payments.rig import (
    DECLINE,
    LOST,
    NEVER,
    PAY,
    RUBBISH,
    WAIT,
    WRONG,
    Store,
    World,
    play,
)

KEY = "till-1.pay.1"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def store(tmp_path: Path, world: World) -> Store:
    return Store(tmp_path, world)


def charged(store: Store, *moods: str) -> str:
    store.world.moods.extend(moods)
    play(lambda: store.charge(KEY))
    return store.state(KEY)


def test_paid_is_paid_once_however_often_it_is_asked(store: Store, world: World) -> None:
    assert charged(store) == "paid" and charged(store) == "paid"
    assert world.charged == {KEY: 6_200}
    assert store.bridge.asked == [("charge", KEY)]
    assert store.open() == {KEY: "paid"}, "it is listed until a sale has it"


def test_declined_takes_nothing_and_is_never_asked_again(store: Store, world: World) -> None:
    assert charged(store, DECLINE) == "declined"
    play(store.settle)
    assert (store.state(KEY), store.open(), store.bridge.asked) == ("declined", {}, [("charge", KEY)])


@pytest.mark.parametrize("mood", [LOST, RUBBISH, WAIT])
def test_what_nobody_could_be_sure_of_turns_out_to_be_paid(store: Store, world: World, mood: str) -> None:
    assert charged(store, mood) == "unknown"
    assert store.open() == {KEY: "unknown"}
    play(store.settle)
    assert (store.state(KEY), world.charged) == ("paid", {KEY: 6_200})
    assert store.counters.get("payments.paid_late") == 1


def test_a_lost_question_is_sent_again_under_its_key_while_it_may_be_begun(
    store: Store, world: World
) -> None:
    assert charged(store, NEVER) == "unknown"
    world.forward(2_000)
    play(store.payments.step)
    assert (store.state(KEY), world.charged) == ("paid", {KEY: 6_200})
    assert store.bridge.asked == [("charge", KEY), ("look", KEY), ("charge", KEY)]


def test_a_lost_question_is_not_sent_again_once_the_code_is_old(store: Store, world: World) -> None:
    charged(store, NEVER)
    world.forward(ALLOWED_MS)
    play(store.payments.step)
    assert store.state(KEY) == "unknown", "it may still be under way"
    world.forward(LATE_MS + 2_000)
    play(store.payments.step)
    assert (store.state(KEY), world.charged) == ("declined", {})
    assert [what for what, _ in store.bridge.asked] == ["charge", "look", "look"]


def test_what_arrives_after_it_was_given_up_is_found_all_the_same(store: Store, world: World) -> None:
    charged(store, NEVER)
    world.forward(ALLOWED_MS + LATE_MS)
    play(store.payments.step)
    assert store.state(KEY) == "declined"
    world.charged[KEY] = 6_200  # against its word
    world.forward(300_000)
    play(store.payments.step)
    assert (store.state(KEY), store.open()) == ("paid", {KEY: "paid"})


def test_a_restart_looks_and_never_charges(store: Store, world: World) -> None:
    charged(store, LOST)
    after = store.restart()
    play(after.payments.step)
    assert after.state(KEY) == "paid"
    assert after.bridge.asked == [("look", KEY)], "the customer's code was never written down"
    assert b"1345-code" not in b"".join(path.read_bytes() for path in after.folder.iterdir())


def test_what_never_arrived_is_looked_at_after_a_restart_too(store: Store, world: World) -> None:
    charged(store, NEVER)
    world.forward(ALLOWED_MS + LATE_MS)
    play(store.payments.step)
    world.charged[KEY] = 6_200
    after = store.restart()
    play(after.settle)
    assert after.state(KEY) == "paid"


def test_another_amount_pays_nothing_and_is_given_back_as_it_was_taken(store: Store, world: World) -> None:
    assert charged(store, WRONG) == "wrong_amount"
    told = play(lambda: store.refund("back-1", KEY))
    assert (told.standing, world.net(KEY)) == (("given_back", 0), 0)
    assert world.back == {"back-1": (KEY, 6_199)}


@pytest.mark.parametrize("mood", [PAY, LOST, NEVER, WAIT, RUBBISH])
def test_a_refund_is_sent_until_it_is_known_and_moves_money_once(
    store: Store, world: World, mood: str
) -> None:
    charged(store)
    world.moods.append(mood)
    play(lambda: store.refund("back-1", KEY))
    play(lambda: store.refund("back-1", KEY))
    play(store.settle)
    assert (store.state(KEY), world.net(KEY), len(world.back)) == ("given_back", 0, 1)
    with pytest.raises(Unusable, match="nothing_owed"):
        play(lambda: store.refund("back-2", KEY))


def test_a_refund_under_way_survives_a_restart(store: Store, world: World) -> None:
    charged(store)
    world.moods.append(LOST)
    play(lambda: store.refund("back-1", KEY))
    after = store.restart()
    assert after.state(KEY) == "giving_back"
    play(after.payments.step)
    assert (after.state(KEY), world.net(KEY)) == ("given_back", 0)


def test_a_declined_refund_is_tried_again_under_another_key_or_given_by_hand(
    store: Store, world: World
) -> None:
    charged(store)
    world.moods.extend([DECLINE, DECLINE])
    for key in ("back-1", "back-2"):
        assert play(lambda key=key: store.refund(key, KEY)).standing == ("refund_declined", 6_200)
    assert store.open() == {KEY: "refund_declined"}
    told = play(lambda: store.refund("back-3", KEY, by_hand=True))
    assert (told.standing, store.open(), world.net(KEY)) == (("given_back", 0), {}, 6_200)


def test_a_person_ends_what_nobody_can_tell_but_not_while_it_may_be_begun(store: Store, world: World) -> None:
    charged(store, *[NEVER] * 40)
    with pytest.raises(Unusable, match="nothing_owed"):
        play(lambda: store.refund("by-hand-1", KEY, by_hand=True))
    world.forward(ALLOWED_MS + LATE_MS)
    play(lambda: store.refund("by-hand-2", KEY, by_hand=True))
    assert (store.state(KEY), store.open()) == ("declined", {})


def test_a_bridge_that_hangs_is_asked_once_and_keeps_nobody_waiting_for_the_key(
    store: Store, world: World
) -> None:
    async def hang() -> None:
        store.bridge.hangs = asyncio.Event()
        first = asyncio.create_task(store.charge(KEY))
        await store.bridge.begun.wait()
        assert (await store.charge(KEY)).standing.state == "asking"
        world.forward(60_000)
        await store.payments.step()
        assert store.bridge.asked == [("charge", KEY)]
        store.bridge.hangs.set()
        assert (await first).standing.state == "paid"

    play(hang)


def test_one_key_is_one_payment(store: Store, world: World) -> None:
    charged(store)
    for amount, tender in ((1, "wechat"), (6_200, "alipay")):
        with pytest.raises(Unusable, match="key_reused"):
            play(lambda amount=amount, tender=tender: store.charge(KEY, amount, tender))
    play(lambda: store.charge("till-1.pay.2", 100))
    play(lambda: store.refund("back-1", KEY))
    with pytest.raises(Unusable, match="key_reused"):
        play(lambda: store.refund("back-1", "till-1.pay.2"))
    with pytest.raises(Unusable, match="no_payment"):
        play(lambda: store.refund("back-9", "till-1.pay.9"))
    with pytest.raises(Unusable, match="tender_recorded"):
        play(lambda: store.charge("till-1.pay.3", 100, "card"))


def test_a_service_that_is_down_stops_being_asked_for_new_ones(
    store: Store, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.payments.desk.UNSETTLED_MAX", 5)

    async def crowd() -> None:
        world.moods.extend([NEVER] * 5)
        for number in range(5):
            await store.charge(f"crowd-{number:04}")
        with pytest.raises(Unusable, match="payments_full"):
            await store.charge("crowd-last")
        world.forward(2_000)
        await store.payments.step()
        assert (await store.charge("crowd-last")).standing.state == "paid"

    play(crowd)
    assert store.counters.get("payments.full") == 1


def test_nothing_is_asked_for_that_could_not_be_written_down(store: Store, world: World) -> None:
    store.book.close()
    with pytest.raises(Exception, match=r"payments\.db"):
        play(lambda: store.charge(KEY))
    assert store.bridge.asked == []
    assert store.counters.get("payments.files_refused") == 1


def test_a_file_that_is_none_of_ours_is_put_aside(store: Store, tmp_path: Path, world: World) -> None:
    store.book.close()
    for path in tmp_path.iterdir():
        path.unlink()
    (tmp_path / "payments.db").write_bytes(b"no database " * 500)
    after = Store(tmp_path, world)
    assert after.payments.find(KEY) is None
    assert (tmp_path / "payments.db.damaged").read_bytes().startswith(b"no database")
    assert after.counters.get("payments.files_put_aside") == 1


def test_what_is_left_for_long_rings_until_somebody_looks(store: Store, world: World) -> None:
    rung: list[bool] = []
    store.payments._alarm = rung.append
    charged(store)
    for wait_ms in (LEFT_MS, 1):
        play(store.payments.step)
        world.forward(wait_ms)
    play(store.payments.step)
    play(lambda: store.refund("back-1", KEY))
    play(store.payments.step)
    assert rung == [False, False, True, False]


def test_no_question_reads_through_all_that_was_ever_sold(store: Store, world: World) -> None:
    """A store of a year has 100,000 payments, and is asked every 5 s."""
    asked: list[str] = []
    store.book._db.set_trace_callback(asked.append)
    charged(store)
    store.sell("sale-1", Wanted(KEY, "wechat", 6_200))
    store.go_back("return-1", "0000000000000001", 1_000)
    play(store.payments.step)
    assert store.open() == {}
    store.book._db.set_trace_callback(None)
    reads = {statement for statement in asked if statement.startswith(("SELECT", "UPDATE"))}
    assert len(reads) > 10, "the search has lost sight of the questions"
    for statement in reads:
        plan = [row[3] for row in store.book._db.execute("EXPLAIN QUERY PLAN " + statement)]
        whole = {step for step in plan if step.startswith("SCAN") and "USING INDEX payments_" not in step}
        assert [step for step in whole if not step.startswith("SCAN returns")] == [], statement


def test_what_was_settled_a_year_ago_is_forgotten_and_what_is_open_is_not(store: Store, world: World) -> None:
    charged(store)
    play(lambda: store.charge("till-1.pay.2"))
    play(lambda: store.refund("back-1", KEY))
    world.forward(401 * 86_400_000)
    play(store.payments.step)
    assert store.payments.find(KEY) is None
    assert store.state("till-1.pay.2") == "paid"
