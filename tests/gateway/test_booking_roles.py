"""What terminals of each role say to a member: the check-in, coupons that wait, and what nobody may see."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from firmware.protocol import messages
from firmware.protocol.messages import Booked, Status
from gateway.booking import Guest
from gateway.core import model
from gateway.core.programs.model import Earn, Limits, Program, Validity
from gateway.ports import Inbound, Outbound, Told
from tests.gateway.conftest import judge
from tests.gateway.day import PROGRAMS, coupon, stock, text
from tests.gateway.rig import LIN, MIA, NO_WITNESS, NONCE, STRANGER, House, booked_of, screens
from tests.gateway.till import DAY_MS, types

CHECK_IN = Program(
    "check-in", 1, text("签到"), text("5 points a day"), "presence.checked_in",
    (Earn("PTS", amount=5, validity=Validity(year_end=1)),), limits=Limits(per_member=1, period="day"),
)  # fmt: skip
BUNDLE = replace(PROGRAMS, programs=(*(PROGRAMS.programs or ()), CHECK_IN))
GREETED = model.Outcome(False, "greeted", "gold", None, "silver", 120)
POINTS = Told("checked_in", (("count", 5), ("what", (("zh-CN", "积分"), ("en", "points")))))


@pytest.fixture
def store(house: House) -> Iterator[House]:
    """A bakery where members check in, judged at the end."""
    house.seed("g1c", BUNDLE)
    house.open()
    stock(house)
    for role in ("entrance", "counter", "desk", "kiosk", "beacon"):
        house.desk.serve([online(role)])
    yield house
    judge(house, BUNDLE)


def online(role: str, state: int = messages.STATE_ONLINE) -> Inbound:
    """A device of this name and role says that it is there."""
    status = Status(state, 1, NONCE, 5_000, NO_WITNESS, "0.1.0", "esp32", role, ())
    return Inbound(f"sb/v1/{role}/up/status", messages.encode("status", status))


def tapped(store: House, role: str, uid: bytes = LIN, **more: Any) -> Booked:
    """The answer to one tap at the terminal of this role."""
    return booked_of(store.desk.serve([store.tap(uid, device=role, **more)]))[0]


def drawn(told: Told | None, role: str, outcome: model.Outcome = GREETED) -> messages.Screen:
    """What the terminal shows of this."""
    encoded = screens().encoded(BUNDLE, outcome, "林**", "zh-CN", role, told)
    payload = b"\x83\x01\x00" + encoded
    return messages.decode("show", payload).screen  # type: ignore[no-any-return]


def check_ins(store: House) -> int:
    return types(store).count("presence.checked_in")


def test_a_member_checks_in_at_the_entrance_in_the_batch_of_the_tap(store: House) -> None:
    assert tapped(store, "entrance").screen == drawn(POINTS, "entrance")
    assert types(store)[-2:] == ["tap.seen", "presence.checked_in"]


def test_once_a_day_and_again_on_the_next(store: House) -> None:
    tapped(store, "entrance")
    assert tapped(store, "entrance").screen == drawn(None, "entrance")
    assert check_ins(store) == 1
    store.now_ms += DAY_MS
    assert tapped(store, "entrance").screen == drawn(POINTS, "entrance")
    assert check_ins(store) == 2


def test_the_same_record_again_gets_the_same_screen_and_no_second_check_in(store: House) -> None:
    first = tapped(store, "entrance", number=50)
    assert tapped(store, "entrance", number=50) == first
    assert check_ins(store) == 1


def test_two_taps_of_one_member_in_one_batch_check_in_once(store: House) -> None:
    store.desk.serve([store.tap(LIN, device="entrance"), store.tap(LIN, device="entrance")])
    assert check_ins(store) == 1


def test_nobody_checks_in_at_another_terminal_or_by_another_card(store: House) -> None:
    for role in ("counter", "desk", "kiosk", "beacon"):
        tapped(store, role)
    tapped(store, "entrance", STRANGER)
    assert check_ins(store) == 0


def test_a_tap_that_comes_too_late_checks_nobody_in(store: House) -> None:
    answer = tapped(store, "entrance", age_ms=6_000)
    assert answer.screen.hold_ms == 0 and check_ins(store) == 0


def test_a_store_without_check_in_programs_books_none(bakery: House) -> None:
    bakery.desk.serve([online("entrance")])
    tapped(bakery, "entrance", MIA)
    assert "right.requested" not in types(bakery)


def test_at_the_counter_and_the_desk_coupons_that_wait_are_said(store: House) -> None:
    coupon(store, "C-1")
    coupon(store, "C-2")
    two = Told("coupons_waiting", (("count", 2),))
    for role in ("counter", "desk"):
        assert tapped(store, role).screen == drawn(two, role)
    for role in ("entrance", "kiosk"):
        assert tapped(store, role).screen != drawn(two, "counter")


def test_coupons_that_cannot_be_used_do_not_wait(store: House) -> None:
    assert tapped(store, "counter").screen == drawn(None, "counter")
    store.say_lot("member:m-1", "CPN:off50", "hq.1", 1)  # another store has the right to it
    assert tapped(store, "counter").screen == drawn(None, "counter")
    store.say_lot("member:m-1", "CPN:off50", "hq.2", 1, granted=1)
    assert tapped(store, "counter").screen == drawn(Told("coupons_waiting", (("count", 1),)), "counter")


def test_a_terminal_that_said_nothing_of_itself_is_a_counter(store: House) -> None:
    coupon(store)
    one = Told("coupons_waiting", (("count", 1),))
    assert tapped(store, "new-1").screen == drawn(one, "counter")


def test_refusals_at_the_entrance_only_say_where_to_go(store: House) -> None:
    outcome = model.Outcome(False, "blocked", None, "instrument_lost")
    lost = booked_of(
        store.desk.serve([store.tap(bytes((4, 2)) + b"\xb2\xc3\xd4\xe5\xf6", device="entrance")])
    )
    assert lost[0].screen == drawn(None, "entrance", outcome)
    assert lost[0].screen != drawn(None, "counter", outcome)
    assert lost[0].screen.hold_ms == messages.HOLD_STAYS


class Lane:
    """Writes down what is handed on, and what was booked by then."""

    def __init__(self, store: House) -> None:
        self.store = store
        self.pins: list[tuple[str, messages.Pin]] = []
        self.gone: list[str] = []
        self.guests: list[tuple[Guest, int]] = []

    def heard(self, device: str, pin: messages.Pin) -> None:
        self.pins.append((device, pin))

    def lost(self, device: str) -> None:
        self.gone.append(device)

    def met(self, guest: Guest) -> None:
        self.guests.append((guest, len(self.store.bodies())))


def test_who_is_greeted_at_a_kiosk_is_handed_on_after_the_commit(store: House) -> None:
    store.desk.lane = lane = Lane(store)
    tapped(store, "kiosk")
    tapped(store, "counter")
    tapped(store, "kiosk", STRANGER)
    tapped(store, "kiosk", age_ms=6_000)
    ((guest, booked),) = lane.guests
    assert guest == Guest("kiosk", "m-1", "林**", "zh-CN")
    assert booked == len(store.bodies()) - 3


def test_the_same_record_again_is_not_handed_on_again(store: House) -> None:
    store.desk.lane = lane = Lane(store)
    tapped(store, "kiosk", number=60)
    tapped(store, "kiosk", number=60)
    assert len(lane.guests) == 1


def test_an_answer_of_a_keypad_is_live_and_leaves_no_trace(store: House) -> None:
    before = store.bodies()
    pin = messages.Pin(b"session1", messages.ENDED_DIGITS, "482107")
    sent = Inbound("sb/v1/counter/up/pin", messages.encode("pin", pin))
    assert store.desk.serve([sent]) == []
    store.desk.lane = lane = Lane(store)
    assert store.desk.serve([sent]) == []
    assert lane.pins == [("counter", pin)]
    assert store.bodies() == before
    for name in (store.ledger_path.name, store.ledger_path.name + "-wal"):
        assert b"482107" not in (store.data / name).read_bytes()


def test_a_terminal_that_goes_offline_is_told_to_the_lane(store: House) -> None:
    store.desk.lane = lane = Lane(store)
    store.desk.serve([online("counter", messages.STATE_OFFLINE), online("desk")])
    assert lane.gone == ["counter"]


def test_answers_come_before_anything_live(store: House) -> None:
    answers: list[Outbound] = list(store.desk.serve([store.tap(LIN, device="kiosk")]))
    assert [topic for topic, _ in answers] == ["sb/v1/kiosk/down/booked"]
