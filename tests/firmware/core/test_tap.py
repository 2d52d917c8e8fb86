"""The tap session: who sees which answer."""

from firmware.core import tap
from firmware.core.tap import ELAPSED, FULL, IDLE, SAVED, SHOWING, SLOW, TOLD, WAITING, Session
from firmware.protocol.messages import Screen

LIN = Screen(3000, 0x00FF00, 1, ())
WEI = Screen(4000, 0x00FF00, 1, ())
BLANK = Screen(0, 0, 0, ())


def asked(record_id=1, linked=True):
    session = Session()
    session.recorded(record_id, linked)
    return session


def reached(state):
    """A session in this state, about record 1 where it is about one."""
    session = asked()
    steps = {WAITING: 0, SLOW: 1, SAVED: 2, IDLE: 3}.get(state, 0)
    for _ in range(steps):
        session.elapsed()
    if state == SHOWING:
        session.answered(1, LIN)
    elif state == FULL:
        session.refused()
    assert session.state == state
    return session


def test_a_tap_is_answered_and_the_greeting_ends():
    session = asked()
    assert (session.state, session.hold_ms) == (WAITING, 300)
    assert session.answered(1, LIN)
    assert (session.state, session.screen, session.hold_ms) == (SHOWING, LIN, 3000)
    session.elapsed()
    assert (session.state, session.screen, session.hold_ms) == (IDLE, None, None)


def test_a_slow_gateway_is_waited_for_then_the_tap_is_saved():
    session = asked()
    states = []
    total_ms = 0
    while session.state != IDLE:
        states.append(session.state)
        total_ms += session.hold_ms
        session.elapsed()
    assert states == [WAITING, SLOW, SAVED]
    assert total_ms == tap.DEADLINE_MS


def test_without_a_link_the_tap_is_saved_at_once():
    assert asked(linked=False).state == SAVED


def test_an_answer_while_the_customer_still_stands_there_is_shown():
    for state in (WAITING, SLOW, SAVED):
        session = reached(state)
        assert session.answered(1, LIN) and session.state == SHOWING


def test_an_answer_after_the_session_greets_nobody():
    for state in (IDLE, FULL, SHOWING):
        session = reached(state)
        assert not session.answered(1, WEI)
        assert (session.state, session.screen) == (state, LIN if state == SHOWING else None)
        assert session.unshown == 1


def test_a_second_card_owns_the_display():
    for state in (WAITING, SLOW, SAVED, FULL, SHOWING):
        session = reached(state)
        session.recorded(2, True)
        assert session.state == SLOW and session.screen is None
        assert not session.answered(1, LIN)
        assert session.state == SLOW
        assert session.answered(2, WEI) and session.screen == WEI


def test_an_answer_with_nothing_to_show_ends_the_session():
    for state in (WAITING, SLOW, SAVED):
        session = reached(state)
        assert session.answered(1, BLANK)
        assert (session.state, session.hold_ms) == (IDLE, None)


def test_a_full_outbox_is_said():
    for state in (IDLE, WAITING, SLOW, SAVED, FULL, SHOWING):
        session = reached(state)
        session.refused()
        assert (session.state, session.hold_ms) == (FULL, None)
        assert not session.answered(1, LIN)


def test_the_gateway_may_show_something_unless_a_customer_waits():
    for state in (IDLE, SAVED, FULL, SHOWING):
        session = reached(state)
        assert session.told(WEI) and session.screen == WEI
    for state in (WAITING, SLOW):
        session = reached(state)
        assert not session.told(WEI)
        assert session.state == state and session.unshown == 1


def test_every_happening_is_a_turn():
    session = asked()
    session.recorded(2, True)
    session.recorded(3, True)
    assert (session.state, session.turn) == (SLOW, 3)


def test_the_table_is_whole():
    states = (IDLE, WAITING, SLOW, SAVED, FULL, SHOWING)
    assert len(tap.TABLE) == len(states) * (ELAPSED + 1)
    reached = {tap.after(state, event) for state in states for event in range(ELAPSED + 1)}
    assert reached == set(states) | {None}
    for state in states:
        for event in (tap.RECORDED, tap.RECORDED_OFFLINE, tap.REFUSED):
            assert tap.after(state, event) is not None
        assert (tap.after(state, ELAPSED) is None) == (state == IDLE)
        assert (tap.after(state, TOLD) is None) == (state in (WAITING, SLOW))
        assert (tap.after(state, tap.ANSWERED) is None) == (state in (IDLE, FULL, SHOWING))
