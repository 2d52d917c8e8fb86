"""The drawer of a run's bench page: members and staff, each with a card that the page can hold."""

from hardware_tests.virtual.bench.people import fill_drawer
from hardware_tests.virtual.bench.words import kind_word
from samples.shop import read_staff
from shopbell.run.page import badges, people


def test_staff_with_a_badge_lie_beside_the_members() -> None:
    staff = read_staff()
    found = badges(staff)
    assert [one["uid"] for one in found] == [one.badge_uid for one in staff if one.badge_uid]
    assert 0 < len(found) < len(staff), "who has no badge is not there"
    drawer = fill_drawer([*people(), *found])
    kinds = {kind_word(entry.kind, "en") for entry in drawer if entry.kind == "staff"}
    assert kinds == {"Staff badge"}
    cards = [entry.uid for entry in drawer if entry.uid]
    assert len(set(cards)) == len(cards), "no badge is a member's card"
