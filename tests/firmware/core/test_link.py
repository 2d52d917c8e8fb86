"""Reconnecting: which step follows which, and how long the pauses get."""

from firmware.core import link
from firmware.core.link import (
    DENIED,
    DIAL,
    DONE,
    ENTER,
    FAILED,
    JOIN,
    LEAVE,
    NO_WIFI,
    PAUSE,
    REFUSED,
    RESOLVE,
    SECURE,
    SERVE,
)


def highest(below):
    return below - 1


def played(machine, *endings):
    """Actions that follow these endings, and the last wait."""
    actions = []
    wait_ms = None
    for ended in endings:
        action, wait_ms = machine.step(ended, 0)
        actions.append(action)
    return actions, wait_ms


def serving(now_ms=0):
    machine = link.Link(highest)
    for _ in range(5):
        machine.step(DONE, now_ms)
    assert machine.action == SERVE
    return machine


def test_the_way_up():
    machine = link.Link(highest)
    assert machine.start() == (JOIN, link.LIMITS_MS[JOIN])
    assert played(machine, DONE, DONE, DONE, DONE, DONE) == ([RESOLVE, DIAL, SECURE, ENTER, SERVE], 0)
    assert machine.ups == 1


def test_every_step_has_a_limit_and_every_failure_a_pause():
    steps = {action for action, _ended in link.TABLE}
    assert steps - {PAUSE} == set(link.LIMITS_MS)
    for action in steps - {PAUSE, LEAVE}:
        assert link.TABLE[action, FAILED] == PAUSE


def test_a_lost_connection_is_tried_again_from_the_address_not_from_wifi():
    actions, _wait_ms = played(serving(), FAILED, DONE, DONE, DONE, DONE, DONE)
    assert actions == [PAUSE, RESOLVE, DIAL, SECURE, ENTER, SERVE]


def test_pauses_double_to_the_cap():
    machine = link.Link(highest)
    pauses = []
    for _ in range(8):
        pauses.append(machine.step(FAILED, 0)[1])
        machine.step(NO_WIFI, 0)
    assert pauses == [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]


def test_a_good_connection_forgives_a_short_one_does_not():
    machine = link.Link(highest)
    for _ in range(3):
        played(machine, FAILED, NO_WIFI)
    played(machine, DONE, DONE, DONE, DONE, DONE)
    assert machine.step(FAILED, link.SERVED_WELL_MS - 1) == (PAUSE, 8000)
    played(machine, DONE, DONE, DONE, DONE, DONE)
    assert machine.step(FAILED, link.SERVED_WELL_MS) == (PAUSE, 1000)


def test_a_refusal_of_our_credentials_waits_longest():
    for steps in ((DONE,) * 3, (DONE,) * 4):
        machine = link.Link(lambda below: 0)
        played(machine, *steps)
        assert machine.action in (SECURE, ENTER)
        assert machine.step(DENIED, 0) == (PAUSE, link.DENIED_PAUSE_MS)
        assert machine.denials == 1
    assert link.DENIED_PAUSE_MS > link.PAUSE_CAP_MS


def test_wifi_is_torn_down_only_when_nothing_answers():
    machine = link.Link(highest)
    machine.step(DONE, 0)
    for _ in range(link.TRIES_PER_WIFI - 1):
        assert played(machine, DONE, FAILED, DONE)[0] == [DIAL, PAUSE, RESOLVE]
    assert played(machine, DONE, FAILED, DONE, DONE, DONE)[0] == [DIAL, PAUSE, LEAVE, JOIN, RESOLVE]
    assert machine.leaves == 1
    assert machine.step(FAILED, 0)[1] == 30000  # a new association does not start the back-off again


def test_a_host_that_answers_keeps_wifi_up():
    machine = link.Link(highest)
    machine.step(DONE, 0)
    for _ in range(3 * link.TRIES_PER_WIFI):
        assert played(machine, DONE, REFUSED, DONE)[0] == [DIAL, PAUSE, RESOLVE]
    for _ in range(3 * link.TRIES_PER_WIFI):
        assert played(machine, DONE, DONE, FAILED, DONE)[0] == [DIAL, SECURE, PAUSE, RESOLVE]
    assert machine.leaves == 0


def test_an_impossible_ending_is_our_bug():
    try:
        link.Link(highest).step(NO_WIFI, 0)
    except KeyError:
        return
    raise AssertionError("accepted")
