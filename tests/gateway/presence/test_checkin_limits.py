"""The tickets of a day: a bound for each member, and one for how many members are kept in mind."""

from gateway.counters import Counters
from gateway.presence.limits import MEMBERS_LEFT, MEMBERS_MAX, TICKETS_A_DAY, Days

TODAY, TOMORROW = "2026-01-01", "2026-01-02"


def test_a_member_has_a_days_tickets_and_the_same_one_as_often_as_asked() -> None:
    days = Days(Counters())
    for _ in range(3):
        assert all(days.take("m-1", TODAY, f"{number}") for number in range(TICKETS_A_DAY))
    assert not days.take("m-1", TODAY, "one more")
    assert days.take("m-1", TODAY, "0")
    assert days.take("m-2", TODAY, "one more")
    assert days.take("m-1", TOMORROW, "one more")


def test_a_crowd_is_forgotten_from_its_oldest_end_and_counted() -> None:
    counters = Counters()
    days = Days(counters)
    for number in range(TICKETS_A_DAY):
        days.take("first", TODAY, f"{number}")
        days.take("last", TODAY, f"{number}")
    for number in range(MEMBERS_MAX - 1):  # one too many
        days.take(f"m-{number}", TODAY, "0")
    assert counters.get(MEMBERS_LEFT) == 1
    assert not days.take("last", TODAY, "again") and days.take("first", TODAY, "again")
