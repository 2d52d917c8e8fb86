"""A member's own visits: in their history, and in the copy of what is kept of them."""

from gateway.core.promises import BY_BEACON, BY_NETWORK, BY_TAG, Here
from tests.gateway.guests.hall import Hall


def test_when_and_where_somebody_was_here_is_told_to_them_and_in_their_copy(hall: Hall) -> None:
    member, other = hall.enrol("a")["member"], hall.enrol("b")["member"]
    whole = hall.ask("history", member=member, limit=50)["rows"]
    for number, act in enumerate(
        (
            Here(member, BY_TAG, "beacon-shelf", "shelf", 7),
            Here(member, BY_BEACON, "beacon-door", "door", 8, "ab" * 8),
            Here(other, BY_NETWORK, ticket="cd" * 8),
            Here(member, BY_NETWORK, ticket="ef" * 8),
        )
    ):
        hall.house.now_ms += 60_000
        assert hall.house.act("presence.seen", act, f"here-{number}").event.outcome.name == "done"
    rows = hall.ask("history", member=member, limit=50)["rows"]
    assert [row["kind"] for row in rows[:3]] == ["visit"] * 3
    assert rows[3:] == whole
    assert [row["place"] for row in rows[:3]] == [None, "door", "shelf"]
    assert rows[0]["title"] == {"zh-CN": "到店（门店 Wi-Fi）", "en": "In the store, by its Wi-Fi"}
    assert len({row["title"]["en"] for row in rows[:3]}) == 3
    assert hall.ask("export", member=member)["document"]["history"] == rows
    assert hall.ask("history", member=member, limit=2)["rows"] == rows[:2]


def test_of_whoever_is_forgotten_no_visit_is_told(hall: Hall) -> None:
    member = hall.enrol("a")["member"]
    hall.house.act("presence.seen", Here(member, BY_NETWORK, ticket="cd" * 8), "here-1")
    assert hall.ask("forget", key="f", member=member)["ok"]
    for do in ("history", "export"):
        assert hall.ask(do, member=member, limit=50) == {"ok": False, "error": "unknown_member"}
    assert hall.house.rows("SELECT member FROM visits") == [(None,)]
