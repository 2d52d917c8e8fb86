"""A payment and the sale it pays, a return and the money that goes back with it."""

from pathlib import Path

import pytest

from gateway.core.model import ASKED, DONE, REFUSED
from gateway.core.orders.model import Tender
from gateway.payments.selling import Unusable, Wanted
from tests.gateway.payments.rig import DECLINE, LOST, NEVER, Store, World, play

KEY = "till-1.pay.1"
WANTED = Wanted(KEY, "wechat", 6_200)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def store(tmp_path: Path, world: World) -> Store:
    made = Store(tmp_path, world)
    play(lambda: made.charge(KEY))
    return made


def refusal(store: Store, sale: str, *wanted: Wanted) -> str:
    with pytest.raises(Unusable) as found:
        store.payments.selling.claim(sale, wanted)
    return found.value.code


def test_a_sale_takes_its_payment_with_the_other_sides_number(store: Store) -> None:
    event = store.sell("sale-1", WANTED)
    assert event.settled.tenders[0].reference == f"ref-{KEY}"  # type: ignore[union-attr]
    assert (store.state(KEY), store.open()) == ("sold", {})
    told = store.payments.find(KEY)
    assert told is not None and told.payment.order == event.random


def test_a_payment_pays_one_sale_and_the_same_sale_again(store: Store) -> None:
    store.sell("sale-1", WANTED)
    assert store.sell("sale-1", WANTED).outcome.name == DONE
    assert refusal(store, "sale-2", WANTED) == "payment_used"


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ((WANTED._replace(amount=6_201),), "payment_differs"),
        ((WANTED._replace(tender="alipay"),), "payment_differs"),
        ((WANTED._replace(payment="till-1.pay.9"),), "no_payment"),
        ((WANTED, WANTED), "payment_used"),
    ],
)
def test_what_does_not_fit_holds_nothing(store: Store, wanted: tuple[Wanted, ...], why: str) -> None:
    assert refusal(store, "sale-1", *wanted) == why
    assert store.sell("sale-2", WANTED).outcome.name == DONE


@pytest.mark.parametrize("mood", [NEVER, DECLINE])
def test_what_is_not_paid_pays_nothing(store: Store, world: World, mood: str) -> None:
    world.moods.append(mood)
    play(lambda: store.charge("till-1.pay.2"))
    assert refusal(store, "sale-1", WANTED._replace(payment="till-1.pay.2")) == "payment_unpaid"


def test_a_refused_sale_leaves_its_payment_to_the_next(store: Store) -> None:
    assert store.sell("sale-1", WANTED, outcome=REFUSED).outcome.name == REFUSED
    assert store.open() == {KEY: "paid"}
    assert store.sell("sale-2", WANTED).outcome.name == DONE


def test_a_sale_that_waits_for_hq_keeps_its_payment_until_another_wants_it(store: Store) -> None:
    store.sell("sale-1", WANTED, outcome=ASKED)
    assert store.sell("sale-1", WANTED).outcome.name == DONE
    assert refusal(store, "sale-2", WANTED) == "payment_used"


def test_a_sale_sent_twice_is_held_until_the_last_answer(store: Store) -> None:
    selling = store.payments.selling
    for _ in range(2):
        selling.claim("sale-1", [WANTED])
    selling.settle("sale-1", store.ledger.sell("sale-1", (), ASKED))
    with pytest.raises(Unusable, match="payment_used"):
        play(lambda: store.refund("back-1", KEY))


def test_while_the_ledger_is_asked_nobody_else_has_the_payment(store: Store) -> None:
    selling = store.payments.selling
    (reference,) = selling.claim("sale-1", [WANTED])
    assert refusal(store, "sale-2", WANTED) == "payment_used"
    with pytest.raises(Unusable, match="payment_used"):
        play(lambda: store.refund("back-1", KEY))
    event = store.ledger.sell("sale-1", (Tender("wechat", 6_200, reference=reference),))
    selling.settle("sale-1", event)
    with pytest.raises(Unusable, match="payment_sold"):
        play(lambda: store.refund("back-1", KEY))


def test_another_body_under_the_key_of_a_sale_under_way_frees_nothing(store: Store, world: World) -> None:
    play(lambda: store.charge("till-1.pay.2"))
    selling = store.payments.selling
    selling.claim("sale-1", [WANTED])
    selling.claim("sale-1", [WANTED._replace(payment="till-1.pay.2")])
    selling.settle("sale-1", None)  # the ledger refused the second: the key is the first's
    with pytest.raises(Unusable, match="payment_used"):
        play(lambda: store.refund("back-1", KEY))


def test_what_is_given_back_pays_no_sale_any_more(store: Store, world: World) -> None:
    world.moods.append(LOST)
    play(lambda: store.refund("back-1", KEY))
    assert refusal(store, "sale-1", WANTED) == "payment_unpaid"


def test_a_cut_between_the_sale_and_its_mark_is_found_in_the_ledger(store: Store) -> None:
    (reference,) = store.payments.selling.claim("sale-1", [WANTED])
    store.ledger.sell("sale-1", (Tender("wechat", 6_200, reference=reference),))
    after = store.restart()
    with pytest.raises(Unusable, match="payment_sold"):
        play(lambda: after.refund("back-1", KEY))
    assert refusal(after, "sale-2", WANTED) == "payment_used"
    assert after.state(KEY) == "sold"


def test_a_cut_before_the_sale_leaves_the_payment_free(store: Store, world: World) -> None:
    store.payments.selling.claim("sale-1", [WANTED])
    after = store.restart()
    assert after.open() == {KEY: "paid"}
    play(lambda: after.refund("back-1", KEY))
    assert (world.net(KEY), after.book.wanted()) == (0, [])
    assert refusal(after, "sale-1", WANTED) == "payment_unpaid", "the till's late try finds it gone"


def test_a_sale_of_the_same_key_and_other_money_takes_no_payment(store: Store) -> None:
    store.payments.selling.claim("sale-1", [WANTED])
    store.ledger.sell("sale-1", (Tender("cash", 6_200),))
    after = store.restart()
    play(after.payments.step)
    assert after.open() == {KEY: "paid"}


def test_an_unreadable_ledger_decides_nothing(store: Store, world: World) -> None:
    store.payments.selling.claim("sale-1", [WANTED])
    after = store.restart()
    world.unreadable = True
    play(after.payments.step)
    assert after.counters.get("payments.steps_refused") == 1
    with pytest.raises(Exception, match="told so"):
        play(lambda: after.refund("back-1", KEY))
    assert (after.open(), world.back) == ({KEY: "paid"}, {})


def test_a_return_sends_its_money_back_once(store: Store, world: World) -> None:
    order = store.sell("sale-1", WANTED).random
    assert store.go_back("return-1", order, 2_000) == 2_000
    assert store.go_back("return-1", order, 2_000) == 2_000
    play(store.payments.step)
    assert (world.net(KEY), len(world.back), store.state(KEY)) == (4_200, 1, "sold")
    store.go_back("return-1", order, 2_000)
    assert store.state(KEY) == "sold", "the same return once more moves nothing"
    assert store.go_back("return-2", order, 4_200) == 4_200
    play(store.payments.step)
    assert world.net(KEY) == 0


def test_a_return_gives_no_more_back_than_is_left(store: Store, world: World) -> None:
    order = store.sell("sale-1", WANTED).random
    assert store.go_back("return-1", order, 6_000) == 6_000
    assert store.go_back("return-2", order, 6_000) == 200
    assert store.counters.get("payments.refunds_over") == 1
    play(store.payments.step)
    assert world.net(KEY) == 0


def test_two_payments_of_an_order_share_what_goes_back(store: Store, world: World) -> None:
    play(lambda: store.charge("till-1.pay.2", 1_000))
    order = store.sell("sale-1", WANTED, Wanted("till-1.pay.2", "wechat", 1_000)).random
    assert store.go_back("return-1", order, 7_000) == 7_000
    play(store.payments.step)
    assert (world.net(KEY), world.net("till-1.pay.2")) == (0, 200)


def test_a_return_in_cash_or_refused_sends_nothing(store: Store, world: World) -> None:
    order = store.sell("sale-1", WANTED).random
    assert store.go_back("return-1", order, 2_000, kind="cash") == 0
    assert store.go_back("return-2", order, 2_000, outcome=REFUSED) == 0
    assert store.go_back("return-3", "an-order-in-cash", 2_000) == 0
    play(store.payments.step)
    assert world.back == {} and store.book.returns() == []


def test_a_cut_after_the_return_forgets_no_money(store: Store, world: World) -> None:
    order = store.sell("sale-1", WANTED).random
    assert store.payments.selling.expect("return-1", order)
    store.ledger.go_back("return-1", order, "wechat", 2_000)
    after = store.restart()
    play(after.payments.step)
    assert (world.net(KEY), after.book.returns()) == (4_200, [])


def test_a_cut_before_the_return_sends_nothing_until_it_is_asked_again(store: Store, world: World) -> None:
    order = store.sell("sale-1", WANTED).random
    assert store.payments.selling.expect("return-1", order)
    after = store.restart()
    play(after.payments.step)
    assert world.back == {}
    assert after.go_back("return-1", order, 2_000) == 2_000
    play(after.payments.step)
    assert world.net(KEY) == 4_200


def test_a_returns_declined_refund_waits_for_a_person(store: Store, world: World) -> None:
    order = store.sell("sale-1", WANTED).random
    world.moods.append(DECLINE)
    store.go_back("return-1", order, 2_000)
    play(store.payments.step)
    assert store.open() == {KEY: "refund_declined"}
    told = play(lambda: store.refund("back-2", KEY))
    assert (told.standing, world.net(KEY)) == (("sold", 0), 4_200)
