"""Who is in the shop, and that a visit is told once."""

import pytest

from gateway.core.promises import BY_BEACON, BY_NETWORK, BY_TAG
from gateway.presence import visits as module
from gateway.presence.visits import LOUD_DBM, STAYS_MS, UNHEARD_MS, Visit, Visits

LIN, WU = "m-lin", "m-wu"
START = 1_000_000
LOUD, FAINT = LOUD_DBM, LOUD_DBM - 1


def heard(visits: Visits, at_ms: int, *, member: str = LIN, rssi_dbm: int = LOUD, quantum: int = 7) -> None:
    visits.heard(member, f"tag-{member}", "beacon-door", rssi_dbm, quantum, at_ms)


def came(visits: Visits, member: str = LIN, at_ms: int = START) -> Visit:
    """A member's tag comes in and is heard thrice; the visit that is told."""
    for second in range(3):
        heard(visits, at_ms + second * 1000, member=member)
    (visit,) = visits.tick(at_ms + 2000).began
    return visit


@pytest.fixture
def visits() -> Visits:
    return Visits()


def test_a_tag_that_comes_in_begins_a_visit_and_it_is_told_once(visits: Visits) -> None:
    visit = came(visits)
    assert visit == Visit(LIN, BY_TAG, START + 2000, START + 2000, "tag-m-lin", "beacon-door", 7)
    assert visit.key == f"visit:{LIN}:{START + 2000}"
    heard(visits, START + 60_000)
    assert visits.tick(START + 60_000) == ([], [])


def test_a_visit_begins_by_the_beacon_that_hears_its_tag_best(visits: Visits) -> None:
    for second, (scanner, rssi_dbm) in enumerate((("till", LOUD), ("door", LOUD + 9), ("till", LOUD + 2))):
        visits.heard(LIN, "tag-lin", scanner, rssi_dbm, second, START + second * 1000)
    (visit,) = visits.tick(START + 2000).began
    assert (visit.beacon, visit.quantum, visit.began_ms) == ("door", 1, START + 2000)


def test_two_hearings_are_a_reflection(visits: Visits) -> None:
    heard(visits, START)
    heard(visits, START + 1000)
    assert visits.tick(START + 1000).began == []


def test_a_tag_that_passes_the_door_begins_nothing(visits: Visits) -> None:
    for second in range(30):
        heard(visits, START + second * 1000, rssi_dbm=FAINT)
        assert visits.tick(START + second * 1000).began == []


def test_three_hearings_in_an_hour_are_no_visit(visits: Visits) -> None:
    for part in range(3):
        heard(visits, START + part * 1_200_000)
        assert visits.tick(START + part * 1_200_000).began == []


def test_a_visit_goes_on_however_faint_the_tag_is_later(visits: Visits) -> None:
    came(visits)
    for minute in range(40):
        heard(visits, START + minute * 60_000, rssi_dbm=-100)
        assert visits.tick(START + minute * 60_000) == ([], [])


def test_a_visit_ends_a_quarter_of_an_hour_after_the_last_hearing(visits: Visits) -> None:
    visit = came(visits)
    assert visits.tick(visit.heard_ms + UNHEARD_MS).ended == []
    assert visits.tick(visit.heard_ms + UNHEARD_MS + 1).ended == [visit]
    assert visits.here() == []


def test_whoever_comes_again_begins_another_visit(visits: Visits) -> None:
    first = came(visits)
    visits.tick(first.heard_ms + UNHEARD_MS + 1)
    second = came(visits, at_ms=START + 2 * UNHEARD_MS)
    assert second.key != first.key


def test_a_check_in_begins_a_visit_that_is_booked_already(visits: Visits) -> None:
    visits.seen(LIN, BY_BEACON, "beacon-till", 9, START)
    assert visits.tick(START).began == []
    assert visits.of(LIN) == Visit(LIN, BY_BEACON, START, START, "", "beacon-till", 9)


def test_the_tag_of_whoever_has_checked_in_goes_on_with_the_same_visit(visits: Visits) -> None:
    visits.seen(LIN, BY_NETWORK, "", 0, START)
    for second in range(1, 10):
        heard(visits, START + second * 1000, quantum=second)
        assert visits.tick(START + second * 1000).began == []
    visit = visits.of(LIN)
    assert visit == Visit(LIN, BY_NETWORK, START, START + 9000, "tag-m-lin", "beacon-door", 9)


def test_a_check_in_within_a_visit_begins_none(visits: Visits) -> None:
    began = came(visits)
    visits.seen(LIN, BY_BEACON, "beacon-till", 9, START + 5000)
    visit = visits.of(LIN)
    assert visit == began._replace(heard_ms=START + 5000)


def test_whoever_has_no_tag_is_shown_for_half_an_hour(visits: Visits) -> None:
    visits.seen(LIN, BY_NETWORK, "", 0, START)
    assert visits.tick(START + STAYS_MS).ended == []
    assert [visit.member for visit in visits.tick(START + STAYS_MS + 1).ended] == [LIN]


def test_members_have_visits_of_their_own(visits: Visits) -> None:
    came(visits, LIN)
    came(visits, WU, START + 10_000)
    assert [visit.member for visit in visits.here()] == [LIN, WU]


def test_a_restart_begins_no_visit_again(visits: Visits) -> None:
    came(visits)
    again = Visits(visits.here())
    heard(again, START + 60_000)
    assert again.tick(START + 60_000) == ([], [])
    assert again.of(LIN) is not None


def test_a_visit_not_told_before_the_restart_is_told_after_it(visits: Visits) -> None:
    for second in range(3):
        heard(visits, START + second * 1000)
    again = Visits(visits.here())
    assert came(again, at_ms=START + 5000).member == LIN


def test_a_forgotten_member_is_told_of_no_more(visits: Visits) -> None:
    for second in range(3):
        heard(visits, START + second * 1000)
    visits.forget(LIN)
    assert visits.tick(START + 3000) == ([], [])
    assert visits.here() == []


def test_a_late_report_does_not_set_a_visit_back(visits: Visits) -> None:
    visit = came(visits)
    heard(visits, START - 60_000, quantum=1)
    assert visits.of(LIN) == visit


def test_a_full_house_takes_nobody_more_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "VISITS_MAX", 1)
    monkeypatch.setattr(module, "PASSING_MAX", 1)
    visits = Visits()
    came(visits)
    visits.seen(WU, BY_NETWORK, "", 0, START)
    heard(visits, START, member="m-1")
    heard(visits, START, member="m-2")
    assert [visit.member for visit in visits.here()] == [LIN]
    assert visits.refused == 2


def test_passers_by_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PASSING_MAX", 1)
    visits = Visits()
    heard(visits, START, member=WU)
    visits.tick(START + 120_000)
    assert came(visits, at_ms=START + 120_000).member == LIN
