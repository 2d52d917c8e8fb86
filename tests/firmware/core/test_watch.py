"""When the watchdog is fed."""

from firmware.core.watch import RECOVERIES_MAX, Watch


def test_every_duty_must_prove_its_work():
    watch = Watch({"reader": 1000, "link": 5000}, 0)
    assert watch.overdue(1000) == []
    assert watch.overdue(1001) == ["reader"]
    watch.done("reader", 1001)
    assert watch.overdue(2001) == []
    watch.done("reader", 5500)
    assert watch.overdue(5500) == ["link"]


def test_an_unknown_duty_is_our_bug():
    try:
        Watch({"reader": 1}, 0).done("raeder", 0)
    except AssertionError:
        return
    raise AssertionError("accepted")


def test_a_reader_that_does_not_recover_is_given_up():
    watch = Watch({"reader": 1000}, 0)
    for _ in range(RECOVERIES_MAX - 1):
        watch.recovered(False)
    assert not watch.given_up
    watch.recovered(True)
    for _ in range(RECOVERIES_MAX):
        assert not watch.given_up
        watch.recovered(False)
    assert watch.given_up
    assert watch.overdue(0) == ["recovery"]
